//! `#[traced]`, `#[traced("load")]`

use quote::format_ident;
use syn::LitStr;
use syn::ext::IdentExt;

use super::{Attribute, checked_name};
use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::{Operation, Plan};

pub(crate) const ATTRIBUTE: Attribute = Attribute { name: "traced", options: &[("name", "name = \"load\"")], plan };

fn plan(mut args: Args, function: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Plan> {
    let name = if args.has("name") {
        args.name(diagnostics).map(|name| checked_name(name, "the operation's name", diagnostics))?
    } else {
        let ident = &function?.signature.ident;
        LitStr::new(&format_ident!("{}", ident.unraw()).to_string(), ident.span())
    };
    Some(Plan { operation: Operation::Traced { name }, crate_path: args.crate_path() })
}
