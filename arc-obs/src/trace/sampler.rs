//! Which traces are kept.

use opentelemetry::trace::SpanContext;

use crate::operation::Usd;

/// What becomes of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is recorded and exported.
    Sample,
    /// It only passes on that its trace is not sampled.
    Drop,
}

/// Which traces are kept.
///
/// Preset is: all, and of a request that comes from another service those that this one
/// keeps. Where [`Builder::sampling`](crate::Builder::sampling) is not called,
/// `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` say it.
///
/// A share of traces is chosen by their ids, so that services with the same share choose the
/// same ones. What fails or is expensive can be kept besides: then the spans of the others
/// are held back, in bounded memory, until the first of the trace in this process has ended.
///
/// ```
/// use arc_obs::{Sampling, Usd};
///
/// let a_tenth_and_what_matters = Sampling::ratio(0.1).keep_errors().keep_above(Usd::from_nanos(50_000_000));
/// let builder = arc_obs::builder().sampling(a_tenth_and_what_matters);
/// # drop(builder);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "give it to `Builder::sampling`"]
pub struct Sampling {
    pub(crate) sampler: Sampler,
    pub(crate) keep: Keep,
}

impl Sampling {
    /// All traces.
    ///
    /// ```
    /// let builder = arc_obs::builder().sampling(arc_obs::Sampling::always());
    /// # drop(builder);
    /// ```
    pub const fn always() -> Self {
        Self::of(Root::AlwaysOn)
    }

    /// None that begins here.
    ///
    /// ```
    /// // Those that another service has begun and keeps, and those that fail.
    /// let builder = arc_obs::builder().sampling(arc_obs::Sampling::never().keep_errors());
    /// # drop(builder);
    /// ```
    pub const fn never() -> Self {
        Self::of(Root::AlwaysOff)
    }

    /// This share of traces, from 0 to 1; what is outside of that is the nearer end, and what
    /// is no number is 0.
    ///
    /// ```
    /// let builder = arc_obs::builder().sampling(arc_obs::Sampling::ratio(0.1));
    /// # drop(builder);
    /// ```
    pub fn ratio(share: f64) -> Self {
        Self::of(Root::ratio(share))
    }

    const fn of(root: Root) -> Self {
        Self { sampler: Sampler::new(root, true), keep: Keep { errors: false, above: None } }
    }

    /// Decides for each span by itself, whatever the one around it does.
    ///
    /// Of a ratio that is the same for all spans of a trace: so it only no longer matters what
    /// another service says.
    ///
    /// ```
    /// let builder = arc_obs::builder().sampling(arc_obs::Sampling::ratio(0.1).whatever_the_parent());
    /// # drop(builder);
    /// ```
    pub const fn whatever_the_parent(mut self) -> Self {
        self.sampler.by_parent = false;
        self
    }

    /// Keeps every trace in which something failed, too.
    ///
    /// ```
    /// let builder = arc_obs::builder().sampling(arc_obs::Sampling::ratio(0.01).keep_errors());
    /// # drop(builder);
    /// ```
    pub const fn keep_errors(mut self) -> Self {
        self.keep.errors = true;
        self
    }

    /// Keeps every trace in which a single call cost more than this, too.
    ///
    /// ```
    /// use arc_obs::{Sampling, Usd};
    ///
    /// let builder = arc_obs::builder().sampling(Sampling::ratio(0.01).keep_above(Usd::from_nanos(1_000_000_000)));
    /// # drop(builder);
    /// ```
    pub const fn keep_above(mut self, cost: Usd) -> Self {
        self.keep.above = Some(cost);
        self
    }
}

impl Default for Sampling {
    fn default() -> Self {
        Self::of(Root::AlwaysOn)
    }
}

impl From<Sampler> for Sampling {
    fn from(sampler: Sampler) -> Self {
        Self { sampler, ..Self::default() }
    }
}

