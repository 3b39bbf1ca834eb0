//! What is taken out of texts: what is known, and what the user says.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::card::is_card_number;
use super::cut::{cut, is_longer, window, word};
use super::scan::{Found, Scan};
use super::{ERROR_MARK, OWN_MARK, SecretKind, named};
use crate::operation::{FieldValue, LOOK_AHEAD, floor_char_boundary};

type Redactor = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What is taken out of everything that leaves the process.
///
/// Preset is what is known to be secret, [`SecretKind`] by [`SecretKind`]. In its place stands
/// what it was: `[REDACTED:api_key]`. Give one to [`Builder::redact`](crate::Builder::redact)
/// to say more, or less.
///
/// A secret is found in a text as it is, and in one that is escaped as JSON or as in a URL; not
/// in base64, and not where it is spread over two values. Keys that nothing tells from other
/// words (a bare UUID) are found by the name before them, `api_key=…`, or by a pattern of your
/// own. What is found is at times no secret: a number that might be a card's is taken for one.
///
/// ```
/// use arc_obs::{Redaction, SecretKind};
///
/// let redaction = Redaction::new()
///     .pattern(r"\bEMP-\d{6}\b")?
///     .attribute("patient.name")
///     .keep(SecretKind::Email);
///
/// assert_eq!(redaction.apply("EMP-123456 wrote to bob@example.com"), "[REDACTED] wrote to bob@example.com");
/// assert_eq!(redaction.apply("OPENAI_API_KEY=sk-proj-4Zk1…"), "OPENAI_API_KEY=[REDACTED:credential]");
/// # Ok::<(), arc_obs::InvalidPattern>(())
/// ```
#[derive(Clone, Default)]
pub struct Redaction {
    kept: Vec<SecretKind>,
    texts: Vec<String>,
    patterns: Vec<Regex>,
    attributes: Vec<String>,
    redactors: Vec<Redactor>,
}

/// How large a pattern may be once it is compiled, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;

/// How often one pattern may match in one text. Each match may cost a look at the whole text.
const MOST_MATCHES: usize = 1_000;

impl Redaction {
    /// What is known to be secret.
    ///
    /// ```
    /// let redaction = arc_obs::Redaction::new();
    /// assert_eq!(redaction.apply("Authorization: Bearer 8d1f0a99c2"), "Authorization: [REDACTED:credential]");
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves what is of this kind as it is.
    ///
    /// ```
    /// use arc_obs::{Redaction, SecretKind};
    ///
    /// let redaction = Redaction::new().keep(SecretKind::Email);
    /// assert_eq!(redaction.apply("to: bob@example.com"), "to: bob@example.com");
    /// ```
    #[must_use]
    pub fn keep(mut self, kind: SecretKind) -> Self {
        self.kept.push(kind);
        self
    }

    /// Takes out this very text, wherever it stands: a secret that the program has.
    ///
    /// ```
    /// let redaction = arc_obs::Redaction::new().text("correct horse battery staple");
    /// assert_eq!(redaction.apply("it is correct horse battery staple!"), "it is [REDACTED]!");
    /// ```
    #[must_use]
    pub fn text(mut self, secret: impl Into<String>) -> Self {
        let secret = secret.into();
        if !secret.is_empty() {
            self.texts.push(secret);
        }
        self
    }

