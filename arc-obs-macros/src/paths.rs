//! Where an expansion finds what it calls.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use crate::plan::Plan;

/// The hidden door of arc-obs: `::arc_obs::__private`, or under the user's path.
/// An error about what is behind it points at `span`, about the user's path at that.
pub(crate) fn private(plan: &Plan, span: Span) -> TokenStream {
    match &plan.crate_path {
        Some(path) => quote_spanned!(path.span().resolved_at(Span::mixed_site())=> #path::__private),
        None => quote_spanned!(span=> ::arc_obs::__private),
    }
}
