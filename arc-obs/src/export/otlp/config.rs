//! Where OTLP goes, as a program says it, and as it is used.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Signal;
use crate::redact::Redaction;
use crate::settings::Secret;
use crate::transport::{Headers, LONGEST_SAID, TlsConfig, Url, sanitised};

/// No file of certificates is larger.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// A receiver of OTLP: a collector, or a back end that takes it. For
/// [`Builder::otlp`](crate::Builder::otlp).
///
/// What is said here is all there is: of the environment's `OTEL_EXPORTER_OTLP_*` nothing is
/// added to it, so that no header goes where it was not meant to. Headers and keys are never
/// shown.
///
/// A receiver that is busy and says when to come again (`Retry-After`, or a `RetryInfo` of gRPC)
/// gets no request before, for 30 seconds at most each time. What it is to take waits meanwhile, a
/// batch for five minutes at most, and what comes then in the bounded queue behind it; of metrics
/// nothing waits, since the next export tells all of them anew. A shutdown waits no longer than it
/// may.
///
/// ```
/// use std::time::Duration;
/// use arc_obs::export::Otlp;
///
/// let otlp = Otlp::http("https://collector.example:4318")
///     .header("x-team", "research")
///     .timeout(Duration::from_secs(5))
///     .gzip();
/// let builder = arc_obs::builder().otlp(otlp);
/// ```
#[derive(Clone, Debug)]
pub struct Otlp {
    name: &'static str,
    url: Result<Url, String>,
    is_grpc: bool,
    headers: Vec<(String, Secret)>,
    timeout: Duration,
    gzip: bool,
    authorities: Option<PathBuf>,
    identity: Option<(PathBuf, PathBuf)>,
}

impl Otlp {
    /// Of one try, as the specification presets it.
    pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

    /// One that takes OTLP over HTTP, in protobuf: mostly at port 4318. Traces go to `/v1/traces`,
    /// metrics to `/v1/metrics` behind this address.
    ///
    /// ```
    /// let builder = arc_obs::builder().otlp(arc_obs::export::Otlp::http("http://localhost:4318"));
    /// ```
    pub fn http(endpoint: impl AsRef<str>) -> Self {
        Self::new(Url::parse(endpoint.as_ref()), false)
    }

    /// One that takes OTLP over gRPC: mostly at port 4317. `https://` is encrypted, `http://` is
    /// not. Proxies of the environment are for HTTP only.
    ///
    /// ```
    /// let builder = arc_obs::builder().otlp(arc_obs::export::Otlp::grpc("http://localhost:4317"));
    /// ```
    #[cfg(feature = "otlp-grpc")]
    #[cfg_attr(docsrs, doc(cfg(feature = "otlp-grpc")))]
    pub fn grpc(endpoint: impl AsRef<str>) -> Self {
        Self::new(Url::parse(endpoint.as_ref()), true)
    }

    fn new(url: Result<Url, String>, is_grpc: bool) -> Self {
        Self {
            name: "otlp",
            url,
            is_grpc,
            headers: Vec::new(),
            timeout: Self::TIMEOUT,
            gzip: false,
            authorities: None,
            identity: None,
        }
    }

    /// Sends a header along, such as the key of a back end; it is never shown.
    ///
    /// ```
    /// use arc_obs::export::Otlp;
    ///
    /// let otlp = Otlp::http("https://collector.example").header("api-key", "s3cret");
    /// assert!(!format!("{otlp:?}").contains("s3cret"));
    /// ```
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), Secret::new(value.into())));
        self
    }

    /// How long one try may take, from the connection to the last byte of the answer; 10 seconds
    /// unless said otherwise.
    ///
    /// ```
    /// use arc_obs::export::Otlp;
    ///
    /// let otlp = Otlp::http("http://localhost:4318").timeout(std::time::Duration::from_secs(3));
    /// ```
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Packs what is sent.
    ///
    /// ```
    /// let otlp = arc_obs::export::Otlp::http("http://localhost:4318").gzip();
    /// ```
    #[must_use]
    pub fn gzip(mut self) -> Self {
        self.gzip = true;
        self
    }

    /// Trusts only servers for which a certificate in this file (PEM) vouches, instead of those
    /// that the system trusts.
    ///
    /// ```
    /// use arc_obs::export::Otlp;
    ///
    /// let otlp = Otlp::http("https://collector.internal:4318").certificate_file("/etc/ssl/internal.pem");
    /// ```
    #[must_use]
    pub fn certificate_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.authorities = Some(path.into());
        self
    }

    /// Shows this certificate to the server and proves it with this key; both are files in PEM.
    ///
    /// ```
    /// use arc_obs::export::Otlp;
    ///
    /// let otlp = Otlp::http("https://collector.internal:4318")
    ///     .client_certificate_files("/run/secrets/client.pem", "/run/secrets/client.key");
    /// ```
    #[must_use]
    pub fn client_certificate_files(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// Counts what it does under another name.
    #[cfg(feature = "newrelic")]
    pub(crate) fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Where it goes with one signal.
    ///
    /// # Errors
    ///
    /// What of it cannot be used, and why, without any secret.
    pub(crate) fn target(&self, signal: Signal) -> Result<Target, String> {
        let url = self.url.as_ref().map_err(|why| format!("the address cannot be used: {why}"))?;
        if self.timeout.is_zero() {
            return Err("the time-out is zero, in which nothing can be sent".to_owned());
        }
        let mut headers = Headers::default();
        for (name, value) in &self.headers {
            headers.set(name, value.reveal())?;
        }
        let credentials = Credentials { authorities: self.authorities.as_deref(), identity: self.identity.as_ref() };
        Ok(Target {
            name: self.name,
            url: if self.is_grpc { url.clone() } else { url.join(&signal.path()) },
            is_grpc: self.is_grpc,
            headers,
            timeout: self.timeout,
            gzip: self.gzip,
            tls: credentials.read()?,
            redaction: Redaction::default(),
        })
    }
}

/// The files that say whom to trust and who we are.
pub(crate) struct Credentials<'a> {
    pub(crate) authorities: Option<&'a Path>,
    pub(crate) identity: Option<&'a (PathBuf, PathBuf)>,
}

impl Credentials<'_> {
    /// # Errors
    ///
    /// Which file cannot be read.
    pub(crate) fn read(&self) -> Result<TlsConfig, String> {
        let authorities = self.authorities.map(read).transpose()?;
        let identity = match self.identity {
            Some((certificate, key)) => Some((read(certificate)?, read(key)?)),
            None => None,
        };
        Ok(TlsConfig { authorities, identity })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut bytes))
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    Ok(bytes)
}

/// Where one signal goes, and how.
#[derive(Clone)]
pub(crate) struct Target {
    /// Under which it is counted.
    pub(crate) name: &'static str,
    /// For HTTP the whole of it.
    pub(crate) url: Url,
    pub(crate) is_grpc: bool,
    pub(crate) headers: Headers,
    /// Of one try.
    pub(crate) timeout: Duration,
    pub(crate) gzip: bool,
    pub(crate) tls: TlsConfig,
    /// What is taken out of what the receiver says, beside what it was sent.
    pub(crate) redaction: Redaction,
}

impl Target {
    /// What the receiver says, in one short line without any secret.
    pub(super) fn said(&self, text: &str) -> String {
        let text = self.headers.taken_out_of(text);
        // Before it is cut: of a secret that is cut nobody knows what it is.
        sanitised(&self.redaction.within(&text, LONGEST_SAID))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("url", &self.url)
            .field("is_grpc", &self.is_grpc)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
