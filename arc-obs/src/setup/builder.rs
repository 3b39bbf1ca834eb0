//! What a program says of itself before it is observed.

use std::error::Error;
#[cfg(feature = "server")]
use std::io::ErrorKind;
#[cfg(feature = "server")]
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use crate::clock;
use crate::error::{InitError, InitErrorKind};
use crate::instrument;
use crate::metrics;
use crate::operation::{Site, SiteKind};
use crate::terminal::{Banner, Served, Terminal, TerminalThread};

use super::notice;
use super::observability::{Observability, Slot};

/// Where Prometheus looks by default for a program of the guide.
#[cfg(feature = "server")]
const PRESET_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9090);

/// Starts observing this process under a service name, with everything preset.
///
/// The presets: version and environment `unknown`, metrics in a registry of our
/// own, and (feature `server`) a server on `127.0.0.1:9090` with `/metrics`,
/// `/livez` and `/readyz`. Where that port is taken (it is also Prometheus's own)
/// this warns and tries again until it is free. [`builder`] changes any of it.
///
/// Works inside any runtime and without one: what needs I/O runs on a thread of
/// our own.
///
/// # Errors
///
/// If arc-obs already runs in this process, the name is empty, or a thread
/// cannot be started.
///
/// ```no_run
/// # async fn serve() {}
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let obs = arc_obs::init("research-service")?;
/// serve().await;
/// obs.shutdown(std::time::Duration::from_secs(5)).await?;
/// # Ok(())
/// # }
/// ```
pub fn init(service_name: impl Into<String>) -> Result<Observability, InitError> {
    builder().service_name(service_name).install()
}

/// A [`Builder`] with the presets of [`init`].
///
/// ```
/// let obs = arc_obs::builder()
///     .service_name("research-service")
///     .service_version(env!("CARGO_PKG_VERSION"))
///     .environment("staging")
///     .listen(([127, 0, 0, 1], 0).into())
///     .install()?;
/// println!("metrics on http://{}/metrics", obs.local_addr().ok_or("not listening")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn builder() -> Builder {
    Builder {
        service_name: "unknown_service".to_owned(),
        service_version: "unknown".to_owned(),
        environment: "unknown".to_owned(),
        #[cfg(feature = "server")]
        server: Server::WhenFree(PRESET_ADDRESS),
        registry: None,
        timeout_errors: Vec::new(),
        terminal: Terminal::Auto,
    }
}

/// What is observed, and how; made by [`builder`].
#[derive(Debug)]
#[must_use = "nothing is observed until `.install()`"]
pub struct Builder {
    service_name: String,
    service_version: String,
    environment: String,
    #[cfg(feature = "server")]
    server: Server,
    registry: Option<prometheus::Registry>,
    timeout_errors: Vec<fn()>,
    terminal: Terminal,
}

/// Whether and how `/metrics` is served.
#[cfg(feature = "server")]
#[derive(Clone, Copy, Debug)]
enum Server {
    Off,
    /// The address was asked for: failing to get it is an error.
    Now(SocketAddr),
    /// Take the address as soon as it can be had.
    WhenFree(SocketAddr),
}

