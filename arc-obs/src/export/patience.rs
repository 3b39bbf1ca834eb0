//! The time that an exporter has for a batch: without that in which a receiver wants to be left
//! alone.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time;

/// How many milliseconds a receiver made us wait.
pub(super) type Pauses = Arc<AtomicU64>;

tokio::task_local! {
    static PAUSES: Pauses;
}

/// Where who exports a batch is to say how long a receiver makes it wait.
#[cfg(feature = "otlp")]
pub(crate) fn pauses() -> Pauses {
    PAUSES.try_with(Arc::clone).unwrap_or_default()
}

/// What `export` gives, if it does in this time.
pub(super) async fn within<T>(limit: Duration, export: impl Future<Output = T>) -> Option<T> {
    let pauses = Pauses::default();
    let mut export = pin!(PAUSES.scope(Arc::clone(&pauses), export));
    let mut left = limit;
    loop {
        if let Ok(done) = time::timeout(left, export.as_mut()).await {
            return Some(done);
        }
        // They are part of the time that has passed.
        left = Duration::from_millis(pauses.swap(0, Ordering::Relaxed));
        if left.is_zero() {
            return None;
        }
    }
}
