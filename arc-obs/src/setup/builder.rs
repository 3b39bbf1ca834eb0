//! What a program says of itself before it is observed.

use std::error::Error;
#[cfg(feature = "server")]
use std::net::SocketAddr;
#[cfg(feature = "server")]
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use crate::callsites;
use crate::clock;
use crate::error::{InitError, InitErrorKind};
use crate::hub::ModelNotice;
use crate::instrument;
use crate::labels::shown;
use crate::llm::{has_own_prices, prefer_reported_cost};
use crate::metrics;
use crate::operation::{Site, SiteKind};
use crate::settings::{ENABLED, Resource, Settings, Terminal};
#[cfg(feature = "server")]
use crate::settings::{Secret, TokenSource};
use crate::terminal::{Banner, Served, Style, TerminalThread};

use super::notice;
use super::observability::{Observability, Slot};
use super::prices::PriceSources;
#[cfg(feature = "server")]
use super::serve::{self, Server};
#[cfg(feature = "traces")]
use super::traces::Traces;

/// Starts observing this process under a service name, with everything preset.
///
/// The presets: version and environment `unknown`, metrics in a registry of our
/// own, and (feature `server`) a server on `127.0.0.1:9090` with `/metrics`,
/// `/livez` and `/readyz`. Where that port is taken (it is also Prometheus's own)
/// this warns and tries again until it is free. The environment changes these, the
/// name included (see [`settings`](crate::settings)), and [`builder`] any of it.
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
    Builder { preset_name: Some(service_name.into()), ..builder() }.install()
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
        preset_name: None,
        service_name: None,
        service_version: None,
        environment: None,
        #[cfg(feature = "server")]
        server: None,
        #[cfg(feature = "server")]
        metrics_token: None,
        registry: None,
        timeout_errors: Vec::new(),
        terminal: None,
        prices: PriceSources::default(),
        prefer_reported_cost: false,
        #[cfg(feature = "traces")]
        traces: Traces::default(),
        #[cfg(feature = "otlp")]
        otlp_metrics: Vec::new(),
    }
}

