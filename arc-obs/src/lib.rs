//! Observability for LLM and agent programs with one attribute per function.
//!
//! Annotate functions that exist, change nothing else, and see what your agents
//! cost, how long they took and what failed:
//!
//! ```
//! use arc_obs::{track_agent, track_llm, track_tool};
//!
//! # #[derive(serde::Serialize)] struct Response { usage: Tokens }
//! # #[derive(serde::Serialize)] struct Tokens { prompt_tokens: u32, completion_tokens: u32 }
//! # type Error = std::convert::Infallible;
//! #[track_llm(model = "gpt-4o")]           // tokens and cost are read off the response
//! async fn ask(prompt: &str) -> Result<Response, Error> {
//!     # let usage = Tokens { prompt_tokens: 1_000, completion_tokens: 500 };
//!     # Ok(Response { usage })
//! }
//!
//! #[track_tool("search")]
//! fn search(query: &str) -> Vec<String> {
//!     # vec![query.to_owned()]
//! }
//!
//! #[track_agent("researcher")]
//! async fn research(task: &str) -> Result<Response, Error> {
//!     let found = search(task);
//!     ask(&found.join("\n")).await
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let obs = arc_obs::builder().service_name("research").listen(([127, 0, 0, 1], 0).into()).install()?;
//! research("the price of tea").await?;
//!
//! let summary = arc_obs::summary();
//! assert_eq!(summary.models[0].cost.map(|cost| cost.to_string()).as_deref(), Some("$0.0075"));
//! # drop(obs);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`init`] in `main` serves the metrics on `127.0.0.1:9090`; [`registry`] holds
//! them in any case. The attributes also open `tracing` spans (`agent.researcher`,
//! `llm.call`, `tool.search`), for whatever subscriber the program has.
//!
//! # What an annotated function records
//!
//! | attribute | counter | also |
//! |---|---|---|
//! | [`track_agent`] | `arc_agent_executions_total{agent_name,status}` | duration, active agents, cost |
//! | [`track_llm`] | `arc_llm_calls_total{model,status}` | duration, tokens, cost |
//! | [`track_tool`] | `arc_tool_calls_total{tool,status}` | duration; its cost, where `cost = …` says it |
//! | [`track_workflow`] | `arc_workflow_executions_total{workflow,status}` | duration; its cost, where `cost = …` says it |
//! | [`track_cache`] | `arc_cache_hits_total{cache_type}`, `arc_cache_misses_total{cache_type}` | |
//! | [`track_request`] | `arc_requests_total{method,endpoint,status}` | duration, active requests |
//! | [`traced`] | `arc_operations_total{operation,status}` | duration; its cost, where `cost = …` says it |
//!
//! The status of a request is its HTTP code. Any other is `success`; `error` for an `Err`; `timeout` for an `Err` that says
//! that a deadline passed; `cancelled` for a future that was dropped; `panic`.
//! Nothing of the arguments is captured, and of the returned value only what a
//! response says of its tokens, model and cost; what else a span shall carry is named, by
//! `fields(..)` and [`set_field!`].
//!
//! # What an attribute becomes
//!
//! The signature, its attributes and the body stay as they are. Before the body stands a
//! `static` of plain data, and around it one call:
//!
//! ```text
//! async fn research(task: &str) -> Result<Report, Error> {
//!     static CALLSITE: Callsite = Callsite::agent("researcher", "react", (function, module, file, line));
//!     inventory::submit! { &CALLSITE }                 // known to the program before it is called
//!     track_future(
//!         &CALLSITE,
//!         async move {
//!             if false { let value: Result<Report, Error> = loop {}; return value; }   // errors point at your code
//!             /* the body, token for token */
//!         },
//!         |result| /* what it means, by the result's type */,
//!     )
//!     .await
//! }
//! ```
//!
//! No macro of `tracing`'s is in it, your future is not boxed, and an error of yours is
//! reported where it would be without the attribute.
//!
//! # What calls cost
//!
//! Prices are built in, dated and by service tier, and calls are priced by the model
//! that answered. [`Builder::price`] adds your own, which win; [`set_prices`] replaces
//! them while the program runs. [`PriceTable`] can be asked by itself:
//!
//! ```
//! use arc_obs::{PriceTable, Usage};
//!
//! let cost = PriceTable::bundled().cost("gpt-4o", &Usage::new(1_000, 500).cache_read(600))?;
//! assert_eq!(cost.total().to_string(), "$0.00675");
//! assert_eq!(cost.lines()[0].to_string(), "400 input tokens at $2.50 a million: $0.001");
//! # Ok::<(), arc_obs::Unpriced>(())
//! ```
//!
//! # Labels and metrics of your own
//!
//! [`labels!`](macro@labels) declares labels whose values the compiler knows, and `labels(key = …)` on any
//! attribute records by them. [`metrics`](macro@metrics) declares metrics of your own by the same rules.
//!
//! ```
//! use arc_obs::{LabelValue, track_tool};
//!
//! #[derive(Clone, Copy, LabelValue)]
//! pub enum Tier {
//!     Free,
//!     Paid,
//! }
//!
//! arc_obs::labels! { tier: Tier }
//!
//! #[track_tool("search", labels(tier = tier))]
//! fn search(query: &str, tier: Tier) -> usize {
//!     shop::searches(tier).inc();
//!     query.len()
//! }
//!
//! #[arc_obs::metrics(prefix = "shop")]
//! mod shop {
//!     /// Searches, by what the customer pays for.
//!     #[counter]
//!     pub fn searches(tier: Tier);
//! }
//!
//! fn main() {
//!     # let capture = arc_obs::testing::capture();
//!     search("tea", Tier::Paid);
//!     # search("tea", Tier::Free);
//!     # let paid = ("tier", "paid");
//!     # assert_eq!(capture.value("shop_searches_total", &[paid]), Some(1.0));
//!     # assert_eq!(capture.value("arc_tool_duration_seconds", &[("tool", "search"), paid]), Some(1.0));
//! }
//! ```
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `enabled` | yes | recording: without it the attributes leave a function as it was, and nothing is counted, started or printed |
//! | `server` | yes | the HTTP server of [`init`] (`/metrics`, `/livez`, `/readyz`) and `metrics_handler` |
//! | `http` | with `server` | [`track_request`] reads the status off the types of the crate `http`, and so off axum's |
//! | `prices-file` | yes | prices of your own from JSON: `Builder::prices_file`, `PriceTable::with_json`; brings `serde_json` |
//! | `traces` | no | traces of what `tracing` and OpenTelemetry's API tell: [`layer`], [`export`], [`propagation`], [`spawn`], [`Sampling`], [`Redaction`]; nothing leaves the process by it alone |
//! | `otlp` | no | traces and metrics to any collector, where one is configured: `Builder::otlp`, `Builder::otlp_metrics`, `OTEL_EXPORTER_OTLP_*` |
//! | `otlp-grpc` | no | the same over gRPC |
//! | `datadog`, `newrelic`, `sentry` | no | `Builder::apm` with `apm::datadog`, `apm::newrelic`, `apm::sentry` |
//! | `tower` | no | `http::ObsLayer`, for servers of axum, tonic or hyper: each request a span of its client's trace, counted, with an id |
//! | `reqwest` | no | `http::TraceMiddleware` and `http::send`: a span of each request that is made, which says of which trace it is |
//!
//! With recording off (`default-features = false`) everything here is still there; what
//! `server` and `prices-file` add can be had without `enabled`, too. [`init`] hands back a
//! guard that does nothing, [`registry`] is empty, and [`PriceTable`] answers as ever. A
//! function compiles to the very code that it has without its attribute. Features add up
//! over all crates of a program, so a library leaves the choice to the program: it writes
//! `default-features = false` and calls no `init`.
#![cfg_attr(docsrs, feature(doc_cfg))]
// Of what is not there.
#![cfg_attr(
    not(all(
        feature = "datadog",
        feature = "newrelic",
        feature = "prices-file",
        feature = "reqwest",
        feature = "sentry",
        feature = "server",
        feature = "tower"
    )),
    allow(rustdoc::broken_intra_doc_links)
)]
#![deny(missing_docs)]

