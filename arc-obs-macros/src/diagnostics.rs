//! The one funnel of errors: all mistakes of one attribute are told at once.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

pub(crate) use crate::words::{all_of, nearest, nearest_within, one_of};

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Diagnostics(Option<syn::Error>);

impl Diagnostics {
    /// Tells a mistake at a token.
    pub(crate) fn error(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(syn::Error::new(span, message));
    }

    /// Tells a mistake at all of the user's tokens that are wrong.
    pub(crate) fn error_on(&mut self, tokens: &impl ToTokens, message: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// `compile_error!`s for all mistakes; `None` without any.
    pub(crate) fn into_tokens(self) -> Option<TokenStream> {
        self.0.map(|errors| found_in_every_edition(errors.to_compile_error()))
    }
}

/// `::core::compile_error!` at the user's tokens is looked for as the user's edition has
/// it: in 2015 `::core` would be a module of the user's crate, and `::std` is one.
fn found_in_every_edition(errors: TokenStream) -> TokenStream {
    let of_std = |token| match token {
        TokenTree::Ident(word) if word == "core" => TokenTree::Ident(Ident::new("std", word.span())),
        token => token,
    };
    errors.into_iter().map(of_std).collect()
}
