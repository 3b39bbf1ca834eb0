//! What HTTP requests record into: by endpoint, then by method, then by status.

use std::sync::{LazyLock, OnceLock};

use super::catalog::Catalog;
use super::cells::{Counter, Gauge, Histogram, HistogramSnapshot};
use crate::labels::{LabelSet, OTHER};
use crate::operation::Status;

/// The methods of RFC 9110, PATCH (RFC 5789) and QUERY; a client can send any
/// other word, and a label must not grow with them.
const METHODS: [&str; 11] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY", OTHER];

/// The place of a method among those that are known, or of `other`.
fn known_method(method: &str) -> usize {
    METHODS.iter().position(|known| known.eq_ignore_ascii_case(method)).unwrap_or(METHODS.len() - 1)
}

/// A method as it is counted: one that HTTP does not define is `other`.
#[cfg(any(feature = "reqwest", feature = "tower"))]
pub(crate) fn method_name(method: &str) -> &'static str {
    METHODS[known_method(method)]
}

/// What the requests to one endpoint record into, by method.
pub(crate) struct EndpointSeries {
    endpoint: &'static str,
    labels: LabelSet,
    catalog: &'static Catalog,
    by_method: [OnceLock<Box<RequestSeries>>; METHODS.len()],
}

impl EndpointSeries {
    pub(super) fn new(catalog: &'static Catalog, endpoint: &'static str, labels: LabelSet) -> Self {
        Self { endpoint, labels, catalog, by_method: [const { OnceLock::new() }; METHODS.len()] }
    }

    /// Those of one method; one that HTTP does not define is `other`.
    pub(crate) fn of(&self, method: &str) -> &RequestSeries {
        let place = known_method(method);
        self.by_method[place].get_or_init(|| {
            let Self { catalog, endpoint, labels, .. } = *self;
            Box::new(RequestSeries::new(catalog, METHODS[place], endpoint, labels))
        })
    }

    /// Those that there are, with the name of their method.
    pub(crate) fn all(&self) -> impl Iterator<Item = &RequestSeries> {
        self.by_method.iter().filter_map(|series| series.get().map(|series| &**series))
    }
}

/// What the requests of one method to one endpoint record into.
pub(crate) struct RequestSeries {
    pub(crate) method: &'static str,
    pub(crate) endpoint: &'static str,
    labels: LabelSet,
    catalog: &'static Catalog,
    /// By the hundreds of the status, then by its rest; made when one is first seen.
    by_status: [OnceLock<Box<[OnceLock<&'static Counter>; 100]>>; 5],
    other: OnceLock<&'static Counter>,
    duration: &'static Histogram,
    active: &'static Gauge,
}

impl RequestSeries {
    fn new(catalog: &'static Catalog, method: &'static str, endpoint: &'static str, labels: LabelSet) -> Self {
        Self {
            method,
            endpoint,
            labels,
            catalog,
            by_status: [const { OnceLock::new() }; 5],
            other: OnceLock::new(),
            duration: catalog.request_duration.child_with(labels, [method, endpoint]),
            active: catalog.active_requests.child([]),
        }
    }

    fn counter(&self, status: u16) -> &'static Counter {
        let hundreds = usize::from(status / 100).checked_sub(1).and_then(|place| self.by_status.get(place));
        let cell = hundreds.map_or(&self.other, |hundreds| {
            &hundreds.get_or_init(|| Box::new([const { OnceLock::new() }; 100]))[usize::from(status % 100)]
        });
        cell.get_or_init(|| {
            self.catalog.requests.child_with(self.labels, [self.method, self.endpoint, status_code(status)])
        })
    }

    /// The usual success and the usual failure are there from the start, since a counter
    /// that is born at 150 shows no increase.
    pub(crate) fn at_zero(&self) {
        self.counter(200);
        self.counter(500);
    }

    /// One request more is being served.
    #[cold]
    pub(crate) fn started(&self) {
        self.active.add(1);
    }

    /// It has ended.
    #[inline(never)]
    pub(crate) fn finished(&self, status: Option<u16>, nanos: u64) {
        self.active.add(-1);
        self.record(status.unwrap_or(Status::Success.http_status()), nanos);
    }

    pub(crate) fn record(&self, status: u16, nanos: u64) {
        self.counter(status).add(1);
        self.duration.observe(nanos);
    }

    /// How many ended with which status.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (u16, u64)> {
        let of = |cell: &OnceLock<&'static Counter>| cell.get().map_or(0, |counter| counter.get());
        let known = (1_u16..).zip(&self.by_status).filter_map(|(hundreds, cells)| Some((hundreds, cells.get()?)));
        let known = known.flat_map(move |(hundreds, cells)| {
            (0_u16..).zip(cells.iter()).map(move |(rest, cell)| (hundreds * 100 + rest, of(cell)))
        });
        known.chain([(0, of(&self.other))]).filter(|(_, count)| *count > 0)
    }

    pub(crate) fn durations(&self) -> HistogramSnapshot {
        self.duration.snapshot()
    }
}

/// The three digits of an HTTP status (RFC 9110: 100 to 599), made once each.
fn status_code(status: u16) -> &'static str {
    static CODES: LazyLock<Vec<String>> = LazyLock::new(|| (100..600).map(|code: u16| code.to_string()).collect());
    let place = status.checked_sub(100).map(usize::from);
    place.and_then(|place| CODES.get(place)).map_or(OTHER, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_codes_come_from_closed_sets() {
        assert_eq!(["get", "BREW\n"].map(|method| METHODS[known_method(method)]), ["GET", "other"]);
        assert_eq!((status_code(200), status_code(99), status_code(600)), ("200", "other", "other"));
    }
}
