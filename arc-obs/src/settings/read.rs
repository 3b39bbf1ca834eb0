//! Reading the variables of `table`.

use std::ffi::OsString;
#[cfg(any(feature = "server", feature = "otlp"))]
use std::fmt;
#[cfg(feature = "server")]
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::ENABLED;
#[cfg(feature = "traces")]
use super::content::{self, ContentCapture};
use super::misspelt;
use super::resource::Resource;
use super::table::{self, Setting};

/// Where Prometheus looks by default for a program of the guide.
#[cfg(feature = "server")]
pub(crate) const PRESET_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9090);

/// As much of a value as a warning shows.
const LONGEST_SHOWN: usize = 200;

/// What the environment says. What it does not say is `None`.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Open no port and start no thread.
    pub(crate) disabled: bool,
    /// Without a service name where none is given.
    pub(crate) resource: Resource,
    #[cfg(any(feature = "datadog", feature = "newrelic", feature = "sentry"))]
    pub(crate) apm: super::apm::Apm,
    #[cfg(feature = "server")]
    pub(crate) listen: Option<Listen>,
    #[cfg(feature = "server")]
    pub(crate) metrics_token: Option<TokenSource>,
    #[cfg(feature = "traces")]
    pub(crate) content: Option<ContentCapture>,
    #[cfg(feature = "traces")]
    pub(crate) limits: Limits,
    pub(crate) prices_file: Option<PathBuf>,
    #[cfg(feature = "traces")]
    pub(crate) traces: super::TraceSettings,
    /// Where traces go.
    #[cfg(feature = "otlp")]
    pub(crate) otlp_traces: super::OtlpSettings,
    /// Where metrics go.
    #[cfg(feature = "otlp")]
    pub(crate) otlp_metrics: super::OtlpSettings,
    #[cfg(feature = "otlp")]
    pub(crate) metrics: super::MetricSettings,
    pub(crate) terminal: Option<Terminal>,
    #[cfg(feature = "traces")]
    pub(crate) propagators: Option<Vec<super::Propagator>>,
    /// Whether a terminal may be written to in colours.
    pub(crate) colours: bool,
    /// What makes no sense, in words for the user.
    pub(crate) warnings: Vec<String>,
}

/// How much a span may have; what is not said is preset.
#[cfg(feature = "traces")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) value_length: Option<usize>,
    pub(crate) attributes: Option<usize>,
    pub(crate) event_attributes: Option<usize>,
    pub(crate) events: Option<usize>,
    pub(crate) links: Option<usize>,
}

/// Where `/metrics` is served.
#[cfg(feature = "server")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    Off,
    On(SocketAddr),
}

/// Where the token is that a scrape has to bring.
#[cfg(feature = "server")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenSource {
    Value(Secret),
    File(PathBuf),
}

/// A text that is never shown.
#[cfg(any(feature = "server", feature = "otlp"))]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

#[cfg(any(feature = "server", feature = "otlp"))]
impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

#[cfg(any(feature = "server", feature = "otlp"))]
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Whether the terminal shows what happens; see
/// [`Builder::terminal`](crate::Builder::terminal).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Terminal {
    /// Where stderr is a terminal.
    #[default]
    Auto,
    /// In any case: also into a file or a pipe, without colours.
    On,
    /// Never.
    Off,
}

impl Settings {
    /// Reads the environment of this process, now.
    pub(crate) fn from_environment() -> Self {
        let mut settings = Self::read(|name| std::env::var_os(name));
        if ENABLED {
            settings.warnings.extend(misspelt::warnings(std::env::vars_os()));
            return settings;
        }
        // It says who we are, and nothing of what would be done.
        Self { disabled: true, prices_file: None, warnings: Vec::new(), ..settings }
    }

    /// Reads whatever environment `lookup` has.
    pub(super) fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let mut from = Reader { lookup, warnings: Vec::new() };
        let mut resource = from.read(table::RESOURCE_ATTRIBUTES, Resource::parse).unwrap_or_default();
        if let Some(name) = from.text(table::SERVICE_NAME) {
            resource.set_service_name(&name);
        }
        if let Some(version) = from.text(table::SERVICE_VERSION) {
            resource.set_service_version(&version);
        }
        if let Some(environment) = from.text(table::ENVIRONMENT) {
            resource.set_environment(&environment);
        }
        Self {
            disabled: from.read(table::DISABLED, boolean).unwrap_or(false),
            resource,
            #[cfg(any(feature = "datadog", feature = "newrelic", feature = "sentry"))]
            apm: super::apm::Apm::read(&mut from),
            #[cfg(feature = "server")]
            listen: from.listen(),
            #[cfg(feature = "server")]
            metrics_token: from.metrics_token(),
            #[cfg(feature = "traces")]
            content: from.read(table::CAPTURE_CONTENT, content::parse),
            #[cfg(feature = "traces")]
            limits: from.limits(),
            prices_file: from.path(table::PRICES_FILE),
            #[cfg(feature = "traces")]
            traces: from.traces(),
            #[cfg(feature = "otlp")]
            otlp_traces: from.otlp(&super::otlp::TRACES),
            #[cfg(feature = "otlp")]
            otlp_metrics: from.otlp(&super::otlp::METRICS),
            #[cfg(feature = "otlp")]
            metrics: from.metrics(),
            terminal: from.read(table::TERMINAL, terminal),
            #[cfg(feature = "traces")]
            propagators: from.read(table::PROPAGATORS, super::Propagator::parse_list),
            colours: from.text(table::NO_COLOR).is_none() && from.text(table::TERM).as_deref() != Some("dumb"),
            warnings: from.warnings,
        }
    }
}

