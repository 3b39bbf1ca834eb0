//! In-process spans, built from a call site's plain data.
//!
//! An expansion never names `tracing` (invariant 3): its `static` holds strings,
//! and the metadata that `tracing` wants is built here at the first call and kept
//! for the life of the process, one per annotated function. With no subscriber a
//! call costs one relaxed load.

use std::array;
use std::borrow::Cow;
#[cfg(feature = "traces")]
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
#[cfg(feature = "traces")]
use std::time::SystemTime;

use tracing::callsite::{self, Callsite, Identifier};
use tracing::field::{DisplayValue, FieldSet, Value, display};
use tracing::level_filters::LevelFilter;
use tracing::metadata::Kind;
use tracing::span::{Id, Record};
use tracing::subscriber::{Interest, NoSubscriber};
use tracing::{Dispatch, Level, Metadata, Span};

#[cfg(feature = "traces")]
use super::ended::{Facts, SpanEvent};
#[cfg(feature = "traces")]
use super::layer::{self, Live};
#[cfg(feature = "traces")]
use super::recording::Recorder;
use super::telling::Telling;
use crate::operation::{FieldValue, OperationRecord, Said, Site, SiteKind, SpanEnd, Streamed};
use crate::semconv;

/// Where the span of one annotated function comes from.
#[derive(Debug)]
pub(crate) struct SpanSite(OnceLock<&'static Registered>);

/// What `tracing` holds on to: it must live as long as the process.
#[derive(Debug)]
struct Registered {
    metadata: OnceLock<Metadata<'static>>,
    interest: AtomicU8,
}

const NEVER: u8 = 0;
const SOMETIMES: u8 = 1;
const ALWAYS: u8 = 2;

impl Registered {
    fn metadata(&self) -> &Metadata<'static> {
        self.metadata.get().expect("set right after it is made, before anybody else can see it")
    }
}

impl Callsite for Registered {
    fn set_interest(&self, interest: Interest) {
        let interest = match () {
            () if interest.is_never() => NEVER,
            () if interest.is_always() => ALWAYS,
            () => SOMETIMES,
        };
        self.interest.store(interest, Ordering::Relaxed);
    }

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata()
    }
}

impl SpanSite {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Whether there is a subscriber that could want any of our spans: one relaxed load.
    #[inline]
    pub(crate) fn is_anybody_listening() -> bool {
        Level::INFO <= LevelFilter::current()
    }

    /// Whether a subscriber wants the function's span.
    pub(crate) fn is_wanted(&self, site: &'static Site) -> bool {
        Self::is_anybody_listening() && self.wanted(site).is_some()
    }

    /// Opens the function's span under the current one, with its fields that have a value;
    /// an empty span where nobody listens to it. What is said may be taken, unless it is kept
    /// for somebody who watches.
    pub(crate) fn open(&self, site: &'static Site, said: &mut [Option<Said>], keeps: bool) -> OpenSpan {
        if Self::is_anybody_listening() { self.open_enabled(site, said, keeps) } else { OpenSpan::none() }
    }

    #[cold]
    fn open_enabled(&self, site: &'static Site, said: &mut [Option<Said>], keeps: bool) -> OpenSpan {
        let Some(metadata) = self.wanted(site) else { return OpenSpan::none() };
        #[cfg(feature = "traces")]
        {
            let known = fields(&site.kind).len();
            // Where nobody else sees them, the fields need not go through the subscriber.
            let is_alone = !said.is_empty() && layer::is_alone_here();
            let passed = if is_alone { &[][..] } else { &*said };
            let (span, live) = layer::made_by(metadata, known, || new_span(metadata, site, passed));
            if let (true, Some(live), Some(declared)) = (is_alone, &live, site.fields) {
                live.set_fields(declared.names(), said, keeps);
            }
            OpenSpan { span: Some(span), live }
        }
        #[cfg(not(feature = "traces"))]
        {
            let _ = keeps;
            OpenSpan { span: Some(new_span(metadata, site, said)) }
        }
    }

    fn wanted(&self, site: &'static Site) -> Option<&'static Metadata<'static>> {
        let registered = *self.0.get_or_init(|| register(site));
        let metadata = registered.metadata();
        let wanted = match registered.interest.load(Ordering::Relaxed) {
            NEVER => false,
            // All subscribers want it, and this thread may have none of them.
            ALWAYS => tracing::dispatcher::get_default(|dispatch| !dispatch.is::<NoSubscriber>()),
            _ => tracing::dispatcher::get_default(|dispatch| dispatch.enabled(metadata)),
        };
        wanted.then_some(metadata)
    }
}

