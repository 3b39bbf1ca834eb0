//! Spans and the metrics of the conventions say the same, under the same names.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{fmt, io};

use arc_obs::export::Otlp;
use arc_obs::{Conventions, Sampling, Usage, track_agent, track_llm, track_tool, track_workflow};
use arc_obs_trace_tests::scripted::Scripted;
use arc_obs_trace_tests::tracing_with;
use futures::FutureExt;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message;

struct Chat(Usage);

impl arc_obs::LlmResponse for Chat {
    fn usage(&self) -> Option<Usage> {
        Some(self.0)
    }
}

/// An error of a provider's client.
#[derive(Debug)]
struct ApiError(&'static str);

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for ApiError {}

#[track_tool("alike_limited")]
fn limited() -> Result<(), ApiError> {
    Err(ApiError("HTTP status 429"))
}

#[track_tool("alike_timed_out")]
fn timed_out() -> Result<(), io::Error> {
    Err(io::ErrorKind::TimedOut.into())
}

#[track_tool("alike_panicked")]
fn panicked() {
    panic!("as it should")
}

#[track_tool("alike_cancelled")]
async fn cancelled() {
    std::future::pending::<()>().await;
}

#[track_tool("alike_typed")]
fn typed() -> Result<(), ApiError> {
    Err(ApiError("no such page"))
}

#[track_tool("alike_well")]
fn well() {}

#[track_llm(model = "alike-model", provider = "azure.ai.openai", unpriced)]
fn ask() -> Result<Chat, ApiError> {
    // It was told of one of its own type, which it did not end with.
    let _ = limited();
    Ok(Chat(Usage::new(1, 1)))
}

#[track_llm(model = "alike-model", unpriced)]
fn refused() -> Result<Chat, ApiError> {
    Err(ApiError("context_length_exceeded"))
}

#[track_agent("alike_agent")]
fn agent() -> Result<(), ApiError> {
    let _ = timed_out();
    let _ = catch_unwind(AssertUnwindSafe(panicked));
    let _ = cancelled().now_or_never();
    let _ = typed();
    well();
    let _ = ask();
    refused().map(|_| ())
}

#[track_workflow("alike_workflow")]
fn workflow() -> Result<(), ApiError> {
    agent()
}

fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    attributes.iter().map(|pair| (pair.key.clone(), text(pair))).collect()
}

/// What the durations of the conventions are told of of what has such a name.
fn told(server: &Scripted, names: &str) -> Vec<BTreeMap<String, String>> {
    let body = server.requests().pop().expect("a request").body;
    let request = ExportMetricsServiceRequest::decode(&*body).unwrap();
    let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    let metrics = scopes.flat_map(|scope| scope.metrics).filter(|metric| metric.name.starts_with("gen_ai."));
    let points = metrics.filter(|metric| metric.name.ends_with(".duration")).flat_map(|metric| match metric.data {
        Some(Data::Histogram(histogram)) => histogram.data_points,
        other => panic!("{other:?}"),
    });
    points
        .map(|point| attributes(&point.attributes))
        .filter(|point| point.values().any(|value| value.starts_with(names)))
        .collect()
}

#[test]
fn what_metrics_are_told_stands_on_a_span() {
    for conventions in [Conventions::GenAi, Conventions::GenAiNext, Conventions::OpenInference] {
        let server = Scripted::start([]);
        let tracing = tracing_with(|builder| builder.conventions(conventions).otlp_metrics(Otlp::http(server.url())));
        let _ = workflow();
        let spans = tracing.end();
        let points = told(&server, "alike");
        assert_eq!(points.len(), 10, "{points:?}");
        for point in &points {
            let is_it = |span: &&arc_obs::export::Span| {
                let same = |(name, value): (&String, &String)| {
                    span.attribute(name).is_some_and(|said| said.to_string() == *value)
                };
                point.iter().all(same) && span.attribute("error.type").is_some() == point.contains_key("error.type")
            };
            assert!(spans.iter().any(|span| is_it(&span)), "{point:?} is no span with {conventions:?}");
        }
    }
}

#[test]
fn the_kind_of_an_error_is_counted_also_where_no_span_is_recorded() {
    let server = Scripted::start([]);
    let tracing = tracing_with(|builder| builder.sampling(Sampling::never()).otlp_metrics(Otlp::http(server.url())));
    let _ = workflow();
    assert_eq!(tracing.end(), []);
    let points = told(&server, "alike");
    for (name, error_type) in [
        ("alike_limited", Some("rate_limited")),
        ("alike_timed_out", Some("timeout")),
        ("alike_panicked", Some("_OTHER")),
        ("alike_cancelled", Some("cancelled")),
        ("alike_typed", Some("alike::ApiError")),
        ("alike_well", None),
        ("alike_agent", Some("context_length_exceeded")),
        ("alike_workflow", Some("context_length_exceeded")),
    ] {
        let found: Vec<_> = points.iter().filter(|point| point.values().any(|value| value == name)).collect();
        assert_eq!(found.len(), 1, "{name} in {points:?}");
        assert_eq!(found[0].get("error.type").map(String::as_str), error_type, "{name}");
    }
}

#[test]
fn of_an_adopted_span_it_is_what_that_says() {
    let server = Scripted::start([]);
    let tracing = tracing_with(|builder| builder.adopt_genai_spans().otlp_metrics(Otlp::http(server.url())));
    drop(tracing::info_span!(
        "chat",
        gen_ai.operation.name = "chat",
        gen_ai.request.model = "adopted_alike",
        error.type = "RateLimitError",
    ));
    drop(tracing::info_span!(
        "execute_tool",
        gen_ai.operation.name = "execute_tool",
        gen_ai.tool.name = "adopted_alike",
        error.type = "NotFound",
    ));
    let _ = tracing.end();
    let found = told(&server, "adopted_alike");
    let mut errors: Vec<_> = found.iter().map(|point| &*point["error.type"]).collect();
    errors.sort_unstable();
    assert_eq!(errors, ["NotFound", "RateLimitError"]);
}