// Expansions name this crate from the outside; so do its own tests and benches.
extern crate self as arc_obs;

#[cfg(feature = "traces")]
mod adopt;
#[cfg(feature = "otlp")]
#[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
pub mod apm;
mod callsites;
mod clock;
mod context;
#[cfg(feature = "traces")]
mod conversation;
mod error;
#[cfg(feature = "traces")]
#[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
pub mod export;
#[cfg(any(feature = "reqwest", feature = "tower"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "reqwest", feature = "tower"))))]
pub mod http;
mod hub;
mod instrument;
mod labels;
mod llm;
mod metrics;
mod operation;
mod own_metrics;
#[cfg(feature = "traces")]
#[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
pub mod propagation;
mod record;
#[cfg(feature = "traces")]
mod redact;
mod scope;
mod self_telemetry;
mod semconv;
#[cfg(feature = "server")]
mod server;
pub mod settings;
mod setup;
mod summary;
mod terminal;
pub mod testing;
mod trace;
#[cfg(feature = "otlp")]
mod transport;

// Starting and stopping.
pub use error::{InitError, PricesError, ShutdownError};
#[cfg(feature = "traces")]
#[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
pub use settings::ContentCapture;
pub use settings::Terminal;
pub use settings::resource::Resource;
pub use setup::{Builder, Observability, builder, init};

