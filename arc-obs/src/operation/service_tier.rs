//! Service tiers: at which of its prices a provider handled a call.
//!
//! Only those that have a price of their own somewhere. Every other name, known or
//! not, means the standard rate. Read off responses by `llm::probe`, priced by
//! `llm::price`.

/// A way of handling a call that some models have prices of their own for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ServiceTier {
    /// Slower and cheaper.
    Flex,
    /// Ahead of the others, and dearer.
    Priority,
    /// What OpenAI calls its priority tier since 2026.
    Fast,
    /// Not while one waits: a job of many calls.
    Batch,
}

impl ServiceTier {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 4] = [Self::Flex, Self::Priority, Self::Fast, Self::Batch];

    /// The tier that a provider's word means; `None` for the standard rate, by
    /// whichever of its many names (`default`, `standard`, `auto`, `on_demand`).
    ///
    /// OpenAI and Groq write `service_tier`, Anthropic `usage.service_tier`, Bedrock
    /// `serviceTier`, Gemini `usageMetadata.serviceTier`, and on Vertex AI `trafficType`.
    /// Throughput that was bought in advance has no price by the call: the standard rate
    /// is what it is worth.
    pub(crate) fn named(name: &str) -> Option<Self> {
        const NAMES: [(&str, ServiceTier); 8] = [
            ("flex", ServiceTier::Flex),
            ("on_demand_flex", ServiceTier::Flex),
            ("service_tier_flex", ServiceTier::Flex),
            ("priority", ServiceTier::Priority),
            ("on_demand_priority", ServiceTier::Priority),
            ("service_tier_priority", ServiceTier::Priority),
            ("fast", ServiceTier::Fast),
            ("batch", ServiceTier::Batch),
        ];
        let name = name.trim();
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, tier)| *tier)
    }

    /// The word for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Priority => "priority",
            Self::Fast => "fast",
            Self::Batch => "batch",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_providers_are_known_and_all_others_mean_the_standard_rate() {
        for tier in ServiceTier::ALL {
            assert_eq!(ServiceTier::named(tier.as_str()), Some(tier));
            assert_eq!(ServiceTier::named(&tier.as_str().to_uppercase()), Some(tier));
        }
        assert_eq!(ServiceTier::named("ON_DEMAND_FLEX"), Some(ServiceTier::Flex));
        assert_eq!(ServiceTier::named("ON_DEMAND_PRIORITY"), Some(ServiceTier::Priority));
        for name in ["", "default", "standard", "auto", "scale", "ON_DEMAND", "PROVISIONED_THROUGHPUT", "flexible"] {
            assert_eq!(ServiceTier::named(name), None, "{name}");
        }
    }
}
