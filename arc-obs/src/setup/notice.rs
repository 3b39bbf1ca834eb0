//! Telling the user something that is not an error of any call of theirs.

use tracing::subscriber::NoSubscriber;

/// Warns through `tracing` where somebody listens there, on stderr otherwise.
pub(super) fn warn(message: &str) {
    // Asked of this thread: a subscriber that is set for another hears nothing of it.
    if tracing::dispatcher::get_default(|dispatch| !dispatch.is::<NoSubscriber>()) {
        tracing::warn!(target: "arc_obs", "{message}");
    } else {
        // Nobody would hear it otherwise.
        eprintln!("arc-obs: {message}");
    }
}
