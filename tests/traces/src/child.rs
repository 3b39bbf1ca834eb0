//! A program of its own for what a process has one of: a test that starts its file again, as the
//! test `child`, which does nothing otherwise.

use std::process::Command;

/// What begins the names of variables that say what is exported, how, and where to.
const OURS: [&str; 5] = ["OTEL_", "ARC_OBS_", "DD_", "SENTRY_", "NEW_RELIC_"];

/// Has the test `child` run with these variables, and without any others that would change what is
/// exported; what it said on stderr.
///
/// # Panics
///
/// If it does not end well, with a line `@ended`.
#[must_use]
pub fn run(environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().expect("a test is a file"));
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy().to_uppercase();
        if OURS.iter().any(|ours| shown.starts_with(ours)) || shown.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    let output = command
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .envs(environment.iter().copied())
        .output()
        .expect("it is started");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("@ended"), "{environment:?}:\n{out}\n{err}");
    err.into_owned()
}
