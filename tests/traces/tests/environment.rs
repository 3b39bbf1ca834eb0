//! Where traces go by the environment alone, each case a process of its own.
#![allow(missing_docs)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use arc_obs::export::Otlp;
use arc_obs::track_tool;
use arc_obs_trace_tests::child;
use arc_obs_trace_tests::collector::Collector;
use arc_obs_trace_tests::scripted::{Request, Scripted};
use arc_obs_trace_tests::tls::TextFile;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tracing_subscriber::layer::SubscriberExt;

const PROGRAM: &str = "ARC_OBS_TESTS_PROGRAM";

#[track_tool("search")]
fn search() {}

/// The program; a test that does nothing unless it is started by another.
#[test]
fn child() {
    let Some(program) = std::env::var_os(PROGRAM) else { return };
    match program.to_str().unwrap() {
        "chatty" => return chatty(),
        "patient" => return patient(),
        _ => {}
    }
    let builder = arc_obs::builder().service_name("child").no_server().terminal(arc_obs::Terminal::Off);
    let obs = match program.to_str().unwrap() {
        "environment" => builder,
        code => builder.otlp(Otlp::http(code)),
    };
    let obs = obs.install().unwrap();
    (0..20).for_each(|_| search());
    obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
    println!("@ended");
}

/// Hears everything that any crate has to say, and has nothing to do once its span has left.
fn chatty() {
    let subscriber = tracing_subscriber::registry().with(arc_obs::layer());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let obs = arc_obs::builder().service_name("child").no_server().install().unwrap();
    search();
    std::thread::sleep(Duration::from_secs(2));
    obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
    println!("@ended");
}

/// Ends in its time, more than once.
fn patient() {
    for _ in 0..2 {
        let obs = arc_obs::builder().service_name("child").no_server().install().unwrap();
        search();
        let began = Instant::now();
        obs.shutdown_blocking(Duration::from_secs(30)).unwrap();
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }
    println!("@ended");
}

/// X15: exporting makes nothing that would be exported, however much is heard.
#[test]
fn a_program_that_does_nothing_exports_nothing() {
    let (server, collector) = (Scripted::start([]), Collector::start([]));
    for (protocol, url) in [("http/protobuf", server.url()), ("grpc", collector.url())] {
        let environment = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*url),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        ];
        run("chatty", &environment);
    }
    assert_eq!((server.requests().len(), spans(&server.requests())), (1, 1));
    let calls: Vec<_> = collector.calls().iter().map(|call| call.spans).collect();
    assert_eq!(calls, [1]);
}

/// X10: the system looks a name up and never comes back. Of the child's libraries the first one is
/// ours, whose look-up is that one.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_looked_up_for_ever_is_not_waited_for() {
    let source = TextFile::new("hang.c", "int pause(void);\nint getaddrinfo(void) { for (;;) pause(); }\n");
    let library = TextFile::new("hang.so", "");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-fno-builtin", "-w", "-o"]).arg(library.path()).arg(source.path());
    assert!(compiler.status().unwrap().success(), "what links Rust is there");
    for protocol in ["http/protobuf", "grpc"] {
        let err = run(
            "patient",
            &[
                ("LD_PRELOAD", library.path().to_str().unwrap()),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.test:4318"),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_TIMEOUT", "300"),
            ],
        );
        let told: Vec<_> = err.lines().filter(|line| line.starts_with("arc-obs:")).collect();
        assert_eq!(told.len(), 2, "once for each start: {err}");
        assert!(told.iter().all(|told| told.contains("lost 1 span") && told.contains("300ms")), "{protocol}: {err}");
    }
}

/// What this program said on stderr.
fn run(program: &str, environment: &[(&str, &str)]) -> String {
    // It is traces that are looked at here.
    let own = [(PROGRAM, program), ("OTEL_METRICS_EXPORTER", "none")];
    child::run(&[&own, environment].concat())
}

fn spans(requests: &[Request]) -> usize {
    let decoded = requests.iter().map(|request| ExportTraceServiceRequest::decode(&*request.body).unwrap());
    let scopes = decoded.flat_map(|request| request.resource_spans).flat_map(|resource| resource.scope_spans);
    scopes.map(|scope| scope.spans.len()).sum()
}

#[test]
fn nothing_is_sent_unless_an_address_is_set() {
    let server = Scripted::start([]);
    let url = server.url();
    for environment in [
        vec![],
        vec![("OTEL_EXPORTER_OTLP_HEADERS", "a=b"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "100")],
        vec![("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &*url)],
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("OTEL_TRACES_EXPORTER", "none")],
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("OTEL_TRACES_SAMPLER", "always_off")],
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", " ")],
    ] {
        let err = run("environment", &environment);
        assert!(!err.contains("arc-obs:"), "{err}");
        let traces = server.requests().iter().filter(|request| request.line.contains("traces")).count();
        assert_eq!(traces, 0, "{environment:?}");
    }
    let err = run("environment", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("OTEL_SDK_DISABLED", "true")]);
    assert!(err.contains("switched off") && server.requests().is_empty(), "{err}");
}

