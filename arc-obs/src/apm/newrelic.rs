//! Traces to New Relic, over OTLP with HTTP: what New Relic recommends, and takes in each region.
//!
//! What is special is where they go, the key, and what New Relic cuts or refuses by itself
//! without a word: values of more than 4095 characters, names of more than 255, requests of
//! more than 1 MB (docs.newrelic.com, "OTLP endpoint" and "attribute limits", November 2026).

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{BackEnd, sealed};
use crate::Builder;
use crate::export::otlp::{OtlpSpans, Signal};
use crate::export::{ExportError, Exporting, FieldValue, Otlp, Span, SpanExporter, Stopping};
use crate::settings::{Apm, Resource, Secret};
use crate::transport::Url;

const LONGEST_VALUE: usize = 4_095;
const LONGEST_NAME: usize = 255;

/// As much text as goes into one request, which is packed before it is sent.
const LARGEST: usize = 900_000;

/// Traces to New Relic; made by [`newrelic`].
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is sent until it is given to `Builder::apm`"]
pub struct NewRelic {
    key: Option<KeySource>,
    region: Option<Region>,
    endpoint: Option<Address>,
}

/// An address, which is not shown: it may have a password in it.
#[derive(Clone)]
struct Address(String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As far as it is shown to anybody.
        match Url::parse(&self.0) {
            Ok(url) => fmt::Debug::fmt(&url, f),
            Err(_) => f.write_str("Address(..)"),
        }
    }
}

#[derive(Clone, Debug)]
enum KeySource {
    Value(Secret),
    File(PathBuf),
}

/// Where New Relic keeps an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Region {
    /// The United States.
    Us,
    /// The European Union: its keys begin with `eu01xx`.
    Eu,
    /// Japan.
    Japan,
    /// The United States, for their government (FedRAMP).
    FedRamp,
}

impl Region {
    /// By the key, as New Relic's own agents have it.
    fn of(key: &str) -> Self {
        if key.starts_with("eu01xx") { Self::Eu } else { Self::Us }
    }

    fn endpoint(self) -> &'static str {
        match self {
            Self::Us => "https://otlp.nr-data.net",
            Self::Eu => "https://otlp.eu01.nr-data.net",
            Self::Japan => "https://otlp.jp.nr-data.net",
            Self::FedRamp => "https://gov-otlp.nr-data.net",
        }
    }
}

/// Sends traces to New Relic.
///
/// The licence key is that of [`NewRelic::license_key`] or [`NewRelic::license_key_file`], else
/// `NEW_RELIC_LICENSE_KEY`; there is no `newrelic.ini`. The region is known by the key, for the
/// United States and the European Union.
///
/// ```
/// let builder = arc_obs::builder().service_name("shop").apm(arc_obs::apm::newrelic());
/// ```
pub fn newrelic() -> NewRelic {
    NewRelic::default()
}

