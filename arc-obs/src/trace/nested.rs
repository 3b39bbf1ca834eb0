//! Which of the spans inside of each other tell of the same GenAI operation, where those of other
//! libraries are adopted: each is counted once, whoever tells of it, by whichever API.
//!
//! What stands around a span is what stands around it in OpenTelemetry's `Context`: in that are the
//! spans of `tracing`, ours among them, and those of its own API, of which it knows only the ids.
//! Nothing here is made while nobody adopts them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt};
use tracing::span::{Attributes, Record};

use super::foreign::{self, Fields, ForeignKind, ForeignSpan};
use super::recording::read;
use crate::operation::{FieldValue, OperationKind};
use crate::semconv;

/// How many are looked at around one.
const MOST_AROUND: usize = 64;

/// How many that are told by those inside of it one keeps.
const MOST_TOLD: usize = 16;

/// The operation that embeds: nobody's answer, and so told by no call that gives one.
const EMBEDDINGS: &str = "embeddings";

/// A span that is open, of an operation of ours or of one that it may tell of.
#[derive(Debug)]
pub(super) struct Open {
    what: What,
    has_ended: AtomicBool,
    /// Those that were open around it when it began, the nearest first; none when it has ended, so
    /// that they are not kept by what goes on inside of each other for ever.
    around: Mutex<Vec<Arc<Open>>>,
}

#[derive(Debug)]
enum What {
    Ours(Step, String),
    Foreign(Mutex<Foreign>),
}

#[derive(Debug)]
struct Foreign {
    span: ForeignSpan,
    /// What those inside of it tell of: of which kind and, where only that is the same, of which name.
    told: Vec<(Step, Option<String>)>,
    /// How many LLM calls are open inside of it that tell of the same.
    calls_inside: usize,
    /// How many of the nearest around it count it there.
    counted_in: usize,
}

impl Foreign {
    const fn new(span: ForeignSpan) -> Self {
        Self { span, told: Vec::new(), calls_inside: 0, counted_in: 0 }
    }

    /// Of an LLM call those around it know that it is open: it may be so still when they end.
    fn count_in(&mut self, around: &[Arc<Open>]) {
        let step = self.span.kind().map(|kind| Step::of(kind).0).filter(|step| step.is_llm());
        if let (Some(step), 0) = (step, self.counted_in) {
            for_each_same(step, around, |around| {
                around.calls_inside += 1;
                self.counted_in += 1;
                true
            });
        }
    }
}

/// What can be told twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Call,
    /// An LLM call, too, but never the same as another kind of call.
    Embedding,
    Agent,
    Tool,
    Workflow,
}

impl Step {
    fn of(kind: ForeignKind<'_>) -> (Self, &str) {
        let (operation, name) = kind.operation();
        let step = match (operation, kind) {
            (OperationKind::Agent, _) => Self::Agent,
            (OperationKind::Tool, _) => Self::Tool,
            (OperationKind::Workflow, _) => Self::Workflow,
            (_, ForeignKind::Llm { operation: EMBEDDINGS, .. }) => Self::Embedding,
            _ => Self::Call,
        };
        (step, name)
    }

