//! What the numbers of a response mean together.
//!
//! Providers disagree on what is inside what. Ours is the OpenTelemetry rule: input
//! includes what the cache did, output includes reasoning. So what stands beside is
//! added, and where a provider gives a total, the total decides.

use super::shape::Count;
use crate::operation::{Reading, ServiceTier, Usage, UsageFlaw, UsageFlaws, Usd};

/// The longest name of a model that is kept, in bytes.
const LONGEST_MODEL: usize = 256;

/// What was found until now.
#[derive(Default)]
pub(super) struct Found {
    counts: [Option<u64>; Count::ALL],
    /// How deep the usage stands from which the counts are: the nearest to the root wins.
    depth: Option<u8>,
    model: Option<String>,
    /// The model is the one that was asked for, not the one that answered.
    asked: bool,
    cost: Option<Usd>,
    service_tier: Option<Option<ServiceTier>>,
    pub(super) flaws: UsageFlaws,
    /// Input or output is there and cannot be used: what is left is not the usage.
    pub(super) broken: bool,
}

impl Found {
    /// Whether the usage at this depth is to be read: not if one nearer to the root was.
    pub(super) fn enter(&mut self, depth: u8) -> bool {
        match self.depth {
            Some(known) if known < depth => return false,
            Some(known) if known > depth => {
                let (model, asked) = (self.model.take(), self.asked);
                *self = Self { model, asked, service_tier: self.service_tier, ..Self::default() };
            }
            _ => {}
        }
        self.depth = Some(depth);
        true
    }

    pub(super) fn set(&mut self, count: Count, number: u64) {
        self.counts[count as usize] = Some(number);
    }

    /// A name that says which model answered beats one that says which was asked.
    pub(super) fn set_model(&mut self, name: &str, asked: bool) {
        let better = self.model.is_none() || (self.asked && !asked);
        if better && !name.is_empty() && name.len() <= LONGEST_MODEL {
            self.model = Some(name.to_owned());
            self.asked = asked;
        }
    }

    pub(super) fn set_cost(&mut self, dollars: f64) {
        self.cost = Usd::from_dollars(dollars);
    }

    /// A tier that is named beside the usage or in it; a name without a price of its
    /// own says nothing.
    pub(super) fn set_service_tier(&mut self, name: &str) {
        self.service_tier = Some(ServiceTier::named(name).or(self.service_tier.flatten()));
    }

    fn get(&self, count: Count) -> u64 {
        self.counts[count as usize].unwrap_or(0)
    }

    fn has(&self, count: Count) -> bool {
        self.counts[count as usize].is_some()
    }

    pub(super) fn into_reading(mut self) -> Reading {
        let usage = if self.broken { None } else { self.usage() };
        let usage = usage.and_then(|usage| self.flaws.admit(usage));
        let Self { flaws, model, cost: reported_cost, service_tier, .. } = self;
        Reading { usage, flaws, model, reported_cost, service_tier }
    }

    fn usage(&mut self) -> Option<Usage> {
        use Count::{
            BilledInput, BilledOutput, CacheRead, CacheReadBeside, CacheWrite, CacheWrite1h, CacheWriteBeside, Input,
            Output, Prompt, Reasoning, Thoughts, ToolInput, Total,
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
        // xAI counts reasoning beside the output, and its total says so.
        let reasoning_beside =
            self.get(Reasoning) > 0 && total == Some(sum.saturating_add(self.get(Reasoning))) && total != Some(sum);
        // Anthropic and Bedrock count the cache beside the input, rig and Databricks
        // under the same names inside it.
        let cache_beside = given == Input && beside > 0 && total != Some(sum);

        let input = if cache_beside { input.saturating_add(beside) } else { input };
        let output = if reasoning_beside { output.saturating_add(self.get(Reasoning)) } else { output };
        let known = [sum, input.saturating_add(output)];
        if given != BilledInput && total.is_some_and(|total| !known.contains(&total)) {
            self.flaws.add(UsageFlaw::Contradiction);
        }
        let usage = Usage::new(input, output)
            .cache_read(self.get(CacheRead).max(reads))
            .cache_write(self.get(CacheWrite).max(writes))
            .cache_write_1h(self.get(CacheWrite1h))
            .reasoning(reasoning);
        Some(usage)
    }
}