#[test]
fn the_environment_says_where_and_how() {
    for (endpoint, path, line) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "", "POST /v1/traces HTTP/1.1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "/otlp/", "POST /otlp/v1/traces HTTP/1.1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "", "POST / HTTP/1.1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/own", "POST /own HTTP/1.1"),
    ] {
        let server = Scripted::start([]);
        let err = run(
            "environment",
            &[
                (endpoint, &format!("{}{path}", server.url())),
                ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=general,x-more=a%2Cb"),
                ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", " x-team = research%20team "),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8"),
            ],
        );
        assert!(!err.contains("arc-obs:"), "{err}");
        let requests = server.requests();
        assert!(requests.len() >= 3, "batches of 8 at most: {}", requests.len());
        assert_eq!(spans(&requests), 20);
        for request in &requests {
            assert_eq!(request.line, line);
            assert_eq!(request.header("x-team"), Some("research team"));
            assert_eq!(request.header("x-more"), None, "the signal's own list is all there is");
        }
    }
}

#[test]
fn compression_and_the_part_of_traces_are_as_said() {
    let server = Scripted::start([]);
    let url = server.url();
    let packed = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")];
    run("environment", &packed);
    assert_eq!(server.requests()[0].header("content-encoding"), Some("gzip"));

    let server = Scripted::start([]);
    let url = server.url();
    let ratio = [("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0")];
    run("environment", &[&ratio[..], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &*url)]].concat());
    assert_eq!(server.requests().len(), 0);
}

/// L03, and wrong addresses, certificates and keys: told once by the name of the variable, and the
/// program goes on.
#[test]
fn what_cannot_be_used_is_told_without_its_value() {
    let server = Scripted::start([]);
    let url = server.url();
    for (name, value, words) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "s3cret:4318", "begins with neither"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://", "is no address"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "two words=s3cret", "cannot be the name of a header"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x=s3cret%0Ay", "has a character that none may have"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem", "cannot read `/nowhere.pem`"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "Cargo.toml", "no certificate in PEM"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/nowhere.key", "its certificate is not"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/nowhere.pem", "its key is not"),
    ] {
        let err = run("environment", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), (name, value)]);
        let told: Vec<_> = err.lines().filter(|line| line.starts_with("arc-obs:")).collect();
        assert_eq!(told.len(), 1, "{name}: {err}");
        assert!(told[0].contains("no traces are exported") && told[0].contains(name), "{err}");
        assert!(told[0].contains(words) && !err.contains("s3cret"), "{err}");
        assert_eq!(server.requests().len(), 0, "{name}");
    }
    // These have a preset, with which it goes on.
    for (name, value) in [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "banana"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "0"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "no equals sign"),
        ("OTEL_EXPORTER_OTLP_INSECURE", "maybe"),
    ] {
        let server = Scripted::start([]);
        let err = run("environment", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &*server.url()), (name, value)]);
        let told: Vec<_> = err.lines().filter(|line| line.starts_with("arc-obs:")).collect();
        assert_eq!(told.len(), 1, "{name}: {err}");
        assert!(told[0].contains(&format!("`{name}`")), "{err}");
        assert_eq!(told[0].contains(value), !name.ends_with("HEADERS"), "{err}");
        assert_eq!(spans(&server.requests()), 20, "{name}");
    }
}

#[test]
fn code_beats_the_environment() {
    let (server, other) = (Scripted::start([]), Scripted::start([]));
    let err = run(
        &server.url(),
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*other.url()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret"),
            ("OTEL_TRACES_EXPORTER", "none"),
        ],
    );
    assert!(!err.contains("arc-obs:"), "{err}");
    assert_eq!((spans(&server.requests()), other.requests().len()), (20, 0));
    assert_eq!(server.requests()[0].header("api-key"), None, "meant for the other one");
}

/// X12: proxies of the environment hold, and who is to be reached without one is.
#[test]
fn proxies_are_used_but_for_those_who_need_none() {
    // It is a proxy for HTTP, too: what is asked of it has the whole address.
    let proxy = Scripted::start([]);
    let url = proxy.url();
    for (name, endpoint) in [("HTTP_PROXY", "http://collector.invalid"), ("ALL_PROXY", "http://other.invalid:4318")] {
        run("environment", &[(name, &*url), ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)]);
        let requests = proxy.requests();
        assert_eq!(requests.last().unwrap().line, format!("POST {endpoint}/v1/traces HTTP/1.1"));
    }
    let before = proxy.requests().len();
    let server = Scripted::start([]);
    run(
        "environment",
        &[("HTTP_PROXY", &*url), ("NO_PROXY", "127.0.0.1"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &*server.url())],
    );
    assert_eq!((proxy.requests().len(), server.requests().len()), (before, 1));

    // For HTTPS it is asked for a tunnel.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut asked = [0; 1024];
        let read = connection.read(&mut asked).unwrap();
        let _ = connection.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        String::from_utf8_lossy(&asked[..read]).into_owned()
    });
    let err =
        run("environment", &[("HTTPS_PROXY", &*url), ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.invalid")]);
    assert!(asked.join().unwrap().starts_with("CONNECT collector.invalid:443 HTTP/1.1"));
    assert!(err.contains("lost 20 spans"), "{err}");
}
