//! What the workspace says of itself is true: its minimum Rust, its licences, and
//! the rooms and arrows of ARCHITECTURE.md.
#![allow(missing_docs)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn metadata() -> Value {
    let host = "x86_64-unknown-linux-gnu";
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The packages that a package links or builds with, development left out.
fn dependencies<'a>(metadata: &'a Value, of: &[&str]) -> Vec<&'a Value> {
    let packages: HashMap<&str, &Value> =
        metadata["packages"].as_array().unwrap().iter().map(|p| (p["id"].as_str().unwrap(), p)).collect();
    let nodes: HashMap<&str, &Value> =
        metadata["resolve"]["nodes"].as_array().unwrap().iter().map(|n| (n["id"].as_str().unwrap(), n)).collect();
    let mut waiting: Vec<&str> =
        packages.iter().filter(|(_, p)| of.contains(&p["name"].as_str().unwrap())).map(|(id, _)| *id).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if seen.insert(id) {
            for dependency in nodes[id]["deps"].as_array().unwrap() {
                let mut kinds = dependency["dep_kinds"].as_array().unwrap().iter();
                if kinds.any(|kind| kind["kind"] != "dev") {
                    waiting.push(dependency["pkg"].as_str().unwrap());
                }
            }
        }
    }
    seen.into_iter().map(|id| packages[id]).collect()
}

#[test]
fn rust_version_is_the_highest_that_a_default_dependency_asks_for() {
    let metadata = metadata();
    let version = |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap()).collect() };
    // Edition 2024 itself asks for 1.85.
    let mut highest = (version("1.85"), "edition 2024".to_owned());
    for package in dependencies(&metadata, &["arc-obs", "arc-obs-macros"]) {
        let name = package["name"].as_str().unwrap();
        if let (false, Some(asked)) = (name.starts_with("arc-obs"), package["rust_version"].as_str()) {
            let asked = version(asked);
            if asked[..2] > highest.0[..2] {
                highest = (asked, format!("{name} {}", package["version"]));
            }
        }
    }
    let ours = metadata["packages"].as_array().unwrap().iter().find(|p| p["name"] == "arc-obs").unwrap();
    let ours = version(ours["rust_version"].as_str().unwrap());
    assert_eq!(ours[..2], highest.0[..2], "the highest is asked for by {}", highest.1);
}

#[test]
fn every_dependency_has_a_licence_that_allows_either_of_ours() {
    /// Permissive, each compatible with MIT OR Apache-2.0.
    const FINE: [&str; 13] = [
        "0BSD",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "CDLA-Permissive-2.0",
        "ISC",
        "MIT",
        "Unicode-3.0",
        "Unlicense",
        "Zlib",
    ];
    let fine = |expression: &str| {
        // Every part of an AND, one part of an OR: enough for the expressions there are.
        expression
            .replace('/', " OR ")
            .split(" AND ")
            .all(|part| part.split(" OR ").any(|licence| FINE.contains(&licence.trim().trim_matches(['(', ')']))))
    };
    let metadata = metadata();
    for package in dependencies(&metadata, &["arc-obs", "arc-obs-macros", "arc-obs-examples", "arc-obs-tests"]) {
        let licence = package["license"].as_str().unwrap_or("none stated");
        assert!(fine(licence), "{} {}: {licence}", package["name"], package["version"]);
    }
}

/// The Rust files of a source folder, each with its room: the first part of its
/// path, without `.rs`.
fn sources(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder_or_file) = waiting.pop() {
        if folder_or_file.is_dir() {
            waiting.extend(fs::read_dir(&folder_or_file).unwrap().map(|entry| entry.unwrap().path()));
        } else if folder_or_file.extension().is_some_and(|extension| extension == "rs") {
            let inside = folder_or_file.strip_prefix(folder).unwrap();
            let room = inside.components().next().unwrap().as_os_str().to_string_lossy();
            files.push((room.trim_end_matches(".rs").to_owned(), folder_or_file));
        }
    }
    assert!(files.len() > 5, "nothing in {}", folder.display());
    files
}

/// The rooms that a file names: `crate::room`.
fn named(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}

fn arrows_point_down(folder: &Path, floors: &[&[&str]]) {
    let floor: BTreeMap<&str, usize> =
        floors.iter().enumerate().flat_map(|(floor, rooms)| rooms.iter().map(move |room| (*room, floor))).collect();
    for (room, file) in sources(folder) {
        let Some(own) = floor.get(room.as_str()) else { panic!("the room `{room}` is on no floor") };
        for other in named(&fs::read_to_string(&file).unwrap()) {
            if let Some(others) = floor.get(other.as_str()) {
                assert!(other == room || others < own, "{}: an arrow from {room} up to {other}", file.display());
            }
        }
    }
}

