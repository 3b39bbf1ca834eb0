//! `#[track_agent("researcher", kind = "react")]`

use super::{Attribute, checked_name, preset};
use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::{Operation, Plan};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    name: "track_agent",
    options: &[("name", "name = \"researcher\""), ("kind", "kind = \"react\"")],
    plan,
};

fn plan(mut args: Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Plan> {
    if !args.has("name") {
        args.missing("the agent's name, as in `#[track_agent(\"researcher\")]`", diagnostics);
    }
    let name = args.name(diagnostics).map(|name| checked_name(name, "the agent's name", diagnostics));
    let agent_type = args.string("kind", diagnostics).unwrap_or_else(|| preset("react"));
    Some(Plan { operation: Operation::Agent { name: name?, agent_type }, crate_path: args.crate_path() })
}