impl Builder {
    /// The name of the service, `unknown_service` unless said otherwise.
    ///
    /// It names the process in messages; a Prometheus server has its own name for
    /// it, the label `job`.
    ///
    /// ```
    /// let obs = arc_obs::builder().service_name("research-service").no_server().install()?;
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = name.into();
        self
    }

    /// The version of the service: the label `version` of `arc_app_info`.
    ///
    /// ```
    /// let builder = arc_obs::builder().service_version(env!("CARGO_PKG_VERSION"));
    /// ```
    pub fn service_version(mut self, version: impl Into<String>) -> Self {
        self.service_version = version.into();
        self
    }

    /// Where the service runs (`production`, `staging`): the label `environment`
    /// of `arc_app_info`.
    ///
    /// ```
    /// let builder = arc_obs::builder().environment("staging");
    /// ```
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = environment.into();
        self
    }

    /// Serves `/metrics`, `/livez` and `/readyz` on this address; port 0 takes a
    /// free one, which [`Observability::local_addr`] tells.
    ///
    /// Unlike the preset, [`install`](Self::install) fails if it cannot be had.
    ///
    /// ```
    /// let obs = arc_obs::builder().listen(([127, 0, 0, 1], 0).into()).install()?;
    /// assert_ne!(obs.local_addr().map(|address| address.port()), Some(0));
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    #[cfg(feature = "server")]
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.server = Server::Now(address);
        self
    }

    /// Serves on this address as soon as it can be had.
    ///
    /// Where it is taken, [`install`](Self::install) warns and succeeds, and the
    /// address is tried again, at first after a second, later every 30 seconds.
    ///
    /// ```
    /// let builder = arc_obs::builder().listen_when_free(([127, 0, 0, 1], 9464).into());
    /// ```
    #[cfg(feature = "server")]
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    pub fn listen_when_free(mut self, address: SocketAddr) -> Self {
        self.server = Server::WhenFree(address);
        self
    }

    /// Serves nothing: no port is opened. [`registry`](crate::registry) and
    /// `metrics_handler` still hold every metric.
    pub fn no_server(self) -> Self {
        #[cfg(feature = "server")]
        return Self { server: Server::Off, ..self };
        #[cfg(not(feature = "server"))]
        self
    }

    /// Puts the metrics into a registry that exists, instead of our own.
    ///
    /// They leave it at shutdown. Process metrics (`process_*`) that it already
    /// has are left as they are.
    ///
    /// ```
    /// let mine = prometheus::Registry::new();
    /// let obs = arc_obs::builder().service_name("shop").no_server().registry(mine.clone()).install()?;
    /// assert!(mine.gather().iter().any(|family| family.name() == "arc_active_agents"));
    /// drop(obs);
    /// assert!(!mine.gather().iter().any(|family| family.name() == "arc_active_agents"));
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    pub fn registry(mut self, registry: prometheus::Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Says that an error of type `E`, anywhere in a chain of causes, means that a
    /// deadline passed: the status is then `timeout` and not `error`.
    ///
    /// `tokio`'s `Elapsed`, an `std::io::Error` of kind `TimedOut` and `reqwest`'s
    /// time-out are known without being named. It holds from `install` to the end
    /// of the process.
    ///
    /// ```
    /// let builder = arc_obs::builder().timeout_error::<std::sync::mpsc::RecvTimeoutError>();
    /// ```
    pub fn timeout_error<E: Error + 'static>(mut self) -> Self {
        self.timeout_errors.push(instrument::add_timeout_error::<E>);
        self
    }

    /// Says whether the terminal shows what happens: a banner at the start, a line per
    /// finished agent, LLM call and tool, the summary at the end.
    ///
    /// Preset is [`Terminal::Auto`]: on stderr where that is a terminal, and never while
    /// the program has the terminal to itself (raw mode). Colours are used on a terminal,
    /// unless `NO_COLOR` is set or `TERM` is `dumb`. Lines that the terminal does not
    /// take are counted in `arc_obs_dropped_total{signal="terminal"}`.
    ///
    /// ```
    /// let builder = arc_obs::builder().terminal(arc_obs::Terminal::Off);
    /// ```
    pub fn terminal(mut self, terminal: Terminal) -> Self {
        self.terminal = terminal;
        self
    }

    /// Starts observing.
    ///
    /// Every annotated function of the program has its series at zero from here
    /// on, called or not.
    ///
    /// # Errors
    ///
    /// If arc-obs already runs in this process, the service name is empty, an
    /// address given to [`listen`](Self::listen) cannot be had, a registry given
    /// to [`registry`](Self::registry) refuses a metric, or a thread cannot be
    /// started. Nothing is left half-started.
    pub fn install(self) -> Result<Observability, InitError> {
        if self.service_name.trim().is_empty() {
            let why = "it is empty; name the program, as in `arc_obs::init(\"research-service\")`";
            return Err(InitError::new(InitErrorKind::InvalidServiceName { name: self.service_name, why }));
        }
        let slot = Slot::claim(&self.service_name)?;

        #[cfg(feature = "server")]
        let bound = self.bind()?;
        if let Some(registry) = self.registry.clone() {
            metrics::join(registry)
                .map_err(|(metric, source)| InitError::new(InitErrorKind::Registry { metric, source }))?;
        }
        // From here on an early return leaves the registry, by the slot's drop.
        metrics::set_app_info(&self.service_version, &self.environment);
        let catalog = metrics::process_metrics().catalog;
        catalog.active_agents.child([]);
        catalog.active_requests.child([]);
        for site in instrument::prepare_all() {
            if let SiteKind::Llm { model, .. } = &site.kind {
                let Site { function, file, line, .. } = site;
                notice::warn(&format!(
                    "the model `{model}` of `{function}` ({file}:{line}) is deprecated by its provider"
                ));
            }
        }
        self.timeout_errors.iter().for_each(|add| add());

        let clock = calibrate_clock()?;
        #[cfg(feature = "server")]
        let io = bound.map(super::io::IoThread::start).transpose()?;
        // Last, since from here on nothing fails any more.
        #[cfg(feature = "server")]
        let terminal = self.show(match &io {
            Some(io) => match io.local_addr().get() {
                Some(address) => Served::At(address),
                None => Served::Waiting,
            },
            None => Served::Nowhere,
        })?;
        #[cfg(not(feature = "server"))]
        let terminal = self.show(Served::Nowhere)?;
        Ok(Observability::new(
            slot,
            clock,
            terminal,
            #[cfg(feature = "server")]
            io,
        ))
    }

    /// Begins to show in the terminal what happens, where that is wanted.
    fn show(&self, served: Served) -> Result<Option<TerminalThread>, InitError> {
        let Some(style) = self.terminal.style(true) else { return Ok(None) };
        let banner = Banner {
            service: &self.service_name,
            version: Some(self.service_version.as_str()).filter(|version| *version != "unknown"),
            environment: Some(self.environment.as_str()).filter(|environment| *environment != "unknown"),
            served,
            spans: notice::is_anybody_subscribed(),
        };
        let thread = TerminalThread::start(&banner, style);
        thread.map(Some).map_err(|source| InitError::new(InitErrorKind::Thread { name: TerminalThread::NAME, source }))
    }

    /// Takes the address, where there is one: in `install`'s own thread, so that
    /// the caller hears of a failure.
    #[cfg(feature = "server")]
    fn bind(&self) -> Result<Option<crate::server::Address>, InitError> {
        use crate::server::Address;
        let bind = |address| -> std::io::Result<TcpListener> {
            let listener = TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        match self.server {
            Server::Off => Ok(None),
            Server::Now(address) => match bind(address) {
                Ok(listener) => Ok(Some(Address::Bound(listener))),
                Err(source) => Err(InitError::new(InitErrorKind::Listen { address, source })),
            },
            Server::WhenFree(address) => match bind(address) {
                Ok(listener) => Ok(Some(Address::Bound(listener))),
                // Somebody else's now, or of an interface that is not up yet.
                Err(error) if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable) => {
                    notice::warn(&format!(
                        "metrics are not served yet: cannot listen on {address}: {error}; trying again until it is \
                         free (`.listen(..)` chooses another address, `.no_server()` none)"
                    ));
                    Ok(Some(Address::WhenFree(address)))
                }
                Err(source) => Err(InitError::new(InitErrorKind::Listen { address, source })),
            },
        }
    }
}

/// Calibrating spins for up to 200 ms, which nobody should wait for.
fn calibrate_clock() -> Result<JoinHandle<()>, InitError> {
    const NAME: &str = "arc-obs-clock";
    thread::Builder::new()
        .name(NAME.to_owned())
        .spawn(clock::calibrate)
        .map_err(|source| InitError::new(InitErrorKind::Thread { name: NAME, source }))
}
