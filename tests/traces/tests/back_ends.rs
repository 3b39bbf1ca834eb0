//! Back ends of others, whatever they answer: what is tried again, counted and told, and that no
//! credential is in it.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use arc_obs::apm::{self, BackEnd};
use arc_obs::{track_agent, track_tool};
use arc_obs_trace_tests::canaries::canaries;
use arc_obs_trace_tests::heard::{counted, counted_since, heard, listen};
use arc_obs_trace_tests::scripted::{Scripted, Step};
use arc_obs_trace_tests::tracing_with;

const KEY: &str = "9f86d081884c7d659a2feaa0c55ad015";

#[track_tool("search", fields(query))]
fn search(query: &str) -> Result<(), String> {
    tracing::error!("no answer to {query}");
    Err(format!("nothing about {query}"))
}

#[track_agent("researcher")]
fn research(query: &str) -> Result<(), String> {
    search(query)
}

/// What is counted and told of two spans for a server that does this.
fn outcome<B: BackEnd>(
    name: &str,
    script: Vec<Step>,
    back_end: impl FnOnce(&Scripted) -> B,
) -> (BTreeMap<String, u64>, Vec<String>, Scripted) {
    let server = Scripted::start(script);
    let back_end = back_end(&server);
    let tracing = tracing_with(|builder| {
        listen();
        builder.apm(back_end)
    });
    let before = counted(name);
    let _ = research("tea");
    let _ = heard();
    tracing.obs().shutdown_blocking(Duration::from_secs(20)).unwrap();
    (counted_since(&before, name), heard(), server)
}

fn datadog(script: Vec<Step>) -> (BTreeMap<String, u64>, Vec<String>, Scripted) {
    outcome("datadog", script, |server| apm::datadog().agent(server.url()))
}

fn newrelic(script: Vec<Step>) -> (BTreeMap<String, u64>, Vec<String>, Scripted) {
    outcome("newrelic", script, |server| apm::newrelic().license_key(KEY).endpoint(server.url()))
}

fn sentry(rate: f64, script: Vec<Step>) -> (BTreeMap<String, u64>, Vec<String>, Scripted) {
    outcome("sentry", script, |server| {
        apm::sentry().dsn(format!("http://{KEY}@{}/1", server.address())).traces_sample_rate(rate)
    })
}

fn counts(expected: &[(&str, u64)]) -> BTreeMap<String, u64> {
    expected.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect()
}

/// X20
#[test]
fn datadog_is_asked_again_only_where_that_may_help() {
    for status in [408, 429, 500, 503] {
        let (counted, told, server) = datadog(vec![Step::status(status)]);
        assert_eq!(counted, counts(&[("accepted", 2), ("delivered", 2)]), "{status}");
        assert_eq!((told, server.requests().len()), (Vec::new(), 2), "{status}");
    }
    for (status, reason) in [(400, "rejected"), (401, "auth"), (403, "auth"), (404, "rejected"), (413, "too_large")] {
        let (counted, told, server) = datadog(vec![Step::status(status)]);
        assert_eq!(counted, counts(&[("accepted", 2), (reason, 2)]), "{status}");
        assert_eq!((told.len(), server.requests().len()), (1, 1), "{told:?}");
        assert!(told[0].contains(&status.to_string()) && told[0].contains("datadog"), "{told:?}");
    }
}

/// X21
#[test]
fn a_key_that_new_relic_does_not_know_is_told_once_and_not_shown() {
    let (counted, told, server) = newrelic(vec![Step::status(403)]);
    assert_eq!(counted, counts(&[("accepted", 2), ("auth", 2)]));
    assert_eq!(server.requests()[0].header("api-key"), Some(KEY));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("ERROR") && told[0].contains("403") && !told[0].contains(KEY), "{told:?}");
}