/// The span of one running operation, or nothing; closes when it is dropped, with all that
/// were cloned of it.
#[derive(Clone, Debug)]
pub(crate) struct OpenSpan {
    span: Option<Span>,
    /// What a trace is made of, where one is.
    #[cfg(feature = "traces")]
    live: Option<Live>,
}

impl OpenSpan {
    #[inline]
    pub(crate) const fn none() -> Self {
        Self {
            span: None,
            #[cfg(feature = "traces")]
            live: None,
        }
    }

    #[inline]
    pub(crate) const fn is_open(&self) -> bool {
        self.span.is_some()
    }

    /// Makes the span current on this thread, until [`exit`](Self::exit).
    pub(crate) fn enter(&self) {
        if let Some(span) = &self.span {
            span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
        }
    }

    pub(crate) fn exit(&self) {
        if let Some(span) = &self.span {
            span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
        }
    }

    /// To whom an error of the operation is told.
    pub(crate) fn telling(&self) -> Telling {
        #[cfg(feature = "traces")]
        return Telling::new(self.live.as_ref());
        #[cfg(not(feature = "traces"))]
        Telling::default()
    }

    /// Where the operation's fields are written to while it runs.
    pub(crate) fn fields(&self) -> FieldSink {
        let Some(span) = &self.span else { return FieldSink::none() };
        let metadata = span.metadata();
        FieldSink(span.with_subscriber(|(id, dispatch)| (id.clone(), dispatch.clone())).zip(metadata))
    }

    /// Where content is told to.
    #[cfg(feature = "traces")]
    pub(crate) fn content(&self) -> ContentSink {
        ContentSink(self.live.as_ref().and_then(Live::recorder))
    }

    /// Writes what is known at the end onto the span.
    pub(crate) fn close(&self, site: &'static Site, record: &OperationRecord<'_>, end: SpanEnd) {
        let streamed = end.streamed;
        // First: what is ended takes nothing more from the other.
        #[cfg(feature = "traces")]
        if let Some(live) = &self.live {
            live.end(record.error_type, |failure, ids| Facts { failure, ids, ..Facts::new(site, record, end) });
        }
        // Nobody else would see what is written there.
        #[cfg(feature = "traces")]
        if self.span.as_ref().is_some_and(layer::is_alone) {
            return;
        }
        if let Some(span) = &self.span {
            record_end(span, site, record, streamed);
        }
    }
}

/// Where an operation's fields are written to. It holds nothing open, which would cost as much
/// as opening it: who has it has the span, too.
#[derive(Clone, Debug)]
pub(crate) struct FieldSink(Option<((Id, Dispatch), &'static Metadata<'static>)>);

impl FieldSink {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Writes the value of one of the user's own fields onto the span.
    pub(crate) fn record(&self, field: &str, said: &Said) {
        let Some(((id, dispatch), metadata)) = &self.0 else { return };
        let Some(place) = metadata.fields().field(field) else { return };
        let text = formatted(Some(said));
        let value = match &text {
            Some(text) => text as &dyn Value,
            None => value(&said.value),
        };
        dispatch.record(id, &Record::new(&metadata.fields().value_set(&[(&place, Some(value))])));
    }
}

/// Where what was asked and answered is told to: the span in the trace, if it is recorded, and
/// nobody else who listens.
#[cfg(feature = "traces")]
#[derive(Clone, Debug, Default)]
pub(crate) struct ContentSink(Option<Arc<Recorder>>);

#[cfg(feature = "traces")]
impl ContentSink {
    pub(crate) fn is_recorded(&self) -> bool {
        self.0.is_some()
    }

    /// Says it of the span.
    pub(crate) fn tell(&self, name: &'static str, value: FieldValue) {
        if let Some(recorder) = &self.0 {
            recorder.change(|recording| recording.set_attribute(name.into(), value));
        }
    }

    /// Says it of something that happens now.
    pub(crate) fn tell_event(&self, name: &'static str, attributes: Vec<(&'static str, FieldValue)>) {
        if let Some(recorder) = &self.0 {
            let attributes = attributes.into_iter().map(|(name, value)| (name.into(), value)).collect();
            let event = SpanEvent::new(name.into(), SystemTime::now(), attributes);
            recorder.change(|recording| recording.add_event(event));
        }
    }
}

