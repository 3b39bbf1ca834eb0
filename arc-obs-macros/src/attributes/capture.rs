//! `capture` and `capture = request`: the prompt and the answer of an LLM call are told to its
//! span.

use quote::quote;
use syn::spanned::Spanned;
use syn::{FnArg, Ident, Pat};

use crate::args::Args;
use crate::function::Function;
use crate::plan::{Capture, Prompt};

pub(super) const OPTION: (&str, &str) = ("capture", "capture` or `capture = request");

/// What is captured, where the attribute says so.
pub(super) fn read(args: &mut Args, function: Option<&Function>) -> Option<Capture> {
    if let Some(value) = args.take(OPTION.0) {
        let prompt = Prompt { name: "prompt".to_owned(), value };
        return Some(Capture { key: prompt.value.span(), prompts: vec![prompt] });
    }
    let key = args.flag(OPTION.0)?.span();
    let arguments = function.into_iter().flat_map(|function| function.signature.inputs.iter());
    let prompts = arguments.filter_map(name).filter_map(|name| {
        let value = syn::parse2(quote!(#name)).ok()?;
        Some(Prompt { name: name.to_string(), value })
    });
    Some(Capture { key, prompts: prompts.collect() })
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