#[test]
fn sentry_is_left_alone_where_it_says_that_it_is_too_much() {
    // Two events and a trace; the first answer is for all of them.
    let start = Instant::now();
    let (counted, told, server) = sentry(1.0, vec![Step::with(429, "retry-after", "30")]);
    assert_eq!(counted, counts(&[("accepted", 2), ("rejected", 2)]));
    assert_eq!((server.requests().len(), told.len()), (1, 1), "{told:?}");
    assert!(start.elapsed() < Duration::from_secs(15));
    let auth = server.requests()[0].header("x-sentry-auth").unwrap().to_owned();
    assert!(auth.contains(&format!("sentry_key={KEY}")), "{auth}");
    assert!(!told[0].contains(KEY), "{told:?}");

    let (counted, told, server) = sentry(0.0, Vec::new());
    assert_eq!(counted, counts(&[("accepted", 2), ("delivered", 2)]));
    assert_eq!((server.requests().len(), told), (2, Vec::new()), "errors are sent in any case");
    let (counted, _, server) = sentry(1.0, vec![Step::status(403)]);
    assert_eq!(server.requests().len(), 3);
    assert_eq!(counted, counts(&[("accepted", 2), ("delivered", 2)]), "an event is lost, and no span");
}

#[test]
fn nobody_there_is_told_once_and_counted() {
    for back_end in ["datadog", "sentry"] {
        let tracing = tracing_with(|builder| {
            listen();
            match back_end {
                "datadog" => builder.apm(apm::datadog().agent("http://127.0.0.1:1")),
                _ => builder.apm(apm::sentry().dsn(format!("http://{KEY}@127.0.0.1:1/1"))),
            }
        });
        let before = counted(back_end);
        let _ = heard();
        let start = Instant::now();
        let _ = research("tea");
        // What is tried until then is given up.
        let _ = tracing.obs().shutdown_blocking(Duration::from_secs(2));
        assert!(start.elapsed() < Duration::from_secs(5), "{back_end}");
        let counted = counted_since(&before, back_end);
        assert_eq!(counted["accepted"], 2, "{back_end}: {counted:?}");
        assert!(!heard().concat().contains(KEY));
    }
}

/// Whatever a server does, the program ends in its time, and of each span it is known what became
/// of it.
#[test]
fn the_end_comes_in_its_time_whatever_a_back_end_does() {
    for back_end in ["datadog", "newrelic", "sentry"] {
        for step in [Step::Hang, Step::Drip, Step::Reset, Step::HalfClose, Step::with(503, "retry-after", "30")] {
            let server = Scripted::start(vec![step.clone(); 100]);
            let tracing = tracing_with(|builder| {
                listen();
                match back_end {
                    "datadog" => builder.apm(apm::datadog().agent(server.url())),
                    "newrelic" => builder.apm(apm::newrelic().license_key(KEY).endpoint(server.url())),
                    _ => {
                        let dsn = format!("http://{KEY}@{}/1", server.address());
                        builder.apm(apm::sentry().dsn(dsn).traces_sample_rate(1.0))
                    }
                }
            });
            let before = counted(back_end);
            let _ = research("tea");
            let start = Instant::now();
            let _ = tracing.obs().shutdown_blocking(Duration::from_millis(500));
            let took = start.elapsed();
            let counted = counted_since(&before, back_end);
            assert!(took < Duration::from_secs(2), "{back_end} {step:?}: {took:?}");
            let lost: u64 = counted.iter().filter(|(what, _)| *what != "accepted").map(|(_, count)| count).sum();
            assert_eq!((counted.get("accepted"), lost), (Some(&2), 2), "{back_end} {step:?}: {counted:?}");
            assert!(!counted.contains_key("delivered"), "{back_end} {step:?}: {counted:?}");
        }
    }
}

