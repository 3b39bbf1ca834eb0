//! The errors that a user of this crate can meet at run time.
//!
//! Only `init` and `shutdown` return any: later faults are counted
//! (`self_telemetry`) and told once, never returned (invariant 7).

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why `init` or `install` did not start observing.
///
/// Nothing is left half-started: after an error `init` can be called again.
///
/// ```
/// let first = arc_obs::builder().service_name("shop").no_server().install()?;
/// let second = arc_obs::init("shop").unwrap_err();
/// assert!(second.is_already_initialized());
/// # drop(first);
/// # Ok::<(), arc_obs::InitError>(())
/// ```
#[derive(Debug)]
pub struct InitError {
    kind: InitErrorKind,
}

#[derive(Debug)]
pub(crate) enum InitErrorKind {
    AlreadyInitialized {
        service: String,
    },
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only a server listens"))]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    Thread {
        name: &'static str,
        source: io::Error,
    },
    Registry {
        metric: &'static str,
        source: prometheus::Error,
    },
    InvalidServiceName {
        name: String,
        why: &'static str,
    },
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only a server has a token"))]
    MetricsToken {
        /// Where it was read from, unless it was given.
        file: Option<PathBuf>,
        why: &'static str,
    },
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only a server has a token"))]
    MetricsTokenFile {
        path: PathBuf,
        source: io::Error,
    },
    Prices(PricesError),
    #[cfg(feature = "otlp")]
    Otlp {
        why: String,
    },
}

impl InitError {
    pub(crate) fn new(kind: InitErrorKind) -> Self {
        Self { kind }
    }

    /// Whether arc-obs is already running in this process.
    #[must_use]
    pub fn is_already_initialized(&self) -> bool {
        matches!(self.kind, InitErrorKind::AlreadyInitialized { .. })
    }

    /// Whether the address that was asked for is taken by another socket.
    #[must_use]
    pub fn is_address_in_use(&self) -> bool {
        matches!(&self.kind, InitErrorKind::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }

    /// Whether what `.otlp(..)` was given cannot be used.
    #[cfg(feature = "otlp")]
    #[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
    #[must_use]
    pub fn is_invalid_otlp(&self) -> bool {
        matches!(self.kind, InitErrorKind::Otlp { .. })
    }

    /// Whether a price of the user's own, or the file of them, is not as it must be.
    #[must_use]
    pub fn is_invalid_prices(&self) -> bool {
        matches!(self.kind, InitErrorKind::Prices(_))
    }

    /// Whether the given registry refused a metric of arc-obs.
    #[must_use]
    pub fn is_registry_conflict(&self) -> bool {
        matches!(self.kind, InitErrorKind::Registry { .. })
    }

    /// Whether the token given to the builder can be none, or its file cannot be read.
    #[must_use]
    pub fn is_invalid_metrics_token(&self) -> bool {
        matches!(self.kind, InitErrorKind::MetricsToken { .. } | InitErrorKind::MetricsTokenFile { .. })
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            InitErrorKind::AlreadyInitialized { service } => write!(
                f,
                "arc-obs is already running in this process as service `{service}`; keep the one `Observability` \
                 guard in `main`, or call `shutdown` on it before a second `init`"
            ),
            InitErrorKind::Listen { address, source } if source.kind() == io::ErrorKind::AddrInUse => write!(
                f,
                "cannot serve metrics on {address}: the address is in use; choose another with `.listen(..)` \
                 (port 0 takes a free one) or serve nothing with `.no_server()`"
            ),
            InitErrorKind::Listen { address, source } => write!(
                f,
                "cannot serve metrics on {address}: {source}; choose another address with `.listen(..)` or serve \
                 nothing with `.no_server()`"
            ),
            InitErrorKind::Thread { name, source } => {
                write!(f, "cannot start the thread `{name}`: {source}; is the process at its limit of threads?")
            }
            InitErrorKind::Registry { metric, source } => write!(
                f,
                "the registry given to `.registry(..)` refuses the metric `{metric}`: {source}; rename the metric \
                 that has this name, or give arc-obs a registry of its own"
            ),
            InitErrorKind::InvalidServiceName { name, why } => {
                write!(f, "`{}` cannot be the service name: {why}", name.escape_debug())
            }
            InitErrorKind::MetricsToken { file, why } => {
                f.write_str("the metrics token")?;
                if let Some(file) = file {
                    write!(f, " in `{}`", file.display())?;
                }
                write!(f, " cannot be one: {why}; make one with `openssl rand -hex 16`")
            }
            InitErrorKind::MetricsTokenFile { path, source } => {
                write!(f, "cannot read the metrics token from `{}`: {source}", path.display())
            }
            InitErrorKind::Prices(error) => error.fmt(f),
            #[cfg(feature = "otlp")]
            InitErrorKind::Otlp { why } => write!(f, "what `.otlp(..)` is given cannot be used: {why}"),
        }
    }
}

