//! Labels of the user's own: keys that a crate declares, and the values that they take.
//!
//! A key's type says at compile time how many values there are, so that a set of values
//! is a place in a table: nothing is hashed where a function is called. What no type
//! bounds, [`Capped`] does. Knows neither metrics nor call sites; what was folded is
//! handed back, for whoever asked to count it.

mod capped;
mod in_range;
mod key;
mod limit;
mod text;
mod value;

pub use capped::Capped;
pub use in_range::InRange;
pub use key::{Label, LabelIndex, LabelKey, LabelUse, checked_key, is_label_type, key};
pub(crate) use key::{LabelSet, declared_keys, is_any_declared, set_at, sets};
pub use limit::DEFAULT_SAMPLE_LIMIT;
pub(crate) use limit::check_samples;
#[cfg(feature = "traces")]
pub(crate) use text::UNMATCHED;
pub(crate) use text::{CUT, OTHER, UNNAMED, beginning, bounded, shown};
pub use value::{IntoLabel, LabelType, LabelValue};
