//! What each attribute takes, and what it means: one file per attribute, and one per
//! option that has much to check.

pub(crate) mod capture;
mod cost;
mod fields;
mod labels;
mod model;
mod name;
mod price;
mod reserved;
mod stream;
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
use crate::plan::{LlmCall, Operation, Plan};

/// An attribute: what it accepts, and what operation its own options make of a function.
pub(crate) struct Attribute {
    pub(crate) accepts: Accepts,
    pub(crate) operation: fn(&mut Args, Option<&Function>, &mut Diagnostics) -> Option<Operation>,
}

/// The options that every attribute takes, but for the first one a look-up in a cache.
const COMMON: &[(&str, &str)] = &[cost::OPTION, labels::OPTION, fields::FIELDS, fields::ON_SUCCESS, fields::ON_ERROR];

/// What an attribute accepts, with the options of its own.
const fn accepts(attribute: &'static str, options: &'static [(&'static str, &'static str)]) -> Accepts {
    Accepts { attribute, list: None, options, common: COMMON }
}

impl Attribute {
    /// What to expand, after telling all that is wrong with the arguments.
    pub(crate) fn plan(
        &self,
        mut args: Args,
        function: Option<&Function>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Plan> {
        let operation = (self.operation)(&mut args, function, diagnostics);
        let cost = cost::read(&mut args, diagnostics);
        let labels = labels::read(&mut args, diagnostics);
        let fields = fields::read(&mut args, diagnostics);
        if let Some(Operation::Llm { call: LlmCall { stream: Some(stream), .. }, usage }) = &operation {
            stream::check(stream, usage, cost.as_ref(), &fields, diagnostics);
        }
        let operation = operation?;
        let capture = capture::read(&mut args, function, &operation);
        Some(Plan { operation, cost, labels, fields, capture, crate_path: args.crate_path() })
    }
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
