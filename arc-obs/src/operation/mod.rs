//! Plain facts about operations: what was annotated, how it ended, what it used.
//!
//! Knows no I/O, no clock and no global (invariant 1), so that every other room
//! may build on it.

mod cost;
#[cfg(feature = "traces")]
mod failure;
mod field;
mod finish_reason;
mod finished;
#[cfg(feature = "traces")]
mod ids;
mod record;
mod service_tier;
mod site;
mod status;
#[cfg(feature = "traces")]
mod trace_ids;
mod usage;
mod usd;

pub(crate) use cost::{Billed, PricedAs, rounded};
pub use cost::{Cost, CostLine, TokenKind};
#[cfg(feature = "traces")]
pub(crate) use failure::{ErrorClass, Failure};
pub(crate) use field::{BoundedText, MOST_TEXT, Said};
pub use field::{DeclaredFields, FieldValue};
#[cfg(feature = "traces")]
pub(crate) use field::{LOOK_AHEAD, floor_char_boundary};
pub use finish_reason::FinishReason;
pub use finished::{FinishedOperation, OperationKind};
#[cfg(feature = "traces")]
pub(crate) use ids::Ids;
pub(crate) use record::{Details, OperationRecord, Reading, SpanEnd, Streamed, UsageFlaw, UsageFlaws};
pub(crate) use service_tier::ServiceTier;
pub use site::{Extras, StatedPrice};
pub(crate) use site::{Site, SiteKind};
pub use status::Status;
#[cfg(feature = "traces")]
pub use trace_ids::{SpanId, TraceId};
pub use usage::Usage;
pub use usd::Usd;
