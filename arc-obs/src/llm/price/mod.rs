//! Prices: what a call's tokens cost in money, from a table built into the crate.
//!
//! Deliberately not here: fetching prices over the network, and guessing. A
//! model without a known price has no cost and a reason, never a cost of zero.
//! Overrides by the user are another room's work. The hub asks this one, once
//! per finished call; callsites may keep the answer of [`find`].
//!
//! The way in is [`find`], then [`Priced::cost`].

mod cache;
mod lookup;
mod rate;
mod rows;
mod shape;
mod stated;
mod table;

#[cfg(test)]
mod literals;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

pub(crate) use cache::find_again;
pub(crate) use lookup::{Priced, Unpriced, find};
pub(crate) use stated::stated_cost;
