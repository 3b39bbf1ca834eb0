//! Finds what is secret in a text, in one pass.
//!
//! What can begin a secret is told by a byte: the first letter of a word, `@`, `:`, `=`, `-`.
//! From there it is looked back and ahead a bounded way, or as far as what is found, so that
//! the time grows with the length of the text and no faster, whatever the text is.
//!
//! A text may have been escaped, as JSON or in a URL: a word also begins behind `\n` and
//! `%20`, and `%40` is an `@`.

use std::ops::Range;

use super::SecretKind;
use super::card::is_card;
use super::keys::{self, Alphabet};
use super::named::{self, LONGEST_NAME, Secrecy};

/// Something secret, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) place: Range<usize>,
    pub(super) kind: SecretKind,
}

/// What is secret in a text, from its beginning to its end; nothing overlaps.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The end of what was found last.
    floor: usize,
    /// Behind an escape: a word begins here, whatever stands before.
    begins: usize,
    /// The end of the longest run of base64url that is known to reach there.
    run_end: usize,
}

/// As long as RFC 5321 has it.
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 255;
/// How far the end of a password in a URL is looked for.
const LONGEST_USER: usize = 1024;
/// How much may stand between a name and its `:`, of quotes and what escapes them.
const MOST_QUOTES: usize = 16;
/// A token of which so much is there is one without its end.
const LONG_TOKEN: usize = 2048;
/// What is as long as that is no word, even without a digit.
const LONGER_THAN_WORDS: usize = 64;

