//! Metrics over OTLP: what is sent, and what becomes of it, whatever the receiver does.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arc_obs::export::Otlp;
use arc_obs::{Observability, Usage, track_agent, track_llm, track_tool, track_workflow};
use arc_obs_tests::programs::poll;
use arc_obs_trace_tests::heard::{alone, heard};
use arc_obs_trace_tests::scripted::{Scripted, Step};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value as Attribute};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, HistogramDataPoint, Metric};
use prost::Message;

struct Chat(Usage);

impl arc_obs::LlmResponse for Chat {
    fn usage(&self) -> Option<Usage> {
        Some(self.0)
    }
}

#[track_llm(model = "gpt-4o", provider = "openai")]
fn ask(input: u64, output: u64) -> Result<Chat, std::fmt::Error> {
    if input == 0 { Err(std::fmt::Error) } else { Ok(Chat(Usage::new(input, output))) }
}

#[track_tool("search")]
fn search() {}

#[track_agent("metered")]
fn research(calls: u64) {
    search();
    (0..calls).for_each(|_| _ = ask(1_000, 300));
}

#[track_workflow("nightly")]
fn nightly() {
    research(2);
}

#[arc_obs::metrics(prefix = "shop")]
mod shop {
    /// Orders placed.
    #[counter]
    pub fn metered_orders();
}

fn to(server: &Scripted, change: impl FnOnce(Otlp) -> Otlp) -> Observability {
    let otlp = change(Otlp::http(server.url()).timeout(Duration::from_secs(1)));
    arc_obs::builder().service_name("metered").no_server().otlp_metrics(otlp).install().unwrap()
}

fn end(obs: Observability) {
    obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
}

/// What came last, of all requests.
fn last(server: &Scripted) -> Vec<Metric> {
    let body = server.requests().pop().expect("a request").body;
    let request = ExportMetricsServiceRequest::decode(&*body).unwrap();
    let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    scopes.flat_map(|scope| scope.metrics).collect()
}

fn named<'a>(metrics: &'a [Metric], name: &str) -> &'a Metric {
    metrics.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("no `{name}`"))
}

fn attributes(attributes: &[KeyValue]) -> BTreeMap<&str, &str> {
    let text = |value: &KeyValue| match value.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Attribute::StringValue(text)) => text.as_str().to_owned().leak() as &str,
        other => panic!("{other:?}"),
    };
    attributes.iter().map(|pair| (pair.key.as_str(), text(pair))).collect()
}

fn sum(metrics: &[Metric], name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let Some(Data::Sum(sum)) = &named(metrics, name).data else { panic!("`{name}` is no sum") };
    assert!(sum.is_monotonic);
    let labels: BTreeMap<_, _> = labels.iter().copied().collect();
    match sum.data_points.iter().find(|point| attributes(&point.attributes) == labels)?.value? {
        Value::AsDouble(value) => Some(value),
        Value::AsInt(value) => panic!("{value}"),
    }
}

fn histogram(metrics: &[Metric], name: &str, labels: &[(&str, &str)]) -> Option<HistogramDataPoint> {
    let Some(Data::Histogram(histogram)) = &named(metrics, name).data else { panic!("`{name}` is no histogram") };
    assert_eq!(histogram.aggregation_temporality(), AggregationTemporality::Cumulative);
    let labels: BTreeMap<_, _> = labels.iter().copied().collect();
    histogram.data_points.iter().find(|point| attributes(&point.attributes) == labels).cloned()
}

/// Counts of an exporter's data points, by what became of them.
fn counted() -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for family in arc_obs::registry().gather() {
        let Some(what) = family.name().strip_prefix("arc_obs_export_") else { continue };
        for metric in family.get_metric() {
            let label = |name| metric.get_label().iter().find(|label| label.name() == name).map(|label| label.value());
            if label("signal") == Some("metrics") {
                let what = label("reason").unwrap_or(what.trim_end_matches("_total"));
                counts.insert(what.to_owned(), metric.get_counter().get_value() as u64);
            }
        }
    }
    counts
}

fn counted_since(before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let grown = |(what, now): (String, u64)| {
        let more = now - before.get(&what).copied().unwrap_or(0);
        (what, more)
    };
    counted().into_iter().map(grown).filter(|(_, more)| *more > 0).collect()
}