impl NewRelic {
    /// The licence key (of kind "ingest"), in place of what the environment says. It is never shown.
    ///
    /// ```
    /// let newrelic = arc_obs::apm::newrelic().license_key("9f86d081884c7d659a2feaa0c55ad0155ad0NRAL");
    /// assert!(!format!("{newrelic:?}").contains("9f86d081884c"));
    /// ```
    pub fn license_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(KeySource::Value(Secret::new(key.into())));
        self
    }

    /// [`license_key`](Self::license_key) from a file, as container platforms hand out secrets:
    /// read once by `install`, without the white space around it.
    ///
    /// ```
    /// let newrelic = arc_obs::apm::newrelic().license_key_file("/run/secrets/new-relic");
    /// ```
    pub fn license_key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key = Some(KeySource::File(path.into()));
        self
    }

    /// Where the account is, in place of what the key says.
    ///
    /// ```
    /// use arc_obs::apm::{Region, newrelic};
    ///
    /// let builder = arc_obs::builder().apm(newrelic().region(Region::Japan));
    /// ```
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Another address than the region's: that of a gateway of yours, say. `/v1/traces` is added.
    ///
    /// ```
    /// let newrelic = arc_obs::apm::newrelic().endpoint("http://otlp-gateway.internal:4318");
    /// ```
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(Address(url.into()));
        self
    }

    fn exporter(self, said: &Apm, timeout: Duration, stopping: Stopping) -> Result<Box<dyn SpanExporter>, String> {
        let nothing = "nothing goes to New Relic, for";
        let (key, said_by) = match &self.key {
            Some(KeySource::Value(key)) => (key.reveal().to_owned(), "`NewRelic::license_key`".to_owned()),
            Some(KeySource::File(path)) => {
                let read = std::fs::read_to_string(path);
                let key = read.map_err(|error| format!("{nothing} `{}` cannot be read: {error}", path.display()))?;
                (key, format!("`{}`", path.display()))
            }
            None => match &said.newrelic_key {
                Some(key) => (key.reveal().to_owned(), "`NEW_RELIC_LICENSE_KEY`".to_owned()),
                None => {
                    let how = "set `NEW_RELIC_LICENSE_KEY`, or call `NewRelic::license_key`";
                    return Err(format!("{nothing} it has no licence key: {how}"));
                }
            },
        };
        let key = key.trim();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("{nothing} the licence key of {said_by} can be none: it is letters and digits"));
        }
        let region = self.region.unwrap_or_else(|| Region::of(key));
        let endpoint = self.endpoint.as_ref().map_or(region.endpoint(), |Address(url)| url);
        let otlp = Otlp::http(endpoint).header("api-key", key).gzip().named("newrelic");
        let target = otlp.target(Signal::Traces).map_err(|why| format!("{nothing} {why}"))?;
        let spans = OtlpSpans::new(target, timeout, stopping).map_err(|error| format!("{nothing} {error}"))?;
        Ok(Box::new(Exporter { spans }))
    }
}

impl BackEnd for NewRelic {}

impl sealed::BackEnd for NewRelic {
    fn add_to(self, builder: Builder) -> Builder {
        builder.configured_span_exporter(move |given| self.exporter(&given.settings.apm, given.timeout, given.stopping))
    }
}

struct Exporter {
    spans: OtlpSpans,
}

impl SpanExporter for Exporter {
    fn name(&self) -> &'static str {
        "newrelic"
    }

    fn export<'a>(&'a mut self, batch: Arc<[Span]>, resource: &'a Resource) -> Exporting<'a> {
        Box::pin(async move {
            let mut failed: Option<ExportError> = None;
            for part in parts(&batch) {
                let spans = part.len();
                let Err(error) = self.spans.export(part, resource).await else { continue };
                let already = failed.and_then(|error| error.spans).unwrap_or_default();
                let lost = error.spans.unwrap_or(spans) + already;
                failed = Some(ExportError { spans: Some(lost), ..error });
            }
            failed.map_or(Ok(()), Err)
        })
    }
}

/// The batch within New Relic's limits: its texts cut, and in as many parts as it takes.
fn parts(batch: &[Span]) -> Vec<Arc<[Span]>> {
    let mut parts = Vec::new();
    let (mut part, mut size) = (Vec::new(), 0);
    for span in batch {
        let span = within_limits(span);
        let more = text_size(&span);
        if size + more > LARGEST && !part.is_empty() {
            parts.push(std::mem::take(&mut part).into());
            size = 0;
        }
        size += more;
        part.push(span);
    }
    if !part.is_empty() {
        parts.push(part.into());
    }
    parts
}

fn within_limits(span: &Span) -> Span {
    let mut span = span.clone();
    let of_events = span.events.iter_mut().map(|event| &mut event.attributes);
    for (name, value) in std::iter::once(&mut span.attributes).chain(of_events).flatten() {
        if let Some(cut) = cut(name, LONGEST_NAME) {
            *name = Cow::Owned(cut);
        }
        let texts = match value {
            FieldValue::Text(text) => std::slice::from_mut(text),
            FieldValue::Texts(texts) => texts.as_mut_slice(),
            _ => &mut [],
        };
        for text in texts {
            if let Some(cut) = cut(text, LONGEST_VALUE) {
                *text = cut;
            }
        }
    }
    if let Some(cut) = cut(&span.name, LONGEST_VALUE) {
        span.name = Cow::Owned(cut);
    }
    span
}

/// The beginning of a text that has more characters than it may, with `…` as the last.
fn cut(text: &str, most: usize) -> Option<String> {
    // A text has no more characters than bytes.
    if text.len() <= most || text.chars().nth(most).is_none() {
        return None;
    }
    Some(text.chars().take(most - 1).chain(['…']).collect())
}

