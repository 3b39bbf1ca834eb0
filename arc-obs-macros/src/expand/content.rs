//! `capture`: the calls that say what was asked and answered.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::located;
use super::observe::peeled;
use crate::paths;
use crate::plan::Plan;

/// What the arguments say, before the body takes them.
pub(super) fn prompt(plan: &Plan, saying: &Ident) -> Option<TokenStream> {
    let capture = plan.capture()?;
    let span = located(capture.key);
    let p = paths::private(plan, span);
    let prompt = Ident::new("__arc_obs_prompt", Span::mixed_site());
    let said = capture.prompts.iter().map(|said| {
        let (name, value) = (&said.name, &said.value);
        quote_spanned!(span=> #prompt.add(#name, (&&&#p::Content(#p::Some(&(#value)))).arc_obs_content());)
    });
    Some(quote_spanned! {span=>
        #saying.prompt(|#prompt| {
            #[allow(unused_imports)]
            use #p::content_levels::*;
            #(#said)*
        });
    })
}

/// What the response in a result says.
pub(super) fn answer(plan: &Plan, span: Span, result: &Ident, saying: &Ident) -> Option<TokenStream> {
    plan.capture()?;
    let p = paths::private(plan, span);
    let peeled = peeled(&p, span, result);
    Some(quote_spanned! {span=>
        #saying.answer(|| {
            let peeled = #peeled;
            use #p::content_levels::*;
            (&&&#p::Content(peeled.0)).arc_obs_content()
        });
    })
}
