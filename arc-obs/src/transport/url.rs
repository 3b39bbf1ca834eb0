//! Where a request goes.

use std::fmt;

/// What is shorter is in many a text by chance.
pub(super) const SHORTEST_SECRET: usize = 4;

/// An address with `http://` or `https://`. It is shown without what may be secret in it: a
/// password, and what follows `?`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url(reqwest::Url);

impl Url {
    /// Reads one, or says why that is none, without showing it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("{why}; write it as `https://collector.example:4318`");
        let url = reqwest::Url::parse(text.trim()).map_err(|error| wrong(&format!("it is no address: {error}")))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(wrong("it begins with neither `http://` nor `https://`"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("it names no host"));
        }
        Ok(Self(url))
    }

    /// With these segments behind the path that it has.
    pub(crate) fn join(&self, segments: &[&str]) -> Self {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        Self(url)
    }

    /// Whether what is sent there is encrypted.
    #[cfg(feature = "otlp-grpc")]
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Scheme, host and port.
    #[cfg(feature = "otlp-grpc")]
    pub(crate) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// What is secret in it: user, password and query, as they stand there, as they are meant, and
    /// as a request has them in `Authorization`.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let (user, password) = (self.0.username(), self.0.password().unwrap_or_default());
        let query = self.0.query().unwrap_or_default();
        let values = query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
        let texts = [user, password, query].into_iter().chain(values).filter(|text| !text.is_empty());
        let mut secrets: Vec<_> = texts.flat_map(|text| [text.to_owned(), decoded(text)]).collect();
        if !user.is_empty() || !password.is_empty() {
            secrets.push(base64(format!("{}:{}", decoded(user), decoded(password)).as_bytes()));
        }
        secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
        secrets
    }

    /// The whole of it, secrets included: not for anybody's eyes.
    pub(crate) fn reveal(&self) -> &reqwest::Url {
        &self.0
    }
}

/// Without what is encoded with `%`, where that makes sense.
fn decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let byte = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).filter(|_| first == b'%');
        let byte = byte.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// RFC 4648, as `Authorization: Basic` has it.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        for letter in 0..4 {
            let is_there = letter <= three.len();
            text.push(if is_there { char::from(LETTERS[bits >> (18 - 6 * letter) & 63]) } else { '=' });
        }
    }
    text
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.0;
        write!(f, "{}://{}", url.scheme(), url.host_str().unwrap_or_default())?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(url.path())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shown_without_its_secrets() {
        let url = Url::parse(" https://me:s3cret@collector.example:4318/otlp/?key=s3cret#s3cret ").unwrap();
        assert_eq!(url.to_string(), "https://collector.example:4318/otlp/");
        assert_eq!(url.join(&["v1", "traces"]).to_string(), "https://collector.example:4318/otlp/v1/traces");
        assert!(!format!("{url:?}").contains("s3cret"));
        let bare = Url::parse("http://[::1]:4318").unwrap();
        assert_eq!(bare.join(&["v1", "traces"]).to_string(), "http://[::1]:4318/v1/traces");
    }

    #[test]
    fn what_a_request_says_of_who_makes_it() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fo\u{ff}~?>", "Zm/Dv34/Pg=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(decoded("%41%4g%4%+%C3%A4%ff"), "A%4g%4%+ä\u{fffd}");
    }

    #[test]
    fn what_is_no_address_is_told_without_being_shown() {
        for text in
            ["", "s3cret", "localhost:4318", "grpc://s3cret", "file:///s3cret", "http://", "https://s3cret:99999"]
        {
            let why = Url::parse(text).unwrap_err();
            assert!(why.contains("write it as `https://") && !why.contains("s3cret"), "{text}: {why}");
        }
    }
}
