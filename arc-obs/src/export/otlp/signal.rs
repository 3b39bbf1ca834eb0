//! What is sent.

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Metrics,
}

impl Signal {
    /// In messages.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
        }
    }

    /// What is behind an address that is for all signals.
    pub(crate) const fn path(self) -> [&'static str; 2] {
        match self {
            Self::Traces => ["v1", "traces"],
            Self::Metrics => ["v1", "metrics"],
        }
    }

    #[cfg(feature = "otlp-grpc")]
    pub(super) const fn method(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        }
    }
}
