//! Every variable that is read, one row each: the table of `docs/settings.md` is
//! generated from them. To add a setting, add a row here and read it in `read`.

/// A variable, as a warning about its value needs it.
pub(super) struct Setting {
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) takes: &'static str,
    /// What holds where it is not set.
    pub(super) preset: &'static str,
}

/// A row of the documentation.
#[cfg(test)]
pub(super) struct Row {
    pub(super) setting: Setting,
    pub(super) does: &'static str,
    /// What wins against it, beside nothing else.
    pub(super) beaten_by: &'static str,
}

macro_rules! settings {
    ($($(#[$gate:meta])* $row:ident = $name:literal, takes $takes:literal, preset $preset:literal,
        does $does:literal, beaten by $beaten_by:literal;)*) => {
        $($(#[$gate])* pub(super) const $row: Setting = Setting { name: $name, takes: $takes, preset: $preset };)*

        pub(super) const NAMES: &[&str] = &[$($(#[$gate])* $name,)*];

        /// All rows, in the order of the documentation.
        #[cfg(test)]
        pub(super) const TABLE: &[Row] = &[$(Row {
            setting: Setting { name: $name, takes: $takes, preset: $preset }, does: $does, beaten_by: $beaten_by,
        },)*];
    };
}

settings! {
    SERVICE_NAME = "OTEL_SERVICE_NAME",
        takes "a text",
        preset "what `init` is given, else `unknown_service`",
        does "names the service",
        beaten by "`Builder::service_name`";
    RESOURCE_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES",
        takes "a list `key=value,key2=value2`, in which `,`, `=` and `%` are percent-encoded as `%2C`, `%3D` and `%25`",
        preset "nothing",
        does "says what the process is; `service.name`, `service.version`, `deployment.environment.name` and, where that is not given, `deployment.environment` are the service's name, version and environment",
        beaten by "the rows of the single attributes, and what beats those";
    SERVICE_VERSION = "ARC_OBS_SERVICE_VERSION",
        takes "a text",
        preset "`unknown`",
        does "is the service's version: the label `version` of `arc_app_info`",
        beaten by "`Builder::service_version`";
    ENVIRONMENT = "ARC_OBS_ENVIRONMENT",
        takes "a text",
        preset "`unknown`",
        does "says where the service runs (`production`, `staging`): the label `environment` of `arc_app_info`",
        beaten by "`Builder::environment`";
    DISABLED = "OTEL_SDK_DISABLED",
        takes "`true` or `false`",
        preset "`false`",
        does "opens no port and starts no thread where it is `true`; see below",
        beaten by "nothing";
    #[cfg(feature = "traces")]
    CAPTURE_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
        takes "`NO_CONTENT` (or `false`), `SPAN_ONLY` (or `true`), `EVENT_ONLY` or `SPAN_AND_EVENT`",
        preset "`SPAN_ONLY`",
        does "says where prompts and answers go of the LLM calls whose attribute says `capture`; those of others are never read",
        beaten by "`Builder::capture_content`";
    #[cfg(feature = "traces")]
    VALUE_LENGTH = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        takes "a whole number",
        preset "`65536`",
        does "is how many characters a text of a span may have; what is longer is cut, and ends in `…`",
        beaten by "`OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`";
    #[cfg(feature = "traces")]
    SPAN_VALUE_LENGTH = "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        takes "a whole number",
        preset "that of `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`",
        does "is the same, of spans alone",
        beaten by "nothing";
    #[cfg(feature = "traces")]
    ATTRIBUTE_COUNT = "OTEL_ATTRIBUTE_COUNT_LIMIT",
        takes "a whole number",
        preset "`128`",
        does "is how many attributes a span or an event may have, beside those that arc-obs has itself",
        beaten by "`OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`";
    #[cfg(feature = "traces")]
    SPAN_ATTRIBUTE_COUNT = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
        takes "a whole number",
        preset "that of `OTEL_ATTRIBUTE_COUNT_LIMIT`",
        does "is the same, of spans alone",
        beaten by "nothing";
    #[cfg(feature = "traces")]
    EVENT_ATTRIBUTE_COUNT = "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
        takes "a whole number",
        preset "that of `OTEL_ATTRIBUTE_COUNT_LIMIT`",
        does "is the same, of events alone",
        beaten by "nothing";
    #[cfg(feature = "traces")]
    EVENT_COUNT = "OTEL_SPAN_EVENT_COUNT_LIMIT",
        takes "a whole number",
        preset "`128`",
        does "is how many events a span may have",
        beaten by "nothing";
    #[cfg(feature = "traces")]
    LINK_COUNT = "OTEL_SPAN_LINK_COUNT_LIMIT",
        takes "a whole number",
        preset "`128`",
        does "is how many links a span may have",
        beaten by "nothing";
    #[cfg(feature = "server")]
    LISTEN = "ARC_OBS_LISTEN",
        takes "`ADDRESS:PORT` with an IP address (`[::1]:9090` for IPv6) or `localhost`, or `off`",
        preset "`127.0.0.1:9090`",
        does "serves `/metrics`, `/livez` and `/readyz` there as soon as the address can be had, or nowhere",
        beaten by "`Builder::listen`, `listen_when_free`, `no_server`";
    #[cfg(feature = "server")]
    PROMETHEUS_HOST = "OTEL_EXPORTER_PROMETHEUS_HOST",
        takes "an IP address or `localhost`",
        preset "`127.0.0.1`",
        does "is the address of `ARC_OBS_LISTEN` alone",
        beaten by "`ARC_OBS_LISTEN`, and what beats that";
    #[cfg(feature = "server")]
    PROMETHEUS_PORT = "OTEL_EXPORTER_PROMETHEUS_PORT",
        takes "a port: a whole number from 0 to 65535, of which 0 is any free one",
        preset "`9090`",
        does "is the port of `ARC_OBS_LISTEN` alone",
        beaten by "`ARC_OBS_LISTEN`, and what beats that";
    #[cfg(feature = "server")]
    METRICS_TOKEN = "ARC_OBS_METRICS_TOKEN",
        takes "visible ASCII characters, up to 4096",
        preset "none: everybody is answered",
        does "is the token without which the server answers nobody: `Authorization: Bearer …`",
        beaten by "`Builder::metrics_token`, `metrics_token_file`";
    #[cfg(feature = "server")]
    METRICS_TOKEN_FILE = "ARC_OBS_METRICS_TOKEN_FILE",
        takes "the path of a file",
        preset "none",
        does "holds that token, read once at the start; white space around it is left out",
        beaten by "`ARC_OBS_METRICS_TOKEN`, and what beats that";
    PRICES_FILE = "ARC_OBS_PRICES_FILE",
        takes "the path of a file",
        preset "none: the built-in prices",
        does "holds prices of your own, in JSON; one that cannot be used is warned of and left out, until `reload_prices` tries it again",
        beaten by "`Builder::prices_file`";
    TERMINAL = "ARC_OBS_TERMINAL",
        takes "`auto`, `on` or `off`",
        preset "`auto`: where stderr is a terminal",
        does "shows on stderr what is happening, or does not",
        beaten by "`Builder::terminal`";
    NO_COLOR = "NO_COLOR",
        takes "any text",
        preset "colours, where stderr is a terminal",
        does "shows it without colours",
        beaten by "nothing";
    TERM = "TERM",
        takes "the name of a kind of terminal",
        preset "one with colours",
        does "shows it without colours where it is `dumb`",
        beaten by "nothing";
}
