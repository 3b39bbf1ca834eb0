//! What is said before the body runs, while the arguments are still there: which
//! call site it is, and what the operation begins with.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::callsite::site_name;
use super::{fields, located};
use crate::function::Shape;
use crate::paths;
use crate::plan::{Cost, Plan};

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
    let site = quote!(&#site);
    let fields = fields(plan, shape, &site);
    let (cost, begun) = cost(plan, shape, &site, fields.is_some());
    let operation = begun.or_else(|| fields.is_some().then(operation_name));
    Before { statements: quote!(#fields #cost), site, operation }
}

/// The operation that has its fields before it begins. Of a function that makes the future
/// always, since it can set them before that runs.
fn fields(plan: &Plan, shape: Shape, site: &TokenStream) -> Option<TokenStream> {
    let is_made_first = match shape {
        Shape::Sync | Shape::Async => !plan.fields.before.is_empty(),
        Shape::ImplFuture | Shape::BoxedFuture => !plan.fields.declared.is_empty(),
    };
    is_made_first.then(|| {
        let operation = operation_name();
        let said = fields::said_before(plan, site);
        quote!(let #operation = #said;)
    })
}

fn operation_name() -> Ident {
    Ident::new("__arc_obs_operation", Span::mixed_site())
}

/// At the place of what it comes from.
pub(super) fn cost_name(given: &Expr) -> Ident {
    Ident::new("__arc_obs_cost", located(given.span()))
}

/// What the cost comes from, where it is said before the body runs.
fn cost(plan: &Plan, shape: Shape, site: &TokenStream, has_fields: bool) -> (Option<TokenStream>, Option<Ident>) {
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
                    let begun = if has_fields {
                        quote_spanned!(span=> #p::begun_with_cost(#operation, || #value))
                    } else {
                        quote_spanned!(span=> #p::begin_with_cost(#site, || #value))
                    };
                    let begin = quote_spanned!(span=> let (#operation, #cost) = #begun;);
                    (Some(begin), Some(operation))
                }
                Shape::ImplFuture | Shape::BoxedFuture => {
                    (Some(quote_spanned!(span=> let #cost = #p::cost_said(|| #value);)), None)
                }
            }
        }
    }
}
