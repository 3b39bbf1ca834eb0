//! `#[histogram(buckets = [0.1, 1.0])]`: the upper bounds of a histogram's buckets.

use proc_macro2::{Delimiter, Group, Ident, Literal, TokenTree};
use quote::quote;

use crate::metric_names::Type;
use crate::tokens::{Attribute, Mistakes, Tokens, is, plain};

/// As prometheus's own clients have them: for requests of a network, in seconds.
const DEFAULT_BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// `buckets = [0.1, 1.0]`
pub(super) fn read(of: Type, attribute: &Attribute, name: &Ident, mistakes: &mut Mistakes) -> Option<Vec<TokenTree>> {
    const EXAMPLE: &str = "`#[histogram(buckets = [0.1, 0.5, 1.0])]`";
    if of != Type::Histogram {
        if !attribute.inside.is_empty() {
            mistakes.over(
                &attribute.inside,
                attribute.span(),
                format!("`#[{0}]` takes no options: write `#[{0}]` alone", of.name()),
            );
            return None;
        }
        return Some(Vec::new());
    }
    if attribute.inside.is_empty() {
        if plain(name).ends_with("_seconds") {
            return Some(DEFAULT_BOUNDS.map(|bound| Literal::f64_unsuffixed(bound).into()).into());
        }
        let message = format!("a histogram needs its buckets, as in {EXAMPLE}; only one of `_seconds` has a preset");
        mistakes.at(attribute.span(), message);
        return None;
    }
    let list = attribute.list().map(|list| Tokens::new(list.stream()));
    let list = list.and_then(|mut list| {
        list.word().filter(|word| word == "buckets")?;
        list.sign('=')?;
        let list_of_bounds = list.group(Delimiter::Bracket)?;
        list.sign(',');
        list.first().is_none().then_some(list_of_bounds)
    });
    let Some(list) = list else {
        mistakes.over(&attribute.inside, attribute.span(), format!("a histogram takes its buckets, as in {EXAMPLE}"));
        return None;
    };
    let mut bounds: Vec<(f64, TokenTree)> = Vec::new();
    let mut given = Tokens::new(list.stream());
    while given.first().is_some() {
        let bound = given.take_to_comma();
        let Some(number) = number(&bound) else {
            mistakes.over(&bound, list.span(), format!("a bound is a number, as in {EXAMPLE}"));
            return None;
        };
        if bounds.last().is_some_and(|(last, _)| *last >= number) {
            mistakes.over(&bound, list.span(), "bounds ascend: this one is not above the one before it");
            return None;
        }
        let mut literal = Literal::f64_suffixed(number.abs());
        literal.set_span(bound[0].span());
        let literal = if number < 0.0 { quote!(-#literal) } else { quote!(#literal) };
        bounds.push((number, Group::new(Delimiter::None, literal).into()));
    }
    if bounds.is_empty() {
        mistakes.at(list.span(), format!("a histogram needs a bound at least, as in {EXAMPLE}"));
        return None;
    }
    Some(bounds.into_iter().map(|(_, bound)| bound).collect())
}

/// A finite number, as it is written in Rust.
fn number(tokens: &[TokenTree]) -> Option<f64> {
    let (sign, literal) = match tokens {
        [TokenTree::Literal(literal)] => (1.0, literal),
        [minus, TokenTree::Literal(literal)] if is(minus, '-') => (-1.0, literal),
        _ => return None,
    };
    let text = literal.to_string().replace('_', "");
    let number: f64 = text.strip_suffix("f64").unwrap_or(&text).parse().ok()?;
    number.is_finite().then_some(sign * number)
}
