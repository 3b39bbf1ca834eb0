//! From a span that has ended to one that leaves: its names, what is taken out of it, its limits.

use super::{FieldValue, Span, SpanKind, SpanStatus};
use crate::operation::{OperationKind, SiteKind};
use crate::semconv;
use crate::trace::ended::{EndedSpan, Facts, Text};

/// Gives a span the names under which it leaves.
pub(super) fn finish(ended: EndedSpan) -> Span {
    let mut attributes = ended.attributes;
    let (mut name, mut kind, mut status) = (ended.name, ended.kind.unwrap_or(SpanKind::Internal), ended.status);
    if let Some(facts) = &ended.facts {
        name = exported_name(facts);
        kind = exported_kind(facts);
        if !facts.status.is_success() {
            status = SpanStatus::Error(facts.error_type.unwrap_or(facts.status.as_str()).to_owned());
        }
        attributes.extend(known(facts));
    }
    Span {
        trace_id: ended.trace_id,
        span_id: ended.span_id,
        parent_span_id: ended.parent.map(|parent| parent.span_id),
        parent_is_remote: ended.parent.is_some_and(|parent| parent.is_remote),
        trace_flags: ended.trace_flags,
        trace_state: ended.trace_state,
        name,
        kind,
        start: ended.start,
        end: ended.start.checked_add(ended.duration).unwrap_or(ended.start),
        attributes,
        dropped_attributes: ended.dropped.attributes,
        events: ended.events,
        dropped_events: ended.dropped.events,
        links: ended.links,
        dropped_links: ended.dropped.links,
        status,
        scope: ended.scope,
    }
}

fn exported_name(facts: &Facts) -> Text {
    match (facts.site.kind.operation(), &facts.site.kind) {
        ((OperationKind::Agent, name), _) => format!("invoke_agent {name}").into(),
        ((OperationKind::Tool, name), _) => format!("execute_tool {name}").into(),
        ((OperationKind::Workflow, name), _) => format!("invoke_workflow {name}").into(),
        ((_, model), SiteKind::Llm { operation, .. }) => format!("{operation} {model}").into(),
        ((_, name), _) => name.into(),
    }
}

fn exported_kind(facts: &Facts) -> SpanKind {
    match facts.site.kind {
        SiteKind::Llm { .. } => SpanKind::Client,
        SiteKind::Request { .. } => SpanKind::Server,
        _ => SpanKind::Internal,
    }
}

/// What the convention has a name for.
fn known(facts: &Facts) -> Vec<(Text, FieldValue)> {
    let mut known: Vec<(Text, FieldValue)> = vec![(semconv::STATUS.into(), text(facts.status.as_str()))];
    if let Some(error_type) = facts.error_type {
        known.push((semconv::ERROR_TYPE.into(), text(error_type)));
    }
    if let Some(usage) = facts.usage {
        known.push((semconv::INPUT_TOKENS.into(), usage.input_tokens.into()));
        known.push((semconv::OUTPUT_TOKENS.into(), usage.output_tokens.into()));
    }
    known
}

fn text(text: &str) -> FieldValue {
    FieldValue::Text(text.to_owned())
}
