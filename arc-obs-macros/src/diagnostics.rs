//! The one funnel of errors: all mistakes of one attribute are told at once.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

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

/// `` `a`, `b` or `c` ``
pub(crate) fn one_of(words: &[&str]) -> String {
    listed(words, "or")
}

/// `` `a`, `b` and `c` ``
pub(crate) fn all_of(words: &[&str]) -> String {
    listed(words, "and")
}

fn listed(words: &[&str], conjunction: &str) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [most @ .., last] if !most.is_empty() => format!("{} {conjunction} {last}", most.join(", ")),
        few => few.concat(),
    }
}

/// The word that `wrong` was probably meant to be.
pub(crate) fn nearest<'a>(wrong: &str, words: &[&'a str]) -> Option<&'a str> {
    nearest_within(wrong, words, (wrong.chars().count() / 3).max(1))
}

/// The nearest word that is at most so many changes away.
pub(crate) fn nearest_within<'a>(wrong: &str, words: &[&'a str], most: usize) -> Option<&'a str> {
    words
        .iter()
        .map(|word| (distance(wrong, word), *word))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_nonsense_is_not() {
        let words = ["model", "provider", "operation", "usage"];
        assert_eq!(nearest("modle", &words), Some("model"));
        assert_eq!(nearest("providr", &words), Some("provider"));
        assert_eq!(nearest("temperature", &words), None);
    }

    #[test]
    fn words_are_listed() {
        assert_eq!(one_of(&["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(all_of(&["a", "b"]), "`a` and `b`");
        assert_eq!(one_of(&["a"]), "`a`");
    }
}
