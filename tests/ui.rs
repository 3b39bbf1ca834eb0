//! Wrong uses of the attributes, and what the compiler says of them.
//!
//! `ui/<attribute>/fail/<case>.rs` is a program with a mistake, and the `.stderr`
//! beside it all that rustc answers. Each `//~ token` at the end of a line says
//! where an error must point: at that token of that line. So there is one error
//! per mistake, at the user's own token, and a change of the attributes that
//! loses the place cannot be accepted by writing the `.stderr` anew with
//! `TRYBUILD=overwrite cargo test -p arc-obs-tests --test ui`.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

/// The rustc that the `.stderr` are of; others word their errors differently.
const RUSTC: &str = "1.95";

const ATTRIBUTES: [&str; 14] = [
    "functions",
    "label_value",
    "labels",
    "metrics",
    "model",
    "set_field",
    "skip",
    "traced",
    "track_agent",
    "track_cache",
    "track_llm",
    "track_request",
    "track_tool",
    "track_workflow",
];

fn main() -> ExitCode {
    // `trybuild=<part of a path>` is for trybuild, which looks for it by itself.
    let mut arguments = Arguments::from_iter(env::args().filter(|argument| !argument.starts_with("trybuild=")));
    if env::var_os("TRYBUILD").is_some() {
        // What is written anew is looked at afterwards: trials run in order.
        arguments.test_threads = Some(1);
    }
    let mut trials = vec![messages()];
    for attribute in ATTRIBUTES {
        trials.push(Trial::test(format!("{attribute}/every_case_has_an_answer"), move || pairs(attribute)));
        for program in files(&folder(attribute), "rs") {
            let name = format!("{attribute}/{}", stem(&program));
            trials.push(Trial::test(name, move || points_at_the_mistakes(&program)).with_kind("place"));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// One trial for all programs: trybuild compiles them together.
fn messages() -> Trial {
    let trial = Trial::test("messages", || {
        catch_unwind(|| trybuild::TestCases::new().compile_fail("ui/*/fail/*.rs"))
            .map_err(|_| Failed::from("not what the `.stderr` say; the differences are above"))
    });
    let used = rustc_version();
    if used.starts_with(&format!("{RUSTC}.")) {
        return trial;
    }
    trial.with_ignored_flag(true).with_kind(format!("the .stderr are of rustc {RUSTC}, this is {used}"))
}

/// `1.95.0`
fn rustc_version() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let version = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    version.as_deref().and_then(|line| line.split(' ').nth(1)).unwrap_or("unknown").to_owned()
}

/// Every program has a `.stderr`, and every `.stderr` a program.
fn pairs(attribute: &str) -> Result<(), Failed> {
    let folder = folder(attribute);
    let [programs, answers] = ["rs", "stderr"]
        .map(|extension| files(&folder, extension).iter().map(|path| stem(path).to_owned()).collect::<Vec<_>>());
    if programs.is_empty() || programs != answers {
        return Err(format!("programs: {programs:?}\nanswers:  {answers:?}").into());
    }
    Ok(())
}

/// Where an error points: a line and what stands there.
#[derive(Debug)]
struct Place {
    line: usize,
    text: String,
}

/// The errors of a `.stderr` are as many as the `//~` of its program, each on one of them.
fn points_at_the_mistakes(program: &Path) -> Result<(), Failed> {
    let source = fs::read_to_string(program)?;
    let mut expected = marks(&source);
    if expected.is_empty() {
        return Err("no line of this program is marked with `//~`".into());
    }
    for place in errors(&source, program)? {
        let Some(found) =
            expected.iter().position(|mark| mark.line == place.line && place.text.starts_with(&mark.text))
        else {
            return Err(format!("an error at `{}` in line {}, which is not marked", place.text, place.line).into());
        };
        expected.remove(found);
    }
    if expected.is_empty() { Ok(()) } else { Err(format!("no error points at {expected:?}").into()) }
}

fn marks(source: &str) -> Vec<Place> {
    let of_line = |(index, line): (usize, &str)| {
        line.split("//~")
            .skip(1)
            .map(|text| Place { line: index + 1, text: text.trim().to_owned() })
            .collect::<Vec<_>>()
    };
    source.lines().enumerate().flat_map(of_line).collect()
}

/// The primary place of each error, after checking that it is one in the program.
fn errors(source: &str, program: &Path) -> Result<Vec<Place>, Failed> {
    let answer = fs::read_to_string(program.with_extension("stderr"))?;
    let own = program.strip_prefix(env!("CARGO_MANIFEST_DIR"))?.display().to_string().replace('\\', "/");
    let mut places = Vec::new();
    let mut lines = answer.lines();
    while let Some(headline) = lines.next() {
        if headline.starts_with("warning") {
            return Err(format!("a warning besides the error: {headline}").into());
        }
        if !headline.starts_with("error") {
            continue;
        }
        let arrow = lines.find_map(|line| line.trim_start().strip_prefix("--> ")).unwrap_or("nowhere");
        let place = (|| {
            let [column, line, file] = arrow.rsplitn(3, ':').collect::<Vec<_>>().try_into().ok()?;
            let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
            let text: String = source.lines().nth(line - 1)?.chars().skip(column - 1).collect();
            (file == own && !text.is_empty()).then_some(Place { line, text })
        })();
        places.push(place.ok_or_else(|| format!("`{headline}` points at {arrow}, which is no place in {own}"))?);
    }
    Ok(places)
}

fn folder(attribute: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui").join(attribute).join("fail")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension() == Some(OsStr::new(extension)))
        .collect();
    files.sort();
    files
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(OsStr::to_str).unwrap_or("?")
}
