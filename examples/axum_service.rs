//! Two services of axum, and one trace that goes through both:
//! `cargo run --example axum_service`
//!
//! Who asks the first one `/ask/tea` gets an answer of its agent, which calls a model and a tool.
//! The tool asks the second service. When the request is answered, the trace is printed as a tree;
//! in production an exporter sends it to a back end (`Builder::otlp`).
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_obs::Resource;
use arc_obs::export::{Exporting, Span, SpanExporter, SpanId, TraceId};
use arc_obs::http::{ObsLayer, send};
use arc_obs::{track_agent, track_llm, track_tool};
use axum::Router;
use axum::extract::{MatchedPath, Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the first service needs to ask the second one.
#[derive(Clone)]
struct Prices {
    client: Client,
    address: SocketAddr,
}

impl Prices {
    #[track_tool("price")]
    async fn of(&self, item: &str) -> Result<String, reqwest::Error> {
        // The request's headers say of which trace it is.
        let request = self.client.get(format!("http://{}/prices/{item}", self.address));
        send(request).await?.error_for_status()?.text().await
    }
}

/// Stands for a model: a real client is called in the same way, and its response read.
#[track_llm(model = "gpt-4o", provider = "openai")]
async fn write(facts: &str) -> Result<Value, std::io::Error> {
    tokio::time::sleep(Duration::from_millis(20)).await;
    Ok(json!({
        "choices": [{ "message": { "content": format!("Today: {facts}.") }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 1_000, "completion_tokens": 200 },
    }))
}

#[track_agent("researcher")]
async fn research(prices: &Prices, topic: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
    let price = prices.of(topic).await?;
    let answer = write(&format!("{topic} is {price}")).await?;
    Ok(answer["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned())
}

async fn ask(State(prices): State<Prices>, Path(topic): Path<String>) -> Result<String, StatusCode> {
    research(&prices, &topic).await.map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn price(Path(item): Path<String>) -> Result<&'static str, StatusCode> {
    match item.as_str() {
        "tea" => Ok("$3.20"),
        _ => Err(StatusCode::NOT_FOUND),
    }
}

/// Each request is counted, has an id, and is a span of the trace of whoever asks.
fn layer() -> ObsLayer {
    ObsLayer::new().route(|request| request.extensions.get::<MatchedPath>().map(MatchedPath::as_str))
}

async fn serve(app: Router) -> Result<SocketAddr, std::io::Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app.layer(layer())).await });
    Ok(address)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // For the `https://` that reqwest could be asked for.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let traces = Traces::default();
    let obs = arc_obs::builder().service_name("axum-service").no_server().span_exporter(traces.clone()).install()?;

    let client = Client::builder().no_proxy().build()?;
    let second = serve(Router::new().route("/prices/{item}", get(price))).await?;
    let prices = Prices { client: client.clone(), address: second };
    let first = serve(Router::new().route("/ask/{topic}", get(ask)).with_state(prices)).await?;

    let answer = send(client.get(format!("http://{first}/ask/tea"))).await?;
    let id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    println!("{} (request {id})", answer.text().await?);

    // What has ended is exported by then.
    obs.shutdown(Duration::from_secs(5)).await?;
    traces.print();
    Ok(())
}

/// Keeps the spans that are exported.
#[derive(Clone, Default)]
struct Traces(Arc<Mutex<Vec<Span>>>);

impl SpanExporter for Traces {
    fn name(&self) -> &'static str {
        "tree"
    }

    fn export<'a>(&'a mut self, batch: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(batch.iter().cloned());
        Box::pin(async { Ok(()) })
    }
}

impl Traces {
    /// Each trace, with its spans as a tree.
    fn print(&self) {
        let mut traces: BTreeMap<TraceId, Vec<Span>> = BTreeMap::new();
        for span in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            traces.entry(span.trace_id).or_default().push(span.clone());
        }
        for (id, mut spans) in traces {
            println!("\ntrace {id}");
            spans.sort_by_key(|span| span.start);
            print_inside(None, &spans, "");
        }
    }
}

fn print_inside(parent: Option<SpanId>, spans: &[Span], indent: &str) {
    let inside: Vec<&Span> = spans.iter().filter(|span| span.parent_span_id == parent).collect();
    for (place, span) in inside.iter().enumerate() {
        let is_last = place + 1 == inside.len();
        let (branch, beside) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let duration = span.end.duration_since(span.start).unwrap_or_default();
        let over = if span.parent_is_remote { ", over HTTP" } else { "" };
        let kind = format!("{:?}", span.kind).to_lowercase();
        println!("{indent}{branch}{} ({kind}, {:.1} ms{over})", span.name, duration.as_secs_f64() * 1_000.0);
        print_inside(Some(span.span_id), spans, &format!("{indent}{beside}"));
    }
}
