//! What must not leave the process: secrets in texts are found, and replaced.
//!
//! It knows no spans: `export` asks for each text of one, before any exporter sees it.

mod card;
mod cut;
mod keys;
mod named;
mod own;
mod scan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

#[cfg(feature = "datadog")]
pub(crate) use cut::current;
pub(crate) use cut::{cut_safely, edge, name, set_current};
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

/// Whether what stands under this name is secret, or may be.
pub(crate) fn is_secret_name(name: &str) -> bool {
    named::secrecy(name.as_bytes()).is_some()
}

/// Whether a text was changed.
fn changed(text: Cow<'_, str>) -> Option<String> {
    match text {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(text),
    }
}
