//! What is said before the body runs, while the arguments are still there: which
//! call site it is, and what the operation begins with.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::callsite::key;
use super::names::{cost_name, operation_name, site_name};
use super::{content, fields, located};
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
    let (of_name, site) = match named(plan, &site) {
        Some((statement, named)) => (Some(statement), quote!(#named)),
        None => (None, quote!(&#site)),
    };
    let (of_labels, site) = labels(plan, site);
    let of_fields = fields(plan, shape, &site);
    let (of_cost, begun) = cost(plan, shape, &site, of_fields.is_some());
    let operation = begun.or_else(|| of_fields.is_some().then(operation_name));
    let statements = [of_name, of_labels, of_fields, of_cost].into_iter().flatten().collect();
    Before { statements, site, operation }
}

/// The call site with the labels of this call, evaluated once.
fn labels(plan: &Plan, site: TokenStream) -> (Option<TokenStream>, TokenStream) {
    let Some(labels) = &plan.labels else { return (None, site) };
    let keyword = located(labels.keyword);
    let labelled = Ident::new("__arc_obs_labelled", keyword);
    let p = paths::private(plan, keyword);
    let none = quote_spanned!(keyword=> #p::LabelIndex::FIRST);
    let index = labels.given.iter().fold(none, |before, given| {
        let value = &given.value;
        let key = key(labels, given);
        // A wrong value is wrong where the user says it.
        let span = located(value.span());
        let p = paths::private(plan, span);
        quote_spanned!(span=> #p::label(#before, &#key, #value))
    });
    (Some(quote_spanned!(keyword=> let #labelled = #p::with_labels(#site, || #index);)), quote!(#labelled))
}

/// The operation that has its fields before it begins. Of a function that makes the future
/// always, since it can set them before that runs.
fn fields(plan: &Plan, shape: Shape, site: &TokenStream) -> Option<TokenStream> {
    let is_made_first = match shape {
        Shape::Sync | Shape::Async => {
            !plan.fields.before.is_empty() || (plan.capture.is_some() && !content::is_told_in_body(plan, shape))
        }
        Shape::ImplFuture | Shape::BoxedFuture => plan.has_fields(),
    };
    is_made_first.then(|| {
        let operation = operation_name();
        let said = fields::said_before(plan, site);
        quote!(let #operation = #said;)
    })
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
