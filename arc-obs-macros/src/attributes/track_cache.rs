//! `#[track_cache("llm", hit = …)]`

use syn::Expr;

use super::{Attribute, COMMON, accepts, name};
use crate::args::{Accepts, Args};
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::Operation;

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    accepts: Accepts {
        // A look-up costs nothing.
        common: COMMON.split_at(1).1,
        ..accepts("track_cache", &[("name", "name = \"llm\""), ("hit", "hit = |found| found.from_cache")])
    },
    operation,
};

const INSTEAD: &str = "write one, as in `#[track_cache(\"llm\")]`: it becomes a metric label and a span's name";

fn operation(args: &mut Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Operation> {
    if !args.has("name") {
        args.missing("the cache's name, as in `#[track_cache(\"llm\")]`", diagnostics);
    }
    let name = args.name(diagnostics).map(|given| name::check(given, "the cache's name", INSTEAD, diagnostics));
    let hit = match args.take("hit") {
        None => None,
        Some(given) => Some(Box::new(hit(given, diagnostics)?)),
    };
    Some(Operation::Cache { name: name?, hit })
}

fn hit(given: Expr, diagnostics: &mut Diagnostics) -> Option<Expr> {
    match given {
        // What a `macro_rules!` of the user's passed on.
        Expr::Group(group) => hit(*group.expr, diagnostics),
        Expr::Closure(_) | Expr::Path(_) => Some(given),
        other => {
            diagnostics.error_on(
                &other,
                "`hit` takes a closure (or a function's path) from `&` the returned value to `bool`, as in `hit = \
                 |found| found.from_cache`",
            );
            None
        }
    }
}
