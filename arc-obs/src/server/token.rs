//! The token that a scrape has to bring, where one is set (RFC 6750).
//!
//! There is no brake on wrong tokens. One that tells a client no sooner than it
//! guesses must keep a right token waiting, too, so that anybody could shut a
//! scrape out; one that delays only wrong ones says by the delay that they are
//! wrong. A token of 128 random bits needs none; wrong ones are counted.

use std::fmt;
use std::hint::black_box;

use http::header::{AUTHORIZATION, HeaderMap};

/// Far more than anybody needs, and well below what a request's head may have.
const LONGEST: usize = 4096;

/// A token that can be sent in a header; never shown.
pub(crate) struct BearerToken(Box<[u8]>);

impl BearerToken {
    /// # Errors
    ///
    /// Why this can be no token, without the token.
    pub(crate) fn new(token: &str) -> Result<Self, &'static str> {
        if token.is_empty() {
            return Err("it is empty");
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("it has other characters than visible ASCII, which no header can carry");
        }
        if token.len() > LONGEST {
            return Err("it is longer than 4096 bytes");
        }
        Ok(Self(token.as_bytes().into()))
    }

    /// Whether a request brings this token, as `Authorization: Bearer …`.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let (Some(only), None) = (given.next(), given.next()) else { return false };
        let Some((scheme, token)) = only.as_bytes().split_at_checked(b"Bearer ".len()) else { return false };
        scheme.eq_ignore_ascii_case(b"Bearer ") && self.equals(token.trim_ascii())
    }

    /// As long for a token that is wrong in its first byte as in its last: the time
    /// depends on the length of the given one only.
    fn equals(&self, given: &[u8]) -> bool {
        let mut difference = self.0.len() ^ given.len();
        for (byte, ours) in given.iter().zip(self.0.iter().cycle()) {
            difference |= usize::from(black_box(byte ^ ours));
        }
        difference == 0
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_token_is_what_a_header_can_carry() {
        for (token, why) in
            [("", "empty"), ("two words", "ASCII"), ("line\n", "ASCII"), ("schlüssel", "ASCII"), ("\0", "ASCII")]
        {
            let error = BearerToken::new(token).unwrap_err();
            assert!(error.contains(why), "{token:?}: {error}");
        }
        assert!(BearerToken::new(&"x".repeat(LONGEST)).is_ok());
        assert!(BearerToken::new(&"x".repeat(LONGEST + 1)).is_err());
        assert_eq!(format!("{:?}", BearerToken::new("s3cret").unwrap()), "BearerToken(..)");
    }

    #[test]
    fn only_the_whole_token_is_right() {
        let token = BearerToken::new("s3cret/+=").unwrap();
        for (given, right) in [
            ("Bearer s3cret/+=", true),
            ("bearer s3cret/+=", true),
            ("BEARER   s3cret/+=", true),
            ("Bearer s3cret/+= ", true),
            ("Bearer s3cret/+", false),
            ("Bearer s3cret/+==", false),
            ("Bearer s3cret/+=s3cret/+=", false),
            ("Bearer S3CRET/+=", false),
            ("Bearer ", false),
            ("Bearer", false),
            ("", false),
            ("s3cret/+=", false),
            ("Basic s3cret/+=", false),
            ("Bearers3cret/+=", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(given));
            assert_eq!(token.is_in(&headers), right, "{given:?}");
        }
        assert!(!token.is_in(&HeaderMap::new()));
        let mut twice = HeaderMap::new();
        twice.append(AUTHORIZATION, HeaderValue::from_static("Bearer s3cret/+="));
        twice.append(AUTHORIZATION, HeaderValue::from_static("Bearer s3cret/+="));
        assert!(!token.is_in(&twice), "which of two is meant, nobody knows");
    }
}
