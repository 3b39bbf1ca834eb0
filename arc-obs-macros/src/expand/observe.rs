//! The closure that says what a result means.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::names::cost_name;
use super::probe::{outcome, peeled, told_by};
use super::{Output, fields, located};
use crate::paths;
use crate::plan::{Cost, Operation, Plan, Usage};

/// The closure that says what a result means, and what it cost.
pub(super) fn observe(p: &TokenStream, plan: &Plan, output: &Output) -> TokenStream {
    let result = Ident::new("__arc_obs_result", Span::mixed_site());
    let span = output.span;
    let observed = with_fields(plan, span, &result, observed(p, plan, span, &result));
    let charged = |given: &Expr, told: Span, function: &str, arguments: TokenStream| {
        // A wrong value is wrong where the user says it.
        let p = paths::private(plan, located(told));
        let function = Ident::new(function, located(told));
        quote_spanned!(located(given.span())=> #p::#function(#observed, #arguments))
    };
    match &plan.cost {
        None => quote_spanned!(span=> |#result| #observed),
        Some(Cost::OfResult(closure)) => {
            let call = charged(closure, told_by(closure), "cost_of", quote!(#result, #closure));
            quote_spanned!(span=> |#result| #call)
        }
        Some(Cost::Path(path)) => {
            let cost = cost_name(path);
            let call = charged(path, path.span(), "cost_by", quote!(#result, #cost));
            quote_spanned!(span=> move |#result| #call)
        }
        Some(Cost::Value(value)) => {
            let cost = cost_name(value);
            let call = charged(value, value.span(), "charged", quote!(#cost));
            quote_spanned!(span=> move |#result| #call)
        }
    }
}

/// The same, after the fields that the result says.
fn with_fields(plan: &Plan, span: Span, result: &Ident, observed: TokenStream) -> TokenStream {
    match fields::said_of_result(plan, span, result) {
        Some(said) => quote_spanned!(span=> { #said #observed }),
        None => observed,
    }
}

/// What a result says of its operation.
fn observed(p: &TokenStream, plan: &Plan, span: Span, result: &Ident) -> TokenStream {
    let outcome = outcome(p, span, &quote!(#result));
    match &plan.operation {
        Operation::Llm { usage, .. } => used(p, plan, span, result, &outcome, usage),
        Operation::Cache { hit, .. } => looked_up(p, plan, span, result, &outcome, hit.as_deref()),
        Operation::Request { status, .. } => answered(p, plan, span, result, &outcome, status.as_deref()),
        _ => outcome,
    }
}

/// Whether a look-up was a hit.
fn looked_up(
    p: &TokenStream,
    plan: &Plan,
    span: Span,
    result: &Ident,
    outcome: &TokenStream,
    hit: Option<&Expr>,
) -> TokenStream {
    if let Some(hit) = hit {
        // A wrong value is wrong where the closure says it.
        let p = paths::private(plan, located(told_by(hit)));
        return quote_spanned!(located(hit.span())=> #p::looked_up_by(#outcome, #result, #hit));
    }
    quote_spanned! {span=> {
        let outcome = #outcome;
        let found = #result;
        use #p::lookup_levels::*;
        (&&#p::Lookup(found)).arc_obs_kind().read(outcome, found)
    }}
}

/// With which HTTP status a request ended.
fn answered(
    p: &TokenStream,
    plan: &Plan,
    span: Span,
    result: &Ident,
    outcome: &TokenStream,
    status: Option<&Expr>,
) -> TokenStream {
    if let Some(status) = status {
        // A wrong value is wrong where the closure says it.
        let p = paths::private(plan, located(told_by(status)));
        return quote_spanned!(located(status.span())=> #p::answered_by(#outcome, #result, #status));
    }
    quote_spanned! {span=> {
        let outcome = #outcome;
        use #p::answer_levels::*;
        let (ok, error) = (&&#p::Peeled(#p::Some(#result))).arc_obs_open();
        #p::answered(outcome, (&&ok).arc_obs_status(), (&&error).arc_obs_status())
    }}
}

/// What an LLM call used.
fn used(p: &TokenStream, plan: &Plan, span: Span, result: &Ident, outcome: &TokenStream, usage: &Usage) -> TokenStream {
    match usage {
        Usage::Nobody => quote_spanned!(span=> #p::usage_skipped(#outcome)),
        Usage::Body => quote_spanned!(span=> #p::usage_recorded(#outcome)),
        Usage::Closure(usage) => {
            // A wrong value is wrong where the closure says it.
            let p = paths::private(plan, located(told_by(usage)));
            quote_spanned!(located(usage.span())=> #p::usage_of(#outcome, #result, #usage))
        }
        Usage::Response => {
            let peeled = peeled(p, span, result);
            quote_spanned! {span=> {
                let outcome = #outcome;
                let peeled = #peeled;
                use #p::kinds::*;
                (&&&&#p::Tagged(peeled)).arc_obs_kind().read(outcome, peeled)
            }}
        }
    }
}
