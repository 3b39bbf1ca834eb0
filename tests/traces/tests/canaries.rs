//! Nothing secret leaves by an exporter, wherever the program has put it.
#![allow(missing_docs)]

use std::fmt::{self, Debug};
use std::io::Read;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use arc_obs::export::{Exporting, Otlp, Span, SpanExporter};
use arc_obs::{
    Capped, ContentCapture, Conventions, Redaction, Resource, SecretKind, Terminal, apm, traced, track_agent,
    track_llm, track_tool,
};
use arc_obs_trace_tests::canaries::{Canary, canaries};
use arc_obs_trace_tests::scripted::Scripted;
use arc_obs_trace_tests::{one, tracing_with, turn};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message;
use serde_json::{Value, json};
use tokio::sync::oneshot;

arc_obs::labels! { customer: Capped<250> }

/// An exporter that writes down all that it is given.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<String>>);

impl SpanExporter for Written {
    fn name(&self) -> &'static str {
        "written"
    }

    fn export<'a>(&'a mut self, batch: Arc<[Span]>, resource: &'a Resource) -> Exporting<'a> {
        let mut written = self.0.lock().unwrap();
        written.extend(batch.iter().map(|span| format!("{span:#?}\n")));
        written.push_str(&format!("{resource:?}\n"));
        Box::pin(async { Ok(()) })
    }
}

#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

#[track_tool("canary", fields(text, shown = ?text, told = %text, later = _))]
fn tool(text: &str) {
    arc_obs::set_field!(later = text);
}

#[track_agent(
    "cage",
    fields(answer = _, failure = _),
    on_success(answer = |answer| answer.as_str()),
    on_error(failure = |error| error.to_string())
)]
fn agent(text: &str, fails: bool) -> Result<String, Refused> {
    if fails { Err(Refused(text.to_owned())) } else { Ok(text.to_owned()) }
}

#[track_llm(model = "gpt-4o", usage = none, capture)]
async fn llm(system: &str, request: &Value) -> Result<Value, Refused> {
    if request["fails"] == true {
        return Err(Refused(system.to_owned()));
    }
    Ok(json!({ "choices": [
        { "message": { "content": system, "tool_calls": [{ "function": { "name": system, "arguments": json!({ "x": system }).to_string() } }] } },
    ] }))
}

/// Asked for what it is given only where somebody asks that of all.
#[track_tool("echo", labels(customer = text))]
fn echo(text: &str) -> String {
    text.to_owned()
}

#[traced(fields(user.name = name))]
fn operation(name: &str) {
    panic!("{name}");
}

/// Puts one in every place that there is.
fn put(canary: &Canary) {
    let text = canary.text.as_str();
    tool(text);
    let _ = agent(text, true);
    let _ = agent(text, false);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for fails in [true, false] {
        let request =
            json!({ "fails": fails, "messages": [{ "role": text, "content": [{ "text": text }, { "type": text }] }] });
        let _ = runtime.block_on(llm(text, &request));
    }
    let _ = std::panic::catch_unwind(|| operation(text));
    let _ = echo(text);
    arc_obs::record_agent_execution(text, arc_obs::Status::Success, Duration::from_millis(1));
    // Names that are known at run time.
    runtime.block_on(arc_obs::agent(text).run(async {}));
    runtime.block_on(arc_obs::tool(text).run(async {}));
    // The program's own spans and events.
    let span = tracing::info_span!("own", value = text, debug = ?text, display = %text, otel.name = text, later = tracing::field::Empty);
    let _entered = span.enter();
    span.record("later", text);
    tracing::info!("{text}");
    tracing::warn!(error = %text, debug = ?Some(text), "failed");
    tracing::error!(error = &Refused(text.to_owned()) as &dyn std::error::Error, "failed");
    let _failed = tracing::info_span!("failed", otel.status_code = "error", otel.status_description = text).entered();
}

#[test]
fn no_secret_leaves() {
    let canaries = canaries();
    assert_eq!(canaries.len(), 200);
    std::panic::set_hook(Box::new(|_| {}));
    let written = Written::default();
    for some in canaries.chunks(10) {
        let exporter = written.clone();
        let said: String = some.iter().map(|canary| canary.text.as_str()).collect::<Vec<_>>().join(" ");
        // What is said of the process leaves, too.
        let tracing = tracing_with(|builder| builder.span_exporter(exporter).service_version(said));
        some.iter().for_each(put);
        let spans = tracing.end();
        assert_eq!(spans.len(), some.len() * 11, "each was exported");
        // What is taken out of JSON leaves JSON.
        let told = spans.iter().flat_map(|span| &span.attributes).filter(|(name, _)| name.ends_with(".messages"));
        let told: Vec<_> = told.map(|(_, value)| value.as_str().unwrap()).collect();
        assert_eq!(told.len(), some.len() * 3);
        for text in told {
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
        }
    }
    let _ = std::panic::take_hook();
    let written = written.0.lock().unwrap();
    assert!(written.len() > 1_000_000, "{}", written.len());
    let out: Vec<_> = canaries.iter().filter(|canary| written.contains(&canary.secret)).collect();
    assert!(out.is_empty(), "{} of {} came out: {out:#?}", out.len(), canaries.len());
}

