//! Traces to Datadog, through its agent.
//!
//! In the agent's own format and not over OTLP, which an agent takes only where somebody has
//! switched that on; port 8126 is open wherever one runs.

mod encode;
mod mapping;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderName};

use super::delivery::{Place, Receiver, TIMEOUT, Time};
use super::{BackEnd, sealed};
use crate::Builder;
use crate::export::{ExportError, Exporting, Span, SpanExporter, redacted};
use crate::redact;
use crate::self_telemetry::SpanDrop;
use crate::settings::{Apm, Resource, Unified};
use crate::transport::{Client, Headers, TlsConfig, Url};

/// Where an agent is that nobody has moved.
const PRESET: &str = "http://127.0.0.1:8126";

/// Traces to Datadog's agent, which has the key; made by [`datadog`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "nothing is sent until it is given to `Builder::apm`"]
pub struct Datadog {
    agent: Option<Result<Url, String>>,
}

/// Sends traces to Datadog's agent.
///
/// It is asked for at `DD_TRACE_AGENT_URL`, else at `DD_AGENT_HOST` and `DD_TRACE_AGENT_PORT`, else at
/// `http://127.0.0.1:8126`. The service's name, version and environment are Datadog's `service`,
/// `version` and `env`, unless `DD_SERVICE`, `DD_VERSION` and `DD_ENV` say others for it alone, beside
/// `DD_TAGS`; the operations of GenAI are `gen_ai.chat`, `gen_ai.invoke_agent`,
/// `gen_ai.execute_tool`, by model, agent or tool as the resource. All that is sampled here is sent
/// as to be kept.
///
/// ```
/// let obs = arc_obs::builder().service_name("shop").no_server().apm(arc_obs::apm::datadog()).install()?;
/// # Ok::<(), arc_obs::InitError>(())
/// ```
pub fn datadog() -> Datadog {
    Datadog::default()
}

impl Datadog {
    /// Where the agent is, in place of what the environment says.
    ///
    /// ```
    /// let datadog = arc_obs::apm::datadog().agent("http://datadog-agent.monitoring:8126");
    /// let builder = arc_obs::builder().apm(datadog);
    /// ```
    pub fn agent(mut self, url: impl AsRef<str>) -> Self {
        self.agent = Some(Url::parse(url.as_ref()));
        self
    }

    fn exporter(self, environment: &Apm, time: Time) -> Result<Box<dyn SpanExporter>, String> {
        let (url, said_by) = match (self.agent, &environment.datadog_agent) {
            (Some(url), _) => (url, "the address given to `Datadog::agent`"),
            (None, Some(url)) => (Url::parse(url.reveal()), "the address of Datadog's agent in the environment"),
            (None, None) => (Url::parse(PRESET), "the preset address"),
        };
        let agent = url.map_err(|why| format!("no traces go to Datadog, for {said_by} is none: {why}"))?;
        let traces = Place::new(agent.join(&["v0.4", "traces"]));
        Ok(Box::new(Exporter { traces, unified: environment.datadog_unified.clone(), client: None, time }))
    }
}

impl BackEnd for Datadog {}

impl sealed::BackEnd for Datadog {
    fn add_to(self, builder: Builder) -> Builder {
        builder.configured_span_exporter(move |given| {
            self.exporter(&given.settings.apm, Time::new(given.timeout, given.stopping))
        })
    }
}

struct Exporter {
    traces: Place,
    /// What Datadog alone is told of the process.
    unified: Unified,
    /// Made at the first batch: a client belongs to the runtime that it is used in.
    client: Option<Client>,
    time: Time,
}

impl SpanExporter for Exporter {
    fn name(&self) -> &'static str {
        "datadog"
    }

    fn export<'a>(&'a mut self, batch: Arc<[Span]>, resource: &'a Resource) -> Exporting<'a> {
        Box::pin(self.send(batch, resource))
    }
}

impl Exporter {
    /// What the process is to Datadog. What that alone is told has not passed the gate.
    fn process(&self, resource: &Resource) -> Resource {
        let Unified { service, environment, version, tags } = &self.unified;
        let mut process = resource.clone();
        for (key, value) in tags {
            process.set(key, value);
        }
        service.iter().for_each(|service| process.set_service_name(service));
        environment.iter().for_each(|environment| process.set_environment(environment));
        version.iter().for_each(|version| process.set_service_version(version));
        redacted(&process, &redact::current())
    }

    async fn send(&mut self, batch: Arc<[Span]>, resource: &Resource) -> Result<(), ExportError> {
        let process = self.process(resource);
        let client = match &self.client {
            Some(client) => client,
            None => {
                let made = Client::new(&TlsConfig::default(), TIMEOUT);
                self.client.insert(made.map_err(|error| lost(error.reason(), batch.len(), error.to_string()))?)
            }
        };
        let encode::Payloads { payloads, too_large } = encode::payloads(&batch, &process, encode::LARGEST);
        let mut failed = (too_large > 0).then(|| {
            let megabytes = encode::LARGEST / 1_000_000;
            lost(SpanDrop::TooLarge, too_large, format!("a span is larger than {megabytes} MB"))
        });
        let mut retry = self.time.begin();
        for payload in payloads {
            let (spans, headers) = (payload.spans, headers(payload.traces));
            let sent = RECEIVER.deliver(client, &self.traces, &headers, payload.body.into(), &mut retry).await;
            let Err(failure) = sent else { continue };
            let already = failed.as_ref().and_then(|error| error.spans).unwrap_or_default();
            failed = Some(lost(failure.reason, already + spans, failure.message));
        }
        failed.map_or(Ok(()), Err)
    }
}

fn lost(reason: SpanDrop, spans: usize, message: String) -> ExportError {
    ExportError { reason, message, spans: Some(spans) }
}

const RECEIVER: Receiver = Receiver {
    // As Datadog says of its intake; its agent answers alike.
    is_worth_another_try: |status| matches!(status, 408 | 429 | 500..=599),
    hint: |status| match status {
        401 | 403 => "; is that Datadog's agent, and does it have a key?",
        404 => "; is that Datadog's agent?",
        _ => "",
    },
};

fn headers(traces: usize) -> Headers {
    let mut headers = Headers::default();
    headers.preset(CONTENT_TYPE, "application/msgpack");
    headers.preset(HeaderName::from_static("datadog-meta-lang"), "rust");
    headers.preset(HeaderName::from_static("datadog-meta-tracer-version"), env!("CARGO_PKG_VERSION"));
    // A part of a trace may come without its root: which span is one, we say.
    headers.preset(HeaderName::from_static("datadog-client-computed-top-level"), "yes");
    // A number is a value that every header may have.
    let _ = headers.set("x-datadog-trace-count", &traces.to_string());
    headers
}
