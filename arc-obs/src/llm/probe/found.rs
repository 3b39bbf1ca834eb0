//! What the numbers of a response mean together.
//!
//! Providers disagree on what is inside what. Ours is the OpenTelemetry rule: input
//! includes what the cache did, output includes reasoning. So what stands beside is
//! added, and where a provider gives a total, the total decides.

use super::shape::{Count, Money};
use crate::operation::{Details, FinishReason, Reading, ServiceTier, Usage, UsageFlaw, UsageFlaws, Usd};

/// The longest name of a model, or of a response, that is kept, in bytes.
const LONGEST_NAME: usize = 256;

/// What is added to the depth of a reason that is only the response's status.
const BY_STATUS: u8 = 128;

/// What was found until now.
#[derive(Default)]
pub(super) struct Found {
    /// What was not seen is 0.
    counts: [u64; Count::ALL],
    /// Which counts were seen, a bit for each.
    seen: u32,
    /// How deep the usage stands from which the counts are: the nearest to the root wins.
    depth: Option<u8>,
    model: Option<String>,
    /// The model is the one that was asked for, not the one that answered.
    asked: bool,
    /// How deep the model's name stands.
    model_depth: u8,
    /// What only a span tells, where one is recorded.
    pub(super) details: Option<Box<Details>>,
    /// How deep the response's name stands.
    id_depth: u8,
    cost: Option<Usd>,
    service_tier: Option<Option<ServiceTier>>,
    finish_reason: Option<FinishReason>,
    /// How deep it stands; what is only the response's status stands below all.
    finish_depth: u8,
    /// There is a list of answers, and none in it: OpenAI's chunk with the usage.
    pub(super) has_no_choices: bool,
    /// What is read is an error.
    pub(super) is_error: bool,
    /// Of a chunk: an earlier one has named the model that answered.
    pub(super) knows_model: bool,
    /// Of the element of Bedrock's list that is being read: whether it is kept for an hour.
    pub(super) kept_long: bool,
    /// Of one of Anthropic's iterations: whether it made room and wrote no answer.
    pub(super) compacts: bool,
    /// What those used that did.
    compaction: Option<Usage>,
    /// How deep the walk is.
    pub(super) level: u8,
    /// How deep the usage stands that is being read.
    entered: u8,
    flaws: UsageFlaws,
    /// Input or output is there and cannot be used: what is left is not the usage.
    broken: bool,
}

impl Found {
    /// Whether the usage at this depth is to be read: not if one nearer to the root was.
    pub(super) fn enter(&mut self, depth: u8) -> bool {
        self.entered = depth;
        self.depth.is_none_or(|known| depth <= known)
    }

    /// What was entered holds something, so what was read at a deeper place goes.
    #[inline]
    fn take_from_here(&mut self) {
        if self.depth.is_some_and(|known| known > self.entered) {
            self.forget_counts();
        }
        self.depth = Some(self.entered);
    }

    /// All but the model, and where the walk is.
    #[cold]
    fn forget_counts(&mut self) {
        let Self { asked, model_depth, service_tier, level, entered, kept_long, .. } = *self;
        let Self { finish_reason, finish_depth, has_no_choices, knows_model, id_depth, .. } = *self;
        *self = Self {
            model: self.model.take(),
            details: self.details.take(),
            id_depth,
            asked,
            model_depth,
            service_tier,
            level,
            entered,
            kept_long,
            finish_reason,
            finish_depth,
            has_no_choices,
            knows_model,
            ..Self::default()
        };
    }

    /// A number that cannot be the count that it stands for.
    pub(super) fn flaw(&mut self, count: Count, flaw: UsageFlaw) {
        self.take_from_here();
        self.flaws.add(flaw);
        self.broken |= count.is_a_whole();
    }

    pub(super) fn set(&mut self, count: Count, number: u64) {
        self.take_from_here();
        self.counts[count as usize] = number;
        self.seen |= 1 << count as u32;
    }

    /// A name that says which model answered beats one that says which was asked, and
    /// one nearer to the root one that is deeper.
    pub(super) fn set_model(&mut self, name: &str, asked: bool, depth: u8) {
        if self.knows_model {
            return;
        }
        let better = self.model.is_none() || (depth, asked) < (self.model_depth, self.asked);
        if better && !name.is_empty() && name.len() <= LONGEST_NAME {
            self.model = Some(name.to_owned());
            (self.asked, self.model_depth) = (asked, depth);
        }
    }

    /// The one nearest to the root.
    pub(super) fn set_response_id(&mut self, id: &str, depth: u8) {
        let Some(details) = &mut self.details else { return };
        let better = details.response_id.is_none() || depth < self.id_depth;
        if better && !id.is_empty() && id.len() <= LONGEST_NAME {
            (details.response_id, self.id_depth) = (Some(id.to_owned()), depth);
        }
    }