/// What is observed, and how; made by [`builder`].
///
/// What is called here beats the environment, and what neither says is preset: see
/// [`settings`](crate::settings).
#[derive(Debug)]
#[must_use = "nothing is observed until `.install()`"]
pub struct Builder {
    /// The name that `init` was given, which the environment beats.
    preset_name: Option<String>,
    service_name: Option<String>,
    service_version: Option<String>,
    environment: Option<String>,
    #[cfg(feature = "server")]
    server: Option<Server>,
    #[cfg(feature = "server")]
    metrics_token: Option<TokenSource>,
    registry: Option<prometheus::Registry>,
    timeout_errors: Vec<fn()>,
    terminal: Option<Terminal>,
    pub(super) prices: PriceSources,
    pub(super) prefer_reported_cost: bool,
    #[cfg(feature = "traces")]
    pub(super) traces: Traces,
    #[cfg(feature = "otlp")]
    pub(super) otlp_metrics: Vec<crate::export::Otlp>,
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
        self.service_name = Some(name.into());
        self
    }

    /// The version of the service: the label `version` of `arc_app_info`.
    ///
    /// ```
    /// let builder = arc_obs::builder().service_version(env!("CARGO_PKG_VERSION"));
    /// ```
    pub fn service_version(mut self, version: impl Into<String>) -> Self {
        self.service_version = Some(version.into());
        self
    }

    /// Where the service runs (`production`, `staging`): the label `environment`
    /// of `arc_app_info`.
    ///
    /// ```
    /// let builder = arc_obs::builder().environment("staging");
    /// ```
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Serves `/metrics`, `/livez` and `/readyz` on this address; port 0 takes a
    /// free one, which [`Observability::local_addr`] tells.
    ///
    /// Unlike the preset, [`install`](Self::install) fails if it cannot be had. Any
    /// `Host` header is answered, so a scrape by name works; on an address that
    /// others can reach, set a [`metrics_token`](Self::metrics_token).
    ///
    /// ```
    /// let obs = arc_obs::builder().listen(([127, 0, 0, 1], 0).into()).install()?;
    /// assert_ne!(obs.local_addr().map(|address| address.port()), Some(0));
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    #[cfg(feature = "server")]
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.server = Some(Server::Now(address));
        self
    }

    /// Serves on this address as soon as it can be had.
    ///
    /// Where it is taken, or cannot be had for another reason,
    /// [`install`](Self::install) warns and succeeds, and the address is tried
    /// again, at first after a second, later every 30 seconds.
    ///
    /// ```
    /// let builder = arc_obs::builder().listen_when_free(([127, 0, 0, 1], 9464).into());
    /// ```
    #[cfg(feature = "server")]
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    pub fn listen_when_free(mut self, address: SocketAddr) -> Self {
        self.server = Some(Server::WhenFree(address));
        self
    }

    /// Serves nothing: no port is opened. [`registry`](crate::registry) and
    /// `metrics_handler` still hold every metric.
    pub fn no_server(self) -> Self {
        #[cfg(feature = "server")]
        return Self { server: Some(Server::Off), ..self };
        #[cfg(not(feature = "server"))]
        self
    }

    /// Answers only who brings this token, as `Authorization: Bearer …`; others get
    /// 401 and nothing else, whatever the path.
    ///
    /// It is compared in constant time and never shown. Choose one that nobody
    /// guesses, of 128 random bits or more (`openssl rand -hex 16`). A Prometheus
    /// server has it from `authorization: { credentials_file: … }` of its scrape
    /// configuration. It concerns the server of arc-obs alone: what a server of your
    /// own answers with `metrics_handler`, it has to guard itself.
    ///
    /// ```
    /// let token = "9f86d081884c7d659a2feaa0c55ad015";
    /// let obs = arc_obs::builder().listen(([127, 0, 0, 1], 0).into()).metrics_token(token).install()?;
    /// assert!(!format!("{:?}", arc_obs::builder().metrics_token(token)).contains(token));
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    #[cfg(feature = "server")]
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    pub fn metrics_token(mut self, token: impl Into<String>) -> Self {
        self.metrics_token = Some(TokenSource::Value(Secret::new(token.into())));
        self
    }

    /// [`metrics_token`](Self::metrics_token) from a file, as container platforms
    /// hand out secrets: read once by [`install`](Self::install), without the white
    /// space around it. Of the two, the one that is called last holds.
    ///
    /// ```
    /// let builder = arc_obs::builder().metrics_token_file("/run/secrets/metrics-token");
    /// ```
    #[cfg(feature = "server")]
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    pub fn metrics_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.metrics_token = Some(TokenSource::File(path.into()));
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
        self.terminal = Some(terminal);
        self
    }

    /// Starts observing.
    ///
    /// Every annotated function of the program has its series at zero from here
    /// on, called or not; one with [`labels`](macro@crate::labels) has those of each set of
    /// values from when that is first seen.
    ///
    /// # Errors
    ///
    /// If arc-obs already runs in this process, the service name is empty, an
    /// address given to [`listen`](Self::listen) cannot be had, a token given to
    /// [`metrics_token`](Self::metrics_token) can be none or its file cannot be
    /// read, a registry given to [`registry`](Self::registry) refuses a metric, prices of
    /// your own are not as they must be, a receiver given to `otlp` can be none, or a thread cannot be started. Nothing is left half-started.
    pub fn install(mut self) -> Result<Observability, InitError> {
        let settings = Settings::from_environment();
        let resource = self.resource(&settings)?;
        let slot = Slot::claim(resource.service_name())?;
        settings.warnings.iter().for_each(|warning| notice::warn(warning));
        if ENABLED && settings.disabled {
            notice::warn("switched off by `OTEL_SDK_DISABLED`: no port is opened and no thread started");
        }
        if let Some(path) = settings.prices_file.clone() {
            self.prices.add_file_of_environment(path);
        }
        let prices = self.prices.install().map_err(|error| InitError::new(InitErrorKind::Prices(error)))?;

        #[cfg(feature = "server")]
        let endpoint = serve::endpoint(self.server, self.metrics_token.as_ref(), &settings)?;
        if let Some(registry) = self.registry.clone() {
            metrics::join(registry)
                .map_err(|(metric, source)| InitError::new(InitErrorKind::Registry { metric, source }))?;
        }
        // From here on an early return leaves the registry, by the slot's drop.
        if ENABLED {
            prepare_metrics(&resource);
        }
        #[cfg(feature = "otlp")]
        self.traces.add_otlp(&settings)?;
        #[cfg(feature = "otlp")]
        let metrics_tasks = {
            let resource = crate::export::redacted(&resource, &self.traces.redaction);
            super::metrics::tasks(&self.otlp_metrics, &settings, &resource, &self.traces.redaction)?
        };
        self.timeout_errors.iter().for_each(|add| add());

        let clock = if settings.disabled { None } else { Some(calibrate_clock()?) };
        #[cfg(any(feature = "server", feature = "traces"))]
        let mut tasks = Vec::new();
        #[cfg(feature = "server")]
        let local_addr = endpoint.map(|endpoint| serve::task(endpoint, &mut tasks));
        #[cfg(feature = "server")]
        let served =
            local_addr.as_ref().map_or(Served::Nowhere, |local| local.get().map_or(Served::Waiting, Served::At));
        #[cfg(not(feature = "server"))]
        let served = Served::Nowhere;
        // Undone by its drop, where something fails from here on.
        #[cfg(feature = "traces")]
        let traces = std::mem::take(&mut self.traces).start(&settings, &resource, &mut tasks);
        #[cfg(feature = "otlp")]
        {
            // Here, and not on that thread: what is called next is recorded. Off again by the slot's drop.
            metrics::genai::set_on(!metrics_tasks.is_empty());
            tasks.extend(metrics_tasks);
        }
        #[cfg(any(feature = "server", feature = "traces"))]
        let io = if tasks.is_empty() { None } else { Some(super::io::IoThread::start(tasks)?) };
        let terminal = self.show(&settings, &resource, served)?;
        // Nothing can fail from here on.
        prices.keep();
        prefer_reported_cost(self.prefer_reported_cost);
        Ok(Observability::new(
            slot,
            resource,
            clock,
            terminal,
            self.prices,
            #[cfg(feature = "server")]
            local_addr,
            #[cfg(feature = "traces")]
            traces,
            #[cfg(any(feature = "server", feature = "traces"))]
            io,
        ))
    }

    /// Begins to show in the terminal what happens, where that is wanted.
    fn show(
        &self,
        settings: &Settings,
        resource: &Resource,
        served: Served,
    ) -> Result<Option<TerminalThread>, InitError> {
        let terminal = self.terminal.or(settings.terminal).unwrap_or_default();
        let style = if settings.disabled { None } else { Style::of(terminal, settings.colours) };
        let Some(style) = style else { return Ok(None) };
        let without_secrets = |text: &str| shown(text).unwrap_or_else(|| text.to_owned());
        let [version, environment] =
            [resource.service_version(), resource.environment()].map(|text| text.map(without_secrets));
        let banner = Banner {
            service: &without_secrets(resource.service_name()),
            version: version.as_deref(),
            environment: environment.as_deref(),
            served,
            own_prices: has_own_prices(),
            spans: notice::is_anybody_subscribed(),
        };
        let thread = TerminalThread::start(&banner, style);
        thread.map(Some).map_err(|source| InitError::new(InitErrorKind::Thread { name: TerminalThread::NAME, source }))
    }

    /// Who we are: as called here, else as the environment says, else as preset.
    fn resource(&self, settings: &Settings) -> Result<Resource, InitError> {
        for name in [&self.preset_name, &self.service_name].into_iter().flatten() {
            if name.trim().is_empty() {
                let why = "it is empty; name the program, as in `arc_obs::init(\"research-service\")`";
                return Err(InitError::new(InitErrorKind::InvalidServiceName { name: name.clone(), why }));
            }
        }
        let mut resource = settings.resource.clone();
        resource.preset_service_name(self.preset_name.as_deref());
        if let Some(name) = &self.service_name {
            resource.set_service_name(name);
        }
        if let Some(version) = &self.service_version {
            resource.set_service_version(version);
        }
        if let Some(environment) = &self.environment {
            resource.set_environment(environment);
        }
        Ok(resource)
    }
}