/// Some servers show what they were sent.
#[test]
fn what_a_back_end_echoes_is_told_without_the_secrets_that_it_was_sent() {
    let echoed = |secrets: &[&str]| {
        let text = secrets.iter().map(|secret| format!("you sent {secret} to me; ")).collect::<String>();
        vec![Step::body(400, format!("{text}and Authorization: Bearer 8d1f0a99c2e7")); 10]
    };
    let secrets = [KEY, "pa55word", "us3r", "qu3ry-value"];
    let with_password = |server: &Scripted| format!("http://us3r:pa55word@{}/?key=qu3ry-value", server.address());
    for back_end in ["datadog", "newrelic", "sentry"] {
        let (_, told, _) = match back_end {
            "datadog" => {
                outcome("datadog", echoed(&secrets[1..]), |server| apm::datadog().agent(with_password(server)))
            }
            "newrelic" => outcome("newrelic", echoed(&secrets[..1]), |server| {
                apm::newrelic().license_key(KEY).endpoint(server.url())
            }),
            _ => outcome("sentry", echoed(&secrets[..2]), |server| {
                let dsn = format!("http://{KEY}:pa55word@{}/1", server.address());
                apm::sentry().dsn(dsn).traces_sample_rate(1.0)
            }),
        };
        assert!(told.len() == 1 && told[0].contains("you sent"), "{back_end}: {told:?}");
        // What is no secret of ours, but looks like one.
        let others = if back_end == "newrelic" { [].as_slice() } else { &["8d1f0a99c2e7"] };
        for secret in secrets.iter().chain(others) {
            assert!(!told[0].contains(secret), "{back_end}: {told:?}");
        }
    }
}

#[test]
fn no_debug_of_a_back_end_shows_what_is_secret() {
    let secrets = [KEY, "pa55word", "us3r", "qu3ry"];
    let url = "http://us3r:pa55word@back-end.example:8126/?key=qu3ry";
    let shown = [
        format!("{:?}", apm::datadog().agent(url)),
        format!("{:?}", apm::datadog().agent("pa55word us3r")),
        format!("{:?}", apm::newrelic().license_key(KEY).endpoint(url)),
        format!("{:?}", apm::newrelic().license_key(KEY).endpoint("pa55word us3r")),
        format!("{:?}", apm::sentry().dsn(format!("https://{KEY}:pa55word@sentry.example/1"))),
        format!("{:?}", arc_obs::builder().apm(apm::datadog().agent(url)).apm(apm::newrelic().license_key(KEY))),
    ];
    for shown in shown {
        assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{shown}");
    }
    for (wrong, end) in [("us3r:pa55word@", ""), ("ftp://us3r:pa55word@h", ""), ("http://us3r:pa55word@h:99999", "")] {
        let tracing = tracing_with(|builder| {
            listen();
            let builder = builder.apm(apm::datadog().agent(format!("{wrong}{end}")));
            builder.apm(apm::newrelic().license_key(KEY).endpoint(wrong)).apm(apm::sentry().dsn(wrong))
        });
        let told = heard();
        drop(tracing);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(!told.iter().any(|told| secrets.iter().any(|secret| told.contains(secret))), "{told:?}");
    }
}

#[test]
fn what_is_wrong_with_a_back_end_is_told_at_the_start_and_the_program_goes_on() {
    let tracing = tracing_with(|builder| {
        listen();
        let builder = builder.apm(apm::datadog().agent("s3cret")).apm(apm::sentry().dsn("s3cret"));
        builder.apm(apm::newrelic().license_key("s3 cret"))
    });
    let told = heard();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|told| told.starts_with("WARN") && !told.contains("s3")), "{told:?}");
    let _ = research("tea");
    assert_eq!(tracing.end().len(), 2);
}

#[test]
fn no_secret_leaves_for_any_back_end() {
    let servers = [Scripted::start([]), Scripted::start([]), Scripted::start([])];
    let dsn = format!("http://{KEY}@{}/1", servers[1].address());
    let tracing = tracing_with(|builder| {
        listen();
        let builder = builder.apm(apm::datadog().agent(servers[0].url()));
        let builder = builder.apm(apm::sentry().dsn(dsn).traces_sample_rate(1.0));
        builder.apm(apm::newrelic().license_key(KEY).endpoint(servers[2].url()))
    });
    for canary in canaries().iter().take(20) {
        let _ = research(&canary.text);
    }
    tracing.obs().shutdown_blocking(Duration::from_secs(20)).unwrap();
    for server in &servers {
        let requests = server.requests();
        assert!(!requests.is_empty());
        for request in requests {
            let mut body = request.body.clone();
            if request.header("content-encoding") == Some("gzip") {
                body.clear();
                std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*request.body), &mut body).unwrap();
            }
            let body = String::from_utf8_lossy(&body);
            for canary in canaries().iter().take(20) {
                assert!(!body.contains(&canary.secret), "{}: {}", request.line, canary.text);
            }
        }
    }
}
