//! From a span that has ended to one that leaves: its names, what is taken out of it, its limits.

use std::time::Duration;

use super::{FieldValue, Span, SpanKind, SpanStatus, content};
use crate::labels::{OTHER, UNMATCHED};
use crate::llm::provider_name;
use crate::operation::{OperationKind, SiteKind, Status};
use crate::semconv::{self, Conventions, Known};
use crate::trace::ended::{EndedSpan, Facts, Text};

/// Gives a span the names under which it leaves.
pub(super) fn finish(ended: EndedSpan, conventions: Conventions) -> Span {
    let (mut attributes, mut events, mut links) = (ended.attributes, ended.events, ended.links);
    // What other libraries write of it is in no span of ours, where only `capture` puts it.
    if ended.facts.is_none() {
        attributes.retain(|(name, _)| !semconv::is_content(name));
    }
    for event in events.iter_mut().filter(|event| event.name != semconv::CONTENT_EVENT) {
        event.attributes.retain(|(name, _)| !semconv::is_content(name));
    }
    for link in &mut links {
        link.attributes.retain(|(name, _)| !semconv::is_content(name));
    }
    let (mut name, mut kind, mut status) = (ended.name, ended.kind.unwrap_or(SpanKind::Internal), ended.status);
    if let Some(facts) = &ended.facts {
        name = exported_name(facts);
        kind = exported_kind(facts);
        status = exported_status(facts).unwrap_or(status);
        give_names(&mut attributes, facts, conventions);
        if conventions == Conventions::OpenInference {
            content::give_names(&mut attributes, embeds(facts));
        }
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
        events,
        dropped_events: ended.dropped.events,
        links,
        dropped_links: ended.dropped.links,
        status,
        scope: ended.scope,
    }
}

fn exported_name(facts: &Facts) -> Text {
    if let SiteKind::Request { method, endpoint, .. } = facts.site.kind {
        let method = if method == OTHER { semconv::HTTP_METHOD_UNNAMED } else { method };
        return if endpoint == UNMATCHED { method.into() } else { format!("{method} {endpoint}").into() };
    }
    match (facts.site.kind.operation(), operation_name(facts)) {
        (
            (OperationKind::Agent | OperationKind::Llm | OperationKind::Tool | OperationKind::Workflow, name),
            Some(of),
        ) => format!("{of} {name}").into(),
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

/// What the operation itself says of its status; a success leaves it to others.
fn exported_status(facts: &Facts) -> Option<SpanStatus> {
    let error_type = error_type(facts)?;
    // A request that was answered with a mistake of the client's is no error of the server's.
    if facts.http_status.is_some_and(|status| status < 499) {
        return None;
    }
    let message = facts.failure.as_ref().and_then(|failure| failure.message.clone());
    Some(SpanStatus::Error(message.unwrap_or(error_type)))
}

/// Takes away what is called otherwise outside of the process, and adds what is known. What
/// somebody else has said of the span under one of the names stays, and where arc-obs sets it
/// in the process, too, if it knows nothing better.
fn give_names(attributes: &mut Vec<(Text, FieldValue)>, facts: &Facts, conventions: Conventions) {
    let kind = facts.site.kind.operation().0;
    let known: Vec<_> = conventions.of(kind).map(|row| (row.name, value(facts, row.known))).collect();
    attributes.retain(|(name, _)| {
        let is_unknown = || known.iter().any(|(known, value)| known == name && value.is_none());
        !semconv::is_in_process(name, kind) || is_unknown()
    });
    give_names_to_said(attributes, conventions);
    for (name, value) in known {
        let Some(value) = value else { continue };
        if !attributes.iter().any(|(said, _)| said == name) {
            attributes.push((name.into(), value));
        }
    }
}

/// The same for what the function says itself under a name of OpenTelemetry's.
fn give_names_to_said(attributes: &mut Vec<(Text, FieldValue)>, conventions: Conventions) {
    let is_request = |name: &str| name.starts_with(semconv::REQUEST_PREFIX);
    for (_, value) in attributes.iter_mut().filter(|(name, _)| is_request(name)) {
        if let FieldValue::F64(number) = value {
            *number = as_said(*number);
        }
    }
    if conventions != Conventions::OpenInference {
        return;
    }
    let asked = attributes.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix(semconv::REQUEST_PREFIX)?;
        Some((name.to_owned(), json(value)))
    });
    let asked: serde_json::Map<_, _> = asked.collect();
    attributes.retain(|(name, _)| !is_request(name));
    for place in 0..attributes.len() {
        if let Some(renamed) = semconv::renamed(&attributes[place].0) {
            if attributes.iter().all(|(name, _)| name != renamed) {
                attributes[place].0 = renamed.into();
            }
        }
    }
    if !asked.is_empty() {
        attributes.push((semconv::INVOCATION.into(), FieldValue::Text(serde_json::Value::from(asked).to_string())));
    }
}

