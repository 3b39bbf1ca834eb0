//! The closed fact: what is known of an operation once it has ended.

use super::{FinishReason, ServiceTier, Status, Usage, Usd};

/// One finished operation, made exactly once, at its end or on its drop.
#[derive(Debug)]
pub(crate) struct OperationRecord<'a> {
    pub(crate) status: Status,
    /// Wall time from the first poll (or the call) to the end.
    pub(crate) duration_nanos: u64,
    /// The name of the error's type, where there was an error: `error.type`. A
    /// function, which is a pointer and not two words, and mostly nobody asks.
    pub(crate) error_type: Option<fn() -> &'static str>,
    /// What each response says of the tokens; none where nobody looked.
    pub(crate) readings: &'a [Reading],
    /// What `cost = …` says that it cost; `None` where nobody says it.
    pub(crate) cost: Option<Usd>,
    /// Whether a look-up in a cache was a hit; `None` for what is none, or neither.
    pub(crate) hit: Option<bool>,
    /// With which HTTP status a request ended, where it says so; at its end it is told of
    /// every request, and of nothing else.
    pub(crate) http_status: Option<u16>,
}

/// How the answer of a streamed LLM call came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streamed {
    /// How many chunks there were.
    pub(crate) chunks: u64,
    /// From the begin of the operation to the first of them.
    pub(crate) first_chunk_nanos: Option<u64>,
}

/// What the span of an operation tells of it, beside the record.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(not(feature = "traces"), expect(dead_code, reason = "a span in the process tells less"))]
pub(crate) struct SpanEnd {
    pub(crate) streamed: Option<Streamed>,
    /// What the hub has made of its cost.
    pub(crate) cost: Option<Usd>,
    /// Whether that is what the provider says, and not reckoned.
    pub(crate) cost_is_reported: bool,
    /// The innermost agent, itself included.
    pub(crate) agent: Option<&'static str>,
}

impl OperationRecord<'_> {
    /// The tokens of all responses together, if one of them reports any.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.readings.iter().filter_map(|reading| reading.usage).reduce(|sum, usage| sum.plus(&usage))
    }

    /// Why the model stopped, as the last response that tells it does.
    pub(crate) fn finish_reason(&self) -> Option<FinishReason> {
        self.readings.iter().rev().find_map(|reading| reading.finish_reason)
    }
}

/// What was read off one LLM response.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// The tokens, if the response reports them.
    pub(crate) usage: Option<Usage>,
    /// What was wrong with the numbers, if anything.
    pub(crate) flaws: UsageFlaws,
    /// The model that answered, if the response names it.
    pub(crate) model: Option<String>,
    /// What the provider itself says that the call cost.
    pub(crate) reported_cost: Option<Usd>,
    /// The service tier that handled it, if the response names one: `Some(None)` is one
    /// at the standard rate.
    pub(crate) service_tier: Option<Option<ServiceTier>>,
    /// Why the model stopped, if the response says it.
    pub(crate) finish_reason: Option<FinishReason>,
    /// What only its span tells; read only where that is recorded.
    pub(crate) details: Option<Box<Details>>,
}

/// What only the span of a call tells of its response.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// What the provider calls the response.
    pub(crate) response_id: Option<String>,
    /// Why the model ended further answers in the same response.
    pub(crate) more_finish_reasons: Vec<FinishReason>,
}

impl Reading {
    /// A usage that somebody states outright, held against itself.
    pub(crate) fn stated(usage: Option<Usage>) -> Self {
        let mut flaws = UsageFlaws::default();
        let usage = usage.and_then(|usage| flaws.admit(usage));
        Self { usage, flaws, ..Self::default() }
    }
}

impl Reading {
    /// Goes on with what a later chunk of the same answer says: of each count the largest,
    /// which is right for one that only the last chunk has, and for sums so far.
    pub(crate) fn go_on(&mut self, chunk: Self) {
        self.flaws.merge(chunk.flaws);
        self.usage = match (self.usage, chunk.usage) {
            (Some(before), Some(usage)) => Some(before.largest(&usage)),
            (before, usage) => before.or(usage),
        };
        self.reported_cost = chunk.reported_cost.or(self.reported_cost);
        self.model = self.model.take().or(chunk.model);
        self.details = self.details.take().or(chunk.details);
        self.service_tier = chunk.service_tier.or(self.service_tier);
        self.finish_reason = chunk.finish_reason.or(self.finish_reason);
    }

