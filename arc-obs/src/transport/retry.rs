//! Trying again: when, and until when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::time::{self, Instant};

/// Before the second try; doubled before each further one.
const FIRST: Duration = Duration::from_secs(1);

/// As long as the wait may get by doubling.
const LONGEST: Duration = Duration::from_secs(10);

/// As long as a server may make us wait.
const LONGEST_TOLD: Duration = Duration::from_secs(30);

/// As long as one delivery waits, all in all, for a server that says when to come again.
const LONGEST_TOLD_IN_ALL: Duration = Duration::from_secs(300);

/// The tries of one delivery: exponential backoff with full jitter, within a time of its own.
#[derive(Debug)]
pub(crate) struct Retry {
    deadline: Instant,
    backoff: Duration,
    jitter: fn() -> f64,
    /// Says by when everything is to have ended, when it is to.
    stopping: Option<watch::Receiver<Option<Instant>>>,
    is_last: bool,
    /// Where it is said for how many milliseconds a server wants to be left alone: that does not
    /// count as time of the delivery.
    pauses: Option<Arc<AtomicU64>>,
    /// How long servers have made it wait.
    told: Duration,
    /// Until when a server wants to be left alone.
    left_alone: Option<Instant>,
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
            pauses: None,
            told: Duration::ZERO,
            left_alone: None,
        }
    }

    /// Once this says by when everything is to have ended, there is one more try: at once, or when
    /// the server said if that is before.
    pub(crate) fn stopped_by(mut self, stopping: watch::Receiver<Option<Instant>>) -> Self {
        self.stopping = Some(stopping);
        self
    }

    /// The same for the next delivery to this server, which is left alone as long as it has said.
    pub(crate) fn renewed(&mut self, budget: Duration) -> &mut Self {
        let (stopping, left_alone) = (self.stopping.take(), self.left_alone);
        *self = Self { stopping, left_alone, ..Self::within(budget) };
        self
    }

    /// Waits as long as a server says, five minutes all in all, also where that is longer than the
    /// delivery may take; whoever else limits its time is to hear of it here, in milliseconds.
    pub(crate) fn patient(&mut self, pauses: Arc<AtomicU64>) {
        self.pauses = Some(pauses);
    }

    /// How much time there is left.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Waits for when the next try is due, or as long as the server said; `false` where there is
    /// no time for another one.
    pub(crate) async fn wait(&mut self, told: Option<Duration>) -> bool {
        if let Some(told) = told {
            self.left_alone = Some(Instant::now() + told.min(LONGEST_TOLD));
            return self.until_welcome().await;
        }
        let pause = self.backoff.mul_f64((self.jitter)());
        self.backoff = (self.backoff * 2).min(LONGEST);
        if self.is_last || pause >= self.left() {
            return false;
        }
        self.sleep(Instant::now() + pause, true).await
    }

    /// Waits until the server may be asked again, where it has said when; `false` where there is no
    /// time for that.
    pub(crate) async fn until_welcome(&mut self) -> bool {
        let Some(due) = self.left_alone else { return true };
        let pause = due.saturating_duration_since(Instant::now());
        if pause.is_zero() {
            self.left_alone = None;
            return true;
        }
        if self.is_last {
            return false;
        }
        match &self.pauses {
            Some(_) if self.told >= LONGEST_TOLD_IN_ALL => return false,
            Some(pauses) => {
                // What is left of a millisecond would be missing in the end.
                pauses.fetch_add(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX) + 1, Ordering::Relaxed);
                self.told += pause;
                self.deadline += pause;
            }
            None if pause >= self.left() => return false,
            None => {}
        }
        let waited = self.sleep(due, false).await;
        if waited {
            self.left_alone = None;
        }
        waited
    }

    /// Sleeps until then; when everything is to end no longer than until that, and where it may
    /// be earlier, not at all.
    async fn sleep(&mut self, due: Instant, may_be_earlier: bool) -> bool {
        let Some(stopping) = &mut self.stopping else {
            time::sleep_until(due).await;
            return true;
        };
        let end = match time::timeout_at(due, stopping.wait_for(Option::is_some)).await {
            Err(_) => return true,
            // An error says that nobody is there any more who would say it.
            Ok(end) => end.ok().and_then(|end| *end),
        };
        self.is_last = true;
        if may_be_earlier {
            return true;
        }
        let has_time = end.is_some_and(|end| due < end);
        if has_time {
            time::sleep_until(due).await;
        }
        has_time
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

    #[tokio::test(start_paused = true)]
    async fn who_is_patient_waits_for_longer_than_a_delivery_takes() {
        let start = Instant::now();
        let mut retry = Retry { jitter: || 1.0, ..Retry::within(Duration::from_secs(2)) };
        let pauses = Arc::<AtomicU64>::default();
        retry.patient(Arc::clone(&pauses));
        for tries in 1..=10 {
            assert!(retry.wait(Some(Duration::from_secs(30))).await);
            assert_eq!(start.elapsed().as_secs(), tries * 30);
            assert_eq!(pauses.load(Ordering::Relaxed) / 30_000, tries, "whoever limits it knows");
        }
        assert!(retry.wait(None).await, "a second of its own two");
        assert!(!retry.wait(None).await);
        // Five minutes are over, but not for the next delivery.
        assert!(!retry.wait(Some(Duration::from_secs(10))).await);
        assert_eq!(start.elapsed(), Duration::from_secs(301));
        assert!(!retry.renewed(Duration::from_secs(2)).until_welcome().await, "it is left alone");
        assert_eq!(start.elapsed(), Duration::from_secs(301));
        assert!(retry.renewed(Duration::from_secs(20)).until_welcome().await);
        assert_eq!(start.elapsed(), Duration::from_secs(311));
        assert!(retry.renewed(Duration::ZERO).until_welcome().await);
    }
}
