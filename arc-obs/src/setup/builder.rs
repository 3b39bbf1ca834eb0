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
use crate::llm::{Price, prefer_reported_cost};
use crate::metrics;
use crate::operation::{Site, SiteKind};

use super::notice;
use super::observability::{Observability, Slot};
use super::prices::PriceSources;

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
        prices: PriceSources::default(),
        prefer_reported_cost: false,
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
    prices: PriceSources,
    prefer_reported_cost: bool,
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

    /// Gives a model a price of your own, in US dollars per million tokens. It wins
    /// over the built-in one.
    ///
    /// Names and how several prices of one model go together are as in
    /// [`PriceTable::with_price`](crate::PriceTable::with_price). A price for the model
    /// that answered counts before one for the model that was asked for, and either
    /// before the built-in prices.
    ///
    /// ```
    /// use arc_obs::Price;
    ///
    /// let obs = arc_obs::builder()
    ///     .no_server()
    ///     .price("my-model", Price::new(0.5, 1.5).cache_read(0.05))
    ///     .price("my-model-free*", Price::new(0.0, 0.0))
    ///     .install()?;
    /// # drop(obs);
    /// # arc_obs::set_prices(arc_obs::PriceTable::bundled());
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    pub fn price(mut self, model: impl Into<String>, price: Price) -> Self {
        self.prices.add_price(model.into(), price);
        self
    }

    /// Reads prices of your own from a JSON file, when [`install`](Self::install) is
    /// called and at each [`Observability::reload_prices`].
    ///
    /// What stands in it: [`PriceTable::with_json`](crate::PriceTable::with_json).
    ///
    /// ```no_run
    /// let obs = arc_obs::builder().prices_file("/etc/research-service/prices.json").install()?;
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    #[cfg(feature = "prices-file")]
    #[cfg_attr(docsrs, doc(cfg(feature = "prices-file")))]
    pub fn prices_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.prices.add_file(path.into());
        self
    }

    /// Takes prices of your own from a JSON text, as [`prices_file`](Self::prices_file)
    /// from a file: `include_str!` puts one into the program.
    ///
    /// ```
    /// let prices = r#"{"version": 1, "prices": [{"model": "my-model", "input": 0.5, "output": 1.5}]}"#;
    /// let builder = arc_obs::builder().prices_json(prices);
    /// ```
    #[cfg(feature = "prices-file")]
    #[cfg_attr(docsrs, doc(cfg(feature = "prices-file")))]
    pub fn prices_json(mut self, json: impl Into<String>) -> Self {
        self.prices.add_json(json.into());
        self
    }

    /// Lets a cost that the provider itself reports (OpenRouter's `usage.cost`) win over
    /// the one that prices give. Otherwise it counts where a model has no price.
    ///
    /// ```
    /// let builder = arc_obs::builder().prefer_reported_cost();
    /// ```
    pub fn prefer_reported_cost(mut self) -> Self {
        self.prefer_reported_cost = true;
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
    /// to [`registry`](Self::registry) refuses a metric, prices of your own are not
    /// as they must be, or a thread cannot be started. Nothing is left half-started.
    pub fn install(self) -> Result<Observability, InitError> {
        if self.service_name.trim().is_empty() {
            let why = "it is empty; name the program, as in `arc_obs::init(\"research-service\")`";
            return Err(InitError::new(InitErrorKind::InvalidServiceName { name: self.service_name, why }));
        }
        let slot = Slot::claim(&self.service_name)?;
        let prices = self.prices.install().map_err(|error| InitError::new(InitErrorKind::Prices(error)))?;

        #[cfg(feature = "server")]
        let bound = self.bind()?;
        if let Some(registry) = self.registry.clone() {
            metrics::join(registry)
                .map_err(|(metric, source)| InitError::new(InitErrorKind::Registry { metric, source }))?;
        }
        // From here on an early return leaves the registry, by the slot's drop.
        metrics::set_app_info(&self.service_version, &self.environment);
        metrics::catalog().active_agents.child([]);
        metrics::catalog().active_requests.child([]);
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
        prices.keep();
        prefer_reported_cost(self.prefer_reported_cost);
        Ok(Observability::new(
            slot,
            clock,
            self.prices,
            #[cfg(feature = "server")]
            io,
        ))
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
