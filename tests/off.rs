//! What is left with recording off (`default-features = false`): the functions as they
//! were, an interface that does nothing, and fewer crates to build.
//!
//! `tests/off` is a program in a workspace and a target folder of its own, since features
//! of neighbours would switch recording on.
#![allow(missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

// The same functions with recording on, so that all that they name is right.
#[path = "off/src/functions.rs"]
mod functions;
use functions::arc_obs_labels;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn folder() -> PathBuf {
    root().join("tests/off")
}

/// What cargo prints, in a folder of the workspace or in the program's.
fn cargo(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("CARGO_TERM_COLOR", "never")
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo {args:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// One test, since cargo builds one thing at a time in a folder. A warning would be an
/// error: the program denies them.
#[test]
fn functions_are_as_they_were_and_the_interface_does_nothing() {
    // The versions of the workspace.
    fs::copy(root().join("Cargo.lock"), folder().join("Cargo.lock")).unwrap();
    #[cfg(target_os = "linux")]
    functions_are_compiled_to_the_same_code();
    assert_eq!(cargo(&folder(), &["run", "--features", "annotated"]), "off\n");
}

/// Symbol by symbol, and futures are as large as they were.
#[cfg(target_os = "linux")]
fn functions_are_compiled_to_the_same_code() {
    let compiled = |name: &str, features: &[&str]| {
        // Cargo writes it with what it builds, and both stay.
        let file = folder().join("target").join(name);
        let emit = format!("--emit=asm={}", file.display());
        cargo(&folder(), &[&["rustc", "--lib"], features, &["--", &emit]].concat());
        arc_obs_tests::asm::functions(&fs::read_to_string(file).unwrap())
    };
    let plain = compiled("plain.s", &[]);
    let annotated = compiled("annotated.s", &["--features", "annotated"]);
    assert!(plain.len() > 30, "{:?}", plain.keys());
    for (symbol, code) in &plain {
        assert!(annotated.get(symbol) == Some(code), "{symbol} is not the same in `off/target/*.s`");
    }
    // What only attributes name is compiled where they name it, and so is what macros declare.
    let others: Vec<_> = annotated.keys().filter(|symbol| !plain.contains_key(*symbol)).collect();
    assert!(others.iter().all(|symbol| ["named", "labels"].iter().any(|word| symbol.contains(word))), "{others:?}");
}

/// The same with recording on: all of them record.
#[test]
fn the_same_functions_record_where_recording_is_on() {
    let capture = arc_obs::testing::capture();
    functions::call_all();
    let operations = capture.operations();
    let names: BTreeSet<_> = operations.iter().map(|operation| operation.name.as_str()).collect();
    let expected = "Planner::ask answers boxed_future by_a_macro daily drops fielded fielded_later first generic \
                    gpt-4o impl_future impl_iterator inline::sum labelled load mine named pages planner plans poet \
                    researcher search second sizes step twice unsafe";
    assert_eq!(names, expected.split(' ').chain([" 1", "POST /ask"]).collect());
}

/// The crates that a package builds, by name.
fn built(package: &str, features: &[&str]) -> BTreeSet<String> {
    let args =
        ["tree", "--locked", "--package", package, "--edges", "normal,build", "--prefix", "none", "--format", "{lib}"];
    let tree = cargo(root(), &[&args, features].concat());
    tree.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).filter(|name| !name.is_empty()).collect()
}

#[test]
fn the_attributes_need_no_syn() {
    let macros = built("arc-obs-macros", &["--no-default-features"]);
    assert_eq!(Vec::from_iter(macros), ["arc_obs_macros", "proc_macro2", "quote", "unicode_ident"]);
    assert!(built("arc-obs-macros", &[]).contains("syn"));
}

#[test]
fn what_only_recording_needs_is_not_built() {
    let (off, on) = (
        built("arc-obs", &["--no-default-features"]),
        built("arc-obs", &["--no-default-features", "--features", "enabled"]),
    );
    let only_on: Vec<_> = on.difference(&off).map(String::as_str).collect();
    for name in ["memory_stats", "procfs", "quanta", "rustix", "tokio"] {
        assert!(only_on.contains(&name), "{name} is built with recording off, too");
    }
    // `syn` is built for thiserror, which prometheus needs; nothing else may ask for it.
    let args = ["tree", "--locked", "--package", "arc-obs", "--no-default-features", "--edges", "normal,build"];
    let who = cargo(root(), &[&args[..], &["--invert", "syn@3", "--prefix", "depth", "--format", " {p}"]].concat());
    let asks: Vec<_> = who.lines().filter_map(|line| line.strip_prefix("1 ")?.split(' ').next()).collect();
    assert_eq!(asks, ["thiserror-impl"], "{who}");
    assert!(!off.contains("serde_derive"), "{off:?}");
}
