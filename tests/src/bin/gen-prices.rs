//! Writes `arc-obs/src/llm/price/table.rs` and `arc-obs-macros/src/models.rs` from
//! the locked genai-prices.
//!
//! ```text
//! cargo run -p arc-obs-tests --bin gen-prices             # writes them
//! cargo run -p arc-obs-tests --bin gen-prices -- --check  # only compares
//! cargo run -p arc-obs-tests --bin gen-prices -- --release  # keeps the names of this version, for ever
//! ```

use std::path::Path;
use std::process::ExitCode;

use arc_obs_tests::prices;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[expect(clippy::print_stdout, reason = "a command speaks to whoever called it")]
fn main() -> ExitCode {
    match run() {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("gen-prices: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let options: Vec<String> = std::env::args().skip(1).collect();
    let check = match options.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        ["--release"] => return release(),
        _ => {
            return Err(format!("the options are --check and --release, not {:?}", options.join(" ")));
        }
    };
    let source = prices::source()?;
    let version = source.provenance().version;
    let mut messages = Vec::new();
    // All of them first: a fault in the data leaves every file as it was.
    for file in prices::generate_all(&source)? {
        let (name, path) = (file.path, Path::new(ROOT).join(file.path));
        if std::fs::read_to_string(&path).unwrap_or_default() == file.text {
            messages.push(format!("{name} is what genai-prices {version} gives"));
            continue;
        }
        if check {
            return Err(format!(
                "{name} is not what genai-prices {version} gives; write it by\n    \
                 cargo run -p arc-obs-tests --bin gen-prices"
            ));
        }
        std::fs::write(&path, &file.text).map_err(|error| format!("{name}: {error}"))?;
        messages.push(format!("{name} written from genai-prices {version}: {} lines", file.text.lines().count()));
    }
    Ok(messages.join("\n"))
}

/// Writes down which names this version knows.
fn release() -> Result<String, String> {
    let name = concat!("tests/models/", env!("CARGO_PKG_VERSION"), ".txt");
    let (path, text) = (Path::new(ROOT).join(name), prices::known_names());
    if path.exists() && std::fs::read_to_string(&path).unwrap_or_default() != text {
        return Err(format!("{name} exists, and says otherwise: raise the version first"));
    }
    std::fs::write(&path, &text).map_err(|error| format!("{name}: {error}"))?;
    Ok(format!("{name}: {} lines", text.lines().count()))
}
