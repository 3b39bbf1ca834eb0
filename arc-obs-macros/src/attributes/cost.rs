//! `cost = …`: what an operation costs.

use syn::Expr;

use crate::args::Args;
use crate::plan::Cost;

/// The option, as every attribute lists it.
pub(super) const OPTION: (&str, &str) = ("cost", "cost = 0.005");

/// The cost that is given, if it is.
pub(super) fn read(args: &mut Args) -> Option<Cost> {
    args.take(OPTION.0).map(|given| cost(Box::new(given)))
}

fn cost(given: Box<Expr>) -> Cost {
    match *given {
        // What a `macro_rules!` of the user's passed on.
        Expr::Group(group) => cost(group.expr),
        Expr::Closure(_) => Cost::OfResult(given),
        Expr::Path(_) => Cost::Path(given),
        _ => Cost::Value(given),
    }
}