impl Error for InitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            InitErrorKind::Listen { source, .. }
            | InitErrorKind::Thread { source, .. }
            | InitErrorKind::MetricsTokenFile { source, .. } => Some(source),
            InitErrorKind::Registry { source, .. } => Some(source),
            // What it says is said already.
            InitErrorKind::Prices(error) => error.source(),
            InitErrorKind::AlreadyInitialized { .. }
            | InitErrorKind::InvalidServiceName { .. }
            | InitErrorKind::MetricsToken { .. } => None,
            #[cfg(feature = "otlp")]
            InitErrorKind::Otlp { .. } => None,
        }
    }
}

/// Why prices of the user's own were not taken. Nothing of them is: the prices that
/// were in force stay.
///
/// ```
/// use arc_obs::{Price, PriceTable};
///
/// let error = PriceTable::bundled().with_price("my-model", Price::new(-1.0, 0.0)).unwrap_err();
/// assert!(error.to_string().starts_with("the price of `my-model`: `input`: -1 is below zero"));
/// ```
#[derive(Debug)]
pub struct PricesError {
    path: Option<PathBuf>,
    line: Option<usize>,
    problem: String,
    source: Option<io::Error>,
}

impl PricesError {
    #[cfg(feature = "prices-file")]
    pub(crate) fn new(path: Option<&Path>, line: Option<usize>, problem: String) -> Self {
        Self { path: path.map(Path::to_owned), line, problem, source: None }
    }

    /// Of a price that was given in code.
    pub(crate) fn of_model(model: &str, problem: &str) -> Self {
        let model: String = model.chars().take(60).collect();
        let problem = format!("the price of `{}`: {problem}", model.escape_debug());
        Self { path: None, line: None, problem, source: None }
    }

    #[cfg(feature = "prices-file")]
    pub(crate) fn reading(path: &Path, error: io::Error) -> Self {
        Self { path: Some(path.to_owned()), line: None, problem: String::new(), source: Some(error) }
    }

    /// The file, where the prices are from one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The line of the file or the JSON text, counted from 1, where it is known.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// Whether the file does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.source.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
    }
}

impl fmt::Display for PricesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, self.line) {
            (Some(path), Some(line)) => write!(f, "{}, line {line}: ", path.display())?,
            (Some(path), None) => write!(f, "{}: ", path.display())?,
            (None, Some(line)) => write!(f, "line {line} of the prices: ")?,
            (None, None) => {}
        }
        match &self.source {
            Some(error) if error.kind() == io::ErrorKind::NotFound => {
                write!(f, "{error}; give the path of a price file, or leave it out to use the built-in prices")
            }
            Some(error) => write!(f, "it cannot be read: {error}"),
            None => f.write_str(&self.problem),
        }
    }
}

impl Error for PricesError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}

/// Shutting down took longer than the caller allowed.
///
/// What still runs is left to end by itself; the program may go on or exit.
#[derive(Debug)]
pub struct ShutdownError {
    pub(crate) allowed: Duration,
}

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arc-obs did not shut down within {:?}; its threads end by themselves", self.allowed)
    }
}

impl Error for ShutdownError {}
