//! `#[track_agent("researcher", kind = "react")]`

use super::{Attribute, accepts, name, not_empty, preset};
use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::Operation;

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    accepts: accepts("track_agent", &[("name", "name = \"researcher\""), ("kind", "kind = \"react\"")]),
    operation,
};

const INSTEAD: &str = "write one, as in `#[track_agent(\"researcher\")]`: it becomes a metric label and a span's name";

fn operation(args: &mut Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Operation> {
    if !args.has("name") {
        args.missing("the agent's name, as in `#[track_agent(\"researcher\")]`", diagnostics);
    }
    let name = args.name(diagnostics).map(|given| name::check(given, "the agent's name", INSTEAD, diagnostics));
    let kind = args.string("kind", diagnostics);
    let agent_type = kind.map_or_else(
        || preset("react"),
        |kind| not_empty(kind, "the agent's kind", "write one, or leave `kind` out for `react`", diagnostics),
    );
    Some(Operation::Agent { name: name?, agent_type })
}
