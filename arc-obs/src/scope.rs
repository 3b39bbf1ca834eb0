//! What is current on this thread: the agent in whose name work is done, and the
//! LLM call that is being made.
//!
//! An operation puts itself here while it runs (a future: while it is polled) and
//! takes itself away after, so what is current follows `.await` to whatever
//! thread polls next, and a sibling future on the same thread sees nothing of
//! it. A task that is spawned starts with nothing current, unless the thread that
//! polls it is inside a sync operation that blocks on the runtime.
//!
//! Knows neither metrics nor spans: who is current is an [`Account`], a trait
//! that the room of the metrics implements.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use crate::operation::{Reading, Usage};

/// Somebody to whom cost and tokens are charged: an agent.
pub(crate) trait Account: Sync {
    /// What it is called on spans: on the page, where names are bounded, it may be `other`.
    fn name(&self) -> &'static str;

    /// Charges integer nano-dollars.
    fn charge(&self, nanodollars: u64);

    /// Counts the tokens of one response.
    fn add_tokens(&self, usage: &Usage);
}

/// What is current: plain data, copied in and out.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scope {
    /// The innermost agent.
    pub(crate) agent: Option<&'static dyn Account>,
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("agent", &self.agent.is_some()).finish()
    }
}

thread_local! {
    // Const and without a destructor: readable while other thread-locals are torn down.
    static CURRENT: Cell<Scope> = const { Cell::new(Scope { agent: None }) };
}

/// What is current on this thread.
#[inline]
pub(crate) fn current() -> Scope {
    CURRENT.get()
}

/// Makes `scope` current.
#[inline]
pub(crate) fn set(scope: Scope) {
    CURRENT.set(scope);
}

/// Makes `scope` current and hands back what was.
#[inline]
pub(crate) fn replace(scope: Scope) -> Scope {
    CURRENT.replace(scope)
}

/// How many responses of one LLM call are kept; what comes then is added to the last.
const MOST_RECORDED: usize = 1_024;

/// What is known of the LLM call that is current, while it runs.
#[derive(Debug, Default)]
pub(crate) struct LlmCall {
    /// Whether it takes what the body records.
    pub(crate) takes_records: bool,
    /// Whether what it records are the chunks of one answer.
    pub(crate) is_streamed: bool,
    /// What the body recorded: a response each, since each has a price of its own.
    pub(crate) recorded: Vec<Reading>,
    /// What the LLM calls inside it have counted.
    pub(crate) inside: Inside,
    /// Where its body hands a stream over, if it does: what that is, `instrument` knows.
    pub(crate) stream: Option<Arc<dyn Any + Send + Sync>>,
}

/// What the LLM calls inside of another have counted, so that it is counted once.
#[derive(Debug, Default)]
pub(crate) struct Inside {
    /// One that succeeded reported usage: what the outer one returns is that.
    pub(crate) counted: bool,
    /// One that succeeded cost something.
    pub(crate) paid: bool,
    /// What each response used: if the body of the outer one records the same, it is the same.
    usages: Vec<Usage>,
    /// What streams used until they failed or were dropped.
    cut_off: Vec<Usage>,
}

impl Inside {
    /// A call has succeeded: with what it counted, and what those inside it did.
    ///
    /// (What a call that failed has spent is spent; but what the outer one then returns or
    /// records is another response.)
    pub(crate) fn add(&mut self, usages: impl Iterator<Item = Usage>, paid: bool, within: Self) {
        let before = self.usages.len();
        self.usages.extend(usages.filter(|usage| usage.total_tokens() > 0));
        self.counted |= self.usages.len() > before || within.counted;
        self.paid |= paid || within.paid;
        self.usages.extend(within.usages);
        self.usages.truncate(MOST_RECORDED);
    }

    /// A stream has not come to its end: with what it counted until then.
    pub(crate) fn cut_off(&mut self, usages: impl Iterator<Item = Usage>) {
        self.cut_off.extend(usages.take(MOST_RECORDED.saturating_sub(self.cut_off.len())));
    }

    /// Whether a stream that was cut off has counted all of this: then it is what the
    /// outer one passed on; also a part of it, where the outer one is a stream.
    pub(crate) fn has_cut_off(&self, usage: Usage, or_a_part: bool) -> bool {
        let has = |counted: &Usage| {
            let is_part = counted.input_tokens >= usage.input_tokens && counted.output_tokens >= usage.output_tokens;
            *counted == usage || (or_a_part && is_part)
        };
        self.cut_off.iter().any(has)
    }

    /// Whether this was counted inside; each response is found once.
    pub(crate) fn take(&mut self, usage: Usage) -> bool {
        let place = self.usages.iter().position(|counted| *counted == usage);
        place.map(|place| self.usages.swap_remove(place)).is_some()
    }
}

impl LlmCall {
    /// The body records a response. One that tells nothing (of a stream all but the last
    /// chunk do so) is not kept.
    pub(crate) fn record(&mut self, reading: Reading) {
        let tells_of_tokens = reading.usage.is_some() || !reading.flaws.is_empty() || reading.reported_cost.is_some();
        let tells_of_an_end = self.is_streamed && reading.finish_reason.is_some();
        if !(tells_of_tokens || tells_of_an_end) {
            return;
        }
        if let (true, Some(answer)) = (self.is_streamed, self.recorded.last_mut()) {
            answer.go_on(reading);
            return;
        }
        let is_full = self.recorded.len() >= MOST_RECORDED;
        match self.recorded.last_mut() {
            Some(last) if is_full => last.add(reading),
            _ => self.recorded.push(reading),
        }
    }
}

/// Whether the body of the call that is current has recorded why the model stopped.
pub(crate) fn has_recorded_an_end() -> bool {
    let mut has_ended = false;
    let _ = with_llm_call((), |call, ()| {
        has_ended = call.recorded.iter().any(|reading| reading.finish_reason.is_some());
    });
    has_ended
}

thread_local! {
    static REQUEST: Cell<bool> = const { Cell::new(false) };
}

/// Says whether an HTTP request is being counted here, and hands back whether one was:
/// what is inside of it is part of it, and not counted once more.
pub(crate) fn replace_request(is_counted: bool) -> bool {
    REQUEST.replace(is_counted)
}

/// Whether an HTTP request is being counted here.
pub(crate) fn is_request_counted() -> bool {
    REQUEST.get()
}

thread_local! {
    static LLM_CALL: Cell<Option<LlmCall>> = const { Cell::new(None) };
}

/// Makes an LLM call current, or none, and hands back what was.
pub(crate) fn replace_llm_call(call: Option<LlmCall>) -> Option<LlmCall> {
    // While a thread is torn down nothing is current any more.
    LLM_CALL.try_with(|current| current.replace(call)).unwrap_or(None)
}

/// Changes the LLM call that is current; hands back what was not used where there
/// is none.
pub(crate) fn with_llm_call<T>(value: T, change: impl FnOnce(&mut LlmCall, T)) -> Result<(), T> {
    let Some(mut call) = replace_llm_call(None) else { return Err(value) };
    change(&mut call, value);
    replace_llm_call(Some(call));
    Ok(())
}