// Annotating. Each attribute is documented here, where its examples are compiled.
mod attributes;
pub use attributes::skip;
pub use attributes::{traced, track_agent, track_cache, track_llm, track_request, track_tool, track_workflow};

// The same for blocks of code, and for names that are known only at run time.
pub use instrument::{AgentBlock, Block, LlmBlock, agent, llm, operation, tool, workflow};
pub use instrument::{IntoCost, IntoUsage, ModelSource, SaysStatus, SaysUsage};

// HTTP requests.
pub use instrument::{HttpStatus, IntoHttpStatus};

// LLM calls.
pub use instrument::{ObservedStream, RecordUsage, StreamItem, observe_stream, record_retry, record_usage};
pub use llm::{LlmResponse, Model};
pub use operation::{FinishReason, OperationKind, Status, Usage};

// Prices and money.
pub use llm::{Price, PriceRequest, PriceTable, Unpriced, prices, set_prices};
pub use operation::{Cost, CostLine, TokenKind, Usd};

// Labels of your own.
pub use attributes::{LabelValue, labels};
pub use labels::{Capped, InRange, LabelValue};

// Metrics of your own.
pub use attributes::metrics;
pub use own_metrics::{Counter, Gauge, Histogram};

// Recording by hand.
pub use record::{
    ActiveRequest, record_agent_execution, record_cache_operation, record_llm_call, record_request, start_request,
};

// Carrying what is current to other tasks and threads.
pub use context::{Context, InContext, context};
#[cfg(any(feature = "server", feature = "traces"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "server", feature = "traces"))))]
pub use context::{spawn, spawn_blocking};

// Traces.
#[cfg(feature = "traces")]
#[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
pub use conversation::{OnBehalf, RunOnBehalf, conversation, user};
#[cfg(feature = "traces")]
#[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
pub use semconv::Conventions;
#[cfg(feature = "traces")]
#[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
pub use trace::{Sampling, TraceLayer, layer};

// What leaves the process of them.
#[cfg(feature = "traces")]
#[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
pub use redact::{InvalidPattern, Redaction, SecretKind};

// Looking.
pub use callsites::{CallsiteInfo, Callsites, callsites};
pub use metrics::registry;
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub use server::{MetricsBody, MetricsHandler, metrics_handler};
pub use summary::{Row, Summary, summary};

/// The registry's types, as [`registry`] and [`Builder::registry`] have them.
pub use prometheus;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