#[test]
fn all_metrics_are_sent_at_the_latest_at_shutdown() {
    let _turn = alone();
    let server = Scripted::start([]);
    let obs = to(&server, |otlp| otlp.header("x-team", "research"));
    nightly();
    let _ = ask(0, 0);
    shop::metered_orders().add(7);
    let orders = prometheus_counter();
    orders.inc_by(5.0);
    end(obs);

    let request = server.requests().pop().unwrap();
    assert_eq!(request.line, "POST /v1/metrics HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(request.header("x-team"), Some("research"));
    let message = ExportMetricsServiceRequest::decode(&*request.body).unwrap();
    let resource = message.resource_metrics[0].resource.clone().unwrap();
    assert_eq!(attributes(&resource.attributes)["service.name"], "metered");

    let metrics = last(&server);
    assert!(
        sum(&metrics, "arc_agent_executions_total", &[("agent_name", "metered"), ("status", "success")]) >= Some(1.0)
    );
    assert!(sum(&metrics, "arc_agent_tokens_total", &[("agent_name", "metered"), ("type", "prompt")]) >= Some(2_000.0));
    assert!(sum(&metrics, "shop_metered_orders_total", &[]) >= Some(7.0));
    assert_eq!(sum(&metrics, "users_own_total", &[]), Some(5.0));
    assert!(histogram(&metrics, "arc_llm_duration_seconds", &[("model", "gpt-4o")]).unwrap().count >= 3);
    assert!(matches!(named(&metrics, "arc_active_agents").data, Some(Data::Gauge(_))));
}

/// One of the user's own, made with the prometheus crate.
fn prometheus_counter() -> arc_obs::prometheus::Counter {
    let counter = arc_obs::prometheus::Counter::new("users_own_total", "The user's").unwrap();
    arc_obs::registry().register(Box::new(counter.clone())).unwrap();
    counter
}

#[test]
fn the_metrics_of_the_conventions_come_from_the_same_recording() {
    let _turn = alone();
    let server = Scripted::start([]);
    // Nobody exports them: nothing is recorded.
    #[track_agent("before_export")]
    fn before() {}
    before();
    let obs = to(&server, |otlp| otlp.gzip());
    drop(obs);
    let server = Scripted::start([]);
    let obs = to(&server, |otlp| otlp);
    #[track_llm(model = "o3", provider = "openai", operation = "text_completion")]
    fn complete(input: u64) -> Result<Chat, std::fmt::Error> {
        if input == 0 { Err(std::fmt::Error) } else { Ok(Chat(Usage::new(input, 17))) }
    }
    #[track_agent("metered_twice")]
    fn agent() {
        let _ = complete(1_024);
        let _ = complete(0);
    }
    agent();
    nightly();
    end(obs);

    let metrics = last(&server);
    let call = [
        ("gen_ai.operation.name", "text_completion"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "o3"),
    ];
    let duration = named(&metrics, "gen_ai.client.operation.duration");
    assert_eq!(duration.unit, "s");
    let point = histogram(&metrics, "gen_ai.client.operation.duration", &call).unwrap();
    assert_eq!((point.count, point.explicit_bounds.len(), point.explicit_bounds[0]), (1, 14, 0.01));
    let failed: Vec<_> = call.into_iter().chain([("error.type", "core::fmt::Error")]).collect();
    assert_eq!(histogram(&metrics, "gen_ai.client.operation.duration", &failed).unwrap().count, 1);

    let tokens = |kind| {
        let labels: Vec<_> = call.into_iter().chain([("gen_ai.token.type", kind)]).collect();
        histogram(&metrics, "gen_ai.client.token.usage", &labels).unwrap()
    };
    assert_eq!((tokens("input").sum, tokens("output").sum), (Some(1_024.0), Some(17.0)));
    // On a bound belongs to that bucket: 1024 = 4^5, 17 is just over 4^2.
    assert_eq!((tokens("input").bucket_counts[5], tokens("output").bucket_counts[3]), (1, 1));

    let of = |name, label| histogram(&metrics, name, &[label]).map(|point| point.count);
    assert_eq!(of("gen_ai.invoke_agent.duration", ("gen_ai.agent.name", "metered_twice")), Some(1));
    assert_eq!(of("gen_ai.invoke_agent.duration", ("gen_ai.agent.name", "before_export")), None);
    assert!(of("gen_ai.execute_tool.duration", ("gen_ai.tool.name", "search")) >= Some(1));
    assert!(of("gen_ai.invoke_workflow.duration", ("gen_ai.workflow.name", "nightly")) >= Some(1));
}

#[test]
fn what_a_receiver_refuses_is_counted_and_told_without_secrets() {
    let _turn = alone();
    let partial = ExportMetricsServiceResponse {
        partial_success: Some(ExportMetricsPartialSuccess {
            rejected_data_points: 3,
            error_message: "too old".to_owned(),
        }),
    };
    for (step, reason, words) in [
        (Step::status(401), "auth", "OTEL_EXPORTER_OTLP_HEADERS"),
        (Step::status(400), "rejected", "400"),
        (Step::status(413), "too_large", "too large"),
        (Step::body(200, partial.encode_to_vec()), "rejected", "too old"),
        (Step::Hang, "timeout", "within 1s"),
    ] {
        let server = Scripted::start(std::iter::repeat_n(step.clone(), 3));
        let obs = to(&server, |otlp| otlp.header("api-key", "s3cret"));
        let _ = heard();
        let before = counted();
        end(obs);
        let counts = counted_since(&before);
        let lost = counts.get(reason).copied().unwrap_or(0);
        assert!(lost > 0, "{step:?}: {counts:?}");
        assert_eq!(counts["accepted"], lost + counts.get("delivered").copied().unwrap_or(0), "{step:?}: {counts:?}");
        let told = heard().join("\n");
        assert!(told.contains("data points") && told.contains(words), "{step:?}: {told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

/// The time of a try, and that of all tries, are longer than what is left at the end: all that was to
/// be sent is lost, counted and told.
#[test]
fn shutdown_is_over_in_its_time_whatever_the_receiver_does() {
    const LIMIT: Duration = Duration::from_secs(1);
    for (step, reasons) in [
        (Step::Hang, &["shutdown", "timeout"][..]),
        (Step::Drip, &["shutdown", "timeout"]),
        (Step::status(503), &["shutdown", "unreachable"]),
        (Step::with(503, "retry-after", "30"), &["shutdown", "unreachable"]),
    ] {
        let _turn = alone();
        let server = Scripted::start(std::iter::repeat_n(step.clone(), 100));
        let otlp = Otlp::http(server.url());
        let obs = arc_obs::builder().service_name("metered").no_server().otlp_metrics(otlp).install().unwrap();
        search();
        let before = counted();
        let begin = Instant::now();
        // An error only if the machine has so much else to do that it ends a moment later.
        let _ = obs.shutdown_blocking(LIMIT);
        // An answer would be waited for ten seconds, and tries would go on for thirty.
        assert!(begin.elapsed() < LIMIT + Duration::from_secs(3), "{step:?}: {:?}", begin.elapsed());
        let lost_of =
            |counts: &BTreeMap<String, u64>| -> u64 { reasons.iter().filter_map(|reason| counts.get(*reason)).sum() };
        let is_over = |counts: &BTreeMap<String, u64>| {
            let lost = lost_of(counts);
            lost > 0 && counts.get("accepted") == Some(&lost)
        };
        let counts = poll(Duration::from_secs(5), || Some(counted_since(&before)).filter(is_over));
        let counts = counts.unwrap_or_else(|| panic!("{step:?}: {:?}", counted_since(&before)));
        let lost = lost_of(&counts);
        assert_eq!(counts.get("delivered"), None, "{step:?}: {counts:?}");
        assert!(!server.requests().is_empty(), "{step:?}");
        let told = heard().join("\n");
        assert!(told.contains(&format!("lost {lost} data points")), "{step:?}: {told}");
    }
}

#[test]
fn traces_and_metrics_go_to_one_receiver() {
    let _turn = alone();
    let server = Scripted::start([]);
    let otlp = Otlp::http(server.url());
    let builder = arc_obs::builder().service_name("metered").no_server();
    let obs = builder.otlp(otlp.clone()).otlp_metrics(otlp).install().unwrap();
    research(1);
    end(obs);
    let lines: Vec<_> = server.requests().into_iter().map(|request| request.line).collect();
    for path in ["/v1/traces", "/v1/metrics"] {
        assert!(lines.iter().any(|line| line.contains(path)), "{lines:?}");
    }
}

/// Takes metrics over gRPC.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<ExportMetricsServiceRequest>>>);

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportMetricsServiceRequest>,
    ) -> Result<tonic::Response<ExportMetricsServiceResponse>, tonic::Status> {
        self.0.lock().unwrap().push(request.into_inner());
        Ok(tonic::Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[test]
fn over_grpc_they_are_the_same() {
    let _turn = alone();
    let collector = Collector::default();
    let service = MetricsServiceServer::new(collector.clone());
    let (bound, address) = std::sync::mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let incoming = tonic::transport::server::TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
            bound.send(incoming.local_addr().unwrap()).unwrap();
            let server = tonic::transport::Server::builder().add_service(service);
            server.serve_with_incoming_shutdown(incoming, async { _ = stopped.await }).await.unwrap();
        });
    });
    let otlp = Otlp::grpc(format!("http://{}", address.recv().unwrap()));
    let obs = arc_obs::builder().service_name("metered").no_server().otlp_metrics(otlp).install().unwrap();
    search();
    let before = counted();
    end(obs);
    let counts = counted_since(&before);
    assert!(counts["delivered"] > 0 && counts["delivered"] == counts["accepted"], "{counts:?}");
    drop(stop);
    server.join().unwrap();
    let requests = std::mem::take(&mut *collector.0.lock().unwrap());
    let metrics = &requests[0].resource_metrics[0].scope_metrics[0].metrics;
    assert!(sum(metrics, "arc_tool_calls_total", &[("tool", "search"), ("status", "success")]) >= Some(1.0));
}
