//! What the chunks of a streamed answer say, each read as a response is: by its type.
//!
//! An expansion asks each item of a stream as it would a result (`outcome`), and what is
//! left after peeling for its usage (`usage`). Here is what is kept of all of them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::llm::{Chunks, Told};
use crate::operation::{Reading, Status, Streamed, UsageFlaw, UsageFlaws};
use crate::trace::is_recorded_here;

use super::content::{ChunkedAnswer, Words};
use super::guard::ChunkClock;
use super::outcome::Outcome;
use super::usage::{IntoUsage, Peeled};

/// Where the usage of a stream comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// From its chunks, whose counts are sums so far.
    Latest,
    /// From its chunks, whose counts are their own.
    Summed,
    /// From the body: `usage = recorded`.
    Recorded,
    /// `usage = none`
    Nobody,
}

/// What has come until now.
pub struct Received {
    counting: Counting,
    chunks: Chunks,
    /// What streams used whose place another one has taken.
    before: Option<Reading>,
    clock: ChunkClock,
    count: u64,
    first_nanos: Option<u64>,
    /// When the last one came.
    last_nanos: u64,
    /// Usage was reported.
    reports: bool,
    /// All has come that matters: why the model stopped.
    is_complete: bool,
    /// The last chunk was the final usage, as it seems.
    is_at_usage: bool,
    /// What they say, where that is captured.
    content: Option<Box<ChunkedAnswer>>,
}

impl Received {
    pub(super) fn new(counting: Counting, clock: ChunkClock, content: Option<Box<ChunkedAnswer>>) -> Self {
        Self {
            content,
            counting,
            chunks: Chunks::new(counting == Counting::Summed, is_recorded_here()),
            before: None,
            clock,
            count: 0,
            first_nanos: None,
            last_nanos: 0,
            reports: false,
            is_complete: false,
            is_at_usage: false,
        }
    }

    /// Another chunk is here, so long after the begin.
    fn arrived(&mut self, now: u64) {
        self.count += 1;
        let since_last = now.saturating_sub(self.last_nanos);
        self.last_nanos = now;
        let is_first = self.first_nanos.is_none();
        if is_first {
            self.first_nanos = Some(now);
        }
        if let Some(series) = &self.clock.series {
            if is_first { series.first(now) } else { series.next(since_last) }
        }
    }

    /// Reads one, if somebody asks for its usage. Code of the user's that is asked must not
    /// break the stream that it reads.
    ///
    /// `false` for what turns out to be an error and no chunk.
    pub(super) fn read(&mut self, read: impl FnOnce(&mut Chunks) -> Told) -> bool {
        let now = self.clock.elapsed_nanos();
        let chunks = &mut self.chunks;
        match catch_unwind(AssertUnwindSafe(|| read(chunks))) {
            Ok(Told { is_error: true, .. }) => return false,
            Ok(told) => {
                // Usage that comes after chunks without any (and not one alone, as a ping may
                // be) is that of the whole, unless there is more.
                self.is_at_usage = told.usage && !self.reports && self.count > 1 && self.counting == Counting::Latest;
                self.is_complete |= told.is_last;
                self.reports |= told.usage;
            }
            Err(payload) => {
                // Its destructor is the user's, too, and may panic.
                std::mem::forget(payload);
                let mut flaws = UsageFlaws::default();
                flaws.add(UsageFlaw::Panicked);
                self.chunks.flawed(flaws);
            }
        }
        self.arrived(now);
        true
    }

    /// What another chunk says of the answer, if that is captured.
    #[inline]
    pub fn told(&mut self, say: impl FnOnce() -> Words) {
        if let Some(content) = &mut self.content {
            content.add(say);
        }
    }

    /// The answer is there, as far as it came: its span is told.
    pub(super) fn tell_content(&mut self) {
        if let Some(content) = self.content.take() {
            content.end();
        }
    }

    /// Another stream takes the place of the one that was read until now.
    pub(super) fn next_stream(&mut self) {
        let chunks =
            std::mem::replace(&mut self.chunks, Chunks::new(self.counting == Counting::Summed, is_recorded_here()));
        let reading = chunks.into_reading();
        match &mut self.before {
            Some(before) => before.add(reading),
            None => self.before = Some(reading),
        }
        (self.reports, self.is_complete, self.is_at_usage) = (false, false, false);
    }

    pub(super) fn is_read(&self) -> bool {
        !matches!(self.counting, Counting::Recorded | Counting::Nobody)
    }

