//! LLM calls: reading usage off a response, and what it costs.

pub(crate) mod price;
mod probe;
mod response;

pub(crate) use price::prefer_reported_cost;
pub use price::{Price, PriceRequest, PriceTable, Unpriced, prices, set_prices};
pub(crate) use probe::probe;
pub use response::LlmResponse;
