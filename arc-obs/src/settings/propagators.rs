//! In which headers a trace is named.

/// In which headers it goes from one process to the next of which trace a request is.
///
/// ```
/// use arc_obs::propagation::Propagator;
///
/// let builder = arc_obs::builder().propagators([Propagator::TraceContext, Propagator::B3]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Propagator {
    /// `traceparent` and `tracestate`, of W3C Trace Context.
    TraceContext = 1,
    /// `baggage`, of W3C Baggage.
    Baggage = 2,
    /// `b3`, of Zipkin.
    B3 = 4,
    /// `X-B3-TraceId` and those beside it, of Zipkin.
    B3Multi = 8,
}

impl Propagator {
    /// Every one, in the order of the variants.
    ///
    /// ```
    /// let names = arc_obs::propagation::Propagator::ALL.map(|propagator| propagator.as_str());
    /// assert_eq!(names, ["tracecontext", "baggage", "b3", "b3multi"]);
    /// ```
    pub const ALL: [Self; 4] = [Self::TraceContext, Self::Baggage, Self::B3, Self::B3Multi];

    /// Its name in `OTEL_PROPAGATORS`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TraceContext => "tracecontext",
            Self::Baggage => "baggage",
            Self::B3 => "b3",
            Self::B3Multi => "b3multi",
        }
    }

    /// A list of names, or `none`.
    pub(super) fn parse_list(text: &str) -> Option<Vec<Self>> {
        if text.eq_ignore_ascii_case("none") {
            return Some(Vec::new());
        }
        let known = |name: &str| Self::ALL.into_iter().find(|one| name.eq_ignore_ascii_case(one.as_str()));
        text.split(',').map(|name| known(name.trim())).collect()
    }
}
