//! `capture`: the calls that say what was asked and answered.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::located;
use super::probe::peeled;
use crate::function::Shape;
use crate::paths;
use crate::plan::{Capture, Cost, Operation, Plan};

/// Whether whoever runs the program may ask for it, and nobody here does.
pub(super) fn is_only_asked_for(plan: &Plan) -> bool {
    plan.capture.as_ref().is_some_and(|capture| !capture.is_said)
}

/// Whether an async function tells it when its body begins: borrowed before the body takes them, its
/// arguments would be stored twice.
pub(super) fn is_told_in_body(plan: &Plan, shape: Shape) -> bool {
    shape == Shape::Async
        && is_only_asked_for(plan)
        && plan.fields.before.is_empty()
        && !matches!(plan.cost, Some(Cost::Value(_)))
}

/// What the arguments say, before the body takes them.
pub(super) fn prompt(plan: &Plan, saying: &Ident) -> Option<TokenStream> {
    let Capture { key, is_said, prompts } = plan.capture.as_ref()?;
    let span = located(*key);
    let p = paths::private(plan, span);
    let prompt = Ident::new("__arc_obs_prompt", Span::mixed_site());
    let said = prompts.iter().map(|said| {
        let (name, value, conditions) = (&said.name, &said.value, &said.conditions);
        quote_spanned! {span=>
            #conditions
            #prompt.add(#name, (&&&#p::Content(#p::Some(&(#value)))).arc_obs_content());
        }
    });
    let what = Ident::new(if is_tool(plan) { "arguments" } else { "prompt" }, span);
    Some(quote_spanned! {span=>
        #saying.#what(#is_said, |#prompt| {
            #[allow(unused_imports)]
            use #p::content_levels::*;
            #(#said)*
        });
    })
}

/// What the response in a result says.
pub(super) fn answer(plan: &Plan, span: Span, result: &Ident, saying: &Ident) -> Option<TokenStream> {
    plan.capture.as_ref()?;
    let p = paths::private(plan, span);
    let peeled = peeled(&p, span, result);
    let what = Ident::new(if is_tool(plan) { "result" } else { "answer" }, span);
    Some(quote_spanned! {span=>
        #saying.#what(|| {
            let peeled = #peeled;
            use #p::content_levels::*;
            (&&&#p::Content(peeled.0)).arc_obs_content()
        });
    })
}

/// What a chunk of the answer says.
pub(super) fn chunk(plan: &Plan, span: Span, item: &Ident, received: &Ident) -> Option<TokenStream> {
    plan.capture.as_ref()?;
    let p = paths::private(plan, span);
    let peeled = peeled(&p, span, item);
    Some(quote_spanned! {span=>
        #received.told(|| {
            let peeled = #peeled;
            use #p::content_levels::*;
            (&&&#p::Content(peeled.0)).arc_obs_content()
        });
    })
}

const fn is_tool(plan: &Plan) -> bool {
    matches!(plan.operation, Operation::Tool { .. })
}
