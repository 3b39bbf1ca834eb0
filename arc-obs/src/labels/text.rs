//! What a label value is that arrived as text at run time.

use std::borrow::Cow;

/// The value that stands for all that were not admitted.
pub(crate) const OTHER: &str = "other";

/// The endpoint of a request whose route nobody knows. Its path is anybody's to choose.
#[cfg(feature = "traces")]
pub(crate) const UNMATCHED: &str = "unmatched";

/// The value that stands for an empty one.
pub(crate) const UNNAMED: &str = "unknown";

/// The longest run-time label value, in bytes; what is longer is cut.
const LONGEST_VALUE: usize = 256;

/// What stands behind the beginning of a value that was too long.
pub(crate) const CUT: char = '…';

/// The value itself, or its beginning where it is too long, and whether it is: with
/// [`CUT`] behind it, it is then no longer than it may be.
pub(crate) fn beginning(value: &str) -> (&str, bool) {
    if value.is_empty() {
        // To Prometheus an empty label is none at all.
        return (UNNAMED, false);
    }
    if value.len() <= LONGEST_VALUE {
        return (value, false);
    }
    let mut end = LONGEST_VALUE - CUT.len_utf8();
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    (&value[..end], true)
}

/// The value itself, or its beginning with a mark where it is too long; and whether it was.
pub(crate) fn bounded(value: &str) -> (Cow<'_, str>, bool) {
    match beginning(value) {
        (value, false) => (Cow::Borrowed(value), false),
        (beginning, true) => (Cow::Owned(format!("{beginning}{CUT}")), true),
    }
}

/// The value as it may be shown: without what is secret in it. To be asked where a value is new.
pub(crate) fn shown(value: &str) -> Option<String> {
    #[cfg(feature = "traces")]
    return crate::redact::name(value).map(|shown| bounded(&shown).0.into_owned());
    #[cfg(not(feature = "traces"))]
    {
        let _ = value;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_on_a_character_boundary() {
        let long = "ä".repeat(40_000);
        let (cut, was_cut) = bounded(&long);
        assert!(was_cut && cut.len() <= LONGEST_VALUE && cut.ends_with('…'), "{}", cut.len());
        assert_eq!(bounded("short"), ("short".into(), false));
        assert_eq!(bounded(""), (UNNAMED.into(), false));
    }
}
