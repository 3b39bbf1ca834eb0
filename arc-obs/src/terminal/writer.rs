//! The thread that writes, and the bounded queue to it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use super::banner::Banner;
use super::line::line;
use super::{Style, tty};
use crate::hub;
use crate::operation::FinishedOperation;
use crate::self_telemetry::{TerminalDrop, terminal_dropped};
use crate::summary::summary;

/// How many lines wait for the terminal at most.
const QUEUE: usize = 1_024;

/// How many lines are written at once at most.
const TOGETHER: usize = 64;

/// The running thread.
pub(crate) struct TerminalThread {
    queue: Option<SyncSender<FinishedOperation>>,
    thread: JoinHandle<()>,
}

impl TerminalThread {
    pub(crate) const NAME: &'static str = "arc-obs-terminal";

    /// Writes the banner, and from then on a line per operation.
    pub(crate) fn start(banner: &Banner<'_>, style: Style) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(QUEUE);
        let banner = banner.write(style);
        let thread = thread::Builder::new().name(Self::NAME.to_owned()).spawn(move || run(&waiting, style, &banner))?;
        let sender = queue.clone();
        hub::listen(Some(Arc::new(move |operation: FinishedOperation| {
            // The others can be any number, and are what a subscriber of `tracing` is for.
            if !operation.kind.is_step() {
                return;
            }
            if let Err(TrySendError::Full(_)) = sender.try_send(operation) {
                terminal_dropped(TerminalDrop::QueueFull, 1);
            }
        })));
        Ok(Self { queue: Some(queue), thread })
    }

    /// Takes no more lines; the thread writes those that wait, then the summary.
    pub(crate) fn stop(&mut self) {
        hub::listen(None);
        self.queue = None;
    }

    /// Whether everything is written.
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}

fn run(waiting: &Receiver<FinishedOperation>, style: Style, banner: &str) {
    // With the banner nothing is lost that could be counted.
    write(banner);
    while let Ok(first) = waiting.recv() {
        let mut lines = 0;
        let mut text = String::new();
        for operation in std::iter::once(first).chain(waiting.try_iter()).take(TOGETHER) {
            text.push_str(&line(&operation, style));
            lines += 1;
        }
        if let Some(reason) = write(&text) {
            terminal_dropped(reason, lines);
        }
    }
    write(&format!("\n{}", summary()));
}

/// Why the text was not written, if it was not.
fn write(text: &str) -> Option<TerminalDrop> {
    if tty::is_taken() {
        return Some(TerminalDrop::Taken);
    }
    let mut stderr = io::stderr().lock();
    let written = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    written.is_err().then_some(TerminalDrop::Failed)
}
