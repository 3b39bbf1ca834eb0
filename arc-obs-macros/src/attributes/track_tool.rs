//! `#[track_tool("search")]`

use super::{Attribute, cost, fields, name};
use crate::args::{Accepts, Args};
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::{Operation, Plan};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    accepts: Accepts::attribute(
        "track_tool",
        &[("name", "name = \"search\""), cost::OPTION, fields::FIELDS, fields::ON_SUCCESS, fields::ON_ERROR],
    ),
    plan,
};

const INSTEAD: &str = "write one, as in `#[track_tool(\"search\")]`: it becomes a metric label and a span's name";

fn plan(mut args: Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Plan> {
    if !args.has("name") {
        args.missing("the tool's name, as in `#[track_tool(\"search\")]`", diagnostics);
    }
    let name = args.name(diagnostics).map(|given| name::check(given, "the tool's name", INSTEAD, diagnostics));
    let cost = cost::read(&mut args, diagnostics);
    let fields = fields::read(&mut args, diagnostics);
    Some(Plan { operation: Operation::Tool { name: name? }, cost, fields, crate_path: args.crate_path() })
}
