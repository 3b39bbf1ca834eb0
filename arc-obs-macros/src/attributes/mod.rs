//! What each attribute takes, and what it means: one file per attribute.

pub(crate) mod traced;
pub(crate) mod track_agent;
pub(crate) mod track_llm;
pub(crate) mod track_tool;

use proc_macro2::Span;
use syn::LitStr;

use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::Plan;

/// An attribute: its name, its options, and how they become a plan.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    /// Each option with an example of its use, for messages.
    pub(crate) options: &'static [(&'static str, &'static str)],
    pub(crate) plan: fn(Args, Option<&Function>, &mut Diagnostics) -> Option<Plan>,
}

/// A name that becomes a label value: not empty.
fn checked_name(name: LitStr, what: &str, diagnostics: &mut Diagnostics) -> LitStr {
    if name.value().trim().is_empty() {
        diagnostics.error(name.span(), format!("{what} is empty: it becomes a metric label and a span name"));
    }
    name
}

/// A string that the attribute presets.
fn preset(text: &str) -> LitStr {
    LitStr::new(text, Span::call_site())
}
