//! `price(input = 0.2, output = 0.6)`: dollars per million tokens, read exactly.

use syn::{Expr, ExprLit, Lit};

use crate::args::{Accepts, Args};
use crate::diagnostics::Diagnostics;
use crate::plan::Price;

const ACCEPTS: Accepts = Accepts {
    attribute: "track_llm",
    list: Some("price"),
    common: &[],
    options: &[
        ("input", "input = 0.2"),
        ("output", "output = 0.6"),
        ("cache_read", "cache_read = 0.02"),
        ("cache_write", "cache_write = 0.25"),
        ("cache_write_1h", "cache_write_1h = 0.4"),
        ("reasoning", "reasoning = 0.6"),
    ],
};

const DIGITS: usize = 9;
/// The most that a million tokens can cost, in nano-dollars: a dollar a token.
const MOST: u64 = 1_000_000 * 1_000_000_000;

/// The price that is given, if it is, as far as it is right.
pub(super) fn read(args: &mut Args, diagnostics: &mut Diagnostics) -> Option<Price> {
    let mut list = args.list(ACCEPTS, diagnostics)?;
    for (key, example) in &ACCEPTS.options[..2] {
        if !list.has(key) {
            list.missing(&format!("`{key}`, in dollars per million tokens, as in `{example}`"), diagnostics);
        }
    }
    let mut rate = |key: &str| rate(key, list.take(key)?, diagnostics);
    // All of them are read before the first one that is wrong ends it.
    let (input, output) = (rate("input"), rate("output"));
    let (cache_read, cache_write) = (rate("cache_read"), rate("cache_write"));
    let (cache_write_1h, reasoning) = (rate("cache_write_1h"), rate("reasoning"));
    Some(Price { input: input?, output: output?, cache_read, cache_write, cache_write_1h, reasoning })
}

fn rate(key: &str, given: Expr, diagnostics: &mut Diagnostics) -> Option<u64> {
    let given = match given {
        // A literal that a `macro_rules!` of the user's passed on.
        Expr::Group(group) => return rate(key, *group.expr, diagnostics),
        given => given,
    };
    match nano_dollars(&given) {
        Ok(nanos) => Some(nanos),
        Err(what) => {
            diagnostics.error_on(&given, format!("`{key}` {what}"));
            None
        }
    }
}

/// Whole nano-dollars; a price does not pass through a float on its way.
fn nano_dollars(given: &Expr) -> Result<u64, String> {
    let digits = match given {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => number.base10_digits(),
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) if number.suffix().is_empty() => number.base10_digits(),
        Expr::Unary(_) => return Err("cannot be less than nothing".into()),
        Expr::Lit(_) => return Err("must be a plain number of dollars per million tokens, as in `0.2`".into()),
        _ => {
            return Err("must be a number, as in `0.2`; an attribute cannot read the value of a constant or an \
                        expression"
                .into());
        }
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err("must be written without an exponent, as in `0.2`".into());
    }
    if fraction.len() > DIGITS {
        return Err("has more digits than a nano-dollar: there are nine behind the point".into());
    }
    // Digits only: what does not fit is too large.
    let nanos = format!("{whole}{fraction:0<DIGITS$}").parse().unwrap_or(u64::MAX);
    if nanos > MOST {
        return Err("is more than a dollar a token: prices are in dollars per million tokens".into());
    }
    Ok(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<u64, String> {
        nano_dollars(&syn::parse_str(text).unwrap())
    }

    #[test]
    fn numbers_are_read_exactly() {
        for (text, nanos) in [
            ("0.2", 200_000_000),
            ("0.000000001", 1),
            ("0.10000000000", 100_000_000),
            ("2", 2_000_000_000),
            ("2.", 2_000_000_000),
            ("1_000.5", 1_000_500_000_000),
            ("0", 0),
            ("1000000", MOST),
        ] {
            assert_eq!(read(text), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for (text, what) in [
            ("-0.2", "less than nothing"),
            ("0.0000000001", "nine behind the point"),
            ("1000000.000000001", "more than a dollar a token"),
            ("99999999999999999999999999", "more than a dollar a token"),
            ("1e3", "without an exponent"),
            ("0.2f64", "plain number"),
            ("\"0.2\"", "plain number"),
            ("f64::NAN", "cannot read the value"),
        ] {
            assert!(read(text).unwrap_err().contains(what), "{text}");
        }
    }
}