    /// How a stream ended that nobody wants to hear any more.
    pub(super) fn dropped(&self) -> Outcome {
        if self.is_complete || self.is_at_usage { Outcome::SUCCESS } else { Outcome::without_error(Status::Cancelled) }
    }

    /// What was counted, for the end; `None` where nobody looked.
    pub(super) fn take_reading(&mut self) -> Option<Reading> {
        self.next_stream();
        match self.counting {
            Counting::Latest | Counting::Summed => self.before.take(),
            // What was recorded is with the operation.
            Counting::Recorded => Some(Reading::default()),
            Counting::Nobody => None,
        }
    }

    pub(super) fn streamed(&self) -> Streamed {
        Streamed { chunks: self.count, first_chunk_nanos: self.first_nanos }
    }
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received")
            .field("counting", &self.counting)
            .field("chunks", &self.count)
            .finish_non_exhaustive()
    }
}

/// An item of a stream, if it holds a chunk, is read by this.
fn chunk<T: ?Sized>(
    outcome: Outcome,
    item: Peeled<'_, T>,
    received: &mut Received,
    read: impl FnOnce(&mut Chunks, &T) -> Told,
) -> Outcome {
    if outcome.is_success() {
        let reads = received.is_read();
        received.read(|chunks| item.0.filter(|_| reads).map_or_else(Told::default, |item| read(chunks, item)));
    }
    outcome
}

/// `usage = |chunk| …`: the closure sees what is inside an `Ok` and a `Some`.
pub fn chunk_usage_of<T: ?Sized, U: IntoUsage>(
    outcome: Outcome,
    item: Peeled<'_, T>,
    received: &mut Received,
    usage: impl FnOnce(&T) -> U,
) -> Outcome {
    chunk(outcome, item, received, |chunks, item| chunks.state(usage(item).into_usage()))
}

/// `usage = recorded` and `usage = none`: the chunk is only counted.
pub fn chunk_skipped(outcome: Outcome, received: &mut Received) -> Outcome {
    chunk(outcome, Peeled::<()>(None), received, |_, ()| Told::default())
}

/// What a chunk must be, for its tokens to be counted.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report the token usage of the LLM call",
    label = "`#[track_llm(.., stream)]` cannot read tokens out of this stream's items",
    note = "return the client's own stream, whose chunks are `Serialize` and one of which has the usage",
    note = "or keep the items, and record the client's chunks in the body: `#[track_llm(model = \"…\", stream, usage = recorded)]` with `arc_obs::record_usage(&chunk)`",
    note = "or say where the numbers are: `#[track_llm(model = \"…\", stream, usage = |chunk| …)]`, an `arc_obs::Usage` or an `Option` of one",
    note = "or count calls without tokens and cost: `#[track_llm(model = \"…\", stream, usage = none)]`"
)]
pub trait ReportsChunkUsage {}

/// How each kind of chunk is read.
mod kinds {
    use serde::Serialize;

    use super::super::usage::kinds::{ByNothing, BySerde, ByText, ByTrait};
    use super::{Outcome, Peeled, Received, ReportsChunkUsage, Told, chunk};
    use crate::llm::LlmResponse;

    impl ByTrait {
        /// Reads the usage of a chunk.
        pub fn read_chunk<T: LlmResponse + ?Sized>(
            self,
            outcome: Outcome,
            item: Peeled<'_, T>,
            received: &mut Received,
        ) -> Outcome {
            chunk(outcome, item, received, |chunks, item| chunks.state(item.usage()))
        }
    }

    impl BySerde {
        /// Reads the usage of a chunk.
        pub fn read_chunk<T: Serialize + ?Sized>(
            self,
            outcome: Outcome,
            item: Peeled<'_, T>,
            received: &mut Received,
        ) -> Outcome {
            chunk(outcome, item, received, |chunks, item| chunks.probe(item))
        }
    }

    impl ByText {
        /// Does not compile.
        pub fn read_chunk<T: ReportsChunkUsage + ?Sized>(
            self,
            outcome: Outcome,
            item: Peeled<'_, T>,
            received: &mut Received,
        ) -> Outcome {
            chunk(outcome, item, received, |_, _| Told::default())
        }
    }

    impl ByNothing {
        /// Does not compile.
        pub fn read_chunk<T: ReportsChunkUsage + ?Sized>(
            self,
            outcome: Outcome,
            item: Peeled<'_, T>,
            received: &mut Received,
        ) -> Outcome {
            chunk(outcome, item, received, |_, _| Told::default())
        }
    }
}
