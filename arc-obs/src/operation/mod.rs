//! Plain facts about operations: what was annotated, how it ended, what it used.
//!
//! Knows no I/O, no clock and no global (invariant 1), so that every other room
//! may build on it.

mod cost;
mod record;
mod site;
mod status;
mod usage;

pub use cost::Cost;
pub(crate) use record::{OperationRecord, Reading, UsageFlaw, UsageFlaws};
pub(crate) use site::{Site, SiteKind};
pub use site::{StatedCall, StatedPrice};
pub use status::Status;
pub use usage::Usage;
