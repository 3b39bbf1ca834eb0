//! Bodies that a `macro_rules!` of the user's has made.
//!
//! What it passes on (`$n`) stands in a group without delimiters. Where an attribute hands
//! that back, rustc sees what is in it and no group (rust#67062): with `1 + 2` for `$n`,
//! `$n * 2` would be 5. So such an expression gets parentheses.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::Expr;

/// The body, with every expression that binds loosely kept together.
pub(super) fn kept_together(body: &TokenStream) -> TokenStream {
    if has_groups_of_macros(body) { kept(body.clone()) } else { body.clone() }
}

fn has_groups_of_macros(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::None || has_groups_of_macros(&group.stream()),
        _ => false,
    })
}

fn kept(tokens: TokenStream) -> TokenStream {
    let kept = |token| match token {
        TokenTree::Group(group) => {
            let binds_loosely = group.delimiter() == Delimiter::None && binds_loosely(group.stream());
            let delimiter = if binds_loosely { Delimiter::Parenthesis } else { group.delimiter() };
            let mut kept = Group::new(delimiter, kept(group.stream()));
            // Not the user's parentheses, so that no lint calls them needless.
            kept.set_span(if binds_loosely { group.span().resolved_at(Span::mixed_site()) } else { group.span() });
            TokenTree::Group(kept)
        }
        token => token,
    };
    tokens.into_iter().map(kept).collect()
}

/// Whether what stands beside it could take a part of it. (An assignment cannot: it is a
/// statement, or what an attribute says.)
fn binds_loosely(tokens: TokenStream) -> bool {
    matches!(
        syn::parse2(tokens),
        Ok(Expr::Binary(_) | Expr::Cast(_) | Expr::Closure(_) | Expr::Range(_) | Expr::Reference(_) | Expr::Unary(_))
    )
}
