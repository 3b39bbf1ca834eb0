//! `#[track_agent("researcher", kind = "react")]`

use super::{Attribute, cost, fields, name, not_empty, preset};
use crate::args::{Accepts, Args};
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::{Operation, Plan};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    accepts: Accepts::attribute(
        "track_agent",
        &[
            ("name", "name = \"researcher\""),
            ("kind", "kind = \"react\""),
            cost::OPTION,
            fields::FIELDS,
            fields::ON_SUCCESS,
            fields::ON_ERROR,
        ],
    ),
    plan,
};

const INSTEAD: &str = "write one, as in `#[track_agent(\"researcher\")]`: it becomes a metric label and a span's name";

fn plan(mut args: Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Plan> {
    if !args.has("name") {
        args.missing("the agent's name, as in `#[track_agent(\"researcher\")]`", diagnostics);
    }
    let name = args.name(diagnostics).map(|given| name::check(given, "the agent's name", INSTEAD, diagnostics));
    let kind = args.string("kind", diagnostics);
    let agent_type = kind.map_or_else(
        || preset("react"),
        |kind| not_empty(kind, "the agent's kind", "write one, or leave `kind` out for `react`", diagnostics),
    );
    let cost = cost::read(&mut args, diagnostics);
    let fields = fields::read(&mut args, diagnostics);
    Some(Plan { operation: Operation::Agent { name: name?, agent_type }, cost, fields, crate_path: args.crate_path() })
}
