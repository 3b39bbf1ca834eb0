//! What the functions of a block are known by: the type that is implemented, the trait,
//! the module.

use proc_macro2::{Delimiter, Ident, Span, TokenTree};
use syn::ext::IdentExt;

use crate::items::{Depth, Item, Kind, is, is_word};

impl Item {
    pub(crate) fn keyword_span(&self) -> Span {
        self.words_and_rest().1.first().map_or_else(Span::call_site, TokenTree::span)
    }

    /// The name of a function, a trait or a module.
    pub(crate) fn ident(&self) -> Option<&Ident> {
        match self.words_and_rest().1.get(1) {
            Some(TokenTree::Ident(ident)) => Some(ident),
            _ => None,
        }
    }

    /// What the functions in it are known by. A tuple and the like has no name.
    pub(crate) fn scope(&self) -> Option<String> {
        match self.kind {
            Kind::Impl => implemented(self.words_and_rest().1.get(1..)?),
            _ => self.ident().map(|ident| ident.unraw().to_string()),
        }
    }
}

/// The name of the type that is implemented; for a blanket `impl<T> Plan for T`, which
/// has none, the trait's.
fn implemented(header: &[TokenTree]) -> Option<String> {
    let (parameters, header) = parameters(header);
    let mut depth = Depth::default();
    let mut start = 0;
    let mut end = header.len();
    for (index, token) in header.iter().enumerate() {
        if depth.is_outside() && is_word(Some(token), "where") {
            end = index;
            break;
        }
        // `for<'a>`, and not `for <Planner as Plan>::Store`.
        let of_lifetimes =
            header.get(index + 2).is_some_and(|next| is(next, '\'') || is(next, '>')) && is(&header[index + 1], '<');
        if depth.is_outside() && start == 0 && is_word(Some(token), "for") && !of_lifetimes {
            start = index + 1;
        }
        depth.pass(token);
    }
    let name = last_of_path(&header[start..end])?;
    if start > 0 && parameters.contains(&name) { last_of_path(&header[..start]) } else { Some(name) }
}

/// The names of the parameters in `<…>`, and what comes after it.
fn parameters(header: &[TokenTree]) -> (Vec<String>, &[TokenTree]) {
    let mut depth = Depth::default();
    let mut names = Vec::new();
    let mut begins = false;
    for (index, token) in header.iter().enumerate() {
        match token {
            TokenTree::Ident(name) if begins && depth.open == 1 => names.push(name.unraw().to_string()),
            _ => {}
        }
        depth.pass(token);
        begins = depth.open == 1 && (is(token, ',') || is(token, '<'));
        if depth.is_outside() {
            return (names, &header[if index == 0 { 0 } else { index + 1 }..]);
        }
    }
    (names, &[])
}

/// `Planner` of `&'a mut agents::Planner<T>`.
fn last_of_path(tokens: &[TokenTree]) -> Option<String> {
    let mut name = None;
    let mut tokens = tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) => match punct.as_char() {
                // A lifetime: its name comes with it.
                '\'' => drop(tokens.next()),
                '&' | '*' | ':' | '!' => {}
                _ => break,
            },
            TokenTree::Ident(word) => match word.to_string().as_str() {
                "mut" | "dyn" | "const" => {}
                "fn" | "unsafe" | "extern" | "for" => break,
                _ => {
                    name = Some(word.unraw().to_string());
                    if !tokens.peek().is_some_and(|next| is(next, ':')) {
                        break;
                    }
                }
            },
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                let inside: Vec<_> = group.stream().into_iter().collect();
                return last_of_path(&inside);
            }
            _ => break,
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use crate::items::items;
    use crate::items::tests::half_written;

    #[test]
    fn an_impl_has_the_name_of_its_type() {
        let scope = |header: &str| items(format!("{header} {{ }}").parse().unwrap())[0].scope();
        for header in [
            "impl Planner",
            "impl<'a, T: Into<Vec<u8>>, const N: usize> agents::Planner<'a, T, { N }> where T: Fn() -> u8",
            "unsafe impl<T> Plan<T> for Planner<T>",
            "impl Plan for &'a mut crate::Planner",
            "impl<T> Plan for ::agents::Planner<dyn for<'x> Fn(&'x T)>",
            "impl Plan<for<'a> fn(&'a u8)> for dyn Planner + Send",
            "impl<T: Store> Planner for T",
            "impl<T: ?Sized> agents::Planner<u8> for &T",
            "impl r#Planner",
        ] {
            assert_eq!(scope(header).as_deref(), Some("Planner"), "{header}");
        }
        for header in
            ["impl Plan for (A, B)", "impl Plan for [u8]", "impl Plan for fn(u8)", "impl Plan for <A as B>::C"]
        {
            assert_eq!(scope(header), None, "{header}");
        }
    }

    #[test]
    fn what_is_half_written_is_read_as_far_as_it_goes() {
        for item in half_written().flat_map(items) {
            let _ = (item.scope(), item.ident(), item.keyword_span());
        }
    }
}