/// What a byte can begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Word,
    Sign,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'@' | b':' | b'=' | b'-' | b'%' | b'\\' => Class::Sign,
            _ if byte.is_ascii_alphanumeric() => Class::Word,
            _ => Class::Other,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, floor: 0, begins: 0, run_end: 0 }
    }

    fn rest(&self, from: usize) -> &'a [u8] {
        self.bytes.get(from..).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn is_word(&self, at: usize) -> bool {
        self.byte(at).is_some_and(|byte| byte.is_ascii_alphanumeric())
    }

    /// The end of what is made of these, from here on.
    fn run(&self, from: usize, is_part: impl Fn(u8) -> bool) -> usize {
        from + self.rest(from).iter().take_while(|byte| is_part(**byte)).count()
    }

    /// The next word begins behind what is escaped here, if anything is.
    fn escape(&mut self, at: usize) {
        let hex = |from: usize, count: usize| {
            self.rest(from).get(..count).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let length = match (self.byte(at), self.byte(at + 1)) {
            (Some(b'\\'), Some(b'u')) if hex(at + 2, 4) => 6,
            (Some(b'\\'), Some(b'n' | b'r' | b't' | b'b' | b'f')) => 2,
            (Some(b'%'), _) if hex(at + 1, 2) => 3,
            _ => return,
        };
        self.begins = at + length;
    }

    /// What begins where a word does.
    fn word(&mut self, at: usize) -> Option<Found> {
        let first = self.byte(at)?;
        if first.is_ascii_digit() {
            return self.card(at).or_else(|| self.telegram(at));
        }
        self.key(at).or_else(|| match first {
            b'e' => self.jwt(at),
            b'b' | b'B' => self.bearer(at),
            _ => None,
        })
    }

    fn key(&self, at: usize) -> Option<Found> {
        let rest = self.rest(at);
        for key in keys::beginning_with(*rest.first()?, *rest.get(1)?) {
            if !rest.starts_with(key.begins.as_bytes()) {
                continue;
            }
            let from = at + key.begins.len();
            let end = self.run(from, |byte| key.alphabet.has(byte));
            let body = &self.bytes[from..end];
            // `sk-learn-like-names` are none.
            let is_random = body.len() > LONGER_THAN_WORDS
                || body.iter().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
            if body.len() >= key.least && is_random {
                return Some(Found { place: at..end, kind: SecretKind::ApiKey });
            }
        }
        None
    }

    /// The bots of Telegram: `123456789:AA…`.
    fn telegram(&self, at: usize) -> Option<Found> {
        let digits = self.run(at, |byte| byte.is_ascii_digit());
        let begins = self.rest(digits).starts_with(b":AA");
        if !begins || !(8..=10).contains(&(digits - at)) {
            return None;
        }
        let end = self.run(digits + 1, |byte| Alphabet::Url.has(byte));
        (end - digits > 33).then_some(Found { place: at..end, kind: SecretKind::ApiKey })
    }

    /// Three parts of base64url with dots between them, of which the first is JSON.
    fn jwt(&mut self, at: usize) -> Option<Found> {
        if !self.rest(at).starts_with(b"eyJ") {
            return None;
        }
        let mut from = at;
        for part in 0..3 {
            // Where a run was followed before, it is not followed again.
            let end = if from < self.run_end { self.run_end } else { self.run(from, |byte| Alphabet::Url.has(byte)) };
            self.run_end = end;
            if part < 2 && (end - from < 4 || self.byte(end) != Some(b'.')) {
                // Cut, so that its other parts are not there.
                let is_cut = end == self.bytes.len() && end - at > LONG_TOKEN;
                return is_cut.then_some(Found { place: at..end, kind: SecretKind::Token });
            }
            from = if part < 2 { end + 1 } else { end };
        }
        // An encrypted one has five.
        let end = self.run(from, |byte| Alphabet::Dotted.has(byte));
        Some(Found { place: at..end, kind: SecretKind::Token })
    }

    fn bearer(&self, at: usize) -> Option<Found> {
        const WORD: &[u8] = b"bearer";
        if !self.rest(at).get(..WORD.len())?.eq_ignore_ascii_case(WORD) {
            return None;
        }
        let mut from = at + WORD.len();
        from = if self.rest(from).starts_with(b"%20") {
            from + 3
        } else {
            let end = self.run(from, |byte| matches!(byte, b' ' | b'+' | b'\t' | b':' | b'='));
            if end == from || end - from > 4 {
                return None;
            }
            end
        };
        let end = self.run(from, |byte| Alphabet::Base64.has(byte) || matches!(byte, b'.' | b'~' | b'%'));
        let token = &self.bytes[from..end];
        named::looks_secret(token, 8).then_some(Found { place: from..end, kind: SecretKind::Token })
    }

    /// In groups, or without.
    fn card(&self, at: usize) -> Option<Found> {
        const MOST: usize = 19;
        let mut digits = [0_u8; MOST];
        let (mut count, mut place, mut group, mut groups) = (0, at, 0, 0);
        let mut found = None;
        // `0.4111…` is a number.
        if at > 0 && self.byte(at - 1) == Some(b'.') {
            return None;
        }
        loop {
            match self.byte(place) {
                Some(digit @ b'0'..=b'9') if count < MOST => {
                    digits[count] = digit;
                    count += 1;
                    group += 1;
                    place += 1;
                    continue;
                }
                // One digit more than any has.
                Some(b'0'..=b'9') => break,
                _ => {}
            }
            let goes_on = self.is_word(place) || (self.byte(place) == Some(b'.') && self.is_word(place + 1));
            let is_whole = groups == 0 || group >= 3;
            if !goes_on && is_whole && is_card(&digits[..count]) {
                found = Some(Found { place: at..place, kind: SecretKind::Card });
            }
            // 4-4-4-4, 4-6-5 and the like.
            let separator = match self.byte(place) {
                Some(b' ' | b'-' | b'+') => 1,
                Some(b'%') if self.rest(place).starts_with(b"%20") => 3,
                _ => break,
            };
            if !(4..=6).contains(&group) || groups == 4 {
                break;
            }
            place += separator;
            groups += 1;
            group = 0;
        }
        found
    }

    /// An `@`, as long as it is written.
    fn email(&self, at: usize, length: usize) -> Option<Found> {
        let is_part = |letter: char| letter.is_alphanumeric() && letter < '\u{2e80}';
        let before = self.text.get(self.floor..at)?;
        let local: usize = before
            .chars()
            .rev()
            .take_while(|letter| is_part(*letter) || matches!(letter, '.' | '_' | '%' | '+' | '-' | '\''))
            .map(char::len_utf8)
            .take(LONGEST_LOCAL)
            .sum();
        let mut start = at - local;
        // Not the letter of an escape.
        if start > 0 && self.byte(start - 1) == Some(b'\\') {
            start += match self.byte(start) {
                Some(b'u') => 5,
                Some(b'n' | b'r' | b't' | b'b' | b'f') => 1,
                _ => 0,
            };
        }
        start += self.run(start, |byte| matches!(byte, b'\'' | b'.' | b'-')) - start;
        if start >= at {
            return None;
        }
        let from = at + length;
        let mut end = from;
        let mut dots = 0;
        let mut label = 0;
        for letter in self.text.get(from..)?.chars().take(LONGEST_DOMAIN) {
            match letter {
                '.' if label == 0 => break,
                '.' => {
                    dots += 1;
                    label = 0;
                }
                '-' => label += 1,
                letter if is_part(letter) => label += 1,
                _ => break,
            }
            end += letter.len_utf8();
        }
        let domain = self.text.get(from..end)?.trim_end_matches(['.', '-']);
        let last = domain.rsplit('.').next()?;
        let is_domain =
            dots > 0 && domain.contains('.') && last.chars().count() >= 2 && last.chars().all(char::is_alphabetic);
        is_domain.then(|| Found { place: start..from + domain.len(), kind: SecretKind::Email })
    }

    /// What stands before the `@` of a URL: `://user:password@`.
    fn url_user(&self, from: usize) -> Option<Found> {
        let ends = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`');
        let rest = self.rest(from);
        let rest = &rest[..rest.len().min(LONGEST_USER)];
        let mut last = None;
        let mut colon = None;
        let mut is_past_authority = false;
        for (index, byte) in rest.iter().enumerate() {
            let is_at = *byte == b'@' || rest[index..].starts_with(b"%40");
            match byte {
                _ if is_at => last = Some(index),
                byte if ends(*byte) => break,
                b':' if colon.is_none() => colon = Some(index),
                b'/' | b'?' | b'#' => {
                    // `user:pa/ss@host`: what is no port is a password that should have been escaped.
                    let is_port = colon.is_none_or(|colon| rest[colon + 1..index].iter().all(u8::is_ascii_digit));
                    if last.is_some() || is_port {
                        break;
                    }
                    is_past_authority = true;
                }
                _ if rest[index..].starts_with(b"%2F") || rest[index..].starts_with(b"%2f") => break,
                _ => {}
            }
            if is_past_authority && last.is_some() {
                break;
            }
        }
        let end = last.filter(|end| *end > 0)?;
        Some(Found { place: from..from + end, kind: SecretKind::Credential })
    }

    fn private_key(&self, at: usize) -> Option<Found> {
        const BEGIN: &[u8] = b"-----BEGIN";
        const END: &[u8] = b"-----END";
        const DASHES: &[u8] = b"-----";
        const WHAT: &[u8] = b"PRIVATE";
        let rest = self.rest(at);
        if !rest.starts_with(BEGIN) {
            return None;
        }
        let head = &rest[..rest.len().min(64)];
        head.windows(WHAT.len()).position(|window| window == WHAT)?;
        // To its end, or that of the text that it is quoted in, or of the whole.
        let mut end = BEGIN.len();
        while let Some(byte) = rest.get(end) {
            if *byte == b'"' {
                end -= rest[..end].iter().rev().take_while(|byte| **byte == b'\\').count();
                break;
            }
            if *byte == b'-' && rest[end..].starts_with(END) {
                end += END.len();
                let close = rest[end..].windows(DASHES.len()).take(64).position(|window| window == DASHES);
                end += close.map_or(0, |close| close + DASHES.len());
                break;
            }
            end += 1;
        }
        Some(Found { place: at..at + end, kind: SecretKind::PrivateKey })
    }

    /// What is behind the `:` or the `=` that stands here, as long as it is written.
    fn named(&self, at: usize, length: usize) -> Option<Found> {
        let secrecy = named::secrecy(self.name_before(at)?)?;
        let mut from = at + length;
        // `=>`, `==`, `:=`
        from = self.run(from, |byte| matches!(byte, b'=' | b'>')).min(from + 2);
        let spaces = self.run(from, |byte| matches!(byte, b' ' | b'\t'));
        let is_close = self.byte(at) != Some(b':') && spaces == from;
        from = spaces.min(from + 16);
        while self.rest(from).starts_with(b"%20") {
            from += 3;
        }
        for wrapper in [&b"Some("[..], b"Ok(", b"Secret("] {
            if self.rest(from).starts_with(wrapper) {
                from += wrapper.len();
            }
        }
        let (place, is_quoted) = self.value(from, secrecy);
        let value = &self.bytes[place.clone()];
        if value.is_empty() || named::is_a_placeholder(value) {
            return None;
        }
        let is_secret = match secrecy {
            Secrecy::Certain if is_quoted || is_close => value.len() >= 4,
            Secrecy::Certain => named::looks_secret(value, 6),
            Secrecy::Likely => value.iter().any(u8::is_ascii_alphabetic) && named::looks_secret(value, 8),
            Secrecy::Line => value.len() >= 4 && (is_quoted || named::looks_secret(value, 8)),
        };
        is_secret.then_some(Found { place, kind: SecretKind::Credential })
    }

    /// The name that stands before a `:` or `=`, with or without quotes.
    fn name_before(&self, at: usize) -> Option<&'a [u8]> {
        let mut end = at;
        let floor = self.floor.max(at.saturating_sub(LONGEST_NAME + MOST_QUOTES));
        let before = |end: usize| if end > floor { self.byte(end - 1) } else { None };
        if end >= floor + 3 && self.bytes[..end].ends_with(b"%22") {
            end -= 3;
        }
        while matches!(before(end), Some(b' ' | b'"' | b'\'' | b'\\' | b']')) && at - end < MOST_QUOTES {
            end -= 1;
        }
        let mut start = end;
        while let Some(byte) = before(start) {
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' ')) {
                break;
            }
            start -= 1;
        }
        let name = self.bytes.get(start..end)?;
        (!name.is_empty()).then_some(name)
    }

    /// Where the value is that begins here, without the quotes around it, and whether it has any.
    fn value(&self, from: usize, secrecy: Secrecy) -> (Range<usize>, bool) {
        if self.rest(from).starts_with(b"%22") {
            let from = from + 3;
            let end = self.rest(from).windows(3).position(|three| three == b"%22");
            return (from..end.map_or(self.bytes.len(), |end| from + end), true);
        }
        let escapes = self.run(from, |byte| byte == b'\\') - from;
        if let Some(quote @ (b'"' | b'\'' | b'`')) = self.byte(from + escapes) {
            let from = from + escapes + 1;
            let mut end = from;
            while end < self.bytes.len() {
                let quoted = self.run(end, |byte| byte == b'\\');
                if self.byte(quoted) == Some(quote) && closes(quoted - end, escapes) {
                    return (from..end + (quoted - end).saturating_sub(escapes), true);
                }
                end = quoted + 1;
            }
            return (from..self.bytes.len(), true);
        }
        let is_line = secrecy == Secrecy::Line;
        let ends = |byte: u8| match byte {
            b'\n' | b'\r' | b'"' | b'\'' | b'\\' | b'`' => true,
            _ if is_line => false,
            _ => {
                byte.is_ascii_whitespace()
                    || matches!(byte, b',' | b';' | b'&' | b'<' | b'>' | b')' | b']' | b'}' | b'|')
            }
        };
        let mut end = from;
        while let Some(byte) = self.byte(end) {
            if ends(byte) || (byte == b'%' && self.rest(end).starts_with(b"%26")) {
                break;
            }
            end += 1;
        }
        (from..end, false)
    }

    /// What a byte begins, or stands in, that is not part of a word.
    fn sign(&mut self, at: usize, byte: u8) -> Option<Found> {
        match byte {
            b'@' => self.email(at, 1),
            b'=' => self.named(at, 1),
            b':' => {
                let rest = self.rest(at);
                match rest {
                    [b':', b'/', b'/', ..] => self.url_user(at + 3),
                    [b':', b'\\', b'/', b'\\', b'/', ..] => self.url_user(at + 5),
                    _ => self.named(at, 1),
                }
            }
            b'-' => self.private_key(at),
            b'\\' => {
                self.escape(at);
                None
            }
            b'%' => {
                self.escape(at);
                let rest = self.rest(at);
                let next = rest.get(1..3)?;
                match [next[0], next[1].to_ascii_uppercase()] {
                    [b'4', b'0'] => self.email(at, 3),
                    [b'3', b'D'] => self.named(at, 3),
                    [b'3', b'A'] => {
                        let slashes = rest.get(3..9).is_some_and(|next| next.eq_ignore_ascii_case(b"%2F%2F"));
                        if slashes { self.url_user(at + 9) } else { self.named(at, 3) }
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Whether a quote with so many backslashes before it ends what one with `opening` has begun.
///
/// Each time that a text is quoted, a quote in it gets twice as many and one more: what is
/// left when that is undone as often as at the opening escapes the quote, or does not.
const fn closes(mut backslashes: usize, mut opening: usize) -> bool {
    while opening > 0 {
        if backslashes.is_multiple_of(2) {
            // What the text is quoted in ends.
            return true;
        }
        backslashes /= 2;
        opening /= 2;
    }
    backslashes.is_multiple_of(2)
}

impl Iterator for Scan<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        while let Some(byte) = self.byte(self.at) {
            let at = self.at;
            let found = match CLASSES[usize::from(byte)] {
                Class::Other => None,
                Class::Sign => self.sign(at, byte),
                Class::Word => self.word(at),
            };
            if let Some(found) = found {
                self.at = found.place.end.max(at + 1);
                self.floor = found.place.end;
                self.begins = self.at;
                return Some(found);
            }
            self.at += 1;
            if CLASSES[usize::from(byte)] == Class::Word {
                // To where the next word can begin.
                let rest =
                    if self.begins > at { self.bytes.get(self.at..self.begins) } else { self.bytes.get(self.at..) };
                let rest = rest.unwrap_or_default();
                self.at += rest.iter().take_while(|byte| CLASSES[usize::from(**byte)] == Class::Word).count();
            }
        }
        None
    }
}
