//! Telling the user something that is not an error of any call of theirs.

use std::io::{self, Write};

use tracing::subscriber::NoSubscriber;

/// Tells of it through `tracing` where somebody listens there, on stderr otherwise.
macro_rules! say {
    ($level:ident, $message:expr) => {{
        let message: &str = $message;
        if is_anybody_subscribed() {
            tracing::$level!(target: "arc_obs", "{message}");
        } else {
            // Nobody would hear it otherwise. Not `eprintln!`, which panics where stderr is
            // closed or full.
            let _ = writeln!(io::stderr(), "arc-obs: {message}");
        }
    }};
}

/// Warns of something that goes on all the same.
pub(super) fn warn(message: &str) {
    say!(warn, message);
}

/// An error of the surroundings that somebody has to put right.
#[cfg(feature = "traces")]
pub(super) fn error(message: &str) {
    say!(error, message);
}

/// Good news, after bad ones.
#[cfg(feature = "traces")]
pub(super) fn info(message: &str) {
    say!(info, message);
}

/// Whether it is the one that `init` has set for traces alone: it shows nobody anything.
#[cfg(feature = "traces")]
fn is_ours(dispatch: &tracing::Dispatch) -> bool {
    dispatch.is::<crate::trace::Alone>()
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
