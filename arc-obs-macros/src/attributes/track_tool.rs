//! `#[track_tool("search")]`

use super::{Attribute, checked_name};
use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::{Operation, Plan};

pub(crate) const ATTRIBUTE: Attribute =
    Attribute { name: "track_tool", options: &[("name", "name = \"search\"")], plan };

fn plan(mut args: Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Plan> {
    if !args.has("name") {
        args.missing("the tool's name, as in `#[track_tool(\"search\")]`", diagnostics);
    }
    let name = args.name(diagnostics).map(|name| checked_name(name, "the tool's name", diagnostics));
    Some(Plan { operation: Operation::Tool { name: name? }, crate_path: args.crate_path() })
}