/// All in one: a record for each would be a way through all of the subscriber for each.
fn record_end(span: &Span, site: &Site, record: &OperationRecord<'_>, streamed: Option<Streamed>) {
    let Some(metadata) = span.metadata() else { return };
    let status = record.status.as_str();
    let error_type = record.error_type.map(|name| name());
    let usage = record.usage();
    let (input, output) = (usage.map(|usage| usage.input_tokens), usage.map(|usage| usage.output_tokens));
    let reason = record.finish_reason();
    let reason = reason.map(|reason| reason.as_str());
    let first_chunk = streamed.and_then(|streamed| streamed.first_chunk_nanos);
    let first_chunk = first_chunk.map(|nanos| Duration::from_nanos(nanos).as_secs_f64());
    let known = fields(&site.kind);
    let values: [Option<&dyn Value>; MOST_KNOWN + MOST_FIELDS] = array::from_fn(|index| match *known.get(index)? {
        semconv::STATUS => Some(&status as &dyn Value),
        semconv::ERROR_TYPE => some(&error_type),
        semconv::CACHE_HIT => some(&record.hit),
        semconv::HTTP_STATUS => some(&record.http_status),
        semconv::INPUT_TOKENS => some(&input),
        semconv::OUTPUT_TOKENS => some(&output),
        semconv::FINISH_REASONS => some(&reason),
        semconv::TIME_TO_FIRST_CHUNK => some(&first_chunk),
        _ => None,
    });
    if let Some(values) = values.get(..metadata.fields().len()) {
        span.record_all(&metadata.fields().value_set_all(values));
    }
}

fn some<T: Value>(value: &Option<T>) -> Option<&dyn Value> {
    value.as_ref().map(|value| value as &dyn Value)
}

/// The span's fields by kind: first those known at the start, in the order in
/// which [`new_span`] fills them, then those recorded at the end.
fn fields(kind: &SiteKind) -> &'static [&'static str] {
    use semconv::{
        AGENT_NAME, AGENT_TYPE, CACHE_HIT, CACHE_TYPE, ERROR_TYPE, FINISH_REASONS, HTTP_METHOD, HTTP_ROUTE,
        HTTP_STATUS, INPUT_TOKENS, MODEL, OPERATION_NAME, OUTPUT_TOKENS, PROVIDER_NAME, STATUS, TIME_TO_FIRST_CHUNK,
        TOOL, WORKFLOW,
    };
    match kind {
        SiteKind::Agent { .. } => &[AGENT_NAME, AGENT_TYPE, STATUS, ERROR_TYPE],
        SiteKind::Llm { .. } => &[
            MODEL,
            OPERATION_NAME,
            PROVIDER_NAME,
            STATUS,
            ERROR_TYPE,
            INPUT_TOKENS,
            OUTPUT_TOKENS,
            FINISH_REASONS,
            TIME_TO_FIRST_CHUNK,
        ],
        SiteKind::Tool { .. } => &[TOOL, STATUS, ERROR_TYPE],
        SiteKind::Workflow { .. } => &[WORKFLOW, STATUS, ERROR_TYPE],
        SiteKind::Cache { .. } => &[CACHE_TYPE, STATUS, ERROR_TYPE, CACHE_HIT],
        SiteKind::Request { .. } => &[HTTP_METHOD, HTTP_ROUTE, STATUS, ERROR_TYPE, HTTP_STATUS],
        SiteKind::Operation { .. } => &[STATUS, ERROR_TYPE],
    }
}

/// How many fields of the user's own a span may have; the macro refuses more.
const MOST_FIELDS: usize = 16;

/// How many fields a span has at most by its kind.
const MOST_KNOWN: usize = 9;

fn new_span(metadata: &'static Metadata<'static>, site: &'static Site, said: &[Option<Said>]) -> Span {
    let first: [Option<&dyn Value>; 3] = match &site.kind {
        SiteKind::Agent { name, agent_type } => [Some(name), Some(agent_type), None],
        SiteKind::Llm { model, provider, operation, .. } => [Some(model), Some(operation), some(provider)],
        SiteKind::Tool { name, .. } | SiteKind::Workflow { name, .. } | SiteKind::Cache { name } => {
            [Some(name), None, None]
        }
        SiteKind::Request { method, endpoint, .. } => [Some(method), Some(endpoint), None],
        SiteKind::Operation { .. } => [None; 3],
    };
    let mut values: [Option<&dyn Value>; MOST_KNOWN + MOST_FIELDS] = [None; MOST_KNOWN + MOST_FIELDS];
    values[..first.len()].copy_from_slice(&first);
    let texts: [_; MOST_FIELDS] = array::from_fn(|index| formatted(said.get(index)?.as_ref()));
    let own = said.iter().zip(&texts).map(|(said, text)| match (said, text) {
        (Some(_), Some(text)) => Some(text as &dyn Value),
        (Some(said), None) => Some(value(&said.value)),
        (None, _) => None,
    });
    for (place, own) in values.iter_mut().skip(fields(&site.kind).len()).zip(own) {
        *place = own;
    }
    let fields = metadata.fields();
    match values.get(..fields.len()) {
        Some(values) => Span::new(metadata, &fields.value_set_all(values)),
        None => Span::none(),
    }
}