#[traced(fields(text, n))]
fn said(text: &str, n: u64) {}

#[test]
fn the_rest_of_a_text_stays_as_it_was() {
    let tracing = tracing_with(|builder| builder);
    said("ask bob@example.com for the price of tea, in 2026", 4_111_111_111_111_111);
    let spans = tracing.end();
    let span = one(&spans, "said");
    assert_eq!(*span.attribute("text").unwrap(), "ask [REDACTED:email] for the price of tea, in 2026");
    assert_eq!(*span.attribute("n").unwrap(), "[REDACTED:card]");
}

#[test]
fn the_builder_says_what_else_and_what_not() {
    let redaction = Redaction::new()
        .keep(SecretKind::Email)
        .pattern(r"EMP-\d+")
        .unwrap()
        .attribute("n")
        .with(|text| text.contains("salary").then(|| "(private)".to_owned()));
    let tracing = tracing_with(|builder| builder.redact(redaction));
    said("EMP-12 is bob@example.com", 3);
    said("the salary of EMP-12", 3);
    let spans = tracing.end();
    assert_eq!(*spans[0].attribute("text").unwrap(), "[REDACTED] is bob@example.com");
    assert_eq!(*spans[0].attribute("n").unwrap(), "[REDACTED]");
    assert_eq!(*spans[1].attribute("text").unwrap(), "(private)");
}

#[test]
fn what_is_too_long_is_cut_at_a_character() {
    let tracing = tracing_with(|builder| builder);
    let long = "é".repeat(5 << 20);
    {
        let span = tracing::info_span!("long", text = long.as_str());
        let _entered = span.enter();
        tracing::info!(more = long.as_str(), "{long}");
    }
    let spans = tracing.end();
    let span = one(&spans, "long");
    let event = &span.events[0];
    for text in
        [span.attribute("text").unwrap().as_str().unwrap(), &event.name, event.attributes[0].1.as_str().unwrap()]
    {
        assert_eq!(text.chars().count(), 65_536);
        assert!(text.ends_with("é…"));
    }
}

/// A receiver of OTLP over gRPC that keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<u8>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        let mut kept = self.0.lock().unwrap();
        kept.extend(format!("{:?}", request.metadata()).into_bytes());
        kept.extend(request.get_ref().encode_to_vec());
        Ok(tonic::Response::new(ExportTraceServiceResponse::default()))
    }
}

fn serve(collector: Collector) -> (SocketAddr, oneshot::Sender<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let (bound, address) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let incoming = tonic::transport::server::TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
            bound.send(incoming.local_addr().unwrap()).unwrap();
            let service = TraceServiceServer::new(collector).max_decoding_message_size(usize::MAX);
            let server = tonic::transport::Server::builder().add_service(service);
            tokio::select! {
                result = server.serve_with_incoming(incoming) => result.unwrap(),
                _ = stopped => {}
            }
        });
    });
    (address.recv().unwrap(), stop)
}

/// All that a server was sent, unpacked.
fn sent(server: &Scripted) -> Vec<u8> {
    let mut all = Vec::new();
    for request in server.requests() {
        all.extend(format!("{} {:?}\n", request.line, request.headers).into_bytes());
        if request.header("content-encoding") == Some("gzip") {
            flate2::read::MultiGzDecoder::new(&*request.body).read_to_end(&mut all).unwrap();
        } else {
            all.extend(request.body);
        }
    }
    all
}

