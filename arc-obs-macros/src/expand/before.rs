//! What is said before the body runs, while the arguments are still there: which
//! call site it is, and what the operation begins with.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::callsite::site_name;
use super::located;
use crate::function::Shape;
use crate::paths;
use crate::plan::{Cost, Operation, Plan};

/// The statements before the body, and what they leave behind.
pub(super) struct Before {
    pub(super) statements: TokenStream,
    /// The `&'static Callsite` of this call.
    pub(super) site: TokenStream,
    /// Where one of the statements has begun the operation: the variable that holds it.
    pub(super) operation: Option<Ident>,
}

pub(super) fn before(plan: &Plan, shape: Shape) -> Before {
    let site = site_name();
    let (named, site) = match named(plan, &site) {
        Some((statement, named)) => (Some(statement), quote!(#named)),
        None => (None, quote!(&#site)),
    };
    let (cost, operation) = cost(plan, shape, &site);
    Before { statements: quote!(#named #cost), site, operation }
}

/// The call site by the name that an expression says: the statement that finds it, and
/// the variable that holds it.
fn named(plan: &Plan, site: &Ident) -> Option<(TokenStream, Ident)> {
    let said = plan.operation.name().said()?;
    let span = located(said.span());
    let p = paths::private(plan, span);
    let by = if matches!(plan.operation, Operation::Llm { .. }) { "by_model" } else { "by_name" };
    let (by, named) = (Ident::new(by, span), Ident::new("__arc_obs_named", Span::mixed_site()));
    Some((quote_spanned!(span=> let #named = #p::named(&#site, || #p::#by(&#site, &(#said)));), named))
}

fn operation_name() -> Ident {
    Ident::new("__arc_obs_operation", Span::mixed_site())
}

/// At the place of what it comes from.
pub(super) fn cost_name(given: &Expr) -> Ident {
    Ident::new("__arc_obs_cost", located(given.span()))
}

/// What the cost comes from, where it is said before the body runs.
fn cost(plan: &Plan, shape: Shape, site: &TokenStream) -> (Option<TokenStream>, Option<Ident>) {
    match &plan.cost {
        None | Some(Cost::OfResult(_)) => (None, None),
        Some(Cost::Path(path)) => {
            let cost = cost_name(path);
            (Some(quote!(let #cost = #path;)), None)
        }
        Some(Cost::Value(value)) => {
            let cost = cost_name(value);
            let span = located(value.span());
            let p = paths::private(plan, span);
            match shape {
                Shape::Sync | Shape::Async => {
                    let operation = operation_name();
                    let begin = quote_spanned!(span=> let (#operation, #cost) = #p::begin_with_cost(#site, || #value););
                    (Some(begin), Some(operation))
                }
                Shape::ImplFuture | Shape::BoxedFuture => {
                    (Some(quote_spanned!(span=> let #cost = #p::cost_said(|| #value);)), None)
                }
            }
        }
    }
}
