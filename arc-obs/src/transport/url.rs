//! Where a request goes.

use std::fmt;

/// What is shorter is in many a text by chance.
#[cfg(any(feature = "datadog", feature = "sentry"))]
const SHORTEST_SECRET: usize = 4;

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

    /// What of it is not shown, as it stands in it and as it is meant.
    #[cfg(any(feature = "datadog", feature = "sentry"))]
    pub(crate) fn secrets(&self) -> Vec<String> {
        let url = &self.0;
        let parts = [Some(url.username()), url.password(), url.query(), url.fragment()];
        let parts = parts.into_iter().flatten().map(str::to_owned);
        let values = url.query_pairs().map(|(_, value)| value.into_owned());
        parts.chain(values).filter(|secret| secret.len() >= SHORTEST_SECRET).collect()
    }

    /// The whole of it, secrets included: not for anybody's eyes.
    pub(crate) fn reveal(&self) -> &reqwest::Url {
        &self.0
    }
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
    fn what_is_no_address_is_told_without_being_shown() {
        for text in
            ["", "s3cret", "localhost:4318", "grpc://s3cret", "file:///s3cret", "http://", "https://s3cret:99999"]
        {
            let why = Url::parse(text).unwrap_err();
            assert!(why.contains("write it as `https://") && !why.contains("s3cret"), "{text}: {why}");
        }
    }
}