/// Nearly as many bytes as a span takes, without what is compressed to next to nothing.
fn text_size(span: &Span) -> usize {
    const REST: usize = 200;
    let attributes = |attributes: &[(Cow<'static, str>, FieldValue)]| -> usize {
        let size = |value: &FieldValue| match value {
            FieldValue::Text(text) => text.len(),
            FieldValue::Texts(texts) => texts.iter().map(String::len).sum(),
            _ => 16,
        };
        attributes.iter().map(|(name, value)| name.len() + size(value)).sum()
    };
    let events = span.events.iter().map(|event| event.name.len() + attributes(&event.attributes) + 16);
    REST + span.name.len() + attributes(&span.attributes) + events.sum::<usize>() + span.links.len() * 32
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::export::{SpanId, SpanKind, SpanStatus, TraceId};

    fn span(value: &str) -> Span {
        Span {
            trace_id: TraceId::from_bytes([1; 16]).unwrap(),
            span_id: SpanId::from_bytes([1; 8]).unwrap(),
            parent_span_id: None,
            parent_is_remote: false,
            trace_flags: 1,
            trace_state: String::new(),
            name: "plan".into(),
            kind: SpanKind::Internal,
            start: SystemTime::UNIX_EPOCH,
            end: SystemTime::UNIX_EPOCH,
            attributes: vec![("n".repeat(300).into(), FieldValue::Text(value.to_owned()))],
            dropped_attributes: 0,
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            dropped_links: 0,
            status: SpanStatus::Unset,
            scope: "shop".into(),
        }
    }

    #[test]
    fn texts_are_cut_to_the_characters_that_new_relic_keeps() {
        for (characters, expected) in [(1, 1), (4_095, 4_095), (4_096, 4_095), (10_000, 4_095)] {
            let cut = within_limits(&span(&"ä".repeat(characters)));
            let (name, value) = &cut.attributes[0];
            let value = value.as_str().unwrap();
            assert_eq!((name.chars().count(), value.chars().count()), (255, expected));
            assert_eq!(value.ends_with('…'), characters > 4_095);
        }
    }

    #[test]
    fn a_batch_goes_in_parts_of_less_than_a_request_may_have() {
        let batch: Vec<_> = (0..512).map(|_| span(&"x".repeat(4_000))).collect();
        let parts = parts(&batch);
        assert!(parts.len() > 1);
        assert_eq!(parts.iter().map(|part| part.len()).sum::<usize>(), 512);
        assert!(parts.iter().all(|part| part.iter().map(text_size).sum::<usize>() <= LARGEST));
        assert!(super::parts(&[]).is_empty());
    }

    #[test]
    fn the_region_is_known_by_the_key() {
        assert_eq!(Region::of("eu01xx9f86d081884c7d659a2feaa0c55ad0NRAL"), Region::Eu);
        assert_eq!(Region::of("9f86d081884c7d659a2feaa0c55ad0155ad0NRAL"), Region::Us);
        for region in [Region::Us, Region::Eu, Region::Japan, Region::FedRamp] {
            assert!(region.endpoint().starts_with("https://") && region.endpoint().ends_with("nr-data.net"));
        }
    }

    #[test]
    fn a_key_that_can_be_none_is_told_without_being_shown() {
        let exporter = |newrelic: NewRelic| {
            newrelic.exporter(&Apm::default(), Duration::from_secs(30), tokio::sync::watch::channel(None).1)
        };
        let why = |newrelic: NewRelic| exporter(newrelic).err().unwrap();
        assert!(why(newrelic()).contains("set `NEW_RELIC_LICENSE_KEY`"));
        for key in ["s3cret\nkey", "s3cret key", "s3crét"] {
            let told = why(newrelic().license_key(key));
            assert!(told.contains("`NewRelic::license_key`") && !told.contains("s3cr"), "{told}");
        }
        assert!(why(newrelic().license_key("  ")).contains("can be none"));
        assert!(why(newrelic().license_key_file("/nowhere/key")).contains("/nowhere/key"));
        let told = why(newrelic().license_key("s3cret").endpoint("nr"));
        assert!(told.contains("address") && !told.contains("s3cret"), "{told}");
        assert!(exporter(newrelic().license_key(" s3cret\n")).is_ok());
    }
}