    const fn is_llm(self) -> bool {
        matches!(self, Self::Call | Self::Embedding)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stands in a context for the spans of `tracing`: the innermost, then those around it.
struct Inside {
    open: Vec<Arc<Open>>,
    /// The one of OpenTelemetry that is current with it. If another one is, that is inside of it.
    span: SpanId,
}

/// Those that were made through OpenTelemetry's API and are open, by their ids.
static THEIRS: Mutex<BTreeMap<SpanIdBytes, Arc<Open>>> = Mutex::new(BTreeMap::new());

type SpanIdBytes = [u8; 8];

fn current_span(context: &Context) -> SpanId {
    context.span().span_context().span_id()
}

/// Those that are open in a context, the nearest first.
pub(super) fn around(context: &Context) -> Vec<Arc<Open>> {
    let span = current_span(context);
    let inside = context.get::<Inside>();
    let theirs = match inside {
        Some(inside) if inside.span == span => None,
        _ => lock(&THEIRS).get(&span.to_bytes()).cloned(),
    };
    let open = match (theirs, inside) {
        (Some(theirs), _) => theirs.with_around(),
        (None, Some(inside)) => inside.open.clone(),
        (None, None) => Vec::new(),
    };
    open.into_iter().filter(|open| !open.has_ended()).take(MOST_AROUND).collect()
}

/// The context of another span of `tracing`, which tells of something or of nothing, inside of those.
pub(super) fn inside(context: Context, open: Option<&Arc<Open>>, around: Vec<Arc<Open>>) -> Context {
    let open: Vec<_> = open.into_iter().cloned().chain(around).collect();
    if open.is_empty() {
        return context;
    }
    let span = current_span(&context);
    context.with_value(Inside { open, span })
}

/// What is recorded by hand in this context tells of the same as spans around it.
pub(crate) fn told_by_hand(kind: OperationKind, name: &str) {
    let step = match kind {
        OperationKind::Llm => Step::Call,
        OperationKind::Agent => Step::Agent,
        _ => return,
    };
    if foreign::is_adopting() {
        tell_around(step, name, true, &around(&super::layer::current_context()));
    }
}

impl Open {
    fn new(what: What, around: Vec<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { what, has_ended: AtomicBool::new(false), around: Mutex::new(around) })
    }

    /// The operation of ours that such a span of `tracing` is of; `None` for those that nobody else
    /// tells of.
    pub(super) fn ours(attributes: &Attributes<'_>, around: &[Arc<Self>]) -> Option<Arc<Self>> {
        let kind = attributes.metadata().fields().iter().next()?;
        let said = read(0, |visit| attributes.record(visit));
        let text = |name: &str| said.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value.as_str());
        let step = match kind.name() {
            semconv::MODEL if text(semconv::OPERATION_NAME) == Some(EMBEDDINGS) => Step::Embedding,
            semconv::MODEL => Step::Call,
            semconv::AGENT_NAME => Step::Agent,
            semconv::TOOL => Step::Tool,
            semconv::WORKFLOW => Step::Workflow,
            _ => return None,
        };
        let name = text(kind.name()).unwrap_or_default();
        tell_around(step, name, true, around);
        Some(Self::new(What::Ours(step, name.to_owned()), around.to_vec()))
    }

    /// A span of `tracing` that is somebody else's; `None` for those that can tell of nothing.
    pub(super) fn foreign(attributes: &Attributes<'_>, around: &[Arc<Self>]) -> Option<Arc<Self>> {
        attributes.metadata().fields().field(foreign::OPERATION)?;
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        Some(Self::begun(fields, around.to_vec()))
    }

    /// A span of this id that is made through OpenTelemetry's API, in this context. What it says at
    /// its begin is said already.
    pub(super) fn theirs(id: SpanId, context: &Context, said: impl Iterator<Item = Fields>) -> Arc<Self> {
        let mut fields = Fields::default();
        said.for_each(|said| fields.add(said));
        let open = Self::begun(fields, around(context));
        lock(&THEIRS).insert(id.to_bytes(), Arc::clone(&open));
        open
    }

    fn begun(fields: Fields, around: Vec<Arc<Self>>) -> Arc<Self> {
        let mut foreign = Foreign::new(ForeignSpan::new(fields));
        foreign.count_in(&around);
        Self::new(What::Foreign(Mutex::new(foreign)), around)
    }

    fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    fn with_around(self: &Arc<Self>) -> Vec<Arc<Self>> {
        let around = lock(&self.around);
        std::iter::once(self).chain(around.iter()).cloned().collect()
    }

