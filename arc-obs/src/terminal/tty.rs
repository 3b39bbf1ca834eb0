//! What stderr is, and whether a program has it to itself.

use std::io::{self, IsTerminal};

pub(super) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether the terminal is in raw mode: what reads key by key (a full-screen view, an
/// editor, a prompt) draws the screen itself.
#[cfg(unix)]
pub(super) fn is_taken() -> bool {
    use rustix::termios::{LocalModes, tcgetattr};
    // No terminal, or one that cannot be asked: then nobody can have taken it.
    tcgetattr(io::stderr()).is_ok_and(|modes| !modes.local_modes.contains(LocalModes::ICANON))
}

#[cfg(not(unix))]
pub(super) fn is_taken() -> bool {
    false
}