    /// Takes out what matches a regular expression, as the crate `regex` has them: without
    /// look-around and back references, so that the time that one takes is bounded.
    ///
    /// ```
    /// let redaction = arc_obs::Redaction::new().pattern(r"(?i)project \w+")?;
    /// assert_eq!(redaction.apply("about Project Bluebook."), "about [REDACTED].");
    ///
    /// let error = arc_obs::Redaction::new().pattern("EMP-(").unwrap_err();
    /// assert!(error.to_string().contains("unclosed group"));
    /// # Ok::<(), arc_obs::InvalidPattern>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is no regular expression, is compiled to more than a mebibyte, or matches where
    /// nothing is.
    pub fn pattern(mut self, pattern: &str) -> Result<Self, InvalidPattern> {
        let invalid = |why: String| InvalidPattern { pattern: pattern.to_owned(), why };
        let compiled = RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build();
        let regex = compiled.map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                invalid("it is larger than a mebibyte when it is compiled; write a shorter one".to_owned())
            }
            // The last line says what is wrong, those before it show where.
            error => invalid(error.to_string().lines().last().unwrap_or_default().replace("error: ", "")),
        })?;
        if regex.is_match("") {
            return Err(invalid("it matches where nothing is; ask for one character at least, as in `+`".to_owned()));
        }
        self.patterns.push(regex);
        Ok(self)
    }

    /// Takes out the value of every attribute of this name, whatever it is.
    ///
    /// ```
    /// let builder = arc_obs::builder().redact(arc_obs::Redaction::new().attribute("patient.name"));
    /// ```
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.push(name.into());
        self
    }

    /// Asks a function of yours for what a text is to be instead; `None` leaves it as it is.
    ///
    /// It is given texts from which all else is taken out already, and called on the thread of
    /// arc-obs that does I/O. In the place of a text at which it panics stands
    /// `[REDACTED:error]`.
    ///
    /// ```
    /// let redaction = arc_obs::Redaction::new().with(|text| text.contains("salary").then(|| "(private)".to_owned()));
    /// assert_eq!(redaction.apply("her salary is"), "(private)");
    /// assert_eq!(redaction.apply("her age is"), "her age is");
    /// ```
    #[must_use]
    pub fn with(mut self, redactor: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.redactors.push(Arc::new(redactor));
        self
    }

    /// The text, without what is secret: as it would leave the process.
    ///
    /// ```
    /// let redaction = arc_obs::Redaction::new();
    /// assert_eq!(redaction.apply("postgres://app:hunter2@db/shop"), "postgres://[REDACTED:credential]@db/shop");
    /// assert_eq!(redaction.apply("nothing of that kind"), "nothing of that kind");
    /// ```
    #[must_use]
    pub fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.within(text, usize::MAX)
    }

    /// The same, of a text of which so many characters are kept.
    pub(crate) fn within<'a>(&self, text: &'a str, most: usize) -> Cow<'a, str> {
        let (window, mut end) = window(text, most, self.looks_ahead());
        let mut found = self.found(window);
        if !self.redactors.is_empty() {
            // They see what is beyond the cut, too.
            end = word(text, window.len());
        }
        let mut redacted = if found.is_empty() {
            if end == text.len() { Cow::Borrowed(text) } else { Cow::Owned(format!("{}…", &text[..end])) }
        } else {
            found.sort_by_key(|(place, _)| place.start);
            Cow::Owned(replaced(window, end, &found))
        };
        for redactor in &self.redactors {
            let instead = catch_unwind(AssertUnwindSafe(|| redactor(&redacted))).unwrap_or_else(|payload| {
                // Its destructor is the user's, too, and may panic.
                std::mem::forget(payload);
                Some(ERROR_MARK.to_owned())
            });
            if let Some(instead) = instead {
                redacted = Cow::Owned(instead);
            }
        }
        if is_longer(&redacted, most) {
            cut(redacted.to_mut(), most);
        }
        redacted
    }

    /// The text without what is secret in it, if anything is; nothing of the user's runs.
    pub(super) fn without_secrets(&self, text: &str) -> Option<String> {
        let mut found = self.found(text);
        found.sort_by_key(|(place, _)| place.start);
        (!found.is_empty()).then(|| replaced(text, text.len(), &found))
    }

    pub(super) const fn has_patterns(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// The value of an attribute, where it is to be another.
    pub(crate) fn value(&self, name: &str, value: &FieldValue, most: usize) -> Option<FieldValue> {
        if self.attributes.iter().any(|secret| secret == name) {
            return Some(FieldValue::Text(OWN_MARK.to_owned()));
        }
        let mark = |kind: SecretKind| Some(FieldValue::Text(kind.mark().to_owned()));
        let is_sought = |kind: SecretKind| !self.kept.contains(&kind);
        let secrecy = named::secrecy(name.as_bytes()).filter(|_| is_sought(SecretKind::Credential));
        match value {
            FieldValue::Text(text) => {
                let is_secret = match secrecy {
                    Some(named::Secrecy::Certain | named::Secrecy::Line) => {
                        !text.is_empty() && !named::is_a_placeholder(text.as_bytes())
                    }
                    Some(named::Secrecy::Likely) => named::looks_secret(text.as_bytes(), 8),
                    None => false,
                };
                if is_secret {
                    return mark(SecretKind::Credential);
                }
                super::changed(self.within(text, most)).map(FieldValue::Text)
            }
            FieldValue::Texts(texts) => {
                // Each as if it stood alone under this name.
                let one = |text: &String| self.value(name, &FieldValue::Text(text.clone()), most);
                let changed: Vec<_> = texts.iter().map(one).collect();
                if changed.iter().all(Option::is_none) {
                    return None;
                }
                let texts = texts.iter().zip(changed).map(|(text, changed)| match changed {
                    Some(FieldValue::Text(changed)) => changed,
                    _ => text.clone(),
                });
                Some(FieldValue::Texts(texts.collect()))
            }
            FieldValue::Bool(_) | FieldValue::F64(_) => None,
            FieldValue::I64(_) | FieldValue::U64(_) | FieldValue::I128(_) | FieldValue::U128(_) => {
                if secrecy == Some(named::Secrecy::Certain) {
                    return mark(SecretKind::Credential);
                }
                let number = positive(value)?;
                if is_sought(SecretKind::Card) && is_card_number(number) {
                    return mark(SecretKind::Card);
                }
                if self.texts.is_empty() && self.patterns.is_empty() {
                    return None;
                }
                let text = number.to_string();
                (!self.own(&text).is_empty()).then(|| FieldValue::Text(OWN_MARK.to_owned()))
            }
        }
    }

    /// All that is to be taken out, in no order; it may overlap.
    pub(super) fn found(&self, text: &str) -> Vec<(Range<usize>, &'static str)> {
        let known = Scan::new(text).filter(|Found { kind, .. }| !self.kept.contains(kind));
        let mut found: Vec<_> = known.map(|Found { place, kind }| (place, kind.mark())).collect();
        found.extend(self.own(text));
        found
    }

    /// What the user's own texts and patterns find.
    fn own(&self, text: &str) -> Vec<(Range<usize>, &'static str)> {
        let mut found = Vec::new();
        for secret in &self.texts {
            // Of one that is longer than what is looked at, the head is enough.
            let head = &secret[..floor_char_boundary(secret, LOOK_AHEAD)];
            found.extend(text.match_indices(head).map(|(at, _)| {
                let same = text.as_bytes()[at..].iter().zip(secret.as_bytes()).take_while(|(one, other)| one == other);
                let end = floor_char_boundary(text, at + same.count());
                (at..end, OWN_MARK)
            }));
        }
        for pattern in &self.patterns {
            for (index, place) in pattern.find_iter(text).map(|found| found.range()).enumerate() {
                if index == MOST_MATCHES {
                    found.push((place.start..text.len(), ERROR_MARK));
                    break;
                }
                if !place.is_empty() {
                    found.push((place, OWN_MARK));
                }
            }
        }
        found
    }
}