/// The program: it puts canaries everywhere, with every exporter there is and its work shown.
#[test]
fn child() {
    if std::env::var_os(PROGRAM).is_none() {
        return;
    }
    let _turn = turn();
    let canaries = canaries();
    let mut leaks = Vec::new();
    for (index, some) in canaries.chunks(67).enumerate() {
        let servers: [Scripted; 5] = std::array::from_fn(|_| Scripted::start([]));
        let [http, metrics, datadog, newrelic, sentry] = &servers;
        let collector = Collector::default();
        let (grpc, stop) = serve(collector.clone());
        // Some back ends repeat it with each span.
        let said = some[index * 7..][..7].iter().map(|canary| canary.text.as_str()).collect::<Vec<_>>().join(" ");
        let obs = arc_obs::builder()
            .service_name("canaries")
            .service_version(said.as_str())
            .environment(said.as_str())
            .no_server()
            .terminal(Terminal::On)
            .conventions([Conventions::GenAi, Conventions::GenAiNext, Conventions::OpenInference][index % 3])
            .capture_content(ContentCapture::SpanAndEvent)
            .otlp(Otlp::http(http.url()))
            .otlp(Otlp::grpc(format!("http://{grpc}")))
            .otlp_metrics(Otlp::http(metrics.url()).gzip())
            .apm(apm::datadog().agent(datadog.url()))
            .apm(apm::newrelic().license_key("9f86d081884c7d659a2feaa0c55ad015").endpoint(newrelic.url()))
            .apm(
                apm::sentry()
                    .dsn(format!("http://9f86d081884c7d659a2feaa0c55ad015@{}/1", sentry.address()))
                    .traces_sample_rate(1.0)
                    .release(said.as_str())
                    .environment(said.as_str()),
            )
            .install()
            .unwrap();
        std::panic::set_hook(Box::new(|_| {}));
        some.iter().for_each(put);
        let _ = std::panic::take_hook();
        obs.shutdown_blocking(Duration::from_secs(60)).unwrap();
        drop((obs, stop));
        let names = ["OTLP", "OTLP metrics", "Datadog", "New Relic", "Sentry"];
        let mut wires: Vec<_> = names.into_iter().zip(servers.iter().map(sent)).collect();
        wires.push(("gRPC", collector.0.lock().unwrap().clone()));
        for (name, bytes) in wires {
            assert!(bytes.len() > 4_000, "{name} was sent {} bytes", bytes.len());
            let text = String::from_utf8_lossy(&bytes);
            let out: Vec<_> = canaries.iter().filter(|canary| text.contains(&canary.secret)).collect();
            leaks.extend(out.iter().map(|canary| format!("{name}: {}", canary.text)));
        }
    }
    assert!(leaks.is_empty(), "@leaks {}:\n{}", leaks.len(), leaks.join("\n"));
    println!("@ended");
}

const PROGRAM: &str = "ARC_OBS_TESTS_PROGRAM";

#[test]
fn no_secret_leaves_by_any_wire_or_onto_the_terminal() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(PROGRAM, "yes")
        .env("ARC_OBS_TERMINAL", "on")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let mut told = err.split("@leaks").skip(1).collect::<String>();
    told.truncate(told.char_indices().nth(6_000).map_or(told.len(), |(end, _)| end));
    let last: Vec<_> = err.lines().rev().take(40).collect();
    assert!(out.contains("@ended"), "{told}{last:#?}");
    // A line for each operation.
    assert!(err.matches("✓ tool").count() > 200, "{err}");
    let on_terminal = |canary: &&Canary| out.contains(&canary.secret) || err.contains(&canary.secret);
    let shown: Vec<_> = canaries().into_iter().filter(|canary| on_terminal(&canary)).collect();
    assert!(shown.is_empty(), "{} are on the terminal: {shown:#?}", shown.len());
}

/// What the program knows and shows of itself.
#[test]
fn nothing_shows_a_secret_by_its_debug() {
    const SECRET: &str = "s3cret-0123456789";
    let with_password = format!("http://user:{SECRET}@localhost:4318/?key={SECRET}");
    let otlp = || Otlp::http(with_password.as_str()).header("authorization", SECRET).header("x-team", SECRET);
    let grpc = || Otlp::grpc(with_password.as_str()).header("authorization", SECRET);
    let shown: Vec<(&str, Box<dyn Debug>)> = vec![
        ("Otlp over HTTP", Box::new(otlp())),
        ("Otlp over gRPC", Box::new(grpc())),
        ("Redaction", Box::new(Redaction::new().text(SECRET).pattern(SECRET).unwrap())),
        ("New Relic", Box::new(apm::newrelic().license_key(SECRET))),
        ("Sentry", Box::new(apm::sentry().dsn(format!("http://{SECRET}@localhost/1")))),
        (
            "Builder",
            Box::new(
                arc_obs::builder()
                    .metrics_token(SECRET)
                    .redact(Redaction::new().text(SECRET))
                    .otlp(otlp())
                    .otlp(grpc())
                    .otlp_metrics(otlp())
                    .apm(apm::newrelic().license_key(SECRET))
                    .apm(apm::sentry().dsn(format!("http://{SECRET}@localhost/1"))),
            ),
        ),
    ];
    for (name, shown) in shown {
        let text = format!("{shown:?} {shown:#?}");
        assert!(text.len() > 10 && !text.contains("s3cret"), "{name}: {text}");
    }
}
