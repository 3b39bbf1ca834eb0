//! The attributes of [arc-obs](https://docs.rs/arc-obs). Use them through that
//! crate, where they are documented: an expansion calls hidden items of it.
#![deny(missing_docs)]

mod args;
mod arguments;
mod attributes;
mod block;
mod diagnostics;
mod expand;
mod function;
mod items;
mod known;
mod label_names;
mod label_value;
mod labels;
mod metric_names;
mod metrics;
mod models;
mod paths;
mod pipeline;
mod plan;
mod tokens;
mod words;

use proc_macro::TokenStream;

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
    pipeline::skip(args.into(), item.into()).into()
}

/// Records a function as an agent; see `arc_obs::track_agent`.
#[proc_macro_attribute]
pub fn track_agent(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::run(attributes::track_agent::ATTRIBUTE, args.into(), item.into()).into()
}

/// Records a function as a look-up in a cache; see `arc_obs::track_cache`.
#[proc_macro_attribute]
pub fn track_cache(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::run(attributes::track_cache::ATTRIBUTE, args.into(), item.into()).into()
}

/// Records a function as an LLM call; see `arc_obs::track_llm`.
#[proc_macro_attribute]
pub fn track_llm(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::run(attributes::track_llm::ATTRIBUTE, args.into(), item.into()).into()
}

/// Records a function as an HTTP request; see `arc_obs::track_request`.
#[proc_macro_attribute]
pub fn track_request(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::run(attributes::track_request::ATTRIBUTE, args.into(), item.into()).into()
}

/// Records a function as a tool call; see `arc_obs::track_tool`.
#[proc_macro_attribute]
pub fn track_tool(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::run(attributes::track_tool::ATTRIBUTE, args.into(), item.into()).into()
}

/// Records a function as a workflow; see `arc_obs::track_workflow`.
#[proc_macro_attribute]
pub fn track_workflow(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::run(attributes::track_workflow::ATTRIBUTE, args.into(), item.into()).into()
}

/// Records a function as an operation; see `arc_obs::traced`.
#[proc_macro_attribute]
pub fn traced(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::run(attributes::traced::ATTRIBUTE, args.into(), item.into()).into()
}
