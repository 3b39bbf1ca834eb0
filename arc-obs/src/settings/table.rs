//! Every variable that is read, one row each: the table of `docs/settings.md` is
//! generated from them. To add a setting, add a row here and read it in `read`.

/// A variable, as a warning about its value needs it.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) takes: &'static str,
    /// What holds where it is not set.
    pub(super) preset: &'static str,
}

/// A row of the documentation.
#[cfg(test)]
#[allow(dead_code, reason = "the documentation is compared where all rows are there")]
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
        preset "`SPAN_ONLY`, of the functions whose attribute says `capture`",
        does "asks for the prompts and answers of all LLM calls and what tools are given and find, and says where they go, or that none do; where it is not set, those of functions that do not say `capture` are never read",
        beaten by "`Builder::capture_content`";
    #[cfg(feature = "traces")]
    VALUE_LENGTH = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        takes "a whole number",
        preset "`65536`",
        does "is how many characters a text of a span may have; what is longer is cut, and ends in `…`, and of none more than a mebibyte is kept",
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
    #[cfg(feature = "traces")]
    TRACES_EXPORTER = "OTEL_TRACES_EXPORTER",
        takes "`otlp` or `none`",
        preset "`otlp` where one of the two addresses is set, else `none`",
        does "says whether the environment has traces exported at all",
        beaten by "`Builder::otlp`, `span_exporter`";
    #[cfg(feature = "traces")]
    TRACES_SAMPLER = "OTEL_TRACES_SAMPLER",
        takes "`always_on`, `always_off`, `traceidratio`, or one of these behind `parentbased_`",
        preset "`parentbased_always_on`",
        does "says which traces are kept",
        beaten by "`Builder::sampling`";
    #[cfg(feature = "traces")]
    TRACES_SAMPLER_ARG = "OTEL_TRACES_SAMPLER_ARG",
        takes "a number from 0 to 1",
        preset "`1`",
        does "is the part of the traces that `traceidratio` keeps",
        beaten by "`Builder::sampling`";
    #[cfg(feature = "traces")]
    SEMCONV_OPT_IN = "OTEL_SEMCONV_STABILITY_OPT_IN",
        takes "a list with commas, of which `gen_ai_latest_experimental` is read and other words are other libraries'",
        preset "`Conventions::GenAi`",
        does "chooses `Conventions::GenAiNext`, where it has that word: the names under which spans leave the process",
        beaten by "`Builder::conventions`";
    #[cfg(feature = "traces")]
    BSP_SCHEDULE_DELAY = "OTEL_BSP_SCHEDULE_DELAY",
        takes "milliseconds: a whole number from 1",
        preset "`5000`",
        does "is how long a span waits at most for others to be exported with",
        beaten by "nothing";
    #[cfg(feature = "traces")]
    BSP_EXPORT_TIMEOUT = "OTEL_BSP_EXPORT_TIMEOUT",
        takes "milliseconds: a whole number from 1",
        preset "`30000`",
        does "is how long an exporter may take for a batch, all tries included",
        beaten by "nothing";
    #[cfg(feature = "traces")]
    BSP_MAX_QUEUE_SIZE = "OTEL_BSP_MAX_QUEUE_SIZE",
        takes "a whole number from 1 to 1000000",
        preset "`2048`",
        does "is how many spans wait at most, in the process and for each exporter; more are dropped, and counted",
        beaten by "nothing";
    #[cfg(feature = "traces")]
    BSP_MAX_EXPORT_BATCH_SIZE = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        takes "a whole number from 1 to 1000000",
        preset "`512`",
        does "is how many spans a batch has at most, and no more than the queue",
        beaten by "nothing";
    #[cfg(feature = "otlp")]
    METRICS_EXPORTER = "OTEL_METRICS_EXPORTER",
        takes "`otlp`, `none`, or `prometheus`, which is served in any case",
        preset "`otlp` where one of the two addresses is set, else `none`",
        does "says whether the environment has metrics exported at all",
        beaten by "`Builder::otlp_metrics`";
    #[cfg(feature = "otlp")]
    METRIC_EXPORT_INTERVAL = "OTEL_METRIC_EXPORT_INTERVAL",
        takes "milliseconds: a whole number from 1",
        preset "`60000`",
        does "is how often metrics are exported",
        beaten by "nothing";
    #[cfg(feature = "otlp")]
    METRIC_EXPORT_TIMEOUT = "OTEL_METRIC_EXPORT_TIMEOUT",
        takes "milliseconds: a whole number from 1",
        preset "`30000`",
        does "is how long one export of metrics may take, all tries included",
        beaten by "nothing";
    #[cfg(feature = "otlp")]
    OTLP_METRICS_TEMPORALITY = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
        takes "`cumulative`, `delta` or `lowmemory`, which is `delta` here",
        preset "`cumulative`",
        does "says whether counters and histograms are told since the start, or since the last export",
        beaten by "nothing";
    #[cfg(feature = "otlp")]
    OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT",
        takes "an address: `http://…` or `https://…`; for gRPC also `HOST:PORT`",
        preset "`http://localhost:4318`, for gRPC `http://localhost:4317`; nothing is sent unless one is set, or `OTEL_TRACES_EXPORTER`",
        does "is the address of a receiver of OTLP; for HTTP, `/v1/traces` or `/v1/metrics` is added to it",
        beaten by "`Builder::otlp`, and the variables of single signals";
    #[cfg(feature = "otlp")]
    OTLP_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL",
        takes "`http/protobuf` or `grpc` (feature `otlp-grpc`)",
        preset "`http/protobuf`",
        does "says what OTLP is spoken over",
        beaten by "`Builder::otlp`, and the variables of single signals";
    #[cfg(feature = "otlp")]
    OTLP_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS",
        takes "a list `name=value,name2=value2`, in which `,`, `=` and `%` are percent-encoded",
        preset "none",
        does "are sent along, such as the key of a back end; never shown",
        beaten by "`Builder::otlp`, and the variables of single signals";
    #[cfg(feature = "otlp")]
    OTLP_TIMEOUT = "OTEL_EXPORTER_OTLP_TIMEOUT",
        takes "milliseconds: a whole number from 1",
        preset "`10000`",
        does "is how long one try may take",
        beaten by "`Builder::otlp`, and the variables of single signals";
    #[cfg(feature = "otlp")]
    OTLP_COMPRESSION = "OTEL_EXPORTER_OTLP_COMPRESSION",
        takes "`gzip` or `none`",
        preset "`none`",
        does "says whether what is sent is packed",
        beaten by "`Builder::otlp`, and the variables of single signals";
    #[cfg(feature = "otlp")]
    OTLP_CERTIFICATE = "OTEL_EXPORTER_OTLP_CERTIFICATE",
        takes "the path of a file (PEM)",
        preset "those that the system trusts",
        does "has the certificates of which one has to vouch for the receiver",
        beaten by "`Builder::otlp`, and the variables of single signals";
    #[cfg(feature = "otlp")]
    OTLP_CLIENT_CERTIFICATE = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        takes "the path of a file (PEM)",
        preset "none",
        does "has the certificate that is shown to the receiver",
        beaten by "`Builder::otlp`, and the variables of single signals";
    #[cfg(feature = "otlp")]
    OTLP_CLIENT_KEY = "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        takes "the path of a file (PEM)",
        preset "none",
        does "has the key of that certificate",
        beaten by "`Builder::otlp`, and the variables of single signals";
    #[cfg(feature = "otlp")]
    OTLP_INSECURE = "OTEL_EXPORTER_OTLP_INSECURE",
        takes "`true` or `false`",
        preset "`false`",
        does "says that a gRPC address without `http://` or `https://` is not encrypted",
        beaten by "`Builder::otlp`, and the variables of single signals";
    #[cfg(feature = "otlp")]
    OTLP_TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        takes "an address: `http://…` or `https://…`; for gRPC also `HOST:PORT`",
        preset "what `OTEL_EXPORTER_OTLP_ENDPOINT` says",
        does "is the address for traces, as it is, with nothing added",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_TRACES_PROTOCOL = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        takes "`http/protobuf` or `grpc` (feature `otlp-grpc`)",
        preset "what `OTEL_EXPORTER_OTLP_PROTOCOL` says",
        does "is `OTEL_EXPORTER_OTLP_PROTOCOL` for traces alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_TRACES_HEADERS = "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        takes "a list `name=value,name2=value2`, in which `,`, `=` and `%` are percent-encoded",
        preset "what `OTEL_EXPORTER_OTLP_HEADERS` says",
        does "is `OTEL_EXPORTER_OTLP_HEADERS` for traces alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_TRACES_TIMEOUT = "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        takes "milliseconds: a whole number from 1",
        preset "what `OTEL_EXPORTER_OTLP_TIMEOUT` says",
        does "is `OTEL_EXPORTER_OTLP_TIMEOUT` for traces alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_TRACES_COMPRESSION = "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        takes "`gzip` or `none`",
        preset "what `OTEL_EXPORTER_OTLP_COMPRESSION` says",
        does "is `OTEL_EXPORTER_OTLP_COMPRESSION` for traces alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_TRACES_CERTIFICATE = "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
        takes "the path of a file (PEM)",
        preset "what `OTEL_EXPORTER_OTLP_CERTIFICATE` says",
        does "is `OTEL_EXPORTER_OTLP_CERTIFICATE` for traces alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_TRACES_CLIENT_CERTIFICATE = "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
        takes "the path of a file (PEM)",
        preset "what `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` says",
        does "is `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` for traces alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_TRACES_CLIENT_KEY = "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
        takes "the path of a file (PEM)",
        preset "what `OTEL_EXPORTER_OTLP_CLIENT_KEY` says",
        does "is `OTEL_EXPORTER_OTLP_CLIENT_KEY` for traces alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_TRACES_INSECURE = "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
        takes "`true` or `false`",
        preset "what `OTEL_EXPORTER_OTLP_INSECURE` says",
        does "is `OTEL_EXPORTER_OTLP_INSECURE` for traces alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_METRICS_ENDPOINT = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        takes "an address: `http://…` or `https://…`; for gRPC also `HOST:PORT`",
        preset "what `OTEL_EXPORTER_OTLP_ENDPOINT` says",
        does "is the address for metrics, as it is, with nothing added",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_METRICS_PROTOCOL = "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
        takes "`http/protobuf` or `grpc` (feature `otlp-grpc`)",
        preset "what `OTEL_EXPORTER_OTLP_PROTOCOL` says",
        does "is `OTEL_EXPORTER_OTLP_PROTOCOL` for metrics alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_METRICS_HEADERS = "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
        takes "a list `name=value,name2=value2`, in which `,`, `=` and `%` are percent-encoded",
        preset "what `OTEL_EXPORTER_OTLP_HEADERS` says",
        does "is `OTEL_EXPORTER_OTLP_HEADERS` for metrics alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_METRICS_TIMEOUT = "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
        takes "milliseconds: a whole number from 1",
        preset "what `OTEL_EXPORTER_OTLP_TIMEOUT` says",
        does "is `OTEL_EXPORTER_OTLP_TIMEOUT` for metrics alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_METRICS_COMPRESSION = "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
        takes "`gzip` or `none`",
        preset "what `OTEL_EXPORTER_OTLP_COMPRESSION` says",
        does "is `OTEL_EXPORTER_OTLP_COMPRESSION` for metrics alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_METRICS_CERTIFICATE = "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE",
        takes "the path of a file (PEM)",
        preset "what `OTEL_EXPORTER_OTLP_CERTIFICATE` says",
        does "is `OTEL_EXPORTER_OTLP_CERTIFICATE` for metrics alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_METRICS_CLIENT_CERTIFICATE = "OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE",
        takes "the path of a file (PEM)",
        preset "what `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` says",
        does "is `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` for metrics alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_METRICS_CLIENT_KEY = "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY",
        takes "the path of a file (PEM)",
        preset "what `OTEL_EXPORTER_OTLP_CLIENT_KEY` says",
        does "is `OTEL_EXPORTER_OTLP_CLIENT_KEY` for metrics alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "otlp")]
    OTLP_METRICS_INSECURE = "OTEL_EXPORTER_OTLP_METRICS_INSECURE",
        takes "`true` or `false`",
        preset "what `OTEL_EXPORTER_OTLP_INSECURE` says",
        does "is `OTEL_EXPORTER_OTLP_INSECURE` for metrics alone",
        beaten by "`Builder::otlp`";
    #[cfg(feature = "datadog")]
    DATADOG_URL = "DD_TRACE_AGENT_URL",
        takes "an address, `http://HOST:PORT`",
        preset "what `DD_AGENT_HOST` and `DD_TRACE_AGENT_PORT` say",
        does "is where Datadog's agent is, for `apm::datadog`; by itself it sends nothing",
        beaten by "`Datadog::agent`";
    #[cfg(feature = "datadog")]
    DATADOG_HOST = "DD_AGENT_HOST",
        takes "a host's name or address",
        preset "`127.0.0.1`",
        does "is the host of `DD_TRACE_AGENT_URL` alone",
        beaten by "`DD_TRACE_AGENT_URL`, and what beats that";
    #[cfg(feature = "datadog")]
    DATADOG_PORT = "DD_TRACE_AGENT_PORT",
        takes "a port: a whole number from 1 to 65535",
        preset "`8126`",
        does "is the port of `DD_TRACE_AGENT_URL` alone",
        beaten by "`DD_TRACE_AGENT_URL`, and what beats that";
    #[cfg(feature = "datadog")]
    DATADOG_SERVICE = "DD_SERVICE",
        takes "a text",
        preset "the service's name, as said above",
        does "is what Datadog alone calls the service, for `apm::datadog`",
        beaten by "nothing";
    #[cfg(feature = "datadog")]
    DATADOG_ENV = "DD_ENV",
        takes "a text",
        preset "where the service runs, as said above",
        does "is the same of where it runs",
        beaten by "nothing";
    #[cfg(feature = "datadog")]
    DATADOG_VERSION = "DD_VERSION",
        takes "a text",
        preset "the service's version, as said above",
        does "is the same of its version",
        beaten by "nothing";
    #[cfg(feature = "datadog")]
    DATADOG_TAGS = "DD_TAGS",
        takes "`key:value`, several with a `,` or a space between them",
        preset "none",
        does "are tags of each span, for Datadog alone",
        beaten by "nothing";
    #[cfg(feature = "newrelic")]
    NEW_RELIC_KEY = "NEW_RELIC_LICENSE_KEY",
        takes "a licence key: letters and digits",
        preset "none: nothing goes to New Relic",
        does "is the key of an account of New Relic's, for `apm::newrelic`; by itself it sends nothing",
        beaten by "`NewRelic::license_key`, `license_key_file`";
    #[cfg(feature = "sentry")]
    SENTRY_DSN = "SENTRY_DSN",
        takes "a DSN, `https://KEY@HOST/PROJECT`",
        preset "none: nothing goes to Sentry",
        does "is the project of Sentry's, for `apm::sentry`; by itself it sends nothing",
        beaten by "`Sentry::dsn`, `dsn_file`";
    #[cfg(feature = "sentry")]
    SENTRY_RELEASE = "SENTRY_RELEASE",
        takes "a text",
        preset "the service's name and version, `shop@1.2.3`",
        does "is the release, for `apm::sentry`",
        beaten by "`Sentry::release`";
    #[cfg(feature = "sentry")]
    SENTRY_ENVIRONMENT = "SENTRY_ENVIRONMENT",
        takes "a text",
        preset "where the service runs, as said above",
        does "is the environment, for `apm::sentry`",
        beaten by "`Sentry::environment`";
    TERMINAL = "ARC_OBS_TERMINAL",
        takes "`auto`, `on` or `off`",
        preset "`auto`: where stderr is a terminal",
        does "shows on stderr what is happening, or does not",
        beaten by "`Builder::terminal`";
    #[cfg(feature = "traces")]
    PROPAGATORS = "OTEL_PROPAGATORS",
        takes "a list of `tracecontext`, `baggage`, `b3` and `b3multi`, or `none`",
        preset "`tracecontext,baggage`",
        does "says in which headers requests name their trace",
        beaten by "`Builder::propagators`";
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
