//! A span that has ended, as it waits to be exported: raw, in the process's own names.
//!
//! `export` gives it the names of a convention, takes out what must not leave the process,
//! and cuts it to its limits.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use crate::operation::{
    Failure, FieldValue, FinishReason, Ids, OperationRecord, Reading, Site, SpanEnd, SpanId, Status, Streamed, TraceId,
    Usage, Usd,
};

/// A text that is mostly a constant.
pub(crate) type Text = Cow<'static, str>;

/// The same in a place of its own, where it stays until it is exported: it is large, and moved
/// through several hands.
pub(crate) type Ended = Box<EndedSpan>;

/// A span that has ended.
#[derive(Debug)]
pub(crate) struct EndedSpan {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent: Option<Parent>,
    /// W3C trace flags; the lowest bit says that it is sampled.
    pub(crate) trace_flags: u8,
    /// W3C `tracestate`, empty mostly.
    pub(crate) trace_state: String,
    /// In the process: `agent.researcher`, or as the user's own span is called.
    pub(crate) name: Text,
    /// What the span says of itself (`otel.kind`); `None` leaves it to the kind of operation.
    pub(crate) kind: Option<SpanKind>,
    pub(crate) start: SystemTime,
    pub(crate) duration: Duration,
    /// Fields of the user's; of our own spans those that are declared by `fields(..)`.
    pub(crate) attributes: Vec<(Text, FieldValue)>,
    pub(crate) events: Vec<SpanEvent>,
    pub(crate) links: Vec<SpanLink>,
    /// What the span says of itself; of our own spans the facts say it.
    pub(crate) status: SpanStatus,
    /// Who made it: the module of the function, or the library that the span is from.
    pub(crate) scope: Text,
    /// What was not kept, since it was more than a span may have.
    pub(crate) dropped: Dropped,
    /// Of our own spans, what the operation was.
    pub(crate) facts: Option<Facts>,
}

/// The span that another one is inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parent {
    pub(crate) span_id: SpanId,
    /// Whether it is in another process.
    pub(crate) is_remote: bool,
}

/// How many of each were not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) attributes: u32,
    pub(crate) events: u32,
    pub(crate) links: u32,
}

/// What a span is to the one around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpanKind {
    /// Work inside of the process.
    Internal,
    /// A request that this process answers.
    Server,
    /// A request that this process makes.
    Client,
    /// A message that is sent.
    Producer,
    /// A message that is received.
    Consumer,
}

/// Whether what a span stands for did what it was to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanStatus {
    /// Nobody says that it failed.
    #[default]
    Unset,
    /// Somebody says outright that it did not.
    Ok,
    /// It failed, with what is said of it.
    Error(String),
}

/// Something that happened while a span was open.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SpanEvent {
    /// What happened: of an event of `tracing`'s its message.
    pub name: Cow<'static, str>,
    /// When.
    pub time: SystemTime,
    /// What is said of it.
    pub attributes: Vec<(Cow<'static, str>, FieldValue)>,
    /// How many attributes were too many.
    pub dropped_attributes: u32,
}

/// A span that another one has to do with, without being inside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanLink {
    /// Its trace.
    pub trace_id: TraceId,
    /// Its own name.
    pub span_id: SpanId,
    /// What is said of how they have to do with each other.
    pub attributes: Vec<(Cow<'static, str>, FieldValue)>,
    /// How many attributes were too many.
    pub dropped_attributes: u32,
}

impl SpanEvent {
    pub(crate) fn new(name: Text, time: SystemTime, attributes: Vec<(Text, FieldValue)>) -> Self {
        Self { name, time, attributes, dropped_attributes: 0 }
    }
}

impl SpanLink {
    /// OpenTelemetry's preset of how many attributes a link may have.
    const MOST: usize = 128;

    pub(crate) fn new(trace_id: TraceId, span_id: SpanId, mut attributes: Vec<(Text, FieldValue)>) -> Self {
        let dropped = attributes.len().saturating_sub(Self::MOST);
        attributes.truncate(Self::MOST);
        Self { trace_id, span_id, attributes, dropped_attributes: u32::try_from(dropped).unwrap_or(u32::MAX) }
    }
}

/// What an operation of ours was, once it has ended: everything that the names of a
/// convention are given to.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) site: &'static Site,
    pub(crate) status: Status,
    /// The name of the error's type.
    pub(crate) error_type: Option<&'static str>,
    /// What the error says of itself.
    pub(crate) failure: Option<Failure>,
    pub(crate) http_status: Option<u16>,
    pub(crate) hit: Option<bool>,
    pub(crate) usage: Option<Usage>,
    pub(crate) cost: Option<Usd>,
    /// Whether that is what the provider says, and not reckoned.
    pub(crate) cost_is_reported: bool,
    pub(crate) response_model: Option<String>,
    pub(crate) response_id: Option<String>,
    /// One for each answer that says it.
    pub(crate) finish_reasons: Vec<FinishReason>,
    pub(crate) streamed: Option<Streamed>,
    /// The innermost agent, itself included.
    pub(crate) agent: Option<&'static str>,
    /// For whom it was done.
    pub(crate) ids: Option<Ids>,
    /// The host that was asked meanwhile, where it was one.
    pub(crate) server: Option<Box<Server>>,
}

/// Whom requests are made to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

/// What was told of an operation while it ran.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) failure: Option<Failure>,
    pub(crate) ids: Option<Ids>,
    pub(crate) server: Option<Box<Server>>,
}

impl Facts {
    /// What is known at the end.
    pub(crate) fn new(site: &'static Site, record: &OperationRecord<'_>, end: SpanEnd, told: Told) -> Self {
        let SpanEnd { streamed, cost, cost_is_reported, agent } = end;
        let last = |told: fn(&Reading) -> Option<&String>| record.readings.iter().rev().find_map(told).cloned();
        Self {
            site,
            status: record.status,
            error_type: record.error_type.map(|name| name()),
            failure: told.failure,
            http_status: record.http_status,
            hit: record.hit,
            usage: record.usage(),
            cost,
            cost_is_reported,
            response_model: last(|reading| reading.model.as_ref()),
            response_id: last(|reading| reading.details.as_ref()?.response_id.as_ref()),
            finish_reasons: record
                .readings
                .iter()
                .flat_map(|reading| {
                    let more = reading.details.iter().flat_map(|details| details.more_finish_reasons.iter().copied());
                    reading.finish_reason.into_iter().chain(more)
                })
                .collect(),
            streamed,
            agent,
            ids: told.ids,
            server: told.server,
        }
    }
}
