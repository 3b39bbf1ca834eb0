//! What is asked of a value by its type.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Expr;
use syn::spanned::Spanned;

/// How a result, or an item of a stream, ended.
pub(super) fn outcome(p: &TokenStream, span: Span, result: &TokenStream) -> TokenStream {
    quote_spanned! {span=> {
        use #p::levels::*;
        (&&&&&&#p::Probe(#result)).arc_obs_outcome()
    }}
}

/// The response in a result, or the chunk in an item: it has at most a few layers
/// (`Result<Option<..>>`), of which three are peeled.
pub(super) fn peeled(p: &TokenStream, span: Span, result: &Ident) -> TokenStream {
    quote_spanned! {span=> {
        use #p::peel_levels::*;
        let once = (&&#p::Peeled(#p::Some(#result))).arc_obs_peel();
        let twice = (&&once).arc_obs_peel();
        (&&twice).arc_obs_peel()
    }}
}

/// Where a closure, or what a path leads to, says its value.
pub(super) fn told_by(given: &Expr) -> Span {
    if let Expr::Closure(closure) = given { closure.body.span() } else { given.span() }
}
