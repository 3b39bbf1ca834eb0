//! Operations that other libraries tell of by their own spans (rig, genai, and whatever follows the
//! GenAI conventions), turned into metrics and cost as if they were annotated.
//!
//! `trace` hears the spans, and says which are told already; `hub` records. `setup` begins and
//! ends it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::hub::{self, AdoptedCall};
use crate::operation::{FieldValue, FinishReason, OperationRecord, Reading, Status, Streamed, Usage};
use crate::scope::Scope;
use crate::trace::foreign::{self, ForeignKind, ForeignSpan};

/// Turns what ends from now on into operations.
pub(crate) fn begin() {
    foreign::begin(adopt);
}

/// Leaves it alone again.
pub(crate) fn end() {
    foreign::end();
}

fn adopt(span: &ForeignSpan) {
    let Some(kind) = span.kind() else { return };
    let scope = Scope { agent: span.agent().or_else(|| span.agent_name().map(hub::agent_named)) };
    let reading = if matches!(kind, ForeignKind::Llm { .. }) { Some(reading(span)) } else { None };
    let record = OperationRecord {
        status: status(span),
        duration_nanos: span.duration_nanos(),
        error_type: None,
        readings: reading.as_slice(),
        cost: None,
        hit: None,
        http_status: None,
    };
    let error = error_type(span);
    match kind {
        ForeignKind::Llm { operation, model } => {
            let provider = span.text("gen_ai.provider.name").or_else(|| span.text("gen_ai.system"));
            let asked = AdoptedCall {
                operation: bounded(operation).unwrap_or("chat"),
                provider: provider.and_then(bounded),
                model,
                error,
            };
            hub::llm_call_adopted(asked, &record, scope, streamed(span));
        }
        ForeignKind::Agent(name) => hub::agent_execution_adopted(name, &record, error),
        ForeignKind::Tool(name) => hub::tool_call_adopted(name, &record, error),
        ForeignKind::Workflow(name) => hub::workflow_execution_adopted(name, &record, error),
    }
}

/// As the span says it, which is what leaves with it, too.
fn error_type(span: &ForeignSpan) -> Option<&str> {
    span.text("error.type").or_else(|| span.text("gen_ai.tool.error.type"))
}

fn status(span: &ForeignSpan) -> Status {
    let error = error_type(span);
    let is_error = span.text("otel.status_code").is_some_and(|code| code.eq_ignore_ascii_case("error"));
    match error.map(str::to_ascii_lowercase) {
        Some(error) if error.contains("timeout") || error.contains("timed_out") => Status::Timeout,
        Some(error) if error.contains("cancel") => Status::Cancelled,
        Some(_) => Status::Error,
        None if is_error => Status::Error,
        None => Status::Success,
    }
}

fn reading(span: &ForeignSpan) -> Reading {
    let count = |names: &[&str]| names.iter().find_map(|name| tokens(span.field(name)?));
    let input = count(&["gen_ai.usage.input_tokens"]);
    let output = count(&["gen_ai.usage.output_tokens"]);
    let usage = (input.is_some() || output.is_some()).then(|| {
        let read = count(&["gen_ai.usage.cache_read.input_tokens"]).unwrap_or(0);
        let written =
            count(&["gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens"]).unwrap_or(0);
        let reasoning = count(&["gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"]).unwrap_or(0);
        let (input, cached) = (input.unwrap_or(0), read.saturating_add(written));
        // By the conventions the input includes the cache. What is more than the whole was counted
        // beside it, as Anthropic does.
        let input = if cached > input { input.saturating_add(cached) } else { input };
        Usage::new(input, output.unwrap_or(0)).cache_read(read).cache_write(written).reasoning(reasoning)
    });
    Reading {
        model: span.text("gen_ai.response.model").map(str::to_owned),
        finish_reason: span.field("gen_ai.response.finish_reasons").and_then(finish_reason),
        ..Reading::stated(usage)
    }
}

/// The last of a list, which some write as JSON.
fn finish_reason(said: &FieldValue) -> Option<FinishReason> {
    let word = match said {
        FieldValue::Texts(reasons) => reasons.last()?,
        said => said.as_str()?.rsplit(['[', ']', '"', ',', ' ']).find(|word| !word.is_empty())?,
    };
    FinishReason::named(word)
}

/// A count, in whatever type it was said. One that is none counts as broken: see
/// `arc_obs_usage_inconsistent_total`.
fn tokens(value: &FieldValue) -> Option<u64> {
    match value {
        FieldValue::U64(count) => Some(*count),
        FieldValue::I64(count) => Some(u64::try_from(*count).unwrap_or(u64::MAX)),
        FieldValue::Text(text) => text.parse().ok(),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is then refused")]
        FieldValue::F64(count) if count.fract() == 0.0 && *count >= 0.0 => Some(*count as u64),
        _ => None,
    }
}

fn streamed(span: &ForeignSpan) -> Option<Streamed> {
    let seconds = match span.field("gen_ai.response.time_to_first_chunk")? {
        FieldValue::F64(seconds) => *seconds,
        _ => return None,
    };
    let first = Duration::try_from_secs_f64(seconds).ok()?;
    Some(Streamed { chunks: 0, first_chunk_nanos: u64::try_from(first.as_nanos()).ok() })
}

/// The same name for good, of which there are a bounded number: of providers and operations.
fn bounded(name: &str) -> Option<&'static str> {
    const MOST: usize = 200;
    static KNOWN: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let (name, _) = crate::labels::bounded(name);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(known) = known.get(&*name) {
        return Some(known);
    }
    if known.len() >= MOST {
        return None;
    }
    let kept: &'static str = Box::leak(name.into_owned().into_boxed_str());
    known.insert(kept);
    Some(kept)
}
