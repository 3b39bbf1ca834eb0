//! `capture`: the prompt and the answer of an LLM call are put onto its span.

use syn::Ident;

use crate::args::Args;
use crate::function::Function;
use crate::plan::Capture;

pub(super) const OPTION: (&str, &str) = ("capture", "capture");

/// What is captured, where the attribute says so.
pub(super) fn read(args: &Args, function: Option<&Function>) -> Option<Capture> {
    let key = args.flag(OPTION.0)?.span();
    let arguments = function.into_iter().flat_map(|function| function.signature.inputs.iter());
    Some(Capture { key, arguments: arguments.filter_map(name).collect() })
}

/// What an argument is called; nothing for `self`, and for one that is taken apart.
fn name(argument: &syn::FnArg) -> Option<Ident> {
    let name = match argument {
        syn::FnArg::Typed(argument) => match &*argument.pat {
            syn::Pat::Ident(name) if name.subpat.is_none() => Some(&name.ident),
            _ => None,
        },
        syn::FnArg::Receiver(_) => None,
    };
    // `_client` is not used, and so not asked for.
    name.filter(|name| !name.to_string().starts_with('_')).cloned()
}
