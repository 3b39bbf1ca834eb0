//! Which traces are kept.

use opentelemetry::trace::SpanContext;

/// What becomes of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is recorded and exported.
    Sample,
    /// It only passes on that its trace is not sampled.
    Drop,
}

/// Which traces are kept, in the words of `OTEL_TRACES_SAMPLER`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sampler {
    root: Root,
    /// Whether a span does as the one around it.
    by_parent: bool,
}

/// What is done with the first span of a trace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Root {
    AlwaysOn,
    AlwaysOff,
    /// Of so many in 2^63 each.
    Ratio(u64),
}

impl Default for Sampler {
    fn default() -> Self {
        Self { root: Root::AlwaysOn, by_parent: true }
    }
}

impl Sampler {
    pub(crate) const fn new(root: Root, by_parent: bool) -> Self {
        Self { root, by_parent }
    }

    /// The ratio, from 0 to 1, of traces.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and NaN is 0")]
    pub(crate) fn ratio(ratio: f64) -> Root {
        if ratio >= 1.0 { Root::AlwaysOn } else { Root::Ratio((ratio.max(0.0) * (1_u64 << 63) as f64) as u64) }
    }

    /// The same for every span of a trace that is decided for itself, in whatever process.
    pub(crate) fn decide(
        &self,
        parent: Option<&SpanContext>,
        trace_id: opentelemetry::TraceId,
        _name: &str,
    ) -> Verdict {
        let is_kept = match (parent, self.by_parent) {
            (Some(parent), true) => parent.is_sampled(),
            _ => match self.root {
                Root::AlwaysOn => true,
                Root::AlwaysOff => false,
                // As OpenTelemetry's SDKs have it: of the lower half, which are random also where
                // the upper one is a time.
                Root::Ratio(bound) => {
                    let [.., a, b, c, d, e, f, g, h] = trace_id.to_bytes();
                    u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 1 < bound
                }
            },
        };
        if is_kept { Verdict::Sample } else { Verdict::Drop }
    }
}