    /// A further answer of the same response has been read.
    pub(super) fn end_of_choice(&mut self, choice: Self) {
        if let Some(details) = &mut self.details {
            details.more_finish_reasons.extend(choice.finish_reason);
        }
    }

    /// A tier that is named beside the usage or in it.
    pub(super) fn set_service_tier(&mut self, name: &str) {
        self.service_tier = Some(ServiceTier::named(name).or(self.service_tier.flatten()));
    }

    /// The one nearest to the root.
    pub(super) fn set_finish_reason(&mut self, reason: FinishReason, depth: u8) {
        if self.finish_reason.is_none() || depth < self.finish_depth {
            (self.finish_reason, self.finish_depth) = (Some(reason), depth);
        }
    }

    /// OpenAI's responses say how far they have come, and beside it why no farther.
    pub(super) fn set_status(&mut self, status: &str, depth: u8) {
        let reason = match status {
            "completed" | "Completed" => FinishReason::Stop,
            "incomplete" | "Incomplete" => FinishReason::Other,
            _ => return,
        };
        // As if it stood deeper: whatever says the reason itself wins.
        self.set_finish_reason(reason, depth + BY_STATUS);
    }

    pub(super) fn has_finish_reason(&self) -> bool {
        self.finish_reason.is_some()
    }

    pub(super) fn set_cost(&mut self, money: Money, amount: f64) {
        self.take_from_here();
        let a_dollar = match money {
            Money::Dollars => 1.0,
            Money::Ticks => 1e10,
        };
        self.cost = Usd::from_dollars(amount / a_dollar).filter(|cost| *cost <= Usd::MOST_OF_ONE);
        if self.cost.is_none() {
            // It is no cost; the tokens are none the worse for it.
            self.flaws.add(if amount < 0.0 { UsageFlaw::Negative } else { UsageFlaw::Overflow });
        }
    }

    /// One of Bedrock's writes to its cache has been read.
    pub(super) fn end_of_cache_detail(&mut self) {
        let written = std::mem::take(&mut self.counts[Count::CacheDetail as usize]);
        if self.kept_long {
            self.set(Count::CacheWrite1h, self.get(Count::CacheWrite1h).saturating_add(written));
        }
    }

    /// One of Anthropic's iterations has been read. The usage around the list is the sum
    /// of those that wrote the answer; compaction is billed beside it, at the same price.
    /// (An adviser's are beside it, too, at another model's.)
    pub(super) fn end_of_iteration(&mut self, iteration: Self) {
        if iteration.compacts {
            self.take_from_here();
            let reading = iteration.into_reading();
            self.flaws.merge(reading.flaws);
            let used = reading.usage.unwrap_or_default();
            self.compaction = Some(self.compaction.map_or(used, |sum| sum.plus(&used)));
        }
    }

    /// Whether a model is named that answered, and was not only asked.
    pub(super) fn names_what_answered(&self) -> bool {
        self.model.is_some() && !self.asked
    }

