//! `#[traced]`, `#[traced("load")]`

use quote::format_ident;
use syn::LitStr;
use syn::ext::IdentExt;

use super::{Attribute, cost, name};
use crate::args::{Accepts, Args};
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::{Name, Operation, Plan};

pub(crate) const ATTRIBUTE: Attribute =
    Attribute { accepts: Accepts::attribute("traced", &[("name", "name = \"load\""), cost::OPTION]), plan };

const INSTEAD: &str = "write one, as in `#[traced(\"load\")]`, or `#[traced]` for the function's own";

fn plan(mut args: Args, function: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Plan> {
    let name = if args.has("name") {
        args.name(diagnostics).map(|given| name::check(given, "the operation's name", INSTEAD, diagnostics))?
    } else {
        let ident = &function?.signature.ident;
        Name::Literal(LitStr::new(&format_ident!("{}", ident.unraw()).to_string(), ident.span()))
    };
    let cost = cost::read(&mut args, diagnostics);
    Some(Plan { operation: Operation::Traced { name }, cost, crate_path: args.crate_path() })
}
