//! `#[track_tool("search")]`

use super::{Attribute, accepts, capture, name};
use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::Operation;

pub(crate) const ATTRIBUTE: Attribute =
    Attribute { accepts: accepts("track_tool", &[("name", "name = \"search\""), capture::OPTION]), operation };

const INSTEAD: &str = "write one, as in `#[track_tool(\"search\")]`: it becomes a metric label and a span's name";

fn operation(args: &mut Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Operation> {
    if !args.has("name") {
        args.missing("the tool's name, as in `#[track_tool(\"search\")]`", diagnostics);
    }
    let name = args.name(diagnostics).map(|given| name::check(given, "the tool's name", INSTEAD, diagnostics));
    Some(Operation::Tool { name: name? })
}
