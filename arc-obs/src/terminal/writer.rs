//! The thread that writes, and the bounded queue to it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use super::banner::Banner;
use super::line::line;
use super::{Style, Tone, tty};
use crate::hub;
use crate::operation::FinishedOperation;
use crate::self_telemetry::{TerminalDrop, terminal_dropped};
use crate::summary::summary;

/// How many lines wait for the terminal at most.
const QUEUE: usize = 1_024;

/// How many lines are written at once at most.
const TOGETHER: usize = 64;

/// An operation, and how many lines were lost right before it.
type Waiting = (u64, FinishedOperation);

/// The running thread.
pub(crate) struct TerminalThread {
    queue: Option<SyncSender<Waiting>>,
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    /// Lines that found the queue full, since the last one that did not.
    lost: AtomicU64,
    /// Nobody waits for the thread any more.
    abandoned: AtomicBool,
}

impl TerminalThread {
    pub(crate) const NAME: &'static str = "arc-obs-terminal";

    /// Writes the banner, and from then on a line per operation.
    pub(crate) fn start(banner: &Banner<'_>, style: Style) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(QUEUE);
        let banner = banner.write(style);
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name(Self::NAME.to_owned())
            .spawn(move || run(&waiting, &of_thread, style, &banner))?;
        let (sender, of_listener) = (queue.clone(), Arc::clone(&shared));
        hub::listen(Some(Arc::new(move |operation: FinishedOperation| {
            // The others can be any number, and are what a subscriber of `tracing` is for.
            if !operation.kind.is_step() {
                return;
            }
            let lost = of_listener.lost.swap(0, Ordering::Relaxed);
            if let Err(TrySendError::Full(_)) = sender.try_send((lost, operation)) {
                of_listener.lost.fetch_add(lost.saturating_add(1), Ordering::Relaxed);
                terminal_dropped(TerminalDrop::QueueFull, 1);
            }
        })));
        Ok(Self { queue: Some(queue), shared, thread })
    }

    /// Takes no more lines; the thread writes those that wait, then the summary.
    pub(crate) fn stop(&mut self) {
        hub::listen(None);
        self.queue = None;
    }

    /// Lets a thread go whose terminal stands still: should that move again one day, the
    /// thread writes nothing more, for another session may be there by then.
    pub(crate) fn abandon(&self) {
        self.shared.abandoned.store(true, Ordering::Relaxed);
    }

    /// Whether everything is written.
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}

fn run(waiting: &Receiver<Waiting>, shared: &Shared, style: Style, banner: &str) {
    // A banner or a summary that a taken terminal refuses is not counted, and not kept
    // for later: only lines are, and a snapshot can be had at any time.
    write(banner, shared);
    while let Ok(first) = waiting.recv() {
        let mut lines = 0;
        let mut text = String::new();
        // One remark for all that were lost among lines that are written together.
        let (mut lost, mut gap) = (0_u64, 0);
        for (lost_before, operation) in std::iter::once(first).chain(waiting.try_iter()).take(TOGETHER) {
            if lost == 0 {
                gap = text.len();
            }
            lost = lost.saturating_add(lost_before);
            text.push_str(&line(&operation, style));
            lines += 1;
        }
        text.insert_str(gap, &remark(lost, style));
        if let Some(reason) = write(&text, shared) {
            terminal_dropped(reason, lines);
        }
    }
    let lost = remark(shared.lost.swap(0, Ordering::Relaxed), style);
    write(&format!("{lost}\n{}", summary()), shared);
}

/// What stands where lines were lost; nothing, where none were.
fn remark(lost: u64, style: Style) -> String {
    let text = match lost {
        0 => return String::new(),
        1 => "  … 1 line is not shown: it came faster than the terminal takes them".to_owned(),
        lost => format!("  … {lost} lines are not shown: they came faster than the terminal takes them"),
    };
    format!("{}\n", style.paint(Tone::Warning, &text))
}

/// Why the text was not written, if it was not.
fn write(text: &str, shared: &Shared) -> Option<TerminalDrop> {
    // Locked first: all that is asked here may change while another write holds it up.
    let mut stderr = io::stderr().lock();
    if shared.abandoned.load(Ordering::Relaxed) {
        return Some(TerminalDrop::QueueFull);
    }
    if tty::is_taken() {
        return Some(TerminalDrop::Taken);
    }
    let written = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    written.is_err().then_some(TerminalDrop::Failed)
}
