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

/// Whether arc-obs shows in the terminal what it sees; see
/// [`Builder::terminal`](crate::Builder::terminal).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Terminal {
    /// Where stderr is a terminal.
    #[default]
    Auto,
    /// In any case: also into a file or a pipe, without colours.
    On,
    /// Never.
    Off,
}

/// How it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) colours: bool,
}

impl Terminal {
    /// How to show it on this process's stderr, if at all.
    pub(crate) fn style(self, colours_wanted: bool) -> Option<Style> {
        let is_terminal = tty::is_terminal();
        let shown = match self {
            Self::Auto => is_terminal,
            Self::On => true,
            Self::Off => false,
        };
        // An old Windows console writes the codes out instead of obeying them.
        shown.then_some(Style { colours: is_terminal && colours_wanted && !cfg!(windows) })
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
