//! `#[traced]`, `#[traced("load")]`

use quote::format_ident;
use syn::LitStr;
use syn::ext::IdentExt;

use super::{Attribute, accepts, name};
use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::{Name, Operation};

pub(crate) const ATTRIBUTE: Attribute =
    Attribute { accepts: accepts("traced", &[("name", "name = \"load\"")]), operation };

const INSTEAD: &str = "write one, as in `#[traced(\"load\")]`, or `#[traced]` for the function's own";

fn operation(args: &mut Args, function: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Operation> {
    let name = if args.has("name") {
        args.name(diagnostics).map(|given| name::check(given, "the operation's name", INSTEAD, diagnostics))?
    } else {
        let ident = &function?.signature.ident;
        Name::Literal(LitStr::new(&format_ident!("{}", ident.unraw()).to_string(), ident.span()))
    };
    Some(Operation::Traced { name })
}
