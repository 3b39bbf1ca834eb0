//! Errors and traces to Sentry.
//!
//! What is sent is made of the types of Sentry's own crate (`sentry-types`), and sent by us:
//! Sentry's client would bring threads, a panic hook and a way past the gate that stands before
//! every exporter. Profiles are not sent: what they take is the `pprof` crate, which interrupts
//! the process by signals, with `unsafe` code inside of the interrupted.

mod failures;
mod limits;
mod open;
#[cfg(test)]
mod tests;
mod words;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use sentry_types::Dsn;
use sentry_types::protocol::v7::{DynamicSamplingContext, Envelope, EnvelopeHeaders};

use self::limits::Limits;
use self::open::{OpenTraces, Outgoing};
use self::words::Origin;
use super::delivery::{Failure, Place, Receiver, TIMEOUT, Time};
use super::{BackEnd, sealed};
use crate::Builder;
use crate::export::{ExportError, Exporting, Span, SpanExporter};
use crate::redact;
use crate::self_telemetry::SpanDrop;
use crate::settings::{Apm, Resource, Secret};
use crate::transport::{Client, Headers, TlsConfig, Url};

/// How Sentry is told who sends.
const AGENT: &str = concat!("arc-obs/", env!("CARGO_PKG_VERSION"));

/// More in one batch says nothing new, and would keep the next one waiting.
const MOST_IN_A_BATCH: usize = 100;

/// What goes to Sentry, and how much of it; made by [`sentry`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is given to `Builder::apm`"]
pub struct Sentry {
    dsn: Option<DsnSource>,
    traces_sample_rate: f64,
    release: Option<String>,
    environment: Option<String>,
}

#[derive(Clone, Debug)]
enum DsnSource {
    Value(Secret),
    File(PathBuf),
}

/// Sends errors, and a tenth of all traces, to Sentry.
///
/// An error is an operation or span that ended as one: a `Result` that is `Err`, a time-out or a panic (not
/// a future that was dropped). It is sent once, from where it came up, with the operations that it went
/// through; the events of `tracing` of its trace, from INFO on, are its breadcrumbs. An event of level
/// ERROR is sent, too. All this is of traces that are sampled, and inside of spans.
///
/// The DSN is that of [`Sentry::dsn`] or [`Sentry::dsn_file`], else `SENTRY_DSN`. The release is
/// `SENTRY_RELEASE`, else `name@version` of the service; the environment is `SENTRY_ENVIRONMENT`,
/// else the service's.
///
/// ```
/// let sentry = arc_obs::apm::sentry().dsn("https://public@sentry.example/1");
/// let obs = arc_obs::builder().service_name("shop").no_server().apm(sentry).install()?;
/// # Ok::<(), arc_obs::InitError>(())
/// ```
pub fn sentry() -> Sentry {
    Sentry { dsn: None, traces_sample_rate: 0.1, release: None, environment: None }
}

impl Sentry {
    /// The DSN of the project, in place of what the environment says. It is never shown.
    ///
    /// ```
    /// let sentry = arc_obs::apm::sentry().dsn("https://public@sentry.example/1");
    /// assert!(!format!("{sentry:?}").contains("public"));
    /// ```
    pub fn dsn(mut self, dsn: impl Into<String>) -> Self {
        self.dsn = Some(DsnSource::Value(Secret::new(dsn.into())));
        self
    }

