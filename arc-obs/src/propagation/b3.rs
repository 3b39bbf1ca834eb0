//! Zipkin's headers: `b3`, or one for each of its parts (openzipkin/b3-propagation).

use opentelemetry::trace::TraceFlags;
use opentelemetry::{SpanId, TraceId};

use super::carrier::Extractor;
use super::trace_context::{Parent, hex, trimmed};
use crate::self_telemetry::{RefusedHeader, header_refused};

pub(super) const SINGLE: &str = "b3";
pub(super) const TRACE_ID: &str = "x-b3-traceid";
pub(super) const SPAN_ID: &str = "x-b3-spanid";
pub(super) const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// The value of a header, of which there is one.
fn only<'a>(carrier: &'a impl Extractor, name: &'a str) -> Result<Option<&'a [u8]>, ()> {
    let mut values = carrier.values(name);
    let first = values.next();
    if values.next().is_some() { Err(()) } else { Ok(first.map(trimmed)) }
}

fn counted(read: Result<Option<Parent>, ()>) -> Option<Parent> {
    read.unwrap_or_else(|()| {
        header_refused(RefusedHeader::B3);
        None
    })
}

/// `80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90`: what is behind the
/// second dash may be missing.
pub(super) fn read_single(carrier: &impl Extractor) -> Option<Parent> {
    let read = only(carrier, SINGLE).and_then(|value| {
        let Some(value) = value else { return Ok(None) };
        let mut parts = value.splitn(5, |byte| *byte == b'-');
        let (trace_id, span_id) = (parts.next().unwrap_or_default(), parts.next());
        let Some(span_id) = span_id else {
            // Only whether to sample a trace that has no name yet, which is for us to say.
            return if matches!(trace_id, b"0" | b"1" | b"d") { Ok(None) } else { Err(()) };
        };
        let flags = match parts.next() {
            None => TraceFlags::default(),
            Some(sampled) => flags(sampled).ok_or(())?,
        };
        let is_parent = parts.next().is_none_or(|id| id.len() == 16 && hex(id).is_some());
        let is_all = parts.next().is_none();
        if is_parent && is_all { parent(trace_id, span_id, flags).map(Some).ok_or(()) } else { Err(()) }
    });
    counted(read)
}

/// `X-B3-TraceId`, `X-B3-SpanId`, `X-B3-Sampled` and `X-B3-Flags`
pub(super) fn read_multi(carrier: &impl Extractor) -> Option<Parent> {
    let read = || {
        let (trace_id, span_id) = (only(carrier, TRACE_ID)?, only(carrier, SPAN_ID)?);
        let (sampled, debug) = (only(carrier, SAMPLED)?, only(carrier, FLAGS)?);
        let (trace_id, span_id) = match (trace_id, span_id) {
            (None, None) => return Ok(None),
            (Some(trace_id), Some(span_id)) => (trace_id, span_id),
            _ => return Err(()),
        };
        let flags = match (debug, sampled) {
            (Some(b"1"), _) => TraceFlags::SAMPLED,
            (_, None) => TraceFlags::default(),
            // As older ones wrote it.
            (_, Some(b"true")) => TraceFlags::SAMPLED,
            (_, Some(b"false")) => TraceFlags::default(),
            (_, Some(sampled)) => flags(sampled).ok_or(())?,
        };
        parent(trace_id, span_id, flags).map(Some).ok_or(())
    };
    counted(read())
}

fn flags(sampled: &[u8]) -> Option<TraceFlags> {
    match sampled {
        b"1" | b"d" => Some(TraceFlags::SAMPLED),
        b"0" => Some(TraceFlags::default()),
        _ => None,
    }
}

/// A trace's name may be half as long, and is then the lower half.
fn parent(trace_id: &[u8], span_id: &[u8], flags: TraceFlags) -> Option<Parent> {
    let is_length = matches!(trace_id.len(), 16 | 32) && span_id.len() == 16;
    let (trace_id, span_id) = (hex(trace_id).filter(|_| is_length)?, hex(span_id)?);
    if trace_id == 0 || span_id == 0 {
        return None;
    }
    Some(Parent { trace_id: TraceId::from(trace_id), span_id: SpanId::from(u64::try_from(span_id).ok()?), flags })
}

fn sampled(parent: &Parent) -> &'static str {
    if parent.flags.is_sampled() { "1" } else { "0" }
}

pub(super) fn write_single(parent: &Parent) -> String {
    format!("{:032x}-{:016x}-{}", parent.trace_id, parent.span_id, sampled(parent))
}

pub(super) fn write_multi(parent: &Parent) -> [(&'static str, String); 3] {
    [
        (TRACE_ID, format!("{:032x}", parent.trace_id)),
        (SPAN_ID, format!("{:016x}", parent.span_id)),
        (SAMPLED, sampled(parent).to_owned()),
    ]
}

/// Those that must not stay beside the ones that are written.
pub(super) const STALE: [&str; 2] = [FLAGS, "x-b3-parentspanid"];