/// What is shown without quotes.
fn formatted(said: Option<&Said>) -> Option<DisplayValue<&str>> {
    let said = said.filter(|said| said.is_formatted)?;
    said.value.as_str().map(display)
}

fn value(value: &FieldValue) -> &dyn Value {
    match value {
        FieldValue::Bool(value) => value,
        FieldValue::I64(value) => value,
        FieldValue::U64(value) => value,
        FieldValue::I128(value) => value,
        FieldValue::U128(value) => value,
        FieldValue::F64(value) => value,
        FieldValue::Text(value) => value,
        // No field of the user's is a list.
        FieldValue::Texts(_) => &tracing::field::Empty,
    }
}

/// The fields of the kind, and the user's own.
fn all_fields(site: &Site) -> &'static [&'static str] {
    let of_kind = fields(&site.kind);
    let Some(own) = site.fields else { return of_kind };
    Box::leak([of_kind, own.names()].concat().into_boxed_slice())
}

fn register(site: &'static Site) -> &'static Registered {
    let registered: &'static Registered =
        Box::leak(Box::new(Registered { metadata: OnceLock::new(), interest: AtomicU8::new(SOMETIMES) }));
    let metadata = Metadata::new(
        Box::leak(span_name(&site.kind).into_owned().into_boxed_str()),
        site.module,
        Level::INFO,
        Some(site.file),
        Some(site.line),
        Some(site.module),
        FieldSet::new(all_fields(site), Identifier(registered)),
        Kind::SPAN,
    );
    if registered.metadata.set(metadata).is_ok() {
        callsite::register(registered);
    }
    registered
}

/// The span's name in the process, as the guide has it.
fn span_name(kind: &SiteKind) -> Cow<'static, str> {
    match kind {
        SiteKind::Agent { name, .. } => format!("{}{name}", semconv::AGENT_SPAN_PREFIX).into(),
        SiteKind::Llm { .. } => semconv::LLM_SPAN.into(),
        SiteKind::Tool { name, .. } => format!("{}{name}", semconv::TOOL_SPAN_PREFIX).into(),
        SiteKind::Workflow { name, .. } => format!("{}{name}", semconv::WORKFLOW_SPAN_PREFIX).into(),
        SiteKind::Cache { name } => format!("{}{name}", semconv::CACHE_SPAN_PREFIX).into(),
        SiteKind::Request { name, .. } | SiteKind::Operation { name, .. } => (*name).into(),
    }
}

/// What the macro refuses as the name of a field.
#[cfg(test)]
#[path = "../../../arc-obs-macros/src/attributes/reserved.rs"]
mod reserved;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_macro_refuses_what_a_span_has_by_its_kind() {
        let kinds = [
            ("track_agent", SiteKind::Agent { name: "", agent_type: "" }),
            (
                "track_llm",
                SiteKind::Llm {
                    model: "",
                    provider: None,
                    operation: "",
                    recorded: false,
                    price: None,
                    tier: None,
                    unpriced: false,
                    streamed: false,
                    costs: false,
                },
            ),
            ("track_tool", SiteKind::Tool { name: "", costs: false }),
            ("track_workflow", SiteKind::Workflow { name: "", costs: false }),
            ("track_cache", SiteKind::Cache { name: "" }),
            ("track_request", SiteKind::Request { name: "", method: "", endpoint: "" }),
            ("traced", SiteKind::Operation { name: "", costs: false }),
        ];
        for (attribute, kind) in &kinds {
            let own: Vec<_> = reserved::BY_ATTRIBUTE.iter().filter(|(name, _)| name == attribute).collect();
            let own: Vec<_> = own.iter().flat_map(|(_, names)| *names).collect();
            let of_span = fields(kind);
            for name in of_span {
                let is_refused =
                    own.contains(&name) || reserved::ALWAYS.contains(name) || name.starts_with(reserved::PREFIX);
                assert!(!reserved::KEPT.contains(name), "`{name}` is on a span now");
                assert!(is_refused, "a user's field may be called `{name}` on `#[{attribute}]`");
            }
            assert!(of_span.len() <= MOST_KNOWN);
            for (_, open) in reserved::SAID_BY_IT.iter().filter(|(name, _)| name == attribute) {
                assert!(open.iter().all(|name| !of_span.contains(name)), "arc-obs says it itself: {open:?}");
            }
            for name in own {
                assert!(of_span.contains(name), "no span of `#[{attribute}]` has a field `{name}`");
            }
        }
        assert_eq!(MOST_FIELDS, reserved::MOST);
        let known = |name: &&str| kinds.iter().any(|(attribute, _)| attribute == name);
        assert!(reserved::BY_ATTRIBUTE.iter().map(|(name, _)| name).all(known));
    }
}