    /// [`dsn`](Self::dsn) from a file, as container platforms hand out secrets: read once by
    /// `install`, without the white space around it.
    ///
    /// ```
    /// let sentry = arc_obs::apm::sentry().dsn_file("/run/secrets/sentry-dsn");
    /// ```
    pub fn dsn_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.dsn = Some(DsnSource::File(path.into()));
        self
    }

    /// How many of the traces are sent, from 0 (none) to 1 (all); 0.1 unless said otherwise. It is
    /// decided by the trace's id, so that all processes with the same rate send the same traces.
    /// Errors are sent in any case.
    ///
    /// ```
    /// let sentry = arc_obs::apm::sentry().traces_sample_rate(1.0);
    /// ```
    pub fn traces_sample_rate(mut self, rate: f64) -> Self {
        self.traces_sample_rate = if rate.is_nan() { 0.0 } else { rate.clamp(0.0, 1.0) };
        self
    }

    /// The release, in place of what the environment says.
    ///
    /// ```
    /// let sentry = arc_obs::apm::sentry().release(concat!("shop@", env!("CARGO_PKG_VERSION")));
    /// ```
    pub fn release(mut self, release: impl Into<String>) -> Self {
        self.release = Some(release.into());
        self
    }

    /// The environment, in place of what the environment's variables and the service say.
    ///
    /// ```
    /// let sentry = arc_obs::apm::sentry().environment("staging");
    /// ```
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    fn exporter(self, said: &Apm, time: Time) -> Result<Box<dyn SpanExporter>, String> {
        let nothing = "nothing goes to Sentry, for";
        let (text, said_by) = match &self.dsn {
            Some(DsnSource::Value(dsn)) => (dsn.reveal().to_owned(), "the DSN given to `Sentry::dsn`".to_owned()),
            Some(DsnSource::File(path)) => {
                let read = std::fs::read_to_string(path);
                let text = read.map_err(|error| format!("{nothing} `{}` cannot be read: {error}", path.display()))?;
                (text, format!("the DSN in `{}`", path.display()))
            }
            None => match &said.sentry_dsn {
                Some(dsn) => (dsn.reveal().to_owned(), "the DSN in the environment variable `SENTRY_DSN`".to_owned()),
                None => return Err(format!("{nothing} it has no DSN: set `SENTRY_DSN`, or call `Sentry::dsn`")),
            },
        };
        // What of it is wrong, the error may show with a part of it.
        let wrong = || format!("{nothing} {said_by} is none; it looks like `https://KEY@HOST/PROJECT`");
        let dsn: Dsn = text.trim().parse().map_err(|_| wrong())?;
        let url = Url::parse(dsn.envelope_api_url().as_str()).map_err(|_| wrong())?;
        let mut headers = Headers::default();
        headers.preset(CONTENT_TYPE, "application/x-sentry-envelope");
        headers.set("x-sentry-auth", &dsn.to_auth(Some(AGENT)).to_string()).map_err(|_| wrong())?;
        Ok(Box::new(Exporter {
            place: [dsn.public_key(), dsn.secret_key().unwrap_or_default()]
                .into_iter()
                .fold(Place::new(url), Place::secret),
            headers,
            public_key: Secret::new(dsn.public_key().to_owned()),
            release: self.release.or_else(|| said.sentry_release.clone()),
            environment: self.environment.or_else(|| said.sentry_environment.clone()),
            traces: OpenTraces::new(self.traces_sample_rate),
            client: None,
            limits: Limits::default(),
            time,
        }))
    }
}

impl BackEnd for Sentry {}

impl sealed::BackEnd for Sentry {
    fn add_to(self, builder: Builder) -> Builder {
        builder.configured_span_exporter(move |given| {
            self.exporter(&given.settings.apm, Time::new(given.timeout, given.stopping))
        })
    }
}

struct Exporter {
    place: Place,
    headers: Headers,
    public_key: Secret,
    release: Option<String>,
    environment: Option<String>,
    traces: OpenTraces,
    /// Made at the first batch: a client belongs to the runtime that it is used in.
    client: Option<Client>,
    /// What Sentry has said not to send for a while.
    limits: Limits,
    time: Time,
}

impl SpanExporter for Exporter {
    fn name(&self) -> &'static str {
        "sentry"
    }

    fn export<'a>(&'a mut self, batch: Arc<[Span]>, resource: &'a Resource) -> Exporting<'a> {
        Box::pin(async move {
            let origin = self.origin(resource);
            let is_over = batch.is_empty();
            let outgoing = if is_over { self.traces.rest(&origin) } else { self.traces.take(&batch, &origin) };
            self.send(outgoing, &origin).await
        })
    }

    fn held(&self) -> usize {
        self.traces.held()
    }
}

const RECEIVER: Receiver = Receiver {
    is_worth_another_try: |status| matches!(status, 502..=504),
    hint: |status| match status {
        401 | 403 => "; is the DSN that of a project which there is?",
        429 => "; it is more than the project may send",
        _ => "",
    },
};

