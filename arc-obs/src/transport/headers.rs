//! What a request brings beside its body.

use std::fmt;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::Url;
use super::url::SHORTEST_SECRET;

/// Headers of requests; their values are never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    map: HeaderMap,
    /// What else a request brings that must not be shown.
    concealed: Vec<String>,
}

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
        self.map.insert(header, value);
        Ok(())
    }

    /// Sets one that is in the program's text, and so no secret.
    pub(crate) fn preset(&mut self, name: HeaderName, value: &'static str) {
        self.map.insert(name, HeaderValue::from_static(value));
    }

    /// Takes what is secret in the address of the requests out of texts, too.
    pub(crate) fn conceal(&mut self, url: &Url) {
        self.concealed.extend(url.secrets());
    }

    /// The text without the values, and what else is concealed: some receivers show what they were
    /// sent.
    pub(crate) fn taken_out_of(&self, text: &str) -> String {
        let values = self.map.values().filter(|value| value.is_sensitive()).filter_map(|value| value.to_str().ok());
        // Of `Bearer …` also what is behind it.
        let values = values.flat_map(|value| [value, value.rsplit(' ').next().unwrap_or(value)]);
        let mut secrets: Vec<_> = values.chain(self.concealed.iter().map(String::as_str)).collect();
        secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
        // First those that others are parts of.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret, "[…]"))
    }

    pub(crate) fn map(&self) -> &HeaderMap {
        &self.map
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.map.keys().map(HeaderName::as_str)).finish()
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
        headers.set("x-short", "s3cr").unwrap();
        assert_eq!(headers.taken_out_of("s3cret, s3cr, a"), "[…], […], a", "a part of another one");
    }

    #[test]
    fn what_is_secret_in_an_address_is_taken_out_of_what_others_say() {
        let mut headers = Headers::default();
        let url = "https://team:p%40ss%2Bword@collector.example/otlp?key=a%20qu%65ry&b&x=%zz%41%41#frag";
        headers.conceal(&Url::parse(url).unwrap());
        for said in ["p%40ss%2Bword", "p@ss+word", "a%20qu%65ry", "a query", "team", "%zz%41%41"] {
            assert_eq!(headers.taken_out_of(&format!("<{said}>")).replace("&b", ""), "<[…]>", "{said}");
        }
        // As a request says them: `team:p@ss+word`.
        assert_eq!(headers.taken_out_of("authorization: Basic dGVhbTpwQHNzK3dvcmQ="), "authorization: Basic […]");
        assert_eq!(
            headers.taken_out_of("/otlp is no path of collector.example"),
            "/otlp is no path of collector.example"
        );
        headers.conceal(&Url::parse("http://localhost").unwrap());
        assert_eq!(headers.taken_out_of("as it is"), "as it is");
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
