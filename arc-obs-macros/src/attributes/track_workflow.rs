//! `#[track_workflow("daily")]`

use super::{Attribute, cost, fields, name};
use crate::args::{Accepts, Args};
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::{Operation, Plan};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    accepts: Accepts::attribute(
        "track_workflow",
        &[("name", "name = \"daily\""), cost::OPTION, fields::FIELDS, fields::ON_SUCCESS, fields::ON_ERROR],
    ),
    plan,
};

const INSTEAD: &str = "write one, as in `#[track_workflow(\"daily\")]`: it becomes a metric label and a span's name";

fn plan(mut args: Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Plan> {
    if !args.has("name") {
        args.missing("the workflow's name, as in `#[track_workflow(\"daily\")]`", diagnostics);
    }
    let name = args.name(diagnostics).map(|given| name::check(given, "the workflow's name", INSTEAD, diagnostics));
    let cost = cost::read(&mut args, diagnostics);
    let fields = fields::read(&mut args, diagnostics);
    Some(Plan { operation: Operation::Workflow { name: name? }, cost, fields, crate_path: args.crate_path() })
}