/// Shows who we are, and every annotated function's series at zero.
fn prepare_metrics(resource: &Resource) {
    const UNKNOWN: &str = "unknown";
    let catalog = metrics::process_metrics().catalog;
    let (version, environment) = (resource.service_version(), resource.environment());
    metrics::set_app_info(version.unwrap_or(UNKNOWN), environment.unwrap_or(UNKNOWN));
    catalog.active_agents.child([]);
    catalog.active_requests.child([]);
    for metrics::Clash { name, shown: (file, line), hidden: (other, other_line) } in metrics::clashes() {
        notice::warn(&format!(
            "two metrics are called `{name}`, and the page has only that of {file}:{line}: rename the one of \
             {other}:{other_line}"
        ));
    }
    for sentence in callsites::shared_names() {
        notice::warn(&sentence);
    }
    for (site, what) in &instrument::prepare_all() {
        if let SiteKind::Llm { model, .. } = &site.kind {
            let Site { function, file, line, .. } = site;
            let what = match what {
                ModelNotice::Deprecated => "is deprecated by its provider",
                ModelNotice::Gone => {
                    "is not in the price table any more, its calls count as unpriced: add `price(..)`, or `unpriced`"
                }
            };
            notice::warn(&format!("the model `{model}` of `{function}` ({file}:{line}) {what}"));
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
