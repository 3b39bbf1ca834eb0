//! Telling the user something that is not an error of any call of theirs.

/// Warns through `tracing` where somebody listens there, on stderr otherwise.
pub(super) fn warn(message: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::warn!(target: "arc_obs", "{message}");
    } else {
        // Nobody would hear it otherwise.
        eprintln!("arc-obs: {message}");
    }
}
