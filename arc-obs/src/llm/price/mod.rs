//! Prices: what a call's tokens cost in money, from a table built into the crate and
//! prices of the user's own.
//!
//! Deliberately not here: fetching prices over the network, and guessing. A
//! model without a known price has no cost and a reason, never a cost of zero.
//!
//! The hub's way in is [`Asked::total`], once per finished call; a user's is
//! [`PriceTable`]. Both look up (`lookup` in the built-in table, `own` in the user's
//! prices, together `find`) and add up (`rate`); `current` remembers.

mod cache;
mod current;
mod decimal;
#[cfg(feature = "prices-file")]
mod file;
mod find;
mod given;
mod lookup;
mod own;
mod price_table;
mod rate;
mod rows;
mod shape;
mod stated;
mod table;
mod unpriced;

#[cfg(test)]
mod literals;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

pub(crate) use current::{Asked, has_own_prices, prefer_reported_cost, prefers_reported_cost};
pub use current::{prices, set_prices};
pub use given::Price;
#[cfg(feature = "traces")]
pub(crate) use lookup::provider_id;
#[cfg(test)]
use lookup::{Priced, find};
pub use price_table::{PriceRequest, PriceTable};
pub use unpriced::Unpriced;
