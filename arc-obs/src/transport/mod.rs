//! HTTP out: requests to collectors, back ends and notifiers, with TLS, time-outs, a cap on what
//! is read and tries anew.
//!
//! It knows nothing of what it sends. All that is secret (headers, passwords and queries in
//! addresses, keys) is in types of this room whose `Debug` and `Display` leave it out.

mod client;
mod failure;
mod headers;
mod retry;
mod tls;
mod url;

pub(crate) use client::{Answer, Client};
pub(crate) use failure::TransportError;
#[cfg(feature = "otlp-grpc")]
pub(crate) use failure::{Fault, innermost, tls_fault};
pub(crate) use headers::Headers;
pub(crate) use retry::Retry;
pub(crate) use tls::TlsConfig;
pub(crate) use url::Url;

use std::io::Write;

use bytes::Bytes;

/// Of what others say of our requests so many bytes go into our messages.
pub(crate) const LONGEST_SAID: usize = 256;

/// The text with nothing in it that could mislead who reads it, and at most so much of it.
pub(crate) fn sanitised(text: &str) -> String {
    const CUT: char = '…';
    let mut shown = String::new();
    for letter in text.trim().chars() {
        let letter = if letter.is_control() || is_invisible(letter) { ' ' } else { letter };
        if shown.len() + letter.len_utf8() + CUT.len_utf8() > LONGEST_SAID {
            shown.push(CUT);
            break;
        }
        shown.push(letter);
    }
    shown
}

/// Letters that change how others are shown: line and paragraph ends, directions, joiners.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A body for `Content-Encoding: gzip`.
pub(crate) fn gzip(body: &[u8]) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing into memory does not fail; if it did, what is sent would be refused, and told.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_one_short_line() {
        assert_eq!(sanitised(" quota\r\nexceeded\u{1b}[2J\u{202e}x "), "quota  exceeded [2J x");
        assert_eq!(sanitised(""), "");
        let long = sanitised(&"ä".repeat(1_000));
        assert!(long.len() <= 256 && long.ends_with("ä…"), "{}", long.len());
    }
}
