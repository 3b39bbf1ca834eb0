//! What the parts of an expansion are called, by which they find each other.

use proc_macro2::{Ident, Span};
use syn::Expr;
use syn::spanned::Spanned;

use super::located;

/// The `static` that describes the function.
pub(super) fn site_name() -> Ident {
    Ident::new("__ARC_OBS_CALLSITE", Span::mixed_site())
}

/// The keys of its labels.
pub(super) fn keys_name() -> Ident {
    Ident::new("__ARC_OBS_KEYS", Span::mixed_site())
}

/// Its fields.
pub(super) fn declared_name() -> Ident {
    Ident::new("__ARC_OBS_DECLARED", Span::mixed_site())
}

/// An operation that has begun before the body runs.
pub(super) fn operation_name() -> Ident {
    Ident::new("__arc_obs_operation", Span::mixed_site())
}

/// What the cost comes from; at the place of that.
pub(super) fn cost_name(given: &Expr) -> Ident {
    Ident::new("__arc_obs_cost", located(given.span()))
}
