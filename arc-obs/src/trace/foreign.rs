//! Spans of other libraries that tell of GenAI operations, for who adopts them.
//!
//! What they say is kept beside what a trace keeps of them, since their metrics count whether they
//! are sampled or not, and whether traces are made at all. What is inside of an annotated call is
//! that call, and not heard here.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::clock::Stamp;
use crate::operation::FieldValue;
use crate::scope::{self, Account};
use crate::semconv;

/// What is done with one that has ended.
type Adopt = fn(&ForeignSpan);

static ADOPT: OnceLock<Adopt> = OnceLock::new();
static IS_ADOPTING: AtomicBool = AtomicBool::new(false);

/// Tells of each that ends from now on.
pub(crate) fn begin(adopt: Adopt) {
    ADOPT.get_or_init(|| adopt);
    IS_ADOPTING.store(true, Ordering::Relaxed);
}

/// Tells of no more.
pub(crate) fn end() {
    IS_ADOPTING.store(false, Ordering::Relaxed);
}

/// Whether anybody adopts them: one relaxed load.
pub(super) fn is_adopting() -> bool {
    IS_ADOPTING.load(Ordering::Relaxed)
}

/// The field by which they are known.
const OPERATION: &str = "gen_ai.operation.name";
const MODEL: &str = "gen_ai.request.model";
const AGENT: &str = "gen_ai.agent.name";
const TOOL: &str = "gen_ai.tool.name";
const WORKFLOW: &str = "gen_ai.workflow.name";

/// What may name a model and is no call of one whose tokens count.
const NO_CALLS: [&str; 4] = ["create_agent", "fetch_response", "plan", "retrieval"];

/// What is read of them: numbers and names, nothing of what was asked or answered.
const READ: [&str; 20] = [
    OPERATION,
    MODEL,
    AGENT,
    "error.type",
    "gen_ai.provider.name",
    "gen_ai.response.finish_reasons",
    "gen_ai.response.model",
    "gen_ai.response.time_to_first_chunk",
    // As it was called until v1.36.
    "gen_ai.system",
    "gen_ai.tool.error.type",
    TOOL,
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.reasoning.output_tokens",
    // rig's name of it.
    "gen_ai.usage.reasoning_tokens",
    WORKFLOW,
    "otel.status_code",
];

/// A span that has ended, and tells of a GenAI operation.
pub(crate) struct ForeignSpan {
    started: Stamp,
    /// The annotated agent around it.
    agent: Option<&'static dyn Account>,
    /// The name of the agent around it that a foreign span tells of.
    agent_name: Option<String>,
    /// How long it took, where it says so itself.
    duration: Option<Duration>,
    /// Whether it is inside of an annotated call, or what it tells was told by one inside of it.
    is_told: bool,
    fields: Fields,
}

/// What is read of its fields.
#[derive(Debug, Default)]
struct Fields(Vec<(&'static str, FieldValue)>);

/// What operation it tells of, with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForeignKind<'a> {
    Llm { operation: &'a str, model: &'a str },
    Agent(&'a str),
    Tool(&'a str),
    Workflow(&'a str),
}

impl fmt::Debug for ForeignSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignSpan").field("fields", &self.fields).finish_non_exhaustive()
    }
}

impl ForeignSpan {
    fn new(is_told: bool) -> Self {
        let agent = scope::current().agent;
        Self { started: Stamp::now(), agent, agent_name: None, duration: None, is_told, fields: Fields::default() }
    }

    /// What it tells of; `None` where it does not say enough.
    pub(crate) fn kind(&self) -> Option<ForeignKind<'_>> {
        match self.text(OPERATION)? {
            "invoke_agent" => self.text(AGENT).map(ForeignKind::Agent),
            "execute_tool" => self.text(TOOL).map(ForeignKind::Tool),
            "invoke_workflow" => self.text(WORKFLOW).map(ForeignKind::Workflow),
            operation if NO_CALLS.contains(&operation) || operation.contains("_memory") => None,
            operation => self.text(MODEL).map(|model| ForeignKind::Llm { operation, model }),
        }
    }

    /// What it says in a field.
    pub(crate) fn field(&self, name: &str) -> Option<&FieldValue> {
        self.fields.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The text that it says in a field, unless that is empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.field(name).and_then(FieldValue::as_str).filter(|text| !text.is_empty())
    }

    /// The annotated agent around it.
    pub(crate) fn agent(&self) -> Option<&'static dyn Account> {
        self.agent
    }

    /// The agent around it that another foreign span tells of.
    pub(crate) fn agent_name(&self) -> Option<&str> {
        self.agent_name.as_deref()
    }

    /// How long it took, or has been open.
    pub(crate) fn duration_nanos(&self) -> u64 {
        match self.duration {
            Some(duration) => u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
            None => self.started.elapsed_nanos(),
        }
    }
}