/// 0.7, of which an `f32` keeps 0.699999988: it is what clients have for such numbers.
fn as_said(number: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "compared with what it was")]
    let short = number as f32;
    let is_short = f64::from(short).to_bits() == number.to_bits();
    is_short.then(|| short.to_string().parse().ok()).flatten().unwrap_or(number)
}

fn json(value: &FieldValue) -> serde_json::Value {
    match value {
        FieldValue::Bool(value) => (*value).into(),
        FieldValue::I64(number) => (*number).into(),
        FieldValue::U64(number) => (*number).into(),
        FieldValue::F64(number) => (*number).into(),
        other => other.to_string().into(),
    }
}

/// What is known of this, if anything is.
fn value(facts: &Facts, known: Known) -> Option<FieldValue> {
    let usage = facts.usage.as_ref();
    // A part that is not there is not known to be none: few providers say so.
    let part = |tokens: u64| Some(tokens).filter(|tokens| *tokens > 0).map(FieldValue::from);
    let (kind, name) = facts.site.kind.operation();
    match known {
        Known::Agent | Known::Model | Known::Tool | Known::Workflow | Known::Cache => text(name),
        Known::AgentAround => text(facts.agent?),
        Known::AgentType => match facts.site.kind {
            SiteKind::Agent { agent_type, .. } => text(agent_type),
            _ => None,
        },
        Known::CacheHit => facts.hit.map(FieldValue::from),
        Known::HttpMethod => match facts.site.kind {
            SiteKind::Request { method, .. } => text(if method == OTHER { semconv::HTTP_METHOD_OTHER } else { method }),
            _ => None,
        },
        Known::HttpRoute => match facts.site.kind {
            SiteKind::Request { endpoint, .. } if endpoint != UNMATCHED => text(endpoint),
            _ => None,
        },
        Known::HttpStatus => facts.http_status.map(FieldValue::from),
        Known::Status => text(facts.status.as_str()),
        Known::ErrorType => error_type(facts).map(FieldValue::Text),
        Known::ErrorMessage => facts.failure.as_ref()?.message.clone().map(FieldValue::Text),
        Known::Operation => text(operation_name(facts)?),
        Known::Provider => text(provider(facts).unwrap_or(semconv::PROVIDER_OTHER)),
        Known::ResponseModel => text(facts.response_model.as_deref()?),
        Known::ResponseId => text(facts.response_id.as_deref()?),
        Known::ServerAddress => text(&facts.server.as_ref()?.host),
        Known::ServerPort => Some(facts.server.as_ref()?.port?.into()),
        Known::FinishReasons => Some(FieldValue::Texts(finish_reasons(facts)?.map(str::to_owned).collect())),
        Known::FinishReason => text(finish_reasons(facts)?.next()?),
        Known::IsStreamed => facts.streamed.map(|_| true.into()),
        Known::TimeToFirstChunk => Some(Duration::from_nanos(facts.streamed?.first_chunk_nanos?).as_secs_f64().into()),
        Known::InputTokens => Some(usage?.input_tokens.into()),
        Known::OutputTokens => Some(usage?.output_tokens.into()),
        Known::TotalTokens => Some(usage?.total_tokens().into()),
        Known::CacheReadTokens => part(usage?.cache_read_tokens),
        Known::CacheWriteTokens => part(usage?.cache_write_tokens),
        Known::ReasoningTokens => part(usage?.reasoning_tokens),
        Known::Cost => Some(facts.cost?.as_dollars().into()),
        Known::Currency => facts.cost.and_then(|_| text("USD")),
        Known::CostSource => facts.cost.and_then(|_| text(if facts.cost_is_reported { "provider" } else { "local" })),
        Known::Conversation => text(facts.ids.as_ref()?.conversation.as_deref()?),
        Known::User => text(facts.ids.as_ref()?.user.as_deref()?),
        Known::ToolType => text("function"),
        Known::InferenceKind => text(semconv::span_kind(match facts.site.kind {
            SiteKind::Llm { operation, .. } => operation,
            _ => kind.as_str(),
        })),
        Known::LlmModel if !embeds(facts) => text(facts.response_model.as_deref().unwrap_or(name)),
        Known::EmbeddingModel if embeds(facts) => text(facts.response_model.as_deref().unwrap_or(name)),
        Known::LlmModel | Known::EmbeddingModel => None,
        Known::System => text(semconv::system(provider(facts)?)?),
        Known::Host => text(semconv::host(provider(facts)?)),
    }
}

