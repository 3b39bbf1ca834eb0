//! Spans of other libraries that tell of GenAI operations, for who adopts them.
//!
//! What they say is kept beside what a trace keeps of them, since their metrics count whether they
//! are sampled or not, and whether traces are made at all. Which of those inside of each other tell
//! of the same, `nested` knows.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracing::field::{Field, Visit};

use crate::clock::Stamp;
use crate::operation::{FieldValue, OperationKind};
use crate::scope::{self, Account};
use crate::semconv::{INPUT_TOKENS, OUTPUT_TOKENS};

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

/// Hands one over that has ended, and that nobody else tells of.
pub(super) fn adopt(span: &ForeignSpan) {
    if let (true, Some(adopt)) = (is_adopting(), ADOPT.get()) {
        adopt(span);
    }
}

/// The field by which they are known.
pub(super) const OPERATION: &str = "gen_ai.operation.name";
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
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    "gen_ai.usage.reasoning.output_tokens",
    // rig's name of it.
    "gen_ai.usage.reasoning_tokens",
    WORKFLOW,
    "otel.status_code",
];

/// A span that tells of a GenAI operation.
pub(crate) struct ForeignSpan {
    started: Stamp,
    /// The annotated agent around it.
    agent: Option<&'static dyn Account>,
    /// The name of the agent around it of which its own thread knows nothing.
    agent_name: Option<String>,
    /// How long it took, where it says so itself.
    duration: Option<Duration>,
    /// Whether it began while an annotated LLM call was current on its thread.
    is_in_call: bool,
    fields: Fields,
}

/// What is read of its fields.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(&'static str, FieldValue)>);

/// What operation it tells of, with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForeignKind<'a> {
    Llm { operation: &'a str, model: &'a str },
    Agent(&'a str),
    Tool(&'a str),
    Workflow(&'a str),
}

impl<'a> ForeignKind<'a> {
    /// The same as of our own.
    pub(super) fn operation(self) -> (OperationKind, &'a str) {
        match self {
            Self::Llm { model, .. } => (OperationKind::Llm, model),
            Self::Agent(name) => (OperationKind::Agent, name),
            Self::Tool(name) => (OperationKind::Tool, name),
            Self::Workflow(name) => (OperationKind::Workflow, name),
        }
    }
}

impl fmt::Debug for ForeignSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignSpan").field("fields", &self.fields).finish_non_exhaustive()
    }
}

impl ForeignSpan {
    /// One that begins here and now.
    pub(super) fn new(fields: Fields) -> Self {
        let agent = scope::current().agent;
        let is_in_call = scope::with_llm_call((), |_, ()| ()).is_ok();
        Self { started: Stamp::now(), agent, agent_name: None, duration: None, is_in_call, fields }
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

    /// Whether it says what tokens were used.
    pub(super) fn has_usage(&self) -> bool {
        [INPUT_TOKENS, OUTPUT_TOKENS].into_iter().any(|name| self.field(name).is_some())
    }

    /// The annotated agent around it.
    pub(crate) fn agent(&self) -> Option<&'static dyn Account> {
        self.agent
    }

    /// The agent around it of which its own thread knows nothing: that of another foreign span,
    /// or of another task.
    pub(crate) fn agent_name(&self) -> Option<&str> {
        self.agent_name.as_deref()
    }

    pub(super) fn set_agent_name(&mut self, name: Option<String>) {
        self.agent_name = name;
    }

    /// Whether it began while an annotated LLM call was current on its thread.
    pub(super) fn is_in_call(&self) -> bool {
        self.is_in_call
    }

    /// How long it took, or has been open.
    pub(crate) fn duration_nanos(&self) -> u64 {
        match self.duration {
            Some(duration) => u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
            None => self.started.elapsed_nanos(),
        }
    }

    pub(super) fn set_duration(&mut self, duration: Duration) {
        self.duration = Some(duration);
    }

    /// It says more.
    pub(super) fn said(&mut self, fields: Fields) {
        self.fields.add(fields);
    }
}

impl Fields {
    /// What is read of one, if anything is.
    pub(super) fn of(name: &str, value: &FieldValue) -> Option<Self> {
        let name = *READ.iter().find(|known| **known == name)?;
        let value = match value {
            FieldValue::Text(text) => beginning(text),
            other => other.clone(),
        };
        Some(Self(vec![(name, value)]))
    }

    /// What is said later counts.
    pub(super) fn add(&mut self, more: Self) {
        more.0.into_iter().for_each(|(name, value)| self.set(name, value));
    }

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
