//! Spans as a Datadog agent takes them, in MessagePack: a list of traces, each a list of spans
//! (version 0.4, which every agent knows since 2018).

use rmp::encode::{self, ValueWriteError};

use super::mapping::{Mapped, times};
use crate::apm::by_trace;
use crate::export::Span;
use crate::settings::Resource;

/// An agent takes 25 MB, newer ones 50.
pub(super) const LARGEST: usize = 10_000_000;

/// One request's worth.
pub(super) struct Payload {
    pub(super) body: Vec<u8>,
    pub(super) traces: usize,
    pub(super) spans: usize,
}

/// What a batch is sent as.
pub(super) struct Payloads {
    pub(super) payloads: Vec<Payload>,
    /// Spans each of which is larger than a request may be.
    pub(super) too_large: usize,
}

/// A part of a trace, in one payload: how many spans, and these.
#[derive(Default)]
struct Chunk {
    spans: u32,
    bytes: Vec<u8>,
}

/// Writes a batch in as few payloads as go.
pub(super) fn payloads(batch: &[Span], resource: &Resource, largest: usize) -> Payloads {
    let mut done = Payloads { payloads: Vec::new(), too_large: 0 };
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut size = 0;
    for trace in by_trace(batch) {
        let mut chunk = Chunk::default();
        for span in trace {
            // Into a room of its own: whether it still fits is known afterwards.
            let mut bytes = Vec::with_capacity(1024);
            if write_span(&mut bytes, span, resource).is_err() || bytes.len() + 2 * HEAD > largest {
                done.too_large += 1;
                continue;
            }
            if size + chunk.bytes.len() + bytes.len() + (chunks.len() + 2) * HEAD > largest {
                chunks.push(std::mem::take(&mut chunk));
                done.payloads.extend(payload(&mut chunks));
                size = 0;
            }
            chunk.bytes.extend(bytes);
            chunk.spans += 1;
        }
        size += chunk.bytes.len();
        chunks.push(chunk);
    }
    done.payloads.extend(payload(&mut chunks));
    done
}

/// As much as the head of a list takes at most.
const HEAD: usize = 5;

fn payload(chunks: &mut Vec<Chunk>) -> Option<Payload> {
    let mut chunks = std::mem::take(chunks);
    chunks.retain(|chunk| chunk.spans > 0);
    if chunks.is_empty() {
        return None;
    }
    let mut body = Vec::with_capacity(HEAD + chunks.iter().map(|chunk| HEAD + chunk.bytes.len()).sum::<usize>());
    let spans = chunks.iter().map(|chunk| chunk.spans as usize).sum();
    let traces = chunks.len();
    // Into memory, which does not fail.
    let _ = encode::write_array_len(&mut body, u32::try_from(traces).unwrap_or(u32::MAX));
    for chunk in chunks {
        let _ = encode::write_array_len(&mut body, chunk.spans);
        body.extend(chunk.bytes);
    }
    Some(Payload { body, traces, spans })
}

fn write_span(to: &mut Vec<u8>, span: &Span, resource: &Resource) -> Result<(), ValueWriteError> {
    let mapped = Mapped::new(span, resource);
    let trace_id = u128::from_be_bytes(span.trace_id.to_bytes());
    let (high, low) = ((trace_id >> 64) as u64, trace_id as u64);
    let (start, duration) = times(span);

    encode::write_map_len(to, 12)?;
    encode::write_str(to, "service")?;
    encode::write_str(to, resource.service_name())?;
    encode::write_str(to, "name")?;
    encode::write_str(to, &mapped.name)?;
    encode::write_str(to, "resource")?;
    encode::write_str(to, &mapped.resource)?;
    encode::write_str(to, "type")?;
    encode::write_str(to, mapped.kind)?;
    encode::write_str(to, "trace_id")?;
    encode::write_uint(to, low)?;
    encode::write_str(to, "span_id")?;
    encode::write_uint(to, u64::from_be_bytes(span.span_id.to_bytes()))?;
    encode::write_str(to, "parent_id")?;
    encode::write_uint(to, span.parent_span_id.map_or(0, |parent| u64::from_be_bytes(parent.to_bytes())))?;
    encode::write_str(to, "start")?;
    encode::write_sint(to, start)?;
    encode::write_str(to, "duration")?;
    encode::write_sint(to, duration)?;
    encode::write_str(to, "error")?;
    encode::write_sint(to, i64::from(mapped.is_error()))?;

    encode::write_str(to, "meta")?;
    encode::write_map_len(to, length(mapped.meta.len() + 1))?;
    for (key, value) in &mapped.meta {
        encode::write_str(to, key)?;
        encode::write_str(to, value)?;
    }
    // The other half of the trace's id.
    encode::write_str(to, "_dd.p.tid")?;
    encode::write_str(to, &format!("{high:016x}"))?;

    encode::write_str(to, "metrics")?;
    encode::write_map_len(to, length(mapped.metrics.len()))?;
    for (key, value) in &mapped.metrics {
        encode::write_str(to, key)?;
        encode::write_f64(to, *value)?;
    }
    Ok(())
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
