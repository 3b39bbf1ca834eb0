//! `traceparent` and `tracestate`, as W3C Trace Context has them (Recommendation of 23 November
//! 2021, and level 2 where it says more: a key may begin with a digit).

use opentelemetry::trace::TraceFlags;
use opentelemetry::{SpanId, TraceId};

use super::carrier::Extractor;
use crate::self_telemetry::{RefusedHeader, header_refused};

pub(super) const PARENT: &str = "traceparent";
pub(super) const STATE: &str = "tracestate";

/// The most members that a `tracestate` has.
const MOST_MEMBERS: usize = 32;

/// The most characters that are passed on; the specification asks for no less.
const MOST_CHARACTERS: usize = 512;

/// Members longer than this go first, where there are too many characters.
const LONG_MEMBER: usize = 128;

/// A trace, one span of it, and what is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) flags: TraceFlags,
}

/// The parent that the headers name: the one, if there are several.
pub(super) fn read_parent(carrier: &impl Extractor) -> Option<Parent> {
    let mut values = carrier.values(PARENT);
    let first = values.next()?;
    let parent = if values.next().is_some() { None } else { parse_parent(trimmed(first)) };
    if parent.is_none() {
        header_refused(RefusedHeader::TraceParent);
    }
    parent
}

/// `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`
fn parse_parent(value: &[u8]) -> Option<Parent> {
    const LENGTH: usize = 55;
    let (known, rest) = value.split_at_checked(LENGTH)?;
    let [version @ .., _] = known.get(..3)? else { return None };
    let dashes = [2, 35, 52].iter().all(|place| known[*place] == b'-');
    // A version to come may have more behind another dash, and is read as this one.
    let goes_on = match (hex(version)?, rest) {
        (0xff, _) => false,
        (_, []) => true,
        (0, _) => false,
        (_, [first, ..]) => *first == b'-',
    };
    if !dashes || !goes_on {
        return None;
    }
    let trace_id = TraceId::from(hex(&known[3..35]).filter(|id| *id != 0)?);
    let span_id = SpanId::from(u64::try_from(hex(&known[36..52]).filter(|id| *id != 0)?).ok()?);
    let flags = hex(&known[53..])?;
    // Flags that are not known are not passed on.
    let flags = if flags & 1 == 1 { TraceFlags::SAMPLED } else { TraceFlags::default() };
    Some(Parent { trace_id, span_id, flags })
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0_u128, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

pub(super) fn write_parent(parent: &Parent) -> String {
    format!("00-{:032x}-{:016x}-{:02x}", parent.trace_id, parent.span_id, parent.flags & TraceFlags::SAMPLED)
}

/// The members of a `tracestate`, from all its headers in their order: none at all, if one is
/// malformed or there are too many, as the specification has it.
pub(super) fn read_state(carrier: &impl Extractor) -> Vec<(String, String)> {
    let mut members: Vec<(&str, &str)> = Vec::new();
    for member in carrier.values(STATE).flat_map(|value| value.split(|byte| *byte == b',')) {
        let member = trimmed(member);
        if member.is_empty() {
            continue;
        }
        let pair = parse_member(member).filter(|(key, _)| members.iter().all(|(known, _)| known != key));
        match pair {
            Some(pair) if members.len() < MOST_MEMBERS => members.push(pair),
            _ => {
                header_refused(RefusedHeader::TraceState);
                return Vec::new();
            }
        }
    }
    shorten(&mut members);
    members.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Takes whole members out until it is no longer than it may be: the long ones first, then from
/// the end, where the oldest are.
fn shorten(members: &mut Vec<(&str, &str)>) {
    let length = |(key, value): &(&str, &str)| key.len() + 1 + value.len();
    let whole = |members: &[(&str, &str)]| members.iter().map(length).sum::<usize>() + members.len().saturating_sub(1);
    if whole(members) <= MOST_CHARACTERS {
        return;
    }
    header_refused(RefusedHeader::TraceState);
    while whole(members) > MOST_CHARACTERS {
        let long = members.iter().rposition(|member| length(member) > LONG_MEMBER);
        members.remove(long.unwrap_or(members.len() - 1));
    }
}

fn parse_member(member: &[u8]) -> Option<(&str, &str)> {
    let equals = member.iter().position(|byte| *byte == b'=')?;
    let (key, value) = (&member[..equals], &member[equals + 1..]);
    let is_value = (1..=256).contains(&value.len())
        && value.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'='))
        && !value.ends_with(b" ");
    if !is_value || !is_key(key) {
        return None;
    }
    Some((std::str::from_utf8(key).ok()?, std::str::from_utf8(value).ok()?))
}

/// `vendor`, or `tenant@vendor`
fn is_key(key: &[u8]) -> bool {
    let is_part = |part: &[u8], most: usize| {
        (1..=most).contains(&part.len())
            && matches!(part[0], b'a'..=b'z' | b'0'..=b'9')
            && part.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/'))
    };
    match key.iter().position(|byte| *byte == b'@') {
        None => is_part(key, 256),
        Some(at) => is_part(&key[..at], 241) && is_part(&key[at + 1..], 14),
    }
}

/// Without the white space that may stand around a value.
pub(super) fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}