/// `gen_ai.operation.name`
fn operation_name(facts: &Facts) -> Option<&'static str> {
    match facts.site.kind {
        SiteKind::Llm { operation, .. } => Some(operation),
        SiteKind::Agent { .. } => Some("invoke_agent"),
        SiteKind::Tool { .. } => Some("execute_tool"),
        SiteKind::Workflow { .. } => Some("invoke_workflow"),
        SiteKind::Cache { .. } | SiteKind::Request { .. } | SiteKind::Operation { .. } => None,
    }
}

fn embeds(facts: &Facts) -> bool {
    operation_name(facts) == Some("embeddings")
}

/// As OpenTelemetry calls it: the one that the attribute names, or to which the model belongs.
fn provider(facts: &Facts) -> Option<&'static str> {
    let SiteKind::Llm { provider, model, .. } = facts.site.kind else { return None };
    provider_name(provider, model).or_else(|| provider_name(None, facts.response_model.as_deref()?))
}

/// As for all operations; of a request that was answered with an error, and says no more, its status.
fn error_type(facts: &Facts) -> Option<String> {
    let class = facts.failure.as_ref().and_then(|failure| failure.class);
    let name = semconv::error_type(facts.status, class, facts.error_type)?;
    match facts.http_status {
        Some(status) if facts.status == Status::Error && name == semconv::ERROR_TYPE_OTHER => Some(status.to_string()),
        _ => Some(name.to_owned()),
    }
}

/// Why the model stopped, for each of its answers; one that broke off has stopped by an error,
/// unless it was the program that wanted no more of it.
fn finish_reasons(facts: &Facts) -> Option<impl Iterator<Item = &'static str>> {
    let has_begun = facts.streamed.is_some_and(|streamed| streamed.chunks > 0);
    let broke_off = has_begun && !matches!(facts.status, Status::Success | Status::Cancelled);
    let error = (facts.finish_reasons.is_empty() && broke_off).then_some("error");
    let reasons = facts.finish_reasons.iter().map(|reason| reason.as_str()).chain(error);
    (!facts.finish_reasons.is_empty() || broke_off).then_some(reasons)
}

fn text(text: &str) -> Option<FieldValue> {
    Some(FieldValue::Text(text.to_owned()))
}
