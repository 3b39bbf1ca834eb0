//! LLM calls: reading usage off a response, and what it costs.

mod model;
pub(crate) mod price;
mod probe;
#[cfg(feature = "traces")]
mod provider;
mod response;

pub use model::Model;
pub use price::{Price, PriceRequest, PriceTable, Unpriced, prices, set_prices};
pub(crate) use price::{has_own_prices, prefer_reported_cost};
pub(crate) use probe::{Chunks, Told, probe};
#[cfg(feature = "traces")]
pub(crate) use provider::provider_name;
pub use response::LlmResponse;
