//! LLM calls: reading usage off a response, and what it costs.

pub(crate) mod price;
mod probe;
mod response;

pub(crate) use probe::probe;
pub use response::LlmResponse;
