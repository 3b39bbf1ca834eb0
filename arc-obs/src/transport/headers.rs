//! What a request brings beside its body.

use std::fmt;

use http::header::{HeaderMap, HeaderName, HeaderValue};

/// What is shorter is in many a text by chance.
const SHORTEST_SECRET: usize = 4;

/// Headers of requests; their values are never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers(HeaderMap);

impl Headers {
    /// Sets one, in place of one of the same name.
    ///
    /// # Errors
    ///
    /// Why it can be none; neither name nor value is shown.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        // Not shown: a key that stands in the place of a name (`Basic dXNlcg==`) is split at its `=`.
        let header = HeaderName::try_from(name.trim())
            .map_err(|_| "what stands before a `=` cannot be the name of a header".to_owned())?;
        let mut value = HeaderValue::try_from(value.trim())
            .map_err(|_| format!("the value of the header `{header}` has a character that none may have"))?;
        value.set_sensitive(true);
        self.0.insert(header, value);
        Ok(())
    }

    /// Sets one that is in the program's text, and so no secret.
    pub(crate) fn preset(&mut self, name: HeaderName, value: &'static str) {
        self.0.insert(name, HeaderValue::from_static(value));
    }

    /// The text without the values: some receivers show what they were sent.
    pub(crate) fn taken_out_of(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let secrets = self.0.values().filter(|value| value.is_sensitive()).filter_map(|value| value.to_str().ok());
        // Of `Bearer …` also what is behind it.
        for secret in secrets.flat_map(|value| [value, value.rsplit(' ').next().unwrap_or(value)]) {
            if secret.len() >= SHORTEST_SECRET {
                text = text.replace(secret, "[…]");
            }
        }
        text
    }

    pub(crate) fn map(&self) -> &HeaderMap {
        &self.0
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys().map(HeaderName::as_str)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_out_of_what_others_say() {
        let mut headers = Headers::default();
        headers.set("authorization", "Bearer s3cret").unwrap();
        headers.set("x-team", "a").unwrap();
        assert_eq!(headers.taken_out_of("a key s3cret is none (Bearer s3cret)"), "a key […] is none ([…])");
    }

    #[test]
    fn values_are_never_shown() {
        let mut headers = Headers::default();
        headers.set(" Api-Key ", " s3cret ").unwrap();
        assert_eq!(headers.map()["api-key"], "s3cret");
        assert_eq!(format!("{headers:?}"), r#"{"api-key"}"#);
        assert!(!format!("{:?}", headers.map()).contains("s3cret"));
        for (name, value) in [("", "s3cret"), ("two words", "s3cret"), ("x", "s3cret\r\nx: y"), ("x", "s3cret\0")] {
            let why = headers.set(name, value).unwrap_err();
            assert!(!why.contains("s3cret"), "{why}");
        }
    }
}
