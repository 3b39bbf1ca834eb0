//! The closure that says what a result means.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::before::cost_name;
use super::{Output, located};
use crate::paths;
use crate::plan::{Cost, Operation, Plan, Usage};

/// The closure that says what a result means, and what it cost.
pub(super) fn observe(p: &TokenStream, plan: &Plan, output: &Output) -> TokenStream {
    let result = Ident::new("__arc_obs_result", Span::mixed_site());
    let span = output.span;
    let observed = observed(p, plan, span, &result);
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

/// What a result says of its operation.
fn observed(p: &TokenStream, plan: &Plan, span: Span, result: &Ident) -> TokenStream {
    let outcome = quote_spanned! {span=> {
        use #p::levels::*;
        (&&&&&&#p::Probe(#result)).arc_obs_outcome()
    }};
    match &plan.operation {
        Operation::Llm { usage, .. } => used(p, plan, span, result, &outcome, usage),
        Operation::Cache { hit, .. } => looked_up(p, plan, span, result, &outcome, hit.as_deref()),
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
        // A result has at most a few layers (`Result<Option<..>>`): three are peeled.
        Usage::Response => quote_spanned! {span=> {
            let outcome = #outcome;
            let peeled = {
                use #p::peel_levels::*;
                let once = (&&#p::Peeled(#p::Some(#result))).arc_obs_peel();
                let twice = (&&once).arc_obs_peel();
                (&&twice).arc_obs_peel()
            };
            use #p::kinds::*;
            (&&&&#p::Tagged(peeled)).arc_obs_kind().read(outcome, peeled)
        }},
    }
}

/// Where a closure, or what a path leads to, says its value.
fn told_by(given: &Expr) -> Span {
    if let Expr::Closure(closure) = given { closure.body.span() } else { given.span() }
}
