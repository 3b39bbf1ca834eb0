//! What the numbers of a response mean together.
//!
//! Providers disagree on what is inside what. Ours is the OpenTelemetry rule: input
//! includes what the cache did, output includes reasoning. So what stands beside is
//! added, and where a provider gives a total, the total decides.

use super::shape::{Count, Money};
use crate::operation::{Reading, ServiceTier, Usage, UsageFlaw, UsageFlaws, Usd};

/// The longest name of a model that is kept, in bytes.
const LONGEST_MODEL: usize = 256;

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
    cost: Option<Usd>,
    service_tier: Option<Option<ServiceTier>>,
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
        *self = Self {
            model: self.model.take(),
            asked,
            model_depth,
            service_tier,
            level,
            entered,
            kept_long,
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
        let better = self.model.is_none() || (depth, asked) < (self.model_depth, self.asked);
        if better && !name.is_empty() && name.len() <= LONGEST_MODEL {
            self.model = Some(name.to_owned());
            (self.asked, self.model_depth) = (asked, depth);
        }
    }

    /// A tier that is named beside the usage or in it.
    pub(super) fn set_service_tier(&mut self, name: &str) {
        self.service_tier = Some(ServiceTier::named(name).or(self.service_tier.flatten()));
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
        Reading { usage, flaws: self.flaws, model, reported_cost: self.cost, service_tier: self.service_tier }
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
