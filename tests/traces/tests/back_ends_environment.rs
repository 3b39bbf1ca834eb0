//! Back ends of others, as the environment has them: each case a process of its own.
#![allow(missing_docs)]

use std::process::Command;
use std::time::{Duration, Instant};

use arc_obs::{Builder, apm, track_tool};
use arc_obs_trace_tests::heard::{counted, listen};
use arc_obs_trace_tests::scripted::{Scripted, Step};

const PROGRAM: &str = "ARC_OBS_TESTS_PROGRAM";
const KEY: &str = "9f86d081884c7d659a2feaa0c55ad015";

#[track_tool("search")]
fn search() {}

/// The program, `BACK_END ADDRESS`; a test that does nothing unless it is started by another.
#[test]
fn child() {
    let Ok(program) = std::env::var(PROGRAM) else { return };
    let (back_end, url) = program.split_once(' ').unwrap();
    if back_end != "unheard" {
        listen();
    }
    let builder = arc_obs::builder().no_server().terminal(arc_obs::Terminal::Off);
    let obs = with_back_end(builder, back_end, url).install().unwrap();
    search();
    // What is under way gets so far by itself.
    while counted(back_end).values().sum::<u64>() < 2 {
        std::thread::sleep(Duration::from_millis(10));
    }
    obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
    // Behind the words of the harness.
    println!();
    for (what, count) in counted(back_end) {
        println!("@{what} {count}");
    }
    arc_obs_trace_tests::heard::heard().iter().for_each(|told| println!("@told {told}"));
}

fn with_back_end(builder: Builder, back_end: &str, url: &str) -> Builder {
    match back_end {
        "datadog" => builder.apm(apm::datadog().agent(url)),
        "newrelic" => builder.apm(apm::newrelic().license_key(KEY).endpoint(url)),
        "sentry" => {
            let dsn = url.replacen("http://", &format!("http://{KEY}@"), 1);
            builder.apm(apm::sentry().dsn(format!("{dsn}/1")).traces_sample_rate(1.0))
        }
        other => panic!("{other}"),
    }
}

/// What it counted and told.
fn run(program: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy().to_uppercase();
        let ours = ["OTEL_", "ARC_OBS_", "DD_", "SENTRY_", "NEW_RELIC_"];
        if ours.iter().any(|ours| shown.starts_with(ours)) || shown.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    let output = command
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(PROGRAM, program)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{environment:?}:\n{out}\n{err}");
    out.lines().filter_map(|line| line.strip_prefix('@')).map(str::to_owned).collect()
}

#[test]
fn a_batch_takes_no_longer_than_the_environment_says() {
    for back_end in ["datadog", "newrelic", "sentry"] {
        for step in [Step::Hang, Step::Drip] {
            let server = Scripted::start([step.clone()]);
            let environment = [("OTEL_BSP_EXPORT_TIMEOUT", "1000"), ("OTEL_BSP_SCHEDULE_DELAY", "20")];
            let start = Instant::now();
            let told = run(&format!("{back_end} {}", server.url()), &environment);
            assert!(start.elapsed() < Duration::from_secs(8), "{back_end} {step:?}: {:?}", start.elapsed());
            assert!(told.contains(&"accepted 1".to_owned()) && told.contains(&"timeout 1".to_owned()), "{told:?}");
            // It is the delivery that knows where it came to nothing.
            let words: Vec<_> = told.iter().filter(|told| told.starts_with("told WARN")).collect();
            assert!(words.len() == 1 && words[0].contains("no whole answer"), "{back_end} {step:?}: {told:?}");
            assert_eq!(server.requests().len(), 1, "{back_end} {step:?}");
        }
    }
}