impl Fields {
    fn said(&mut self, field: &Field, value: impl FnOnce() -> FieldValue) {
        if let Some(name) = READ.iter().find(|name| **name == field.name()) {
            self.set(name, value());
        }
    }

    fn set(&mut self, name: &'static str, value: FieldValue) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, place)) => *place = value,
            None => self.0.push((name, value)),
        }
    }
}

/// As much of a text as a name may be long.
fn beginning(text: &str) -> FieldValue {
    const MOST: usize = 1_024;
    let end = (0..=text.len().min(MOST)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    FieldValue::Text(text[..end].to_owned())
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.said(field, || FieldValue::F64(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.said(field, || FieldValue::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.said(field, || FieldValue::U64(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.said(field, || beginning(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.said(field, || beginning(&format!("{value:?}")));
    }
}

/// A span has been opened.
pub(super) fn opened<S>(attributes: &Attributes<'_>, id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    if !is_adopting() || attributes.metadata().fields().field(OPERATION).is_none() {
        return;
    }
    let Some(span) = context.span(id) else { return };
    if is_ours(attributes.metadata(), semconv::MODEL) {
        // An annotated LLM call: what is around it tells of the same.
        told_inside(&span);
        return;
    }
    let is_inside = scope::with_llm_call((), |_, ()| ()).is_ok();
    let mut foreign = ForeignSpan::new(is_inside);
    attributes.record(&mut foreign.fields);
    span.extensions_mut().replace(foreign);
}

/// A span says more.
pub(super) fn recorded<S>(id: &Id, values: &Record<'_>, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    if !is_adopting() {
        return;
    }
    let Some(span) = context.span(id) else { return };
    if span.extensions().get::<ForeignSpan>().is_none() {
        return;
    }
    // Not while the extensions are locked: a `Debug` of the user's runs here.
    let mut said = Fields::default();
    values.record(&mut said);
    if let Some(foreign) = span.extensions_mut().get_mut::<ForeignSpan>() {
        said.0.into_iter().for_each(|(name, value)| foreign.fields.set(name, value));
    }
}

/// A span is closed.
pub(super) fn closed<S>(id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    if !is_adopting() {
        return;
    }
    let Some(span) = context.span(id) else { return };
    let Some(mut foreign) = span.extensions_mut().remove::<ForeignSpan>() else { return };
    let is_told = foreign.is_told
        || match foreign.kind() {
            None => true,
            Some(ForeignKind::Llm { .. }) => {
                // One that wraps another tells of the same call.
                told_inside(&span);
                false
            }
            // What an annotated agent runs is its own.
            Some(ForeignKind::Agent(_)) => foreign.agent.is_some(),
            Some(ForeignKind::Tool(_)) => is_inside_ours(&span, semconv::TOOL),
            Some(ForeignKind::Workflow(_)) => is_inside_ours(&span, semconv::WORKFLOW),
        };
    if is_told {
        return;
    }
    foreign.agent_name = span.scope().skip(1).find_map(|around| {
        let extensions = around.extensions();
        match extensions.get::<ForeignSpan>()?.kind() {
            Some(ForeignKind::Agent(name)) => Some(name.to_owned()),
            _ => None,
        }
    });
    if let Some(adopt) = ADOPT.get() {
        adopt(&foreign);
    }
}

/// Whether it is the span of an operation of ours, by the field of its kind.
fn is_ours(metadata: &Metadata<'_>, of_kind: &str) -> bool {
    // Each of ours has both; what is somebody else's with both is left alone.
    let has = |name| metadata.fields().field(name).is_some();
    has(semconv::STATUS) && has(of_kind)
}

fn is_inside_ours<S: for<'a> LookupSpan<'a>>(span: &SpanRef<'_, S>, of_kind: &str) -> bool {
    span.scope().skip(1).any(|around| is_ours(around.metadata(), of_kind))
}

/// The LLM calls around this one tell of the same, up to what is none.
fn told_inside<S: for<'a> LookupSpan<'a>>(span: &SpanRef<'_, S>) {
    for around in span.scope().skip(1) {
        if let Some(foreign) = around.extensions_mut().get_mut::<ForeignSpan>() {
            match foreign.kind() {
                // It may say only at its end what it is.
                None | Some(ForeignKind::Llm { .. }) => foreign.is_told = true,
                Some(_) => return,
            }
        }
    }
}

/// One that is made through OpenTelemetry's API, which knows of the one around it only its id.
#[derive(Debug)]
pub(super) struct Open {
    id: u64,
    around: Option<Arc<Open>>,
    start: SystemTime,
    span: Mutex<ForeignSpan>,
}

/// Those that are open, by their ids.
static OPEN: Mutex<BTreeMap<u64, Arc<Open>>> = Mutex::new(BTreeMap::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Open {
    /// A span of this id has been made inside of the other; `None` where nobody adopts any.
    pub(super) fn made(id: u64, around: u64, start: SystemTime) -> Option<Arc<Self>> {
        if !is_adopting() {
            return None;
        }
        let is_inside = scope::with_llm_call((), |_, ()| ()).is_ok();
        let mut all = lock(&OPEN);
        let around = all.get(&around).cloned();
        let open = Arc::new(Self { id, around, start, span: Mutex::new(ForeignSpan::new(is_inside)) });
        all.insert(id, Arc::clone(&open));
        Some(open)
    }

    /// It says more.
    pub(super) fn said(&self, name: &str, value: &FieldValue) {
        if let Some(name) = READ.iter().find(|known| **known == name) {
            let value = match value {
                FieldValue::Text(text) => beginning(text),
                other => other.clone(),
            };
            lock(&self.span).fields.set(name, value);
        }
    }

    /// It has ended.
    pub(super) fn ended(&self, at: SystemTime) {
        lock(&OPEN).remove(&self.id);
        let mut foreign = std::mem::replace(&mut *lock(&self.span), ForeignSpan::new(true));
        foreign.duration = Some(at.duration_since(self.start).unwrap_or_default());
        let kind = foreign.kind();
        let is_told = foreign.is_told
            || kind.is_none()
            || (matches!(kind, Some(ForeignKind::Agent(_))) && foreign.agent.is_some());
        if is_told || !is_adopting() {
            return;
        }
        if matches!(kind, Some(ForeignKind::Llm { .. })) {
            for around in self.all_around() {
                let mut around = lock(&around.span);
                match around.kind() {
                    None | Some(ForeignKind::Llm { .. }) => around.is_told = true,
                    Some(_) => break,
                }
            }
        }
        foreign.agent_name = self.all_around().find_map(|around| match lock(&around.span).kind() {
            Some(ForeignKind::Agent(name)) => Some(name.to_owned()),
            _ => None,
        });
        if let Some(adopt) = ADOPT.get() {
            adopt(&foreign);
        }
    }

    fn all_around(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(self.around.as_deref(), |open| open.around.as_deref())
    }
}
