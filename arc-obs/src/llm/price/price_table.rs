//! The price table as users have it: the built-in one with prices of their own.

use std::fmt;
#[cfg(feature = "prices-file")]
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use super::find::Found;
use super::given::Price;
use super::own::OwnPrices;
use super::rate::unix_seconds;
use super::unpriced::Unpriced;
use crate::error::PricesError;
use crate::operation::{Cost, ServiceTier, Usage};

/// What models cost: the built-in table, and prices of your own before it.
///
/// It is what annotated calls are priced by, and can be asked by itself. A clone is
/// cheap.
///
/// ```
/// use arc_obs::{PriceTable, Usage};
///
/// let cost = PriceTable::bundled().cost("gpt-4o", &Usage::new(1_000, 500).cache_read(600))?;
/// assert_eq!(cost.total().to_string(), "$0.00675");
/// for line in cost.lines() {
///     println!("{line}"); // 400 input tokens at $2.50 a million: $0.001
/// }
/// # Ok::<(), arc_obs::Unpriced>(())
/// ```
#[derive(Clone, Default)]
pub struct PriceTable {
    own: Arc<OwnPrices>,
}

impl PriceTable {
    /// The table that is built into this release, from the data of
    /// [genai-prices](https://github.com/pydantic/genai-prices).
    ///
    /// ```
    /// let table = arc_obs::PriceTable::bundled();
    /// assert!(table.cost("claude-sonnet-4-5", &arc_obs::Usage::new(1, 1)).is_ok());
    /// ```
    #[must_use]
    pub fn bundled() -> Self {
        Self::default()
    }

    /// Adds a price of your own, which wins over the built-in one.
    ///
    /// The name is that of one model, in any case of letters; with `*` at its end it is
    /// for all models whose names begin so. Of several prices that fit a name the one
    /// for the whole name counts, then the one for the longest beginning; with a
    /// provider before without. Of two for the same models, tier and date the last counts.
    ///
    /// ```
    /// use arc_obs::{Price, PriceTable, Usage};
    ///
    /// let table = PriceTable::bundled()
    ///     .with_price("my-model", Price::new(0.5, 1.5))?
    ///     .with_price("ft:gpt-4o*", Price::new(3.75, 15.0).cache_read(1.875))?;
    /// let cost = table.cost("ft:gpt-4o-2024-08-06:acme::abc", &Usage::new(1_000_000, 0))?;
    /// assert_eq!((cost.total().to_string().as_str(), cost.model()), ("$3.75", "ft:gpt-4o*"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the name is empty or has a `*` elsewhere, or a price is below zero, no number,
    /// or more than a million dollars per million tokens.
    pub fn with_price(mut self, model: &str, price: Price) -> Result<Self, PricesError> {
        let price = price.checked(model).map_err(|problem| PricesError::of_model(model, &problem))?;
        Arc::make_mut(&mut self.own).add(price);
        Ok(self)
    }

    /// Adds the prices of a JSON text, which win over those that are there.
    ///
    /// `model`, `input` and `output` are needed, in US dollars per million tokens, read as
    /// exact decimals. `cache_read`, `cache_write`, `cache_write_1h` and `reasoning` may be
    /// given where they have prices of their own; `provider`, `service_tier` and `since`
    /// (from midnight UTC) mean what they do in [`Price`]. `model` may end in `*`.
    ///
    /// ```
    /// use arc_obs::{PriceTable, Usage};
    ///
    /// let table = PriceTable::bundled().with_json(r#"{
    ///     "version": 1,
    ///     "prices": [
    ///         {"model": "my-model", "input": 0.5, "output": 1.5},
    ///         {"model": "my-model", "input": 0.4, "output": 1.2, "since": "2027-01-01"},
    ///         {"model": "gpt-4o*", "provider": "azure", "input": 2.2, "output": 8.8, "cache_read": 1.1}
    ///     ]
    /// }"#)?;
    /// assert_eq!(table.cost("my-model", &Usage::new(1_000_000, 0))?.total().as_dollars(), 0.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is no such JSON, or a key stands twice or is not known, or a price cannot
    /// be; the error says where, what is wrong and what to write instead.
    #[cfg(feature = "prices-file")]
    #[cfg_attr(docsrs, doc(cfg(feature = "prices-file")))]
    pub fn with_json(mut self, json: &str) -> Result<Self, PricesError> {
        let prices = super::file::parse(json, None)?;
        Arc::make_mut(&mut self.own).add_all(prices);
        Ok(self)
    }

    /// Adds the prices of a JSON file as [`with_json`](Self::with_json) reads it, of at
    /// most 8 MiB.
    ///
    /// ```no_run
    /// let table = arc_obs::PriceTable::bundled().with_file("prices.json")?;
    /// # Ok::<(), arc_obs::PricesError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is too large, or as `with_json`.
    #[cfg(feature = "prices-file")]
    #[cfg_attr(docsrs, doc(cfg(feature = "prices-file")))]
    pub fn with_file(mut self, path: impl AsRef<Path>) -> Result<Self, PricesError> {
        let prices = super::file::read(path.as_ref())?;
        Arc::make_mut(&mut self.own).add_all(prices);
        Ok(self)
    }

