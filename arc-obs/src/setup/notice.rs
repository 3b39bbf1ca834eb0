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

/// Whether it is the one that `init` has set for traces alone: it shows nobody anything.
#[cfg(feature = "traces")]
fn is_ours(dispatch: &tracing::Dispatch) -> bool {
    dispatch.is::<crate::trace::OwnSubscriber>()
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