pub(super) struct Reader<F> {
    lookup: F,
    pub(super) warnings: Vec<String>,
}

impl<F: Fn(&str) -> Option<OsString>> Reader<F> {
    /// Empty is as good as not set (OpenTelemetry has it so).
    fn raw(&self, setting: &Setting) -> Option<OsString> {
        let value = (self.lookup)(setting.name)?;
        (!value.to_string_lossy().trim().is_empty()).then_some(value)
    }

    /// What `parse` makes of the value; nothing, and a warning, where it can make nothing of it.
    pub(super) fn read<T>(&mut self, setting: Setting, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = self.raw(&setting)?;
        let parsed = value.to_str().and_then(|value| parse(value.trim()));
        if parsed.is_none() {
            self.warnings.push(ignored(&setting, &value.to_string_lossy()));
        }
        parsed
    }

    pub(super) fn text(&mut self, setting: Setting) -> Option<String> {
        self.read(setting, |text| Some(text.to_owned()))
    }

    /// [`read`](Self::read) of what may be secret: the warning does not show the value.
    #[cfg(feature = "otlp")]
    pub(super) fn read_secret<T>(&mut self, setting: Setting, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = self.raw(&setting)?;
        let parsed = value.to_str().and_then(|value| parse(value.trim()));
        if parsed.is_none() {
            let Setting { name, takes, .. } = setting;
            self.warnings.push(format!("the environment variable `{name}` counts as not set: it takes {takes}"));
        }
        parsed
    }

    /// A path may be what is no UTF-8.
    pub(super) fn path(&mut self, setting: Setting) -> Option<PathBuf> {
        self.raw(&setting).map(PathBuf::from)
    }

    #[cfg(feature = "traces")]
    fn limits(&mut self) -> Limits {
        // Read in any case: a value that makes no sense is told even where it is beaten.
        let mut number = |setting| self.read(setting, |number| number.parse().ok());
        let (value_length, span_value_length) = (number(table::VALUE_LENGTH), number(table::SPAN_VALUE_LENGTH));
        let attributes = number(table::ATTRIBUTE_COUNT);
        Limits {
            value_length: span_value_length.or(value_length),
            attributes: number(table::SPAN_ATTRIBUTE_COUNT).or(attributes),
            event_attributes: number(table::EVENT_ATTRIBUTE_COUNT).or(attributes),
            events: number(table::EVENT_COUNT),
            links: number(table::LINK_COUNT),
        }
    }

    #[cfg(feature = "server")]
    fn listen(&mut self) -> Option<Listen> {
        let whole = self.read(table::LISTEN, listen);
        // Read in any case: a value that makes no sense is told even where it is beaten.
        let host = self.read(table::PROMETHEUS_HOST, host);
        let port = self.read(table::PROMETHEUS_PORT, |port| port.parse().ok());
        if whole.is_some() || (host, port) == (None, None) {
            return whole;
        }
        let host = host.unwrap_or(PRESET_ADDRESS.ip());
        Some(Listen::On(SocketAddr::new(host, port.unwrap_or(PRESET_ADDRESS.port()))))
    }

    /// Whether it can be a token is judged where it is used: one that cannot must
    /// not be the same as none.
    #[cfg(feature = "server")]
    fn metrics_token(&mut self) -> Option<TokenSource> {
        let value = self.raw(&table::METRICS_TOKEN).map(|value| {
            let value = value.to_string_lossy().trim().to_owned();
            TokenSource::Value(Secret::new(value))
        });
        value.or_else(|| self.path(table::METRICS_TOKEN_FILE).map(TokenSource::File))
    }
}

fn ignored(Setting { name, takes, preset }: &Setting, value: &str) -> String {
    let mut shown: String = value.chars().take(LONGEST_SHOWN).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    let shown = shown.escape_debug();
    format!("the environment variable `{name}` is `{shown}` and counts as not set: it takes {takes} (preset: {preset})")
}

pub(super) fn boolean(value: &str) -> Option<bool> {
    match value {
        _ if value.eq_ignore_ascii_case("true") => Some(true),
        _ if value.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn terminal(value: &str) -> Option<Terminal> {
    let known = [("auto", Terminal::Auto), ("on", Terminal::On), ("off", Terminal::Off)];
    known.into_iter().find(|(name, _)| value.eq_ignore_ascii_case(name)).map(|(_, terminal)| terminal)
}

/// Names other than `localhost` are not asked for: a resolver may take half a
/// minute, which nobody's `main` should wait for.
#[cfg(feature = "server")]
fn listen(value: &str) -> Option<Listen> {
    if value.eq_ignore_ascii_case("off") {
        return Some(Listen::Off);
    }
    if let Ok(address) = value.parse() {
        return Some(Listen::On(address));
    }
    let (name, port) = value.rsplit_once(':')?;
    let port = port.parse().ok()?;
    name.eq_ignore_ascii_case("localhost").then(|| Listen::On(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)))
}

#[cfg(feature = "server")]
fn host(value: &str) -> Option<IpAddr> {
    if value.eq_ignore_ascii_case("localhost") {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    let bare = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
    bare.unwrap_or(value).parse().ok()
}
