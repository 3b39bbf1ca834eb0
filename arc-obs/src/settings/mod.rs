#![doc = include_str!("../docs/settings.md")]
// The only room that reads the environment (invariant 8), and only when `setup`
// asks. It says what is set and what of it makes no sense; who wins against a call
// of the builder, and what is done with it, `setup` decides.

#[cfg(feature = "traces")]
mod content;
mod misspelt;
mod read;
pub(crate) mod resource;
mod table;
#[cfg(test)]
mod tests;

#[cfg(feature = "traces")]
pub use content::ContentCapture;
#[cfg(feature = "traces")]
pub(crate) use read::Limits;
pub(crate) use read::Settings;
pub use read::Terminal;
#[cfg(feature = "server")]
pub(crate) use read::{Listen, PRESET_ADDRESS, Secret, TokenSource};
pub(crate) use resource::Resource;

/// Whether anything is recorded: the feature `enabled`. A constant, so that without it the compiler
/// drops what records, and there is one text of it.
pub(crate) const ENABLED: bool = cfg!(feature = "enabled");

/// The variable that names a file of prices, for a message about what stands in it.
pub(crate) const PRICES_FILE: &str = table::PRICES_FILE.name;
