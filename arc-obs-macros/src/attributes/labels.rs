//! `labels(tier = expression)`: the labels of a function's own.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, Ident, Token};

use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::plan::{LabelGiven, Labels};

/// The option, as every attribute lists it.
pub(super) const OPTION: (&str, &str) = ("labels", "labels(tier = tier)");

/// The labels that are given, if they are.
pub(super) fn read(args: &mut Args, diagnostics: &mut Diagnostics) -> Option<Labels> {
    let (keyword, inside) = args.take_list(OPTION.0)?;
    let mut given: Vec<LabelGiven> = Vec::new();
    let read = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match read_one(input) {
                Ok(one) if given.iter().any(|other| other.key.unraw() == one.key.unraw()) => {
                    let message = format!("the label `{}` is given twice; keep one of them", one.key);
                    diagnostics.error(one.key.span(), message);
                }
                Ok(one) => given.push(one),
                Err(error) => {
                    diagnostics.add(error);
                    return input.parse::<proc_macro2::TokenStream>().map(drop);
                }
            }
            if input.is_empty() {
                break;
            }
            if input.parse::<Option<Token![,]>>()?.is_none() {
                diagnostics.error(input.span(), "expected `,` between two labels");
                return input.parse::<proc_macro2::TokenStream>().map(drop);
            }
        }
        Ok(())
    };
    if let Err(error) = read.parse2(inside) {
        diagnostics.add(error);
    }
    if given.is_empty() {
        empty(keyword.span(), diagnostics);
        return None;
    }
    Some(Labels { keyword: keyword.span(), given })
}

fn empty(place: Span, diagnostics: &mut Diagnostics) {
    // A mistake inside was told already.
    if diagnostics.is_empty() {
        diagnostics.error(place, "`labels` names no label: write one, as in `labels(tier = tier)`, or leave it out");
    }
}

fn read_one(input: ParseStream<'_>) -> syn::Result<LabelGiven> {
    const EXAMPLE: &str = "as in `labels(tier = tier)`";
    if !input.peek(Ident::peek_any) {
        return Err(Error::new(input.span(), format!("expected the name of a label, without quotes, {EXAMPLE}")));
    }
    let key = Ident::parse_any(input)?;
    if input.is_empty() || input.peek(Token![,]) {
        let message = format!("the label `{key}` needs a value, as in `labels({key} = {key})`");
        return Err(Error::new(key.span(), message));
    }
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(Error::new(input.span(), format!("expected `=` after `{key}`, {EXAMPLE}")));
    }
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(key.span(), format!("the label `{key}` needs a value, {EXAMPLE}")));
    }
    Ok(LabelGiven { key, value: input.parse::<Expr>()? })
}
