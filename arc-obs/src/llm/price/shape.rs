//! The shape of the price table: the plain types `table.rs` fills in.
//!
//! Only types: following a [`Span`] is `rows`, look-up is `lookup`, arithmetic is
//! `rate`. The generator writes these names.
//!
//! The table is a handful of flat arrays whose rows point into each other by
//! [`Span`]. Nested `&'static [..]` would say the same more directly, but every
//! one of those several thousand slices is a constant that rustc evaluates and
//! lays out by itself, and this crate is compiled by everyone who uses it.
//!
//! To price something new (audio, images, requests), add a [`TokenKind`] and give
//! it a count in `rate`.

use crate::operation::{ServiceTier, TokenKind};

/// A run of rows in one of the table's arrays: where it starts, how many.
#[derive(Clone, Copy)]
pub(super) struct Span(pub(super) u16, pub(super) u16);

/// A company, gateway or platform that sells calls to models.
pub(super) struct Provider {
    /// The name genai-prices gives it, in lower case.
    pub(super) id: &'static str,
    /// In [`super::table::RULES`]: any one that fits makes a name an alias of this id.
    pub(super) aliases: Span,
    /// In [`super::table::RULES`]: any one that fits a model's name tells that the
    /// provider must be this one, when none was given.
    pub(super) infers: Span,
    /// In [`super::table::FALLBACKS`]: providers, as rows of [`super::table::PROVIDERS`],
    /// whose models this one sells at their prices.
    pub(super) fallbacks: Span,
    /// In [`super::table::MODELS`].
    pub(super) models: Span,
}

/// A model as one provider sells it.
pub(super) struct Model {
    /// The name genai-prices gives it; the names users write are its rules.
    pub(super) id: &'static str,
    /// In [`super::table::RULES`]: any one that fits a name makes it this model's.
    pub(super) rules: Span,
    /// In [`super::table::PRICES`]: the last one in force counts.
    pub(super) prices: Span,
    /// In [`super::table::VARIANTS`]: for each kind of tokens, the first one in force
    /// that prices it stands before the price.
    pub(super) variants: Span,
    /// The provider has announced the model's end, or it has come.
    pub(super) deprecated: bool,
}

/// A test of a name that was folded to lower case; the texts are lower case too.
pub(super) enum Rule {
    Equals(&'static str),
    StartsWith(&'static str),
    EndsWith(&'static str),
    Contains(&'static str),
    /// The whole name, where `#` stands for any one digit.
    Pattern(&'static str),
    /// The beginning of the name, where `#` stands for any one digit.
    PatternStart(&'static str),
    /// Each of these rules fits.
    All(Span),
    /// One of these rules fits, at least.
    Any(Span),
    /// Not one of these rules fits.
    NoneOf(Span),
}

/// What a model costs while something holds.
pub(super) struct Price {
    pub(super) when: When,
    /// In [`super::table::RATES`]. Empty: the data has a price, but none for tokens.
    pub(super) rates: Span,
}

/// What calls of one service tier cost instead, kind by kind of tokens.
pub(super) struct Variant {
    pub(super) tier: ServiceTier,
    pub(super) when: When,
    /// In [`super::table::RATES`]. What is missing has the standard rate.
    pub(super) rates: Span,
}

/// When a [`Price`] is in force.
pub(super) enum When {
    Always,
    /// From this second since the Unix epoch on: midnight UTC of some day.
    Since(i64),
    /// Every day from one second after midnight UTC until before another, past
    /// midnight when the second comes first.
    Daily {
        from: i64,
        until: i64,
    },
}

/// The price of one kind of tokens.
pub(super) struct Rate {
    pub(super) of: TokenKind,
    /// Nano-dollars per million tokens, for a prompt below the first tier.
    pub(super) base: u64,
    /// In [`super::table::TIERS`], by rising [`Tier::above`].
    pub(super) tiers: Span,
}

/// The price of long prompts.
pub(super) struct Tier {
    /// The whole prompt must have more tokens than this.
    pub(super) above: u64,
    /// Nano-dollars per million tokens: for all of them, not only those above.
    pub(super) rate: u64,
}
