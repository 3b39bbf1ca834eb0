//! Why a call has no cost: the reasons, as users and the page have them.

use std::error::Error;
use std::fmt;

/// Why a call has no cost: the reason that stands in
/// `arc_llm_unpriced_calls_total{reason}`.
///
/// ```
/// use arc_obs::{PriceTable, Unpriced, Usage};
///
/// let unpriced = PriceTable::bundled().cost("my-model", &Usage::new(1_000, 200)).unwrap_err();
/// assert_eq!(unpriced, Unpriced::UnknownModel);
/// assert_eq!(unpriced.to_string(), "the price table has no such model");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unpriced {
    /// The table has no such model, or not from this provider.
    UnknownModel,
    /// The table has nothing from the provider that was named.
    UnknownProvider,
    /// The model is in the table, but its tokens have no price there: it is
    /// sold by the minute or the page, or nobody lists a price.
    NoTokenPrice,
}

impl Unpriced {
    /// The word that stands in the label `reason`.
    ///
    /// ```
    /// assert_eq!(arc_obs::Unpriced::UnknownModel.as_str(), "unknown_model");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownModel => "unknown_model",
            Self::UnknownProvider => "unknown_provider",
            Self::NoTokenPrice => "no_token_price",
        }
    }
}

impl fmt::Display for Unpriced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownModel => "the price table has no such model",
            Self::UnknownProvider => "the price table has no such provider",
            Self::NoTokenPrice => "the price table has the model, and no price for its tokens",
        })
    }
}

impl Error for Unpriced {}
