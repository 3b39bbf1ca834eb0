//! A price as code gives it, in dollars: what is checked and kept is `own`'s.

use std::time::SystemTime;

use super::decimal;
use super::own::{OwnPrice, tier};
use super::rate::unix_seconds;
use crate::operation::TokenKind;

/// What a model costs, in US dollars per million tokens.
///
/// Kinds of tokens that have no price of their own are billed as what they are part
/// of: reads from and writes to a cache as input, reasoning as output.
///
/// ```
/// use arc_obs::{Price, PriceTable, Usage};
///
/// let price = Price::new(2.50, 10.0).cache_read(1.25);
/// let table = PriceTable::bundled().with_price("my-model", price)?;
/// let cost = table.cost("my-model", &Usage::new(1_000, 100).cache_read(400))?;
/// assert_eq!(cost.total().to_string(), "$0.003");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    dollars: [Option<f64>; TokenKind::ALL.len()],
    provider: Option<String>,
    service_tier: Option<String>,
    since: Option<SystemTime>,
}

impl Price {
    /// The prices of input and output. What a model does not give has price 0, as the
    /// output of an embedding model.
    ///
    /// ```
    /// let free = arc_obs::Price::new(0.0, 0.0);
    /// ```
    #[must_use]
    pub const fn new(input: f64, output: f64) -> Self {
        let mut dollars = [None; TokenKind::ALL.len()];
        dollars[TokenKind::Input as usize] = Some(input);
        dollars[TokenKind::Output as usize] = Some(output);
        Self { dollars, provider: None, service_tier: None, since: None }
    }

    const fn with(mut self, kind: TokenKind, dollars: f64) -> Self {
        self.dollars[kind as usize] = Some(dollars);
        self
    }

    /// The price of tokens that are read from a cache.
    #[must_use]
    pub const fn cache_read(self, dollars: f64) -> Self {
        self.with(TokenKind::CacheRead, dollars)
    }

    /// The price of tokens that are written to a cache.
    #[must_use]
    pub const fn cache_write(self, dollars: f64) -> Self {
        self.with(TokenKind::CacheWrite, dollars)
    }

    /// The price of tokens that are written to a cache to be kept for an hour. Needs a
    /// price of [`cache_write`](Self::cache_write), which holds for the others.
    #[must_use]
    pub const fn cache_write_1h(self, dollars: f64) -> Self {
        self.with(TokenKind::CacheWrite1h, dollars)
    }

    /// The price of tokens that the model spends on reasoning.
    #[must_use]
    pub const fn reasoning(self, dollars: f64) -> Self {
        self.with(TokenKind::Reasoning, dollars)
    }

    /// Lets the price hold for calls to this provider only: one that says so, as in
    /// `#[track_llm(model = "gpt-4o", provider = "azure")]`, or whose model's name tells
    /// its provider.
    ///
    /// ```
    /// let price = arc_obs::Price::new(2.2, 8.8).provider("azure.ai.openai");
    /// ```
    #[must_use]
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.provider = Some(name.into());
        self
    }

    /// Lets the price hold for calls of this service tier only: `flex`, `priority`, `fast`
    /// or `batch`. One without holds for every tier that has none of its own.
    ///
    /// ```
    /// use arc_obs::{Price, PriceTable, Usage};
    ///
    /// let table = PriceTable::bundled()
    ///     .with_price("my-model", Price::new(2.0, 8.0))?
    ///     .with_price("my-model", Price::new(1.0, 4.0).service_tier("batch"))?;
    /// let cost = table.request("my-model").service_tier("batch").cost(&Usage::new(1_000_000, 0))?;
    /// assert_eq!(cost.total().to_string(), "$1.00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn service_tier(mut self, name: impl Into<String>) -> Self {
        self.service_tier = Some(name.into());
        self
    }

    /// Lets the price hold from this time on; before it, an older price of yours does, or
    /// the built-in one.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// let new_year = SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_761_600); // 2027-01-01
    /// let price = arc_obs::Price::new(2.0, 8.0).since(new_year);
    /// ```
    #[must_use]
    pub const fn since(mut self, time: SystemTime) -> Self {
        self.since = Some(time);
        self
    }

    /// As it is kept; or what is wrong with it, after the name of the model.
    pub(super) fn checked(&self, model: &str) -> Result<OwnPrice, String> {
        let mut price = OwnPrice::new(model, self.provider.as_deref())?;
        price.terms.since = self.since.map(unix_seconds);
        price.terms.tier = self.service_tier.as_deref().map(tier).transpose()?;
        for (kind, dollars) in TokenKind::ALL.into_iter().zip(self.dollars) {
            if let Some(dollars) = dollars {
                let nanos = decimal::from_dollars(dollars);
                price.rates.set(kind, nanos.map_err(|error| format!("`{kind}`: {error}"))?);
            }
        }
        price.complete()
    }
}