#[test]
fn the_rooms_of_the_runtime_use_only_what_is_below_them() {
    // From the ground up, as in ARCHITECTURE.md.
    arrows_point_down(
        &root().join("arc-obs/src"),
        &[
            &["operation"],
            &["clock", "error", "redact", "scope", "self_telemetry", "semconv"],
            &["labels", "settings", "transport"],
            &["llm", "metrics", "trace"],
            &["propagation"],
            &["export", "hub"],
            &["adopt", "context", "conversation", "instrument", "own_metrics", "record", "server", "summary"],
            &["callsites", "http", "terminal", "testing"],
            &["setup"],
            &["apm"],
            &["attributes", "private"],
            &["lib"],
        ],
    );
}

#[test]
fn the_rooms_of_the_macros_use_only_what_is_below_them() {
    arrows_point_down(
        &root().join("arc-obs-macros/src"),
        &[
            &["words", "tokens"],
            &["diagnostics", "arguments", "items", "known", "models", "label_names", "plan"],
            &["args", "function", "label_value", "labels", "metric_names", "off", "scope"],
            &["metrics", "paths"],
            &["attributes", "expand"],
            &["block"],
            &["pipeline"],
            &["lib"],
        ],
    );
}

#[test]
fn invariants_that_a_text_can_show() {
    let runtime = sources(&root().join("arc-obs/src"));
    let read = |file: &Path| fs::read_to_string(file).unwrap();
    let code = |file: &Path| -> String {
        let text = read(file);
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    };
    for (room, file) in &runtime {
        let (path, code) = (file.display(), code(file));
        assert!(
            ["trace", "setup"].contains(&room.as_str()) || !code.contains("tracing::"),
            "{path}: only `trace` knows the span back end, only `setup` speaks"
        );
        assert!(
            ["apm", "clock", "export", "setup", "server", "transport"].contains(&room.as_str())
                || !code.contains("Instant::now"),
            "{path}: only `clock` reads the time of an operation"
        );
        assert!(room == "settings" || !code.contains("env::var"), "{path}: only `settings` reads the environment");
        assert!(
            ["setup", "settings"].contains(&room.as_str()) || !code.contains("from_environment"),
            "{path}: only `setup` asks what is set"
        );
        assert!(
            room == "metrics" || !code.replace("\"arc_obs\"", "").replace("\"arc_obs::", "").contains("\"arc_"),
            "{path}: metric names stand in `metrics::catalog`"
        );
    }
    let expansion = sources(&root().join("arc-obs-macros/src")).into_iter().filter(|(room, _)| room == "expand");
    for (_, file) in expansion {
        assert!(!code(&file).contains("tracing"), "{}: the expansion never names `tracing`", file.display());
    }
}

#[test]
fn each_metric_is_named_once() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, file) in sources(&root().join("arc-obs/src/metrics")) {
        for text in fs::read_to_string(&file).unwrap().split('"').skip(1).step_by(2) {
            if text.starts_with("arc_") && !text.contains(' ') && text.len() > 4 {
                places.entry(text.to_owned()).or_default().push(file.display().to_string());
            }
        }
    }
    assert!(places.len() > 25, "{places:?}");
    for (name, places) in places {
        assert_eq!(places.len(), 1, "{name}: {places:?}");
    }
}

#[test]
fn every_room_has_a_line_in_architecture() {
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (room, _) in sources(&root().join("arc-obs/src")) {
        assert!(architecture.contains(&format!("`{room}`")), "ARCHITECTURE.md does not name `{room}`");
    }
    for (room, _) in sources(&root().join("arc-obs-macros/src")) {
        assert!(architecture.contains(&format!("`{room}`")), "ARCHITECTURE.md does not name `{room}`");
    }
}

#[test]
fn the_readme_is_true() {
    let read = |file: &str| fs::read_to_string(root().join(file)).unwrap();
    let readme = read("README.md");
    assert!(!readme.contains("@@"), "a place was left open");
    assert!(readme.contains(&read("examples/quickstart.rs")), "its program is examples/quickstart.rs");
    for link in readme.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(link.starts_with("https://") || root().join(link).is_file(), "{link} does not exist");
    }
    // The compiler's messages, from their first line on.
    let messages = readme.split("<!-- compiler: ").skip(1).map(|rest| rest.split_once(" -->").unwrap());
    let mut shown = 0;
    for (case, rest) in messages {
        let text = rest.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
        for (line, told) in text.lines().zip(read(&format!("tests/ui/{case}.stderr")).lines()) {
            let told = told.split(" //~ ").next().unwrap().trim_end();
            let told = told.replace(&format!("ui/{case}.rs"), "src/main.rs");
            assert_eq!(line, told, "{case}");
            shown += 1;
        }
    }
    assert!(shown > 20, "{shown}");
    // What the price table says of itself.
    let table = read("arc-obs/src/llm/price/table.rs");
    let counts = "47 providers, 2267 models";
    assert!(table.contains(counts), "the price table has changed; so must README.md and CHANGELOG.md");
    for file in ["README.md", "CHANGELOG.md"] {
        assert!(read(file).replace(" and ", ", ").contains(counts), "{file}");
    }
}