    /// Adds what another response of the same call says, where there are too many of them
    /// to keep each.
    pub(crate) fn add(&mut self, other: Self) {
        self.flaws.merge(other.flaws);
        // The cost of a part is not that of the whole.
        self.reported_cost = match (self.reported_cost, other.reported_cost) {
            (Some(ours), Some(theirs)) => Some(ours.saturating_add(theirs)),
            (ours, None) if other.usage.is_none() => ours,
            (None, theirs) if self.usage.is_none() => theirs,
            _ => None,
        };
        self.usage = match (self.usage, other.usage) {
            (Some(ours), Some(theirs)) => self.flaws.admit(ours.plus(&theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        self.model = self.model.take().or(other.model);
        self.details = self.details.take().or(other.details);
        self.service_tier = self.service_tier.or(other.service_tier);
        self.finish_reason = other.finish_reason.or(self.finish_reason);
    }
}

/// More tokens than one call can have used: 2^40, some 10^12. What claims more
/// is a broken number, and adding it once would spoil a counter for good.
pub(crate) const MOST_TOKENS: u64 = 1 << 40;

/// One way in which reported token counts can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum UsageFlaw {
    /// A count below zero.
    Negative,
    /// A count that is no whole number, or more than a call can have used.
    Overflow,
    /// Counts that contradict each other: a part larger than its whole, or a
    /// total that is not the sum.
    Contradiction,
    /// Reading the usage panicked (a user's closure or `Serialize`).
    Panicked,
}

impl UsageFlaw {
    pub(crate) const ALL: [Self; 4] = [Self::Negative, Self::Overflow, Self::Contradiction, Self::Panicked];

    /// The word that stands in the label `reason`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Overflow => "overflow",
            Self::Contradiction => "contradiction",
            Self::Panicked => "panicked",
        }
    }
}

/// The set of flaws found in one response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UsageFlaws(u8);

impl UsageFlaws {
    pub(crate) fn add(&mut self, flaw: UsageFlaw) {
        self.0 |= 1 << flaw as u8;
    }

    pub(crate) fn merge(&mut self, others: Self) {
        self.0 |= others.0;
    }

    pub(crate) fn contains(self, flaw: UsageFlaw) -> bool {
        self.0 & (1 << flaw as u8) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Holds a usage against itself. A part larger than its whole is flagged and cut
    /// to it, for the part would be billed; an impossible count takes the whole
    /// usage with it, for what is left would be priced as if it were all.
    pub(crate) fn admit(&mut self, mut usage: Usage) -> Option<Usage> {
        let parts = usage.cache_read_tokens.saturating_add(usage.cache_write_tokens);
        if usage.input_tokens.max(usage.output_tokens).max(parts).max(usage.reasoning_tokens) > MOST_TOKENS {
            self.add(UsageFlaw::Overflow);
            return None;
        }
        let kept_long = usage.cache_write_1h_tokens;
        if parts > usage.input_tokens
            || kept_long > usage.cache_write_tokens
            || usage.reasoning_tokens > usage.output_tokens
        {
            self.add(UsageFlaw::Contradiction);
            usage.cache_read_tokens = usage.cache_read_tokens.min(usage.input_tokens);
            usage.cache_write_tokens = usage.cache_write_tokens.min(usage.input_tokens - usage.cache_read_tokens);
            usage.cache_write_1h_tokens = usage.cache_write_1h_tokens.min(usage.cache_write_tokens);
            usage.reasoning_tokens = usage.reasoning_tokens.min(usage.output_tokens);
        }
        Some(usage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impossible_count_takes_the_usage_with_it() {
        let reading = Reading::stated(Some(Usage::new(u64::MAX, 1)));
        assert_eq!(reading.usage, None);
        assert!(reading.flaws.contains(UsageFlaw::Overflow));
    }

    #[test]
    fn a_part_larger_than_its_whole_is_flagged_and_cut() {
        let reading = Reading::stated(Some(Usage::new(10, 5).cache_read(8).cache_write(1 << 39).reasoning(6)));
        assert_eq!(reading.usage, Some(Usage::new(10, 5).cache_read(8).cache_write(2).reasoning(5)));
        assert!(reading.flaws.contains(UsageFlaw::Contradiction));
        assert!(!reading.flaws.contains(UsageFlaw::Negative));
    }

    #[test]
    fn a_cost_that_one_of_two_responses_reports_is_not_the_calls() {
        let reading = |usage: Option<Usage>, nanos: Option<u64>| Reading {
            reported_cost: nanos.map(Usd::from_nanos),
            ..Reading::stated(usage)
        };
        let some = Some(Usage::new(1, 1));
        for (first, second, sum) in [
            (reading(some, Some(2)), reading(some, Some(3)), Some(5)),
            (reading(some, Some(2)), reading(some, None), None),
            (reading(some, None), reading(some, Some(3)), None),
            (reading(some, Some(2)), reading(None, None), Some(2)),
            (reading(None, None), reading(some, Some(3)), Some(3)),
        ] {
            let mut both = first;
            both.add(second);
            assert_eq!(both.reported_cost, sum.map(Usd::from_nanos));
        }
    }

    #[test]
    fn sound_counts_have_no_flaw() {
        assert!(Reading::stated(Some(Usage::new(10, 5).cache_read(10).reasoning(5))).flaws.is_empty());
    }
}
