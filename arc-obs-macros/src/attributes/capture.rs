//! `capture`, `capture = request` and `capture = none`: what an LLM call or a tool is asked, and what
//! it answers, is told to its span.
//!
//! Whoever runs the program can ask for it of all functions. So those that say nothing are prepared
//! for that, too.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, FnArg, Ident, Pat};

use crate::args::Args;
use crate::arguments;
use crate::function::Function;
use crate::plan::{Capture, Operation, Prompt};

pub(super) const OPTION: (&str, &str) = ("capture", "capture` or `capture = request");

/// What may be captured of a function.
pub(super) fn read(args: &mut Args, function: Option<&Function>, operation: &Operation) -> Option<Capture> {
    if !matches!(operation, Operation::Llm { .. } | Operation::Tool { .. }) {
        return None;
    }
    if let Some(value) = args.take(OPTION.0) {
        if is_none(&value) {
            return None;
        }
        let key = value.span();
        // Of a tool it is all that it is given.
        let name = if matches!(operation, Operation::Tool { .. }) { "" } else { "prompt" };
        let prompt = Prompt { name: name.to_owned(), value, conditions: TokenStream::new() };
        return Some(Capture { key, is_said: true, prompts: vec![prompt] });
    }
    let said = args.flag(OPTION.0).map(Ident::span);
    let (key, is_said) = match (said, function) {
        (Some(key), _) => (key, true),
        (None, Some(function)) if is_prepared() => (function.signature.ident.span(), false),
        (None, _) => return None,
    };
    // What the body does not name is asked of nobody, and rustc is to say that it is unused.
    let words = function.filter(|_| !is_said).map(|function| arguments::words(&function.body));
    let is_asked = |name: &&Ident| words.as_ref().is_none_or(|words| words.contains(&name.to_string()));
    let arguments = function.into_iter().flat_map(|function| function.signature.inputs.iter());
    let prompts = arguments.filter_map(|argument| {
        let name = name(argument).filter(is_asked)?;
        let value = syn::parse2(quote!(#name)).ok()?;
        let conditions = arguments::conditions_of(argument);
        Some(Prompt { name: name.unraw().to_string(), value, conditions })
    });
    Some(Capture { key, is_said, prompts: prompts.collect() })
}

fn is_none(value: &Expr) -> bool {
    match value {
        // What a `macro_rules!` of the user's passed on.
        Expr::Group(group) => is_none(&group.expr),
        Expr::Path(path) => path.path.is_ident("none"),
        _ => false,
    }
}

/// What an argument is called; nothing for `self`, and for one that is taken apart.
fn name(argument: &FnArg) -> Option<&Ident> {
    let name = match argument {
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(name) if name.subpat.is_none() => Some(&name.ident),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    };
    // `_client` is not used, and so not asked for.
    name.filter(|name| !name.to_string().starts_with('_'))
}

/// Whether there are traces, onto which it would go.
#[cfg(not(test))]
const fn is_prepared() -> bool {
    cfg!(feature = "content")
}

#[cfg(test)]
fn is_prepared() -> bool {
    IS_PREPARED.get()
}

#[cfg(test)]
thread_local! {
    /// What the feature says, for a test of both.
    pub(crate) static IS_PREPARED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}