    /// What these tokens of a model cost now, at the standard rate.
    ///
    /// The provider is told by the model's name; [`request`](Self::request) says more.
    ///
    /// ```
    /// use arc_obs::{PriceTable, Unpriced, Usage};
    ///
    /// let table = PriceTable::bundled();
    /// assert_eq!(table.cost("gpt-4o-mini", &Usage::new(1_000_000, 0))?.total().to_string(), "$0.15");
    /// assert_eq!(table.cost("no-such-model", &Usage::new(1, 1)).unwrap_err(), Unpriced::UnknownModel);
    /// # Ok::<(), Unpriced>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The reason, where the table has no price for the model's tokens.
    pub fn cost(&self, model: &str, usage: &Usage) -> Result<Cost, Unpriced> {
        self.request(model).cost(usage)
    }

    /// A call of a model, of which more is known: its provider, time or service tier.
    ///
    /// ```
    /// use arc_obs::{PriceTable, Usage};
    ///
    /// let table = PriceTable::bundled();
    /// let usage = Usage::new(1_000_000, 0);
    /// let cost = table.request("gpt-5").provider("openai").service_tier("flex").cost(&usage)?;
    /// assert_eq!((cost.total().to_string().as_str(), cost.service_tier()), ("$0.625", Some("flex")));
    /// # Ok::<(), arc_obs::Unpriced>(())
    /// ```
    pub fn request<'a>(&'a self, model: &'a str) -> PriceRequest<'a> {
        PriceRequest { table: self, model, provider: None, at: None, tier: None }
    }

    pub(super) fn from_own(own: Arc<OwnPrices>) -> Self {
        Self { own }
    }

    pub(super) fn own(&self) -> &Arc<OwnPrices> {
        &self.own
    }
}

impl fmt::Debug for PriceTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PriceTable").field("own_prices", &self.own.len()).finish_non_exhaustive()
    }
}

/// A call that is to be priced; made by [`PriceTable::request`].
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is priced until `.cost(..)`"]
pub struct PriceRequest<'a> {
    table: &'a PriceTable,
    model: &'a str,
    provider: Option<&'a str>,
    at: Option<SystemTime>,
    tier: Option<ServiceTier>,
}

impl<'a> PriceRequest<'a> {
    /// Who sells it, by the table's name, an alias or `gen_ai.provider.name`.
    ///
    /// ```
    /// use arc_obs::{PriceTable, Usage};
    ///
    /// let table = PriceTable::bundled();
    /// let cost = table.request("gpt-4o").provider("azure.ai.openai").cost(&Usage::new(1_000_000, 0))?;
    /// assert_eq!((cost.total().to_string().as_str(), cost.provider()), ("$2.50", Some("openai")));
    /// # Ok::<(), arc_obs::Unpriced>(())
    /// ```
    pub const fn provider(mut self, name: &'a str) -> Self {
        self.provider = Some(name);
        self
    }

    /// When the call was made, instead of now.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use arc_obs::{PriceTable, Usage};
    ///
    /// let table = PriceTable::bundled();
    /// let grok = table.request("grok-4.20").provider("x-ai");
    /// let (usage, cut) = (Usage::new(100_000, 0), SystemTime::UNIX_EPOCH + Duration::from_secs(1_777_507_200));
    /// assert_eq!(grok.at(cut - Duration::from_secs(1)).cost(&usage)?.total().to_string(), "$0.20");
    /// assert_eq!(grok.at(cut).cost(&usage)?.total().to_string(), "$0.125");
    /// # Ok::<(), arc_obs::Unpriced>(())
    /// ```
    pub const fn at(mut self, time: SystemTime) -> Self {
        self.at = Some(time);
        self
    }

    /// The service tier, as providers' responses name it (`flex`, `priority`, `fast`,
    /// `batch`). One that is not known, or for which the model has no price of its own,
    /// is priced at the standard rate.
    ///
    /// ```
    /// use arc_obs::{PriceTable, Usage};
    ///
    /// let table = PriceTable::bundled();
    /// let cost = table.request("gpt-4o").service_tier("batch").cost(&Usage::new(1_000_000, 0))?;
    /// assert_eq!(cost.total().to_string(), "$1.25");
    /// # Ok::<(), arc_obs::Unpriced>(())
    /// ```
    pub fn service_tier(mut self, name: &str) -> Self {
        self.tier = ServiceTier::named(name);
        self
    }

    /// What these tokens cost.
    ///
    /// # Errors
    ///
    /// The reason, where the table has no price for the model's tokens.
    pub fn cost(&self, usage: &Usage) -> Result<Cost, Unpriced> {
        let found = Found::search(self.table.own(), self.provider, self.model);
        found.cost(usage, self.tier, unix_seconds(self.at.unwrap_or_else(SystemTime::now)))
    }
}