impl Exporter {
    fn origin(&self, resource: &Resource) -> Origin {
        let version = resource.service_version();
        let named = version.map(|version| format!("{}@{version}", resource.service_name()));
        Origin {
            release: self.release.as_deref().map(release_without_secrets).or(named),
            environment: self
                .environment
                .as_deref()
                .map(without_secrets)
                .or_else(|| resource.environment().map(str::to_owned)),
            service: resource.service_name().to_owned(),
        }
    }

    async fn send(&mut self, mut outgoing: Vec<Outgoing>, origin: &Origin) -> Result<(), ExportError> {
        if outgoing.is_empty() {
            return Ok(());
        }
        let mut lost = Lost::default();
        for more in outgoing.drain(MOST_IN_A_BATCH.min(outgoing.len())..) {
            lost.add(more.spans, SpanDrop::QueueFull, "more came at once than are sent");
        }
        let client = match &self.client {
            Some(client) => client.clone(),
            None => {
                let made = Client::new(&TlsConfig::default(), TIMEOUT);
                let failed = |error: crate::transport::TransportError| ExportError::new(error.to_string());
                self.client.insert(made.map_err(failed)?).clone()
            }
        };
        let mut retry = self.time.begin();
        for item in outgoing {
            if item.left_out > 0 {
                lost.add(item.left_out, SpanDrop::TooLarge, "a trace has more spans than Sentry takes");
            }
            if let Some(left) = self.limits.left(item.category()) {
                let (what, seconds) = (item.category().in_words(), left.as_secs() + 1);
                lost.add(item.spans, SpanDrop::Rejected, &format!("Sentry asks for no {what} for {seconds} s"));
                continue;
            }
            let spans = item.spans;
            let Some(body) = self.envelope(item, origin) else {
                lost.add(spans, SpanDrop::Failed, "it cannot be written as JSON");
                continue;
            };
            let sent = RECEIVER.deliver(&client, &self.place, &self.headers, body, &mut retry).await;
            let answer = match sent {
                Ok(answer) => Some(answer),
                Err(Failure { reason, message, answer }) => {
                    lost.add(spans, reason, &message);
                    answer
                }
            };
            if let Some(answer) = answer {
                self.limits.heed(answer.status, &answer.headers);
            }
        }
        lost.result()
    }

    fn envelope(&self, item: Outgoing, origin: &Origin) -> Option<Bytes> {
        let mut headers = EnvelopeHeaders::new().with_event_id(item.id).with_sent_at(std::time::SystemTime::now());
        if let (Some(trace_id), true) = (item.trace_id, item.begins_trace) {
            let mut context = DynamicSamplingContext::new()
                .with_trace_id(trace_id.to_bytes().into())
                .with_public_key(self.public_key.reveal().to_owned())
                .with_sample_rate(self.traces.rate() as f32)
                .with_sampled(true);
            if let Some(release) = &origin.release {
                context = context.with_release(release.clone());
            }
            if let Some(environment) = &origin.environment {
                context = context.with_environment(environment.clone());
            }
            headers = headers.with_trace(context);
        }
        let mut envelope = Envelope::new().with_headers(headers);
        envelope.add_item(item.item);
        let mut body = Vec::new();
        envelope.to_writer(&mut body).ok()?;
        Some(body.into())
    }
}

/// What did not arrive, and why the last of it did not.
#[derive(Default)]
struct Lost {
    spans: usize,
    why: Option<(SpanDrop, String)>,
}

impl Lost {
    fn add(&mut self, spans: usize, reason: SpanDrop, message: &str) {
        self.spans += spans;
        self.why = Some((reason, message.to_owned()));
    }

    fn result(self) -> Result<(), ExportError> {
        let Some((reason, message)) = self.why else { return Ok(()) };
        Err(ExportError { reason, message, spans: Some(self.spans) })
    }
}

/// What the exporter alone is told of the process has not passed the gate.
fn without_secrets(text: &str) -> String {
    redact::name(text).unwrap_or_else(|| text.to_owned())
}

/// The same of a release: `shop@1.0.0-rc` is no e-mail address.
fn release_without_secrets(release: &str) -> String {
    match release.split_once('@') {
        Some((name, version)) if version.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("{}@{}", without_secrets(name), without_secrets(version))
        }
        _ => without_secrets(release),
    }
}