fn positive(value: &FieldValue) -> Option<u128> {
    match value {
        FieldValue::I64(number) => u128::try_from(*number).ok(),
        FieldValue::U64(number) => Some((*number).into()),
        FieldValue::I128(number) => u128::try_from(*number).ok(),
        FieldValue::U128(number) => Some(*number),
        FieldValue::Bool(_) | FieldValue::F64(_) | FieldValue::Text(_) | FieldValue::Texts(_) => None,
    }
}

/// The text up to `end` with marks in the places that were found, which are in order.
fn replaced(text: &str, end: usize, found: &[(Range<usize>, &str)]) -> String {
    let mut redacted = String::with_capacity(end);
    let mut copied = 0;
    for (place, mark) in found {
        if place.start >= end {
            break;
        }
        if place.start >= copied {
            redacted.push_str(&text[copied..place.start]);
            redacted.push_str(mark);
        }
        copied = copied.max(place.end);
    }
    redacted.push_str(text.get(copied..end).unwrap_or_default());
    if end < text.len() {
        redacted.push('…');
    }
    redacted
}

impl fmt::Debug for Redaction {
    /// Without the texts and patterns, which may be secrets themselves.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("kept", &self.kept)
            .field("texts", &self.texts.len())
            .field("patterns", &self.patterns.len())
            .field("attributes", &self.attributes)
            .field("redactors", &self.redactors.len())
            .finish()
    }
}

/// A pattern that [`Redaction::pattern`] cannot use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPattern {
    pattern: String,
    why: String,
}

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be redacted by: {}", self.pattern, self.why)
    }
}

impl std::error::Error for InvalidPattern {}
