//! What an editor hands over while somebody types.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use super::expand;

#[test]
fn what_is_half_written_breaks_nothing() {
    let metrics = "#[a] pub(in b) mod shop { use c::{d, e}; /// Orders.\n #[counter] pub fn orders(tier: Tier<1, 2>, x: y::Z); \
                   /// T.\n #[histogram(buckets = [0.1, -1, 2])] pub const fn t_seconds<T>() -> u8; fn f() {} const X: u8 = {1}; }";
    let labels = "#![sample_limit = 1] #![crate = a::b] tier: Tier<1, 2>, a-b: C, 1x: D,";
    let value = "#[label(rename_all = \"x\", crate = y)] pub enum E<T> { #[label(\"a\")] A(u8), B = 1, #[label = 2] C { x: Y } }";
    for text in [metrics, labels, value] {
        let tokens: Vec<_> = text.parse::<TokenStream>().unwrap().into_iter().collect();
        for inside in [tokens.clone(), opened(&tokens)] {
            for from in 0..inside.len() {
                for to in from..=inside.len() {
                    let part = || inside[from..to].iter().cloned().collect::<TokenStream>();
                    let in_braces = || Group::new(Delimiter::Brace, part());
                    let module = in_braces();
                    let _ = expand(quote!(prefix = "shop"), part());
                    let _ = expand(part(), quote!(mod shop #module));
                    let _ = crate::labels::expand(part());
                    let _ = crate::label_value::derive(part());
                    let _ = crate::label_value::derive(quote!(enum E #module));
                }
            }
        }
    }
}

/// What is in the last group.
fn opened(tokens: &[TokenTree]) -> Vec<TokenTree> {
    match tokens.last() {
        Some(TokenTree::Group(group)) => group.stream().into_iter().collect(),
        _ => Vec::new(),
    }
}
