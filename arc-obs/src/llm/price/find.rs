//! What a look-up found: prices of the user's own and the table's row, in the order
//! in which they count.

use std::sync::Arc;

use super::lookup::{self, Priced};
use super::own::{OwnModel, OwnPrices};
use super::rate::Rates;
use super::unpriced::Unpriced;
use crate::operation::{Cost, PricedAs, ServiceTier, Usage, Usd};

/// What may price a call; times are seconds since 1970. Which of it does is for its time to say: a price of the
/// user's own may begin to hold tomorrow.
#[derive(Debug)]
pub(super) struct Found {
    /// The first that holds counts. Mostly none, which allocates nothing.
    pub(super) own: Vec<Arc<OwnModel>>,
    pub(super) table: Result<Priced, Unpriced>,
}

impl Found {
    /// Looks a model up, without remembering anything.
    pub(super) fn search(own: &OwnPrices, provider: Option<&str>, model: &str) -> Self {
        Self { own: own.fitting(provider, model), table: lookup::find(provider, model) }
    }

    fn own_rates(&self, tier: Option<ServiceTier>, at: i64) -> Option<(&OwnModel, &Rates, Option<ServiceTier>)> {
        self.own.iter().find_map(|model| {
            let (rates, applied) = model.rates(tier, at)?;
            Some((&**model, rates, applied))
        })
    }

    /// What these tokens cost in all by the user's own prices, without an allocation.
    pub(super) fn own_total(&self, usage: &Usage, tier: Option<ServiceTier>, at: i64) -> Option<Usd> {
        self.own_rates(tier, at).map(|(_, rates, _)| rates.total(usage))
    }

    /// What these tokens cost, line by line.
    pub(super) fn cost(&self, usage: &Usage, tier: Option<ServiceTier>, at: i64) -> Result<Cost, Unpriced> {
        if let Some((model, rates, applied)) = self.own_rates(tier, at) {
            return Ok(Cost::new(rates.bill(usage), model.priced_as(applied)));
        }
        self.table?.cost(usage, tier, at)
    }
}

impl Priced {
    /// What these tokens cost in all.
    pub(crate) fn total(self, usage: &Usage, tier: Option<ServiceTier>, at: i64) -> Result<Usd, Unpriced> {
        let (rates, _) = self.rates(usage.input_tokens, tier, at)?;
        Ok(rates.total(usage))
    }

    /// What these tokens cost, line by line.
    pub(super) fn cost(self, usage: &Usage, tier: Option<ServiceTier>, at: i64) -> Result<Cost, Unpriced> {
        let (rates, applied) = self.rates(usage.input_tokens, tier, at)?;
        let priced_as =
            PricedAs { provider: Some(self.provider.id.into()), model: self.model.id.into(), service_tier: applied };
        Ok(Cost::new(rates.bill(usage), priced_as))
    }
}
