//! What must not leave the process: secrets in texts are found, and replaced.
//!
//! It knows no spans: `export` asks for each text of one, before any exporter sees it.

mod card;
mod keys;
mod named;
mod own;
mod scan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use own::{InvalidPattern, Redaction};

/// What a secret is, as [`Redaction`] finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretKind {
    /// A key that says by how it begins whose it is: `sk-…`, `AKIA…`, `ghp_…`.
    ApiKey,
    /// What comes behind `Bearer`, and JSON web tokens.
    Token,
    /// A private key in PEM.
    PrivateKey,
    /// What a name says to be secret (`password=…`, `"api_key": "…"`), and the user and password
    /// of a URL.
    Credential,
    /// An e-mail address.
    Email,
    /// The number of a payment card.
    Card,
}

impl SecretKind {
    /// What stands in its place.
    const fn mark(self) -> &'static str {
        match self {
            Self::ApiKey => "[REDACTED:api_key]",
            Self::Token => "[REDACTED:token]",
            Self::PrivateKey => "[REDACTED:private_key]",
            Self::Credential => "[REDACTED:credential]",
            Self::Email => "[REDACTED:email]",
            Self::Card => "[REDACTED:card]",
        }
    }
}

/// What stands in the place of what somebody's own pattern finds.
const OWN_MARK: &str = "[REDACTED]";

/// What stands in the place of a text that could not be judged.
const ERROR_MARK: &str = "[REDACTED:error]";

/// Cuts a text to so many characters, of which the last is then `…`.
pub(crate) fn cut(text: &mut String, most: usize) {
    // No text has more characters than bytes.
    if text.len() <= most || text.chars().nth(most).is_none() {
        return;
    }
    let end = most.checked_sub(1).and_then(|last| text.char_indices().nth(last)).map(|(end, _)| end);
    text.truncate(end.unwrap_or(0));
    if most > 0 {
        text.push('…');
    }
}

/// The part of a text that is looked at: a secret that begins before the cut is seen whole.
fn window(text: &str, most: usize) -> (&str, usize) {
    /// As long as most secrets are; of a longer one enough is seen to know it.
    const BEYOND: usize = 4_096;
    let Some(cut) = text.char_indices().nth(most).map(|(cut, _)| cut).filter(|_| text.len() > most) else {
        return (text, text.len());
    };
    let mut end = (cut + BEYOND).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    (&text[..end], cut)
}

/// Whether a text was changed.
fn changed(text: Cow<'_, str>) -> Option<String> {
    match text {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(text),
    }
}
