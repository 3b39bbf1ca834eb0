//! `cost = …`: what an operation costs.

use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::plan::Cost;

/// The option, as every attribute lists it.
pub(super) const OPTION: (&str, &str) = ("cost", "cost = 0.005");

/// The cost that is given, if it is.
pub(super) fn read(args: &mut Args, diagnostics: &mut Diagnostics) -> Option<Cost> {
    let given = args.take(OPTION.0)?;
    if is_negative(&given) {
        diagnostics.error_on(&given, "`cost` cannot be less than nothing; write it in dollars, as in `cost = 0.005`");
        return None;
    }
    Some(cost(Box::new(given)))
}

/// Whether it is a number below zero, to be seen in the source. Others are refused and
/// counted when they come.
fn is_negative(given: &Expr) -> bool {
    match given {
        // What a `macro_rules!` of the user's passed on.
        Expr::Group(group) => is_negative(&group.expr),
        Expr::Paren(paren) => is_negative(&paren.expr),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => is_positive(expr),
        _ => false,
    }
}

fn is_positive(given: &Expr) -> bool {
    match given {
        Expr::Group(group) => is_positive(&group.expr),
        Expr::Paren(paren) => is_positive(&paren.expr),
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => {
            number.base10_parse().is_ok_and(|number: f64| number > 0.0)
        }
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_digits() != "0",
        _ => false,
    }
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
