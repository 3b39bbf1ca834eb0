//! `#[track_workflow("daily")]`

use super::{Attribute, accepts, name};
use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::Operation;

pub(crate) const ATTRIBUTE: Attribute =
    Attribute { accepts: accepts("track_workflow", &[("name", "name = \"daily\"")]), operation };

const INSTEAD: &str = "write one, as in `#[track_workflow(\"daily\")]`: it becomes a metric label and a span's name";

fn operation(args: &mut Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Operation> {
    if !args.has("name") {
        args.missing("the workflow's name, as in `#[track_workflow(\"daily\")]`", diagnostics);
    }
    let name = args.name(diagnostics).map(|given| name::check(given, "the workflow's name", INSTEAD, diagnostics));
    Some(Operation::Workflow { name: name? })
}