    /// Whether the response is named.
    pub(super) fn is_named(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.response_id.is_some())
    }

    /// Whether anything was counted, or could not be.
    pub(super) fn reports(&self) -> bool {
        self.seen != 0 || !self.flaws.is_empty()
    }

    /// Whether this chunk is the last that matters: it says why the model stopped, or it
    /// is there for the usage alone.
    pub(super) fn is_last(&self) -> bool {
        self.finish_reason.is_some() || (self.has_no_choices && self.seen != 0)
    }

    /// Adds what a later chunk of the same response says. Its counts are sums so far, so
    /// that the largest of each is the last; or they are its own, and are `summed`.
    pub(super) fn merge(&mut self, chunk: Self, summed: bool) {
        let chunk_tells_model = chunk.depth.is_none_or(|depth| chunk.model_depth <= depth);
        if chunk.model.is_some() && chunk_tells_model && (self.model.is_none() || (self.asked && !chunk.asked)) {
            (self.model, self.asked) = (chunk.model, chunk.asked);
        }
        let finish_depth = chunk.finish_depth % BY_STATUS;
        if chunk.finish_reason.is_some() && chunk.depth.is_none_or(|depth| finish_depth <= depth) {
            self.finish_reason = chunk.finish_reason;
        }
        let chunk_tells_id = chunk.depth.is_none_or(|depth| chunk.id_depth <= depth);
        if !self.is_named() && chunk_tells_id {
            self.details = chunk.details;
        }
        self.service_tier = chunk.service_tier.or(self.service_tier);
        self.cost = match (self.cost, chunk.cost) {
            (Some(ours), Some(theirs)) if summed => Some(ours.saturating_add(theirs)),
            (ours, theirs) => ours.max(theirs),
        };
        self.flaws.merge(chunk.flaws);
        if chunk.seen == 0 && !chunk.broken {
            return;
        }
        // A chunk whose counts make no sense says nothing of the whole; the next that makes
        // some does. (One of a sum is missing for good.)
        self.broken = chunk.broken || (summed && self.broken);
        if chunk.broken {
            return;
        }
        self.seen |= chunk.seen;
        for (ours, theirs) in self.counts.iter_mut().zip(chunk.counts) {
            *ours = if summed { ours.saturating_add(theirs) } else { theirs.max(*ours) };
        }
        self.compaction = match (self.compaction, chunk.compaction) {
            (Some(ours), Some(theirs)) if summed => Some(ours.plus(&theirs)),
            (Some(ours), Some(theirs)) => Some(ours.at_least(&theirs)),
            (ours, theirs) => theirs.or(ours),
        };
    }

    fn get(&self, count: Count) -> u64 {
        self.counts[count as usize]
    }

    fn has(&self, count: Count) -> bool {
        self.seen & (1 << count as u32) != 0
    }

    pub(super) fn into_reading(mut self) -> Reading {
        let usage = if self.broken { None } else { self.usage() };
        let usage = usage.and_then(|usage| self.flaws.admit(usage));
        // A name that stands deeper than the usage is in what the model wrote.
        let model = self.model.filter(|_| self.depth.is_none_or(|depth| self.model_depth <= depth));
        let finish_depth = self.finish_depth % BY_STATUS;
        let finish_reason = self.finish_reason.filter(|_| self.depth.is_none_or(|depth| finish_depth <= depth));
        let mut details = self.details;
        if let (Some(details), Some(depth)) = (&mut details, self.depth) {
            details.response_id.take_if(|_| self.id_depth > depth);
        }
        Reading {
            usage,
            flaws: self.flaws,
            model,
            reported_cost: self.cost,
            service_tier: self.service_tier,
            finish_reason,
            details,
        }
    }

    fn usage(&mut self) -> Option<Usage> {
        use Count::{
            BilledInput, BilledOutput, CacheRead, CacheReadBeside, CacheWrite, CacheWrite1h, CacheWriteBeside,
            Citations, Input, Output, Prompt, Reasoning, Thoughts, ToolInput, Total,
        };
        // Billed beats used. An answer without output is whole (embeddings,
        // moderation); one without input is none, for it would be billed at a part
        // of its price.
        let given = [BilledInput, Prompt, Input].into_iter().find(|count| self.has(*count))?;
        let all = |counts: &[Count]| counts.iter().fold(0, |sum: u64, count| sum.saturating_add(self.get(*count)));
        let input = all(&[given, ToolInput]);
        let output = if self.has(BilledOutput) { self.get(BilledOutput) } else { all(&[Output, Thoughts]) };
        let (reads, writes) = (self.get(CacheReadBeside), self.get(CacheWriteBeside));
        let beside = reads.saturating_add(writes);
        let reasoning = all(&[Reasoning, Thoughts]);
        let total = self.has(Total).then(|| self.get(Total));

        let sum = input.saturating_add(output);
        // xAI counts reasoning beside the output, and its total says so. Perplexity does
        // where it also counts citations, both without a word of its total.
        let reasoning_beside = self.get(Reasoning) > 0
            && (self.has(Citations) || total == Some(sum.saturating_add(self.get(Reasoning))) && total != Some(sum));
        // Anthropic and Bedrock count the cache beside the input, rig and Databricks
        // under the same names inside it.
        let cache_beside = given == Input && beside > 0 && total != Some(sum);

        let input = if cache_beside { input.saturating_add(beside) } else { input };
        let output = if reasoning_beside { output.saturating_add(self.get(Reasoning)) } else { output };
        let known = [sum, input.saturating_add(output)];
        let output = output.saturating_add(self.get(Citations));
        // Cohere says how many of the tokens that it used were cached, not of those billed.
        let cached = if given == BilledInput { 0 } else { self.get(CacheRead) };
        if given != BilledInput && total.is_some_and(|total| !known.contains(&total)) {
            self.flaws.add(UsageFlaw::Contradiction);
        }
        let usage = Usage::new(input, output)
            .cache_read(cached.max(reads))
            .cache_write(self.get(CacheWrite).max(writes))
            .cache_write_1h(self.get(CacheWrite1h))
            .reasoning(reasoning);
        Some(self.compaction.map_or(usage, |compaction| usage.plus(&compaction)))
    }
}
