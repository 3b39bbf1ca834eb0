//! What a person sees in the terminal: a banner at the start, a line per finished
//! operation, the summary at the end.
//!
//! On stderr, and by itself only where that is a terminal: what a program prints for
//! others is its own business. Operations are handed over through a bounded queue to a
//! thread that writes, so that a terminal which stands still holds up nobody; what does
//! not fit is counted. While a program has the terminal to itself (raw mode: an editor, a
//! full-screen view, a prompt), nothing is written.

mod banner;
mod line;
mod tty;
mod writer;

pub(crate) use banner::{Banner, Served};
pub(crate) use writer::TerminalThread;

use crate::settings::Terminal;

/// How it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) colours: bool,
}

impl Style {
    /// How to show it on this process's stderr, if at all.
    pub(crate) fn of(terminal: Terminal, colours: bool) -> Option<Self> {
        let is_terminal = tty::is_terminal();
        let shown = match terminal {
            Terminal::Auto => is_terminal,
            Terminal::On => true,
            Terminal::Off => false,
        };
        // An old Windows console writes the codes out instead of obeying them.
        shown.then_some(Self { colours: is_terminal && colours && !cfg!(windows) })
    }
}

/// What a piece of text means, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Good,
    Bad,
    Warning,
    Quiet,
    Strong,
}

impl Style {
    fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colours || text.is_empty() {
            return text.to_owned();
        }
        // SGR codes of ECMA-48.
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Warning => "33",
            Tone::Quiet => "2",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
