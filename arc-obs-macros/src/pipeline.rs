//! The way of every attribute: parse, plan, expand; on any mistake, the user's
//! item as it was, with all mistakes beside it.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::args::Args;
use crate::attributes::Attribute;
use crate::block;
use crate::diagnostics::Diagnostics;
use crate::expand;
use crate::function::Function;

/// Expands one attribute on one item.
pub(crate) fn run(attribute: Attribute, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    if let Some(block) = block::find(&item) {
        let annotated = block::annotate(&attribute, place(&item), &args, block, &mut diagnostics);
        return diagnostics.into_tokens().map_or(annotated, |errors| quote!(#errors #item));
    }
    let name = attribute.accepts.attribute;
    let args = Args::parse(attribute.accepts, place(&item), args, &mut diagnostics);
    let function = Function::parse(name, item.clone(), &mut diagnostics);
    let plan = attribute.plan(args, function.as_ref(), &mut diagnostics);
    match (diagnostics.into_tokens(), plan, function) {
        (None, Some(plan), Some(function)) => expand::expand(plan, &function),
        // The body names its fields: without them, one mistake would be one more at each.
        (errors, Some(plan), Some(function)) if !plan.fields.declared.is_empty() => {
            let expanded = expand::expand(plan, &function);
            quote!(#errors #expanded)
        }
        // Kept, so that the rest of the program still finds the item and one
        // mistake does not become many.
        (errors, _, _) => quote!(#errors #item),
    }
}

/// The whole attribute, as the user's own text: `call_site` alone would make rustc
/// add that the error comes from a macro.
fn place(item: &TokenStream) -> Span {
    let first = item.clone().into_iter().next();
    first.map_or_else(Span::call_site, |token| Span::call_site().resolved_at(token.span()))
}

#[cfg(test)]
mod tests;