/// What is kept of the traces that are not sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keep {
    pub(crate) errors: bool,
    /// What costs more.
    pub(crate) above: Option<Usd>,
}

impl Keep {
    /// Whether anything is.
    pub(crate) const fn is_anything(&self) -> bool {
        self.errors || self.above.is_some()
    }
}

/// Which traces are sampled, in the words of `OTEL_TRACES_SAMPLER`.
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

impl Root {
    /// The ratio, from 0 to 1, of traces.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and NaN is 0")]
    pub(crate) fn ratio(ratio: f64) -> Self {
        if ratio >= 1.0 { Self::AlwaysOn } else { Self::Ratio((ratio.max(0.0) * (1_u64 << 63) as f64) as u64) }
    }
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

    /// What `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` say; `None` where the name is
    /// none of the specification's, or the other is no number from 0 to 1 and one is wanted.
    #[cfg_attr(not(test), allow(dead_code, reason = "`setup` is to read the environment by it"))]
    pub(crate) fn parse(name: &str, arg: Option<&str>) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let (by_parent, name) = match name.strip_prefix("parentbased_") {
            Some(rest) => (true, rest),
            None => (false, &*name),
        };
        let root = match name {
            "always_on" => Root::AlwaysOn,
            "always_off" => Root::AlwaysOff,
            "traceidratio" => {
                let arg = arg.map(str::trim).filter(|arg| !arg.is_empty());
                let ratio = arg.map_or(Ok(1.0), str::parse::<f64>).ok()?;
                if !(0.0..=1.0).contains(&ratio) {
                    return None;
                }
                Root::ratio(ratio)
            }
            _ => return None,
        };
        Some(Self { root, by_parent })
    }

    /// The same for every span of a trace that is decided for itself, in whatever process.
    pub(crate) fn decide(&self, parent: Option<&SpanContext>, trace_id: opentelemetry::TraceId) -> Verdict {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_environment() {
        let ratio = |ratio, by_parent| Some(Sampler::new(Root::ratio(ratio), by_parent));
        let cases = [
            ("always_on", None, Some(Sampler::new(Root::AlwaysOn, false))),
            ("always_off", Some("0.5"), Some(Sampler::new(Root::AlwaysOff, false))),
            ("parentbased_always_on", None, Some(Sampler::default())),
            ("parentbased_always_off", None, Some(Sampler::new(Root::AlwaysOff, true))),
            ("traceidratio", Some("0.25"), ratio(0.25, false)),
            (" ParentBased_TraceIdRatio ", Some(" 1e-3 "), ratio(0.001, true)),
            ("traceidratio", None, ratio(1.0, false)),
            ("traceidratio", Some(""), ratio(1.0, false)),
            ("traceidratio", Some("a tenth"), None),
            ("traceidratio", Some("NaN"), None),
            ("traceidratio", Some("-0.1"), None),
            ("traceidratio", Some("1.1"), None),
            ("jaeger_remote", None, None),
            ("parentbased_", None, None),
            ("", None, None),
        ];
        for (name, arg, sampler) in cases {
            assert_eq!(Sampler::parse(name, arg), sampler, "{name} {arg:?}");
        }
    }

    #[test]
    fn a_ratio_is_one_of_the_ids_and_a_larger_one_keeps_all_that_a_smaller_one_does() {
        let decide = |ratio: f64, id: u64| {
            let id = opentelemetry::TraceId::from(u128::from(id));
            Sampler::new(Root::ratio(ratio), true).decide(None, id) == Verdict::Sample
        };
        let ids = || (0..10_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let tenth = ids().filter(|id| decide(0.1, *id)).count();
        assert!((900..1_100).contains(&tenth), "{tenth}");
        assert!(ids().all(|id| decide(0.5, id) || !decide(0.1, id)));
        assert!(ids().all(|id| decide(1.0, id) && decide(7.0, id)));
        assert!(!ids().any(|id| decide(0.0, id) || decide(-1.0, id) || decide(f64::NAN, id)));
    }
}
