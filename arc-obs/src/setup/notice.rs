//! Telling the user something that is not an error of any call of theirs.

use std::io::{self, Write};

use tracing::subscriber::NoSubscriber;

/// Warns through `tracing` where somebody listens there, on stderr otherwise.
pub(super) fn warn(message: &str) {
    if is_anybody_subscribed() {
        tracing::warn!(target: "arc_obs", "{message}");
    } else {
        // Nobody would hear it otherwise. Not `eprintln!`, which panics where stderr is
        // closed or full.
        let _ = writeln!(io::stderr(), "arc-obs: {message}");
    }
}

/// An error of the surroundings that somebody has to put right; otherwise as [`warn`].
#[cfg(feature = "traces")]
pub(super) fn error(message: &str) {
    if is_anybody_subscribed() {
        tracing::error!(target: "arc_obs", "{message}");
    } else {
        let _ = writeln!(io::stderr(), "arc-obs: {message}");
    }
}

/// Good news, after bad ones; otherwise as [`warn`].
#[cfg(feature = "traces")]
pub(super) fn info(message: &str) {
    if is_anybody_subscribed() {
        tracing::info!(target: "arc_obs", "{message}");
    } else {
        let _ = writeln!(io::stderr(), "arc-obs: {message}");
    }
}

/// Whether it is the one that `init` has set for traces alone: it shows nobody anything.
#[cfg(feature = "traces")]
fn is_ours(dispatch: &tracing::Dispatch) -> bool {
    // The type alone would be that of the inner layers of somebody else's, too.
    super::traces::has_own_subscriber() && dispatch.is::<super::traces::OwnSubscriber>()
}

#[cfg(not(feature = "traces"))]
fn is_ours(_: &tracing::Dispatch) -> bool {
    false
}

/// Whether `tracing` has a subscriber. Asked of this thread: one that is set for another
/// hears nothing of it.
pub(super) fn is_anybody_subscribed() -> bool {
    tracing::dispatcher::get_default(|dispatch| !dispatch.is::<NoSubscriber>() && !is_ours(dispatch))
}
