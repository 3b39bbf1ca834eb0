//! In-process spans, built from a call site's plain data.
//!
//! An expansion never names `tracing` (invariant 3): its `static` holds strings,
//! and the metadata that `tracing` wants is built here at the first call and kept
//! for the life of the process, one per annotated function. With no subscriber a
//! call costs one relaxed load.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tracing::callsite::{self, Callsite, Identifier};
use tracing::field::{FieldSet, Value};
use tracing::level_filters::LevelFilter;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Span};

use crate::operation::{OperationRecord, Site, SiteKind, Streamed};
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
        self.metadata.get().expect("set right after it is made, before anybody else can see it")
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

    /// Opens the function's span under the current one; an empty span where nobody
    /// listens to it.
    pub(crate) fn open(&self, site: &'static Site) -> OpenSpan {
        if Self::is_anybody_listening() { self.open_enabled(site) } else { OpenSpan::none() }
    }

    #[cold]
    fn open_enabled(&self, site: &'static Site) -> OpenSpan {
        let registered = *self.0.get_or_init(|| register(site));
        let metadata = registered.metadata();
        let enabled = match registered.interest.load(Ordering::Relaxed) {
            NEVER => false,
            ALWAYS => true,
            _ => tracing::dispatcher::get_default(|dispatch| dispatch.enabled(metadata)),
        };
        OpenSpan(enabled.then(|| new_span(metadata, site)))
    }
}

/// The span of one running operation, or nothing; closes when it is dropped.
#[derive(Debug)]
pub(crate) struct OpenSpan(Option<Span>);

impl OpenSpan {
    #[inline]
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    #[inline]
    pub(crate) const fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Makes the span current on this thread, until [`exit`](Self::exit).
    pub(crate) fn enter(&self) {
        if let Some(span) = &self.0 {
            span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
        }
    }

    pub(crate) fn exit(&self) {
        if let Some(span) = &self.0 {
            span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
        }
    }

    /// Writes what is known at the end onto the span.
    pub(crate) fn close(&self, record: &OperationRecord<'_>, streamed: Option<Streamed>) {
        if let Some(span) = &self.0 {
            record_end(span, record, streamed);
        }
    }
}

fn record_end(span: &Span, record: &OperationRecord<'_>, streamed: Option<Streamed>) {
    span.record(semconv::STATUS, record.status.as_str());
    if let Some(error_type) = record.error_type {
        span.record(semconv::ERROR_TYPE, error_type());
    }
    if let Some(hit) = record.hit {
        span.record(semconv::CACHE_HIT, hit);
    }
    if let Some(usage) = record.usage() {
        span.record(semconv::INPUT_TOKENS, usage.input_tokens);
        span.record(semconv::OUTPUT_TOKENS, usage.output_tokens);
    }
    if let Some(reason) = record.finish_reason() {
        span.record(semconv::FINISH_REASONS, reason.as_str());
    }
    if let Some(nanos) = streamed.and_then(|streamed| streamed.first_chunk_nanos) {
        span.record(semconv::TIME_TO_FIRST_CHUNK, Duration::from_nanos(nanos).as_secs_f64());
    }
}

/// The span's fields by kind: first those known at the start, in the order in
/// which [`new_span`] fills them, then those recorded at the end.
fn fields(kind: &SiteKind) -> &'static [&'static str] {
    use semconv::{
        AGENT_NAME, AGENT_TYPE, CACHE_HIT, CACHE_TYPE, ERROR_TYPE, FINISH_REASONS, INPUT_TOKENS, MODEL, OPERATION_NAME,
        OUTPUT_TOKENS, PROVIDER_NAME, STATUS, TIME_TO_FIRST_CHUNK, TOOL, WORKFLOW,
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
        SiteKind::Operation { .. } => &[STATUS, ERROR_TYPE],
    }
}

fn new_span(metadata: &'static Metadata<'static>, site: &'static Site) -> Span {
    let fields = metadata.fields();
    let place = |name: &str| fields.field(name);
    // A `ValueSet` wants an array of a known length: three covers every kind, and a
    // field that the kind does not have stays unset.
    let known: [(&str, Option<&dyn Value>); 3] = match &site.kind {
        SiteKind::Agent { name, agent_type } => {
            [(semconv::AGENT_NAME, Some(name)), (semconv::AGENT_TYPE, Some(agent_type)), (semconv::STATUS, None)]
        }
        SiteKind::Llm { model, provider, operation, .. } => [
            (semconv::MODEL, Some(model)),
            (semconv::OPERATION_NAME, Some(operation)),
            (semconv::PROVIDER_NAME, provider.as_ref().map(|provider| provider as &dyn Value)),
        ],
        SiteKind::Tool { name, .. } => {
            [(semconv::TOOL, Some(name)), (semconv::STATUS, None), (semconv::ERROR_TYPE, None)]
        }
        SiteKind::Workflow { name, .. } => {
            [(semconv::WORKFLOW, Some(name)), (semconv::STATUS, None), (semconv::ERROR_TYPE, None)]
        }
        SiteKind::Cache { name } => {
            [(semconv::CACHE_TYPE, Some(name)), (semconv::STATUS, None), (semconv::ERROR_TYPE, None)]
        }
        SiteKind::Operation { .. } => [(semconv::STATUS, None), (semconv::ERROR_TYPE, None), (semconv::STATUS, None)],
    };
    let [(a, a_value), (b, b_value), (c, c_value)] = known;
    let (Some(a), Some(b), Some(c)) = (place(a), place(b), place(c)) else { return Span::none() };
    Span::new(metadata, &fields.value_set(&[(&a, a_value), (&b, b_value), (&c, c_value)]))
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
        FieldSet::new(fields(&site.kind), Identifier(registered)),
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
        SiteKind::Operation { name, .. } => (*name).into(),
    }
}
