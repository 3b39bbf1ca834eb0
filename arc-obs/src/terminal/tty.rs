//! What stderr is, and whether a program has it to itself.

use std::io::{self, IsTerminal};

pub(super) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether the terminal is in raw mode, since what reads key by key (a full-screen view,
/// an editor, a prompt) draws the screen itself; or stops whoever writes from the
/// background (`stty tostop`), and we are there.
#[cfg(all(unix, feature = "enabled"))]
pub(super) fn is_taken() -> bool {
    use rustix::process::getpgrp;
    use rustix::termios::{LocalModes, tcgetattr, tcgetpgrp};
    // No terminal, or one that cannot be asked: then nobody can have taken it.
    tcgetattr(io::stderr()).is_ok_and(|modes| {
        let is_raw = !modes.local_modes.contains(LocalModes::ICANON);
        let stops_others = modes.local_modes.contains(LocalModes::TOSTOP);
        is_raw || stops_others && tcgetpgrp(io::stderr()).is_ok_and(|foreground| foreground != getpgrp())
    })
}

#[cfg(not(all(unix, feature = "enabled")))]
pub(super) fn is_taken() -> bool {
    false
}