    /// It says more.
    pub(super) fn recorded(&self, values: &Record<'_>) {
        if let What::Foreign(foreign) = &self.what {
            // Not while it is locked: a `Debug` of the user's runs here.
            let mut said = Fields::default();
            values.record(&mut said);
            self.learn(foreign, said);
        }
    }

    /// The same through OpenTelemetry's API.
    pub(super) fn said(&self, name: &str, value: &FieldValue) {
        if let (What::Foreign(foreign), Some(said)) = (&self.what, Fields::of(name, value)) {
            self.learn(foreign, said);
        }
    }

    fn learn(&self, foreign: &Mutex<Foreign>, said: Fields) {
        let around = lock(&self.around);
        let mut foreign = lock(foreign);
        foreign.span.said(said);
        foreign.count_in(&around);
    }

    /// It has ended, and took so long, where it says that itself; a second time does nothing.
    pub(super) fn end(&self, took: Option<Duration>) {
        if self.has_ended.swap(true, Ordering::AcqRel) {
            return;
        }
        let around = std::mem::take(&mut *lock(&self.around));
        let What::Foreign(foreign) = &self.what else { return };
        let nothing = Foreign::new(ForeignSpan::new(Fields::default()));
        let Foreign { mut span, told, calls_inside, counted_in } = std::mem::replace(&mut *lock(foreign), nothing);
        for around in around.iter().take(counted_in) {
            if let What::Foreign(around) = &around.what {
                let mut around = lock(around);
                around.calls_inside = around.calls_inside.saturating_sub(1);
            }
        }
        let Some((step, name)) = span.kind().map(Step::of) else { return };
        let is_told = |(told, of): &(Step, Option<String>)| *told == step && of.as_ref().is_none_or(|of| of == name);
        if told.iter().any(is_told) || (step.is_llm() && calls_inside > 0) || is_told_around(step, &span, &around) {
            return;
        }
        if step.is_llm() && !span.has_usage() && is_inside_open(step, &around) {
            // The one around it may know.
            return;
        }
        tell_around(step, name, false, &around);
        if let Some(took) = took {
            span.set_duration(took);
        }
        // What an annotated agent runs is its own, also agents of others.
        let agents = || around.iter().filter_map(|around| around.agent());
        let ours = agents().find(|(is_ours, _)| *is_ours);
        span.set_agent_name(ours.or_else(|| agents().next()).map(|(_, name)| name));
        foreign::adopt(&span);
    }

    /// The same of one that was made through OpenTelemetry's API.
    pub(super) fn theirs_ended(&self, id: SpanId, took: Duration) {
        lock(&THEIRS).remove(&id.to_bytes());
        self.end(Some(took));
    }

    /// What it is, and whether it is ours.
    fn step(&self) -> (bool, Option<Step>) {
        match &self.what {
            What::Ours(step, _) => (true, Some(*step)),
            What::Foreign(foreign) => (false, lock(foreign).span.kind().map(|kind| Step::of(kind).0)),
        }
    }

    /// The agent that it is, and whether that is ours.
    fn agent(&self) -> Option<(bool, String)> {
        match &self.what {
            What::Ours(Step::Agent, name) => Some((true, name.clone())),
            What::Ours(..) => None,
            What::Foreign(foreign) => match lock(foreign).span.kind() {
                Some(ForeignKind::Agent(name)) => Some((false, name.to_owned())),
                _ => None,
            },
        }
    }
}

/// Whether an operation of ours around it is the same.
fn is_told_around(step: Step, span: &ForeignSpan, around: &[Arc<Open>]) -> bool {
    let is_in = |step| around.iter().any(|open| open.step() == (true, Some(step)));
    match step {
        Step::Call | Step::Embedding => is_in_call(step, span, around),
        // What an annotated agent runs is its own.
        Step::Agent => span.agent().is_some() || is_in(step) || is_in_call(step, span, around),
        Step::Workflow => is_in(step) || is_in_call(step, span, around),
        // A tool may have an agent inside that has tools of its own.
        Step::Tool => {
            let mut others = around.iter().map(|open| open.step());
            let other = others.find(|around| !matches!(around, (_, None) | (false, Some(Step::Tool))));
            other == Some((true, Some(Step::Tool)))
        }
    }
}

