//! Telling who runs the program that spans are lost, without a message for each batch.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::redact::Redaction;

/// While something goes on failing, or comes and goes, it is told of this often, and no more
/// often that it works again.
const EVERY: Duration = Duration::from_secs(60);

/// How words come to who runs the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tell {
    pub(crate) info: fn(&str),
    pub(crate) warn: fn(&str),
    pub(crate) error: fn(&str),
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// It may get better by itself.
    Warn,
    /// Somebody has to do something.
    Error,
}

/// What is lost on one way out, and what of it has been told: at once when it begins and when it
/// gets worse, once a minute while it lasts, and when it is over. What comes and goes is told of
/// once a minute, and that it works again once, too.
#[derive(Debug)]
pub(super) struct Troubles {
    /// What is lost: one, and several.
    what: [&'static str; 2],
    /// As it begins the sentence: "the exporter `otlp`".
    who: String,
    tell: Tell,
    /// What is taken out of what others say.
    redaction: Redaction,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When it was last told of, and at its worst.
    told: Option<Instant>,
    told_at_worst: Option<Instant>,
    /// When it was last told that it works again.
    told_over: Option<Instant>,
    /// Whether it lasts.
    lasts: bool,
    /// Lost and not told of.
    untold: u64,
    /// Lost since it began.
    total: u64,
    /// When it last had something to say beside losses.
    said: Option<Instant>,
}

/// Whether that was less than a minute ago.
fn is_recent(then: Option<Instant>) -> bool {
    then.is_some_and(|then| then.elapsed() < EVERY)
}

impl Troubles {
    pub(super) fn new(who: String, tell: Tell) -> Self {
        Self::of(["span", "spans"], who, tell)
    }

    /// The same, of something else than spans.
    pub(super) fn of(what: [&'static str; 2], who: String, tell: Tell) -> Self {
        Self { what, who, tell, redaction: Redaction::default(), state: Mutex::default() }
    }

    /// Takes this out of what others say, instead of what is preset.
    pub(super) fn redacting(self, redaction: Redaction) -> Self {
        Self { redaction, ..self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spans are lost.
    pub(super) fn lost(&self, spans: u64, severity: Severity, why: &str) {
        let mut state = self.state();
        state.untold += spans;
        state.total += spans;
        state.lasts = true;
        let is_told = if severity == Severity::Error { state.told_at_worst } else { state.told };
        if is_recent(is_told) {
            return;
        }
        let (untold, total) = (std::mem::take(&mut state.untold), state.total);
        let since = state.told.replace(Instant::now());
        if severity == Severity::Error {
            state.told_at_worst = state.told;
        }
        drop(state);
        let who = &self.who;
        let why = self.redaction.apply(why);
        let message = match since {
            Some(since) if total > untold => {
                let seconds = since.elapsed().as_secs();
                format!("{who} lost {untold} more {} in {seconds} s, {total} since it began: {why}", self.what(untold))
            }
            _ => format!("{who} lost {untold} {}: {why}", self.what(untold)),
        };
        match severity {
            Severity::Warn => (self.tell.warn)(&message),
            Severity::Error => (self.tell.error)(&message),
        }
    }

    /// Nothing is lost, but the receiver has something to say.
    pub(super) fn said(&self, what: &str) {
        let mut state = self.state();
        if is_recent(state.said) {
            return;
        }
        state.said = Some(Instant::now());
        drop(state);
        (self.tell.warn)(&format!("{}: {}", self.who, self.redaction.apply(what)));
    }

    /// It works, or works again.
    pub(super) fn over(&self) {
        let mut state = self.state();
        if !state.lasts || is_recent(state.told_over) {
            return;
        }
        let total = std::mem::take(&mut state.total);
        (state.lasts, state.untold, state.told_over) = (false, 0, Some(Instant::now()));
        drop(state);
        let were = if total == 1 { "was" } else { "were" };
        (self.tell.info)(&format!("{} works again, after {total} {} {were} lost", self.who, self.what(total)));
    }

    fn what(&self, lost: u64) -> &'static str {
        self.what[usize::from(lost != 1)]
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    fn told() -> Vec<String> {
        TOLD.with_borrow_mut(std::mem::take)
    }

    fn tell() -> Tell {
        fn say(level: &str, message: &str) {
            TOLD.with_borrow_mut(|told| told.push(format!("{level} {message}")));
        }
        Tell { info: |message| say("info", message), warn: |message| say("warn", message), error: |m| say("error", m) }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_told_once_then_once_a_minute_and_when_it_is_over() {
        let troubles = Troubles::new("the exporter `x`".to_owned(), tell());
        troubles.over();
        assert_eq!(told(), [""; 0], "nothing was wrong");
        for _ in 0..200 {
            troubles.lost(10, Severity::Warn, "it is gone");
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(
            told(),
            [
                "warn the exporter `x` lost 10 spans: it is gone",
                "warn the exporter `x` lost 600 more spans in 60 s, 610 since it began: it is gone",
                "warn the exporter `x` lost 600 more spans in 60 s, 1210 since it began: it is gone",
                "warn the exporter `x` lost 600 more spans in 60 s, 1810 since it began: it is gone",
            ]
        );
        troubles.over();
        troubles.over();
        assert_eq!(told(), ["info the exporter `x` works again, after 2000 spans were lost"]);
        troubles.lost(1, Severity::Error, "not let in");
        assert_eq!(told(), ["error the exporter `x` lost 1 span: not let in"], "it begins anew");
        for _ in 0..3 {
            troubles.said("be kind");
        }
        assert_eq!(told(), ["warn the exporter `x`: be kind"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_and_goes_is_told_once_a_minute() {
        let troubles = Troubles::new("the exporter `x`".to_owned(), tell());
        for _ in 0..18 {
            troubles.lost(10, Severity::Warn, "no connection");
            tokio::time::advance(Duration::from_secs(5)).await;
            troubles.over();
            tokio::time::advance(Duration::from_secs(5)).await;
        }
        assert_eq!(
            told(),
            [
                "warn the exporter `x` lost 10 spans: no connection",
                "info the exporter `x` works again, after 10 spans were lost",
                "warn the exporter `x` lost 60 spans: no connection",
                "info the exporter `x` works again, after 60 spans were lost",
                "warn the exporter `x` lost 60 spans: no connection",
                "info the exporter `x` works again, after 60 spans were lost",
            ]
        );
        tokio::time::advance(Duration::from_secs(60)).await;
        troubles.over();
        assert_eq!(told(), ["info the exporter `x` works again, after 50 spans were lost"], "all of them, in the end");
    }

    #[tokio::test(start_paused = true)]
    async fn what_somebody_has_to_do_something_about_does_not_wait() {
        let troubles = Troubles::new("the exporter `x`".to_owned(), tell());
        for _ in 0..3 {
            troubles.lost(10, Severity::Warn, "no connection");
            tokio::time::advance(Duration::from_secs(5)).await;
            troubles.lost(2, Severity::Error, "not let in");
        }
        assert_eq!(
            told(),
            [
                "warn the exporter `x` lost 10 spans: no connection",
                "error the exporter `x` lost 2 more spans in 5 s, 12 since it began: not let in",
            ]
        );
    }
}
