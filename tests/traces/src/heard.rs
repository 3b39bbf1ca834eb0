//! What arc-obs tells who runs the program, and what it counts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Listener;

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Message(String);
        impl Visit for Message {
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        if event.metadata().target() == "arc_obs" {
            let mut message = Message(String::new());
            event.record(&mut message);
            let message = format!("{} {}", event.metadata().level(), message.0);
            HEARD.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        }
    }
}

/// Waits for this test's turn, and listens in it.
///
/// # Panics
///
/// As [`listen`].
pub fn alone() -> MutexGuard<'static, ()> {
    let turn = crate::turn();
    listen();
    turn
}

/// Listens from now on, in this process: `LEVEL message`. To be called in the test's own turn, of
/// each test of its file: what was told until then is forgotten, and who makes traces without it is
/// heard by nobody.
///
/// # Panics
///
/// If the process has a subscriber already.
pub fn listen() {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        // The servers of the tests make spans of every frame.
        let subscriber = tracing_subscriber::registry().with(LevelFilter::INFO).with(arc_obs::layer()).with(Listener);
        tracing::subscriber::set_global_default(subscriber).expect("the first");
    });
    let _ = heard();
}

/// What was told since this was last asked.
#[must_use]
pub fn heard() -> Vec<String> {
    std::mem::take(&mut HEARD.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What was counted of an exporter's spans: `accepted`, `delivered`, or the reason of a drop.
#[must_use]
pub fn counted(exporter: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for family in arc_obs::registry().gather() {
        let what = match family.name() {
            "arc_obs_export_accepted_total" => "accepted",
            "arc_obs_export_delivered_total" => "delivered",
            "arc_obs_export_dropped_total" => "",
            _ => continue,
        };
        for metric in family.get_metric() {
            let label = |name| metric.get_label().iter().find(|label| label.name() == name).map(|label| label.value());
            if label("exporter") == Some(exporter) {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
                let count = metric.get_counter().get_value() as u64;
                counts.insert(label("reason").unwrap_or(what).to_owned(), count);
            }
        }
    }
    counts
}

/// What is expected to be counted.
#[must_use]
pub fn counts(expected: &[(&str, u64)]) -> BTreeMap<String, u64> {
    expected.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect()
}

/// What was counted since `before`, without what was not.
#[must_use]
pub fn counted_since(before: &BTreeMap<String, u64>, exporter: &str) -> BTreeMap<String, u64> {
    let now = counted(exporter).into_iter();
    now.map(|(what, count)| {
        let before = before.get(&what).copied().unwrap_or(0);
        (what, count - before)
    })
    .filter(|(_, count)| *count > 0)
    .collect()
}