/// Whether it is inside of an annotated LLM call: what runs there is that call, but for tools, and
/// what those do; and what embeds is no part of an answer.
fn is_in_call(step: Step, span: &ForeignSpan, around: &[Arc<Open>]) -> bool {
    let mut is_in_another = false;
    for open in around {
        match open.step() {
            (_, Some(Step::Tool)) => return false,
            (true, Some(of)) if of == step || (of.is_llm() && !step.is_llm()) => return of.is_llm(),
            (true, Some(of)) if of.is_llm() => is_in_another = true,
            _ => {}
        }
    }
    // No layer hears ours, or this one was told of nothing around it.
    span.is_in_call() && !is_in_another
}

/// Tells the spans of others around it that this one tells of the same: whatever it is called where
/// that cannot be another one.
fn tell_around(step: Step, name: &str, is_ours: bool, around: &[Arc<Open>]) {
    let is_any = step.is_llm() || (is_ours && step == Step::Tool);
    for_each_same(step, around, |foreign| {
        let is_other = !is_any && foreign.span.kind().is_some_and(|kind| kind.operation().1 != name);
        let told = (step, (!is_any).then(|| name.to_owned()));
        if !is_other && foreign.told.len() < MOST_TOLD && !foreign.told.contains(&told) {
            foreign.told.push(told);
        }
        !is_other
    });
}

/// The spans of others around it that tell of such an operation, or may do so at their end; up to
/// what is another one.
fn for_each_same(step: Step, around: &[Arc<Open>], mut visit: impl FnMut(&mut Foreign) -> bool) {
    for open in around {
        let What::Foreign(foreign) = &open.what else { return };
        let mut foreign = lock(foreign);
        if foreign.span.kind().is_some_and(|kind| Step::of(kind).0 != step) || !visit(&mut foreign) {
            return;
        }
    }
}

/// Whether one that is open around it tells of such an LLM call, and of no other one inside of it.
fn is_inside_open(step: Step, around: &[Arc<Open>]) -> bool {
    let mut is_inside = false;
    let mut open = around.iter();
    for_each_same(step, around, |foreign| {
        let has_ended = open.next().is_none_or(|open| open.has_ended());
        let is_told = foreign.told.iter().any(|(told, _)| *told == step);
        is_inside = !has_ended && !is_told && foreign.span.kind().is_some();
        !is_inside
    });
    is_inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_keeps_nothing_of_what_was_around_it() {
        let mut context = Context::new();
        let mut open = Open::begun(Fields::default(), Vec::new());
        let first = Arc::downgrade(&open);
        // As tasks do that each begin the next one, and end.
        for _ in 0..10_000 {
            context = inside(context.clone(), Some(&open), around(&context));
            let next = Open::begun(Fields::default(), around(&context));
            open.end(None);
            open = next;
        }
        assert_eq!(around(&context).len(), 0);
        assert!(lock(&open.around).len() <= 1);
        assert!(first.upgrade().is_none());
    }

    #[test]
    fn how_much_is_looked_at_is_bounded() {
        let mut context = Context::new();
        let mut all = Vec::new();
        for _ in 0..4 * MOST_AROUND {
            let open = Open::begun(Fields::default(), around(&context));
            context = inside(context.clone(), Some(&open), around(&context));
            all.push(open);
        }
        assert_eq!(around(&context).len(), MOST_AROUND);
        let nearest = around(&context).into_iter().zip(all.iter().rev());
        assert!(nearest.into_iter().all(|(found, open)| Arc::ptr_eq(&found, open)));
    }
}
