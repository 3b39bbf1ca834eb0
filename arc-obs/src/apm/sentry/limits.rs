//! What Sentry says not to send for a while: of everything, or of one kind of item
//! (develop.sentry.dev, "Rate Limiting", November 2026).

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;
use tokio::time::Instant;

/// `SECONDS:CATEGORIES:SCOPE:REASON, …`; what is behind the categories is for the server alone.
const RATE_LIMITS: &str = "x-sentry-rate-limits";

/// Where it says that it was too much, but not for how long.
const PRESET: Duration = Duration::from_secs(60);

/// Nobody is heeded for longer.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What an item is counted as, by Sentry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    Error,
    Transaction,
}

impl Category {
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Error => "errors",
            Self::Transaction => "traces",
        }
    }
}

/// Until when nothing is sent.
#[derive(Debug, Default)]
pub(super) struct Limits {
    all: Option<Instant>,
    error: Option<Instant>,
    transaction: Option<Instant>,
}

impl Limits {
    /// How long nothing of this category may be sent.
    pub(super) fn left(&self, category: Category) -> Option<Duration> {
        let own = match category {
            Category::Error => self.error,
            Category::Transaction => self.transaction,
        };
        let left = self.all.max(own)?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Heeds an answer: one that took what was sent may have limits for what comes next, too.
    pub(super) fn heed(&mut self, status: u16, headers: &HeaderMap) {
        let lists: Vec<_> = headers.get_all(RATE_LIMITS).iter().filter_map(|list| list.to_str().ok()).collect();
        lists.iter().flat_map(|list| list.split(',')).for_each(|limit| self.add(limit));
        if lists.is_empty() && status == 429 {
            let told = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(retry_after);
            prolong(&mut self.all, told.unwrap_or(PRESET));
        }
    }

    fn add(&mut self, limit: &str) {
        let mut parts = limit.trim().split(':');
        let time = parts.next().unwrap_or_default();
        if time.is_empty() {
            return;
        }
        let time = seconds(time).unwrap_or(PRESET);
        let categories = parts.next().unwrap_or_default().trim();
        if categories.is_empty() {
            return prolong(&mut self.all, time);
        }
        for category in categories.split(';') {
            match category.trim() {
                "error" => prolong(&mut self.error, time),
                "transaction" => prolong(&mut self.transaction, time),
                // We send nothing of the others.
                _ => {}
            }
        }
    }
}

/// A limit that there is already, does not get shorter.
fn prolong(limit: &mut Option<Instant>, time: Duration) {
    *limit = (*limit).max(Some(Instant::now() + time));
}

/// Whole ones or not, rounded up.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.ceil().min(LONGEST.as_secs_f64())))
}

/// Seconds, or a date.
fn retry_after(value: &str) -> Option<Duration> {
    let date = || httpdate::parse_http_date(value.trim()).ok()?.duration_since(SystemTime::now()).ok();
    seconds(value).or_else(date).map(|time| time.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For how many seconds errors and transactions are not sent, after an answer.
    fn after(status: u16, headers: &[(&'static str, &str)]) -> (u64, u64) {
        let mut limits = Limits::default();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        limits.heed(status, &map);
        let left = |category| limits.left(category).map_or(0, |left| left.as_secs());
        (left(Category::Error), left(Category::Transaction))
    }

    #[tokio::test(start_paused = true)]
    async fn limits_hold_for_what_sentry_says() {
        let day = LONGEST.as_secs();
        for (status, headers, expected) in [
            (200, &[][..], (0, 0)),
            (503, &[("retry-after", "5")], (0, 0)),
            (429, &[], (60, 60)),
            (429, &[("retry-after", "600")], (600, 600)),
            (429, &[("retry-after", "0.5")], (1, 1)),
            (429, &[("retry-after", "soon")], (60, 60)),
            (429, &[("retry-after", "-5")], (60, 60)),
            (429, &[("retry-after", "NaN")], (60, 60)),
            (429, &[("retry-after", "1e300")], (day, day)),
            (429, &[("retry-after", "99999999999999999999")], (day, day)),
            (429, &[("retry-after", "Sun, 06 Nov 1994 08:49:44 GMT")], (60, 60)),
            // Its own header wins, and holds for whatever status.
            (200, &[("x-sentry-rate-limits", "120:transaction:organization")], (0, 120)),
            (429, &[("x-sentry-rate-limits", "120:transaction"), ("retry-after", "900")], (0, 120)),
            (429, &[("x-sentry-rate-limits", "60:error;default:key:quota, 2700:transaction;span:org")], (60, 2700)),
            (429, &[("x-sentry-rate-limits", "60:error, 30::organization")], (60, 30)),
            (429, &[("x-sentry-rate-limits", "60::organization:usage_exceeded")], (60, 60)),
            (429, &[("x-sentry-rate-limits", "60")], (60, 60)),
            (429, &[("x-sentry-rate-limits", "60:error"), ("x-sentry-rate-limits", "5:transaction")], (60, 5)),
            (429, &[("x-sentry-rate-limits", "60:replay;attachment:organization")], (0, 0)),
            (429, &[("x-sentry-rate-limits", "soon:error")], (60, 0)),
            (429, &[("x-sentry-rate-limits", "1e99:error")], (day, 0)),
            (429, &[("x-sentry-rate-limits", ",,:::,")], (0, 0)),
        ] {
            assert_eq!(after(status, headers), expected, "{status} {headers:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_ends_and_is_not_cut_short_by_another() {
        let mut limits = Limits::default();
        for list in ["100:error", "10:error;transaction"] {
            limits.heed(
                429,
                &[(http::HeaderName::from_static(RATE_LIMITS), list.parse().unwrap())].into_iter().collect(),
            );
        }
        tokio::time::advance(Duration::from_secs(99)).await;
        assert!(limits.left(Category::Error).is_some() && limits.left(Category::Transaction).is_none());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(limits.left(Category::Error), None);
    }
}
