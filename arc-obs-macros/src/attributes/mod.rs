//! What each attribute takes, and what it means: one file per attribute, and one per
//! option that has much to check.

mod cost;
mod model;
mod name;
mod price;
pub(crate) mod traced;
pub(crate) mod track_agent;
pub(crate) mod track_cache;
pub(crate) mod track_llm;
pub(crate) mod track_request;
pub(crate) mod track_tool;
pub(crate) mod track_workflow;

use proc_macro2::Span;
use syn::LitStr;

use crate::args::{Accepts, Args};
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::Plan;

/// An attribute: what it accepts, and how that becomes a plan.
pub(crate) struct Attribute {
    pub(crate) accepts: Accepts,
    pub(crate) plan: fn(Args, Option<&Function>, &mut Diagnostics) -> Option<Plan>,
}

/// A string that is told somewhere: not empty.
fn not_empty(given: LitStr, what: &str, instead: &str, diagnostics: &mut Diagnostics) -> LitStr {
    if given.value().trim().is_empty() {
        diagnostics.error(given.span(), format!("{what} is empty; {instead}"));
    }
    given
}

/// A string that the attribute presets.
fn preset(text: &str) -> LitStr {
    LitStr::new(text, Span::call_site())
}
