//! Trying again: when, and until when.

use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::time::{self, Instant};

/// Before the second try; doubled before each further one.
const FIRST: Duration = Duration::from_secs(1);

/// As long as the wait may get by doubling.
const LONGEST: Duration = Duration::from_secs(10);

/// As long as a server may make us wait.
const LONGEST_TOLD: Duration = Duration::from_secs(30);

/// The tries of one delivery: exponential backoff with full jitter, within a time of its own.
#[derive(Debug)]
pub(crate) struct Retry {
    deadline: Instant,
    backoff: Duration,
    jitter: fn() -> f64,
    /// Says by when everything is to have ended, when it is to.
    stopping: Option<watch::Receiver<Option<Instant>>>,
    is_last: bool,
}

impl Retry {
    /// For as long as this, from now on.
    pub(crate) fn within(budget: Duration) -> Self {
        Self {
            deadline: Instant::now() + budget.min(Duration::from_secs(86_400)),
            backoff: FIRST,
            jitter: fastrand::f64,
            stopping: None,
            is_last: false,
        }
    }

    /// Once this says by when everything is to have ended, there is one more try: at once, or when
    /// the server said if that is before.
    pub(crate) fn stopped_by(mut self, stopping: watch::Receiver<Option<Instant>>) -> Self {
        self.stopping = Some(stopping);
        self
    }

    /// How much time there is left.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Waits for when the next try is due, or as long as the server said; `false` without
    /// waiting where there is no time for that.
    pub(crate) async fn wait(&mut self, told: Option<Duration>) -> bool {
        let pause = match told {
            Some(told) => told.min(LONGEST_TOLD),
            None => {
                let pause = self.backoff.mul_f64((self.jitter)());
                self.backoff = (self.backoff * 2).min(LONGEST);
                pause
            }
        };
        if self.is_last || pause >= self.left() {
            return false;
        }
        let Some(stopping) = &mut self.stopping else {
            time::sleep(pause).await;
            return true;
        };
        let due = Instant::now() + pause;
        let end = match time::timeout_at(due, stopping.wait_for(Option::is_some)).await {
            Err(_) => return true,
            // An error says that nobody is there any more who would say it.
            Ok(end) => end.ok().and_then(|end| *end),
        };
        self.is_last = true;
        match (told, end) {
            (None, _) => true,
            (Some(_), Some(end)) if due < end => {
                time::sleep_until(due).await;
                true
            }
            (Some(_), _) => false,
        }
    }
}

/// What a `Retry-After` says: whole seconds, or a date, which is compared with the server's own
/// clock where it tells that. `None` for what makes no sense, and for no time at all: then the
/// wait is the usual one.
pub(super) fn told(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    let value = retry_after.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number can have are a long time, too.
        let seconds = value.parse().unwrap_or(u64::MAX);
        return (seconds > 0).then(|| Duration::from_secs(seconds).min(LONGEST_TOLD));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = date.and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(SystemTime::now);
    until.duration_since(now).ok().filter(|wait| !wait.is_zero()).map(|wait| wait.min(LONGEST_TOLD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_of_the_next_try() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (value, expected) in [
            ("5", seconds(5)),
            (" 12 ", seconds(12)),
            ("30", seconds(30)),
            ("31", seconds(30)),
            ("99999999999999999999999999", seconds(30)),
            ("0", None),
            ("-1", None),
            ("+5", None),
            ("1.5", None),
            ("1e300", None),
            ("NaN", None),
            ("inf", None),
            ("", None),
            ("soon", None),
            ("5 seconds", None),
            ("Sun, 06 Nov 1994 08:49:44 GMT", seconds(7)),
            ("Sunday, 06-Nov-94 08:49:44 GMT", seconds(7)),
            ("Sun Nov  6 08:49:44 1994", seconds(7)),
            ("Sun, 06 Nov 2094 08:49:44 GMT", None),
            ("Sat, 06 Nov 2094 08:49:44 GMT", seconds(30)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", None),
            ("Sat, 05 Nov 1994 08:49:37 GMT", None),
            ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        ] {
            let server = Some("Sun, 06 Nov 1994 08:49:37 GMT");
            assert_eq!(told(value, server), expected, "{value}");
        }
        assert_eq!(told("Sun, 06 Nov 1994 08:49:44 GMT", None), None, "long past, by our own clock");
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3_600));
        assert_eq!(told(&soon, Some("garbage")), seconds(30));
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_doubles_up_to_a_limit_and_ends_with_the_time() {
        let start = Instant::now();
        let mut retry = Retry { jitter: || 1.0, ..Retry::within(Duration::from_secs(60)) };
        let mut ends = Vec::new();
        while retry.wait(None).await {
            ends.push(start.elapsed().as_secs());
        }
        assert_eq!(ends, [1, 3, 7, 15, 25, 35, 45, 55]);
        assert_eq!(retry.left(), Duration::from_secs(5));
        assert!(!retry.wait(Some(Duration::from_secs(5))).await);
        assert!(retry.wait(Some(Duration::from_secs(4))).await);
        assert_eq!(start.elapsed(), Duration::from_secs(59));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_is_not_waited_for_longer_than_a_limit() {
        let start = Instant::now();
        assert!(Retry::within(Duration::MAX).wait(Some(Duration::MAX)).await);
        assert_eq!(start.elapsed(), LONGEST_TOLD);
    }

    #[tokio::test(start_paused = true)]
    async fn when_everything_is_to_end_there_is_one_more_try() {
        let start = Instant::now();
        let (stop, stopping) = watch::channel(None);
        let retry = || Retry { jitter: || 1.0, ..Retry::within(Duration::from_secs(60)) }.stopped_by(stopping.clone());
        let mut waits = retry();
        assert!(waits.wait(None).await);
        assert_eq!(start.elapsed(), Duration::from_secs(1), "not yet");
        let mut told = retry();
        let (waited, was_told, ()) = tokio::join!(waits.wait(None), told.wait(Some(Duration::from_secs(9))), async {
            time::sleep(Duration::from_millis(500)).await;
            stop.send(Some(Instant::now() + Duration::from_secs(5))).unwrap();
        });
        assert_eq!((waited, was_told), (true, false));
        assert_eq!(start.elapsed(), Duration::from_millis(1_500));
        assert!(!waits.wait(None).await && retry().wait(None).await);
        assert_eq!(start.elapsed(), Duration::from_millis(1_500));
        assert!(retry().wait(Some(Duration::from_secs(4))).await, "there is time for that");
        assert_eq!(start.elapsed(), Duration::from_millis(5_500));
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_begin_together_do_not_try_again_together() {
        let mut waits = std::collections::BTreeSet::new();
        for _ in 0..20 {
            let start = Instant::now();
            assert!(Retry::within(Duration::from_secs(60)).wait(None).await);
            assert!(start.elapsed() <= FIRST + Duration::from_millis(1));
            waits.insert(start.elapsed().as_millis());
        }
        assert!(waits.len() > 10, "{waits:?}");
    }
}
