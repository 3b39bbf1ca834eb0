//! What a signature says is returned, by its tokens alone.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;

use crate::items::{Depth, Item, is, is_word};

impl Item {
    /// What a function's signature says of what it returns.
    pub(super) fn returned(&self) -> Returned {
        let (words, signature) = self.words_and_rest();
        let is_async = words.iter().any(|word| is_word(Some(word), "async"));
        let output = output(signature);
        let mut arguments = BTreeSet::new();
        signature.iter().for_each(|token| collect(token, &mut arguments));
        let future = if is_async { None } else { awaited(output) };
        Returned { result: told(future.unwrap_or(output)), item: named_type(output, "Item").and_then(told), arguments }
    }
}

/// What a signature tells.
#[derive(Debug)]
pub(super) struct Returned {
    /// What a call comes to, in the end: of a future, what that does. `None` for
    /// `impl Iterator`, and for nothing ever.
    pub(super) result: Option<TokenStream>,
    /// What a stream yields.
    pub(super) item: Option<TokenStream>,
    /// All words in parentheses, with what the arguments are called among them.
    pub(super) arguments: BTreeSet<String>,
}

fn told(tokens: &[TokenTree]) -> Option<TokenStream> {
    match tokens {
        [] => Some(quote!(())),
        [never] if is(never, '!') => None,
        tokens if has_word(tokens.iter().cloned(), "impl") => None,
        tokens => Some(tokens.iter().cloned().collect()),
    }
}

fn collect(token: &TokenTree, words: &mut BTreeSet<String>) {
    if let TokenTree::Group(group) = token {
        for token in group.stream() {
            match token {
                TokenTree::Ident(word) => drop(words.insert(word.to_string())),
                token => collect(&token, words),
            }
        }
    }
}

/// The tokens behind the arrow of a signature, from its keyword on.
fn output(signature: &[TokenTree]) -> &[TokenTree] {
    let mut depth = Depth::default();
    let mut begin = None;
    for (index, token) in signature.iter().enumerate() {
        if depth.is_outside() {
            match (begin, token) {
                (None, TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                    let has_arrow = signature.get(index + 1).is_some_and(|next| is(next, '-'));
                    begin = Some(if has_arrow { index + 3 } else { return &[] });
                }
                (Some(begin), token) if is_word(Some(token), "where") => {
                    return signature.get(begin..index).unwrap_or_default();
                }
                (Some(begin), _) if index + 1 == signature.len() => {
                    return signature.get(begin..index).unwrap_or_default();
                }
                _ => {}
            }
        }
        depth.pass(token);
    }
    &[]
}

/// What a future comes to that is written as such: `impl Future<Output = …>`, the same
/// pinned in a box, or `BoxFuture<'_, …>`.
fn awaited(output: &[TokenTree]) -> Option<&[TokenTree]> {
    let head = output.iter().position(|token| is(token, '<')).unwrap_or(output.len());
    let last = output[..head].last();
    if is_word(last, "BoxFuture") || is_word(last, "LocalBoxFuture") {
        // Behind the lifetime, where one is written.
        let lifetime = output.get(head + 1).is_some_and(|token| is(token, '\''));
        return up_to_its_end(output.get(if lifetime { head + 4 } else { head + 1 }..)?);
    }
    let is_future = is_word(output.first(), "impl") || is_word(last, "Pin");
    let future = output.iter().position(|token| is_word(Some(token), "Future"))?;
    if is_future { named_type(&output[future..], "Output") } else { None }
}

/// The first `Item = …` or `Output = …`.
fn named_type<'a>(tokens: &'a [TokenTree], name: &str) -> Option<&'a [TokenTree]> {
    let is_named = |at: &[TokenTree]| is_word(Some(&at[0]), name) && is(&at[1], '=');
    let place = tokens.windows(2).position(is_named)?;
    up_to_its_end(&tokens[place + 2..])
}

/// Up to the comma or bracket that ends a type.
fn up_to_its_end(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let mut depth = Depth::default();
    let ends = |token: &TokenTree| {
        let ends = depth.is_outside() && !depth.arrow && (is(token, '>') || is(token, ','));
        depth.pass(token);
        ends
    };
    Some(&tokens[..tokens.iter().position(ends)?])
}

fn has_word(tokens: impl IntoIterator<Item = TokenTree>, text: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == text,
        TokenTree::Group(group) => has_word(group.stream(), text),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use crate::items::items;
    use crate::items::tests::half_written;

    #[test]
    fn what_is_returned_is_read_off_the_signature() {
        let returned = |signature: &str| {
            let returned = items(format!("{signature} {{ }}").parse().unwrap())[0].returned();
            returned.result.map(|told| told.to_string().replace(' ', ""))
        };
        for (signature, told) in [
            ("fn f()", "()"),
            ("pub(crate) async fn f<F: FnOnce() -> u8>(f: F) where F: Send", "()"),
            (
                "fn f<const N: usize>(a: [u8; N]) -> Result<Vec<Vec<u8>>, E> where E: Fn() -> u8",
                "Result<Vec<Vec<u8>>,E>",
            ),
            ("unsafe extern \"C\" fn f(a: fn() -> u8) -> fn(u8) -> u8", "fn(u8)->u8"),
            ("async fn f() -> impl Future<Output = u8>", ""),
            (
                "fn f() -> impl Future<Output = Result<Box<dyn Fn() -> u8>, E>> + Send + use<'_>",
                "Result<Box<dynFn()->u8>,E>",
            ),
            ("fn f() -> impl core::future::Future<Output = ()>", "()"),
            (
                "fn f<'a>() -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Result<u8, E>> + Send + 'a>>",
                "Result<u8,E>",
            ),
            ("fn f(&self) -> BoxFuture<'_, Vec<u8>>", "Vec<u8>"),
            ("fn f(&self) -> futures::future::LocalBoxFuture<'static, (u8, u8),>", "(u8,u8)"),
            ("fn f() -> Result<impl Iterator<Item = u8>, E>", ""),
            ("fn f() -> impl Future<Output = impl Iterator<Item = u8>>", ""),
            ("fn f() -> Option<Pin<Box<dyn Future<Output = u8>>>>", "Option<Pin<Box<dynFuture<Output=u8>>>>"),
            ("fn f() -> !", ""),
        ] {
            assert_eq!(returned(signature).unwrap_or_default(), told, "{signature}");
        }
    }

    #[test]
    fn what_is_half_written_is_read_as_far_as_it_goes() {
        for item in half_written().flat_map(items) {
            let _ = item.returned();
        }
    }
}
