//! The attributes of [arc-obs](https://docs.rs/arc-obs). Use them through that
//! crate, where they are documented: an expansion calls hidden items of it.
#![deny(missing_docs)]

mod items;
mod label_names;
mod label_value;
mod labels;
mod metric_names;
mod metrics;
mod tokens;
mod words;
// Its tests run with either.
#[cfg(any(test, not(feature = "enabled")))]
mod off;

// What understands a function, and needs `syn` for it.
#[cfg(feature = "enabled")]
#[path = "."]
mod enabled {
    pub(crate) mod args;
    pub(crate) mod arguments;
    pub(crate) mod attributes;
    pub(crate) mod block;
    pub(crate) mod diagnostics;
    pub(crate) mod expand;
    pub(crate) mod function;
    pub(crate) mod known;
    pub(crate) mod models;
    pub(crate) mod paths;
    pub(crate) mod pipeline;
    pub(crate) mod plan;
    pub(crate) mod scope;
}
#[cfg(feature = "enabled")]
use enabled::*;

use proc_macro::TokenStream;

/// The function recorded.
#[cfg(feature = "enabled")]
macro_rules! expand {
    ($attribute:ident, $args:expr, $item:expr) => {
        pipeline::run(attributes::$attribute::ATTRIBUTE, $args.into(), $item.into()).into()
    };
}
/// The function as it was.
#[cfg(not(feature = "enabled"))]
macro_rules! expand {
    ($attribute:ident, $args:expr, $item:expr) => {
        off::leave($args.into(), $item.into()).into()
    };
}

/// Makes the variants of an enum values of a label; see `arc_obs::LabelValue`.
#[proc_macro_derive(LabelValue, attributes(label))]
pub fn label_value(item: TokenStream) -> TokenStream {
    label_value::derive(item.into()).into()
}

/// Declares the labels of a crate; see `arc_obs::labels`.
#[proc_macro]
pub fn labels(tokens: TokenStream) -> TokenStream {
    labels::expand(tokens.into()).into()
}

/// Declares metrics; see `arc_obs::metrics`.
#[proc_macro_attribute]
pub fn metrics(args: TokenStream, item: TokenStream) -> TokenStream {
    metrics::expand(args.into(), item.into()).into()
}

/// Leaves a function out of the block around it; see `arc_obs::skip`.
#[proc_macro_attribute]
pub fn skip(args: TokenStream, item: TokenStream) -> TokenStream {
    items::skip(args.into(), item.into()).into()
}

/// Records a function as an agent; see `arc_obs::track_agent`.
#[proc_macro_attribute]
pub fn track_agent(args: TokenStream, item: TokenStream) -> TokenStream {
    expand!(track_agent, args, item)
}

/// Records a function as a look-up in a cache; see `arc_obs::track_cache`.
#[proc_macro_attribute]
pub fn track_cache(args: TokenStream, item: TokenStream) -> TokenStream {
    expand!(track_cache, args, item)
}

/// Records a function as an LLM call; see `arc_obs::track_llm`.
#[proc_macro_attribute]
pub fn track_llm(args: TokenStream, item: TokenStream) -> TokenStream {
    expand!(track_llm, args, item)
}

/// Records a function as an HTTP request; see `arc_obs::track_request`.
#[proc_macro_attribute]
pub fn track_request(args: TokenStream, item: TokenStream) -> TokenStream {
    expand!(track_request, args, item)
}

/// Records a function as a tool call; see `arc_obs::track_tool`.
#[proc_macro_attribute]
pub fn track_tool(args: TokenStream, item: TokenStream) -> TokenStream {
    expand!(track_tool, args, item)
}

/// Records a function as a workflow; see `arc_obs::track_workflow`.
#[proc_macro_attribute]
pub fn track_workflow(args: TokenStream, item: TokenStream) -> TokenStream {
    expand!(track_workflow, args, item)
}

/// Records a function as an operation; see `arc_obs::traced`.
#[proc_macro_attribute]
pub fn traced(args: TokenStream, item: TokenStream) -> TokenStream {
    expand!(traced, args, item)
}
