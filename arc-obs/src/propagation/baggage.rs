//! `baggage`, as W3C Baggage has it: at most 64 entries of 8192 bytes together.

use opentelemetry::baggage::{Baggage, BaggageMetadata};

use super::carrier::Extractor;
use super::trace_context::trimmed;
use crate::self_telemetry::{RefusedHeader, header_refused};

pub(super) const HEADER: &str = "baggage";

const MOST_ENTRIES: usize = 64;
const MOST_BYTES: usize = 8_192;

/// The entries of all headers, the first ones as far as there is room; one that is malformed is
/// left out. Of one name the last counts.
pub(super) fn read(carrier: &impl Extractor) -> Baggage {
    let mut baggage = Baggage::new();
    let mut room = MOST_BYTES;
    for member in carrier.values(HEADER).flat_map(|value| value.split(|byte| *byte == b',')) {
        let member = trimmed(member);
        if member.is_empty() {
            continue;
        }
        let is_room = member.len() <= room;
        let Some((key, value, metadata)) = parse(member).filter(|_| is_room) else {
            header_refused(RefusedHeader::Baggage);
            if !is_room {
                // Whoever sends that much more is not read to the end.
                break;
            }
            continue;
        };
        room -= member.len();
        if !insert(&mut baggage, &key, value, metadata) {
            header_refused(RefusedHeader::Baggage);
            break;
        }
    }
    baggage
}

/// Adds an entry; whether there is room for it, and its name can be one.
pub(super) fn insert(baggage: &mut Baggage, key: &str, value: String, metadata: BaggageMetadata) -> bool {
    let is_room = baggage.len() < MOST_ENTRIES || baggage.get(key).is_some();
    if !is_room || !is_token(key.as_bytes()) {
        return false;
    }
    baggage.insert_with_metadata(key.to_owned(), value.clone(), metadata);
    // It tells nobody that it has refused one.
    baggage.get(key).is_some_and(|kept| kept.as_str() == value)
}

/// An entry each, in the order of their names, as far as there is room. `None` where there is
/// nothing.
pub(super) fn write(baggage: &Baggage) -> Option<String> {
    let mut entries: Vec<_> = baggage.iter().collect();
    entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
    let mut text = String::new();
    for (count, (key, (value, metadata))) in entries.into_iter().enumerate() {
        // What is there may have been put there by others.
        let metadata = Some(metadata.as_str()).filter(|metadata| !metadata.is_empty());
        let metadata = metadata.map_or(Some(String::new()), |metadata| properties(metadata.as_bytes()));
        let is_entry = is_token(key.as_str().as_bytes()) && metadata.is_some();
        let metadata = metadata.unwrap_or_default();
        let before = text.len();
        if before > 0 {
            text.push(',');
        }
        text.push_str(key.as_str());
        text.push('=');
        encode(value.as_str(), &mut text);
        if !metadata.is_empty() {
            text.push(';');
            text.push_str(&metadata);
        }
        if !is_entry || count >= MOST_ENTRIES || text.len() > MOST_BYTES {
            header_refused(RefusedHeader::Baggage);
            text.truncate(before);
        }
    }
    (!text.is_empty()).then_some(text)
}

/// `key=value;property;property=value`
fn parse(member: &[u8]) -> Option<(String, String, BaggageMetadata)> {
    let (pair, metadata) = split_at_first(member, b';');
    let (key, value) = split_at_first(pair, b'=');
    let (key, value) = (trimmed(key), trimmed(value?));
    if !is_token(key) || !value.iter().all(is_octet) {
        return None;
    }
    let metadata = metadata.map_or(Some(String::new()), properties)?;
    Some((std::str::from_utf8(key).ok()?.to_owned(), decode(value), metadata.into()))
}

/// Properties, without the white space that may stand around their parts.
fn properties(metadata: &[u8]) -> Option<String> {
    let mut text = String::new();
    for property in metadata.split(|byte| *byte == b';') {
        let (key, value) = split_at_first(property, b'=');
        let (key, value) = (trimmed(key), value.map(trimmed));
        if !is_token(key) || !value.is_none_or(|value| value.iter().all(is_octet)) {
            return None;
        }
        if !text.is_empty() {
            text.push(';');
        }
        text.push_str(std::str::from_utf8(key).ok()?);
        if let Some(value) = value {
            text.push('=');
            text.push_str(std::str::from_utf8(value).ok()?);
        }
    }
    Some(text)
}

fn split_at_first(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == separator) {
        Some(place) => (&text[..place], Some(&text[place + 1..])),
        None => (text, None),
    }
}

/// A `token` of RFC 9110, section 5.6.2.
fn is_token(text: &[u8]) -> bool {
    let is_in_token = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            )
    };
    !text.is_empty() && text.iter().all(is_in_token)
}

/// A `baggage-octet`: visible, and none of `"`, `,`, `;` and `\`.
fn is_octet(byte: &u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

/// What is percent-encoded; bytes that are no UTF-8 become U+FFFD, and a `%` that begins nothing
/// stands for itself.
fn decode(value: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [first, after @ ..] = rest {
        let encoded = match rest {
            [b'%', a, b, ..] => digit(*a).zip(digit(*b)),
            _ => None,
        };
        match encoded {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &rest[3..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The value of a hexadecimal digit.
fn digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn encode(value: &str, text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if is_octet(&byte) && byte != b'%' {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 0xf)]));
        }
    }
}
