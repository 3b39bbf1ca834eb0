//! Recording what cannot be annotated: the same hub, the same series.

use std::fmt;
use std::time::Duration;

use crate::clock::{ManualClock, Stamp};
use crate::hub;
use crate::metrics::Metrics;
use crate::operation::{OperationRecord, Reading, Status, Usage};
use crate::scope;
use crate::settings::ENABLED;

/// Records one HTTP request: `arc_requests_total` and its duration.
///
/// `endpoint` is the route's template (`/users/{id}`), never the raw path: of
/// run-time endpoints the first 200 become label values, the others are counted
/// as `other`. A method that HTTP does not define, and a status outside 100 to
/// 599, are counted as `other`, too.
///
/// ```
/// use std::time::Duration;
///
/// arc_obs::record_request("GET", "/ask", 200, Duration::from_millis(12));
/// ```
pub fn record_request(method: &str, endpoint: &str, status: u16, duration: Duration) {
    if ENABLED {
        hub::metrics().record_request(method, endpoint, status, nanos(duration));
    }
}

/// Begins one HTTP request that ends with [`ActiveRequest::finish`].
///
/// Until then it is counted in `arc_active_requests`.
///
/// ```
/// let request = arc_obs::start_request("POST", "/ask");
/// // … serve it …
/// request.finish(200);
/// ```
#[must_use = "a request that is dropped at once is recorded as given up by the client"]
pub fn start_request(method: impl Into<String>, endpoint: impl Into<String>) -> ActiveRequest {
    let (method, endpoint) = (method.into(), endpoint.into());
    if !ENABLED {
        return ActiveRequest { metrics: None, method, endpoint, started: Stamp::NEVER, manual: None, status: None };
    }
    let metrics = hub::metrics();
    metrics.catalog.active_requests.child([]).add(1);
    let manual = hub::manual_clock().map(|clock| (clock.nanos(), clock));
    ActiveRequest { metrics: Some(metrics), method, endpoint, started: Stamp::now(), manual, status: None }
}

/// A request that is being served.
///
/// Dropped without [`finish`](Self::finish) it is recorded as 500 while its
/// thread unwinds, and as 499 (the client went away) otherwise.
pub struct ActiveRequest {
    /// Where it is recorded, if anything is.
    metrics: Option<&'static Metrics>,
    method: String,
    endpoint: String,
    started: Stamp,
    /// When it began by the clock of its capture.
    manual: Option<(u64, ManualClock)>,
    status: Option<u16>,
}

impl ActiveRequest {
    /// Ends the request with its HTTP status.
    pub fn finish(mut self, status: u16) {
        self.status = Some(status);
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        let Some(metrics) = self.metrics else { return };
        let status = self.status.unwrap_or(if std::thread::panicking() { 500 } else { 499 });
        metrics.catalog.active_requests.child([]).add(-1);
        let nanos = match &self.manual {
            Some((started, clock)) => clock.nanos().saturating_sub(*started),
            None => self.started.elapsed_nanos(),
        };
        metrics.record_request(&self.method, &self.endpoint, status, nanos);
    }
}

impl fmt::Debug for ActiveRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, endpoint, .. } = self;
        f.debug_struct("ActiveRequest").field("method", method).field("endpoint", endpoint).finish_non_exhaustive()
    }
}

/// Records one LLM call: calls, duration, tokens and cost.
///
/// The cost comes from the price table. A model that has no price there is
/// counted in `arc_llm_unpriced_calls_total`; a successful call without usage in
/// `arc_llm_usage_missing_total`. Of run-time model names the first 200 become
/// label values, the others are counted as `other`. Inside an annotated agent
/// the cost is the agent's, too.
///
/// ```
/// use std::time::Duration;
/// use arc_obs::{Status, Usage};
///
/// arc_obs::record_llm_call("gpt-4o", Status::Success, Duration::from_secs(2), Usage::new(1_000, 200));
/// arc_obs::record_llm_call("gpt-4o", Status::Timeout, Duration::from_secs(30), None);
/// ```
pub fn record_llm_call(model: &str, status: Status, duration: Duration, usage: impl Into<Option<Usage>>) {
    if !ENABLED {
        return;
    }
    let reading = Reading::stated(usage.into());
    let record = OperationRecord {
        status,
        duration_nanos: nanos(duration),
        error_type: None,
        readings: std::slice::from_ref(&reading),
        cost: None,
        hit: None,
        http_status: None,
    };
    hub::llm_call_recorded(model, &record, scope::current());
}

/// Records one execution of an agent: executions and duration.
///
/// Of run-time agent names the first 200 become label values, the others are
/// counted as `other`.
///
/// ```
/// use std::time::Duration;
///
/// arc_obs::record_agent_execution("researcher", arc_obs::Status::Success, Duration::from_secs(40));
/// ```
pub fn record_agent_execution(agent_name: &str, status: Status, duration: Duration) {
    if !ENABLED {
        return;
    }
    let record = OperationRecord {
        status,
        duration_nanos: nanos(duration),
        error_type: None,
        readings: &[],
        cost: None,
        hit: None,
        http_status: None,
    };
    hub::agent_execution_recorded(agent_name, &record);
}

/// Records one look-up in a cache, and its size in bytes where it is known.
///
/// Of run-time cache names the first 200 become label values, the others are
/// counted as `other`.
///
/// ```
/// arc_obs::record_cache_operation("llm", true, 64_000);
/// arc_obs::record_cache_operation("llm", false, None);
/// ```
pub fn record_cache_operation(cache_type: &str, hit: bool, size_bytes: impl Into<Option<u64>>) {
    if ENABLED {
        hub::metrics().caches.run_time(cache_type).record(hit, size_bytes.into());
    }
}

/// A duration as it is kept: at most a year, for one absurd value would outweigh
/// all others in the histogram's sum for good.
fn nanos(duration: Duration) -> u64 {
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 3_600);
    u64::try_from(duration.min(LONGEST).as_nanos()).unwrap_or(u64::MAX)
}
