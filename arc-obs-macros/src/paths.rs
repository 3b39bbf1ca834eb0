//! Where an expansion finds what it calls.

use proc_macro2::TokenStream;
use quote::quote;

use crate::plan::Plan;

/// The hidden door of arc-obs: `::arc_obs::__private`, or under the user's path.
pub(crate) fn private(plan: &Plan) -> TokenStream {
    match &plan.crate_path {
        Some(path) => quote!(#path::__private),
        None => quote!(::arc_obs::__private),
    }
}
