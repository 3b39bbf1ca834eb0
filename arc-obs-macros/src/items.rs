//! The items of a block, told apart by their tokens alone.
//!
//! rustc has parsed a block before an attribute sees it, so that an item's first words
//! and its end are enough; nothing inside of a body or a signature is understood here.
//! For that see `function`.

use std::collections::VecDeque;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

/// The attributes of arc-obs: a function that has one of its own is left as it is.
pub(crate) const ATTRIBUTES: &[&str] =
    &["traced", "track_agent", "track_cache", "track_llm", "track_request", "track_tool", "track_workflow"];

/// One item, as it was written.
pub(crate) struct Item {
    tokens: Vec<TokenTree>,
    /// How many of the tokens are its attributes.
    attributes: usize,
    /// Where its keyword stands, if it is one that matters here.
    keyword: usize,
    pub(crate) kind: Kind,
    /// The `const` of a `const fn`.
    pub(crate) constness: Option<Span>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Function,
    Impl,
    Trait,
    Module,
    /// Nothing that holds functions, as far as can be seen.
    Other,
}

/// All items of a block's inside.
pub(crate) fn items(inside: TokenStream) -> Vec<Item> {
    let mut tokens = inside.into_iter().collect();
    let mut items = Vec::new();
    while !VecDeque::is_empty(&tokens) {
        items.push(Item::read(&mut tokens));
    }
    items
}

impl Item {
    fn read(tokens: &mut VecDeque<TokenTree>) -> Self {
        let mut item = Self { tokens: Vec::new(), attributes: 0, keyword: 0, kind: Kind::Other, constness: None };
        open_groups(tokens);
        while tokens.front().is_some_and(|token| is(token, '#')) {
            item.tokens.extend(tokens.pop_front());
            let is_inner = tokens.front().is_some_and(|token| is(token, '!'));
            if is_inner {
                item.tokens.extend(tokens.pop_front());
            }
            item.tokens.extend(tokens.pop_front());
            open_groups(tokens);
            if is_inner && item.tokens.len() == 3 {
                // An attribute of what is around it.
                return item;
            }
        }
        item.attributes = item.tokens.len();
        let ends_with_brace = item.read_first_words(tokens);
        item.read_rest(tokens, ends_with_brace);
        item
    }

    /// Up to the keyword; whether a brace ends the item.
    fn read_first_words(&mut self, tokens: &mut VecDeque<TokenTree>) -> bool {
        let mut constant = None;
        while let Some(TokenTree::Ident(word)) = tokens.front() {
            let text = word.to_string();
            let kind = match text.as_str() {
                "pub" | "default" | "async" | "unsafe" | "safe" | "gen" | "auto" | "extern" => None,
                "const" => {
                    constant = Some(word.span());
                    None
                }
                "fn" => Some(Kind::Function),
                "impl" => Some(Kind::Impl),
                "trait" => Some(Kind::Trait),
                "mod" => Some(Kind::Module),
                // `const NAME: …`, and what always ends with a semicolon.
                "use" | "static" | "type" => return false,
                _ => return constant.is_none(),
            };
            if let Some(kind) = kind {
                self.kind = kind;
                self.keyword = self.tokens.len();
                self.constness = constant;
                return true;
            }
            self.tokens.extend(tokens.pop_front());
            open_groups(tokens);
            let of_the_word = match tokens.front() {
                Some(TokenTree::Group(group)) => text == "pub" && group.delimiter() == Delimiter::Parenthesis,
                Some(TokenTree::Literal(_)) => text == "extern",
                _ => false,
            };
            if of_the_word {
                self.tokens.extend(tokens.pop_front());
                open_groups(tokens);
            }
        }
        constant.is_none()
    }

    /// Up to the semicolon or the braces that end the item.
    fn read_rest(&mut self, tokens: &mut VecDeque<TokenTree>, ends_with_brace: bool) {
        let mut depth = Depth::default();
        while let Some(token) = tokens.pop_front() {
            let token = without_group(token);
            let ends = match &token {
                TokenTree::Group(group) => {
                    // Between angle brackets braces are a constant.
                    ends_with_brace && depth.is_outside() && group.delimiter() == Delimiter::Brace
                }
                token => is(token, ';'),
            };
            depth.pass(&token);
            self.tokens.push(token);
            if ends {
                return;
            }
        }
    }

    /// The braces that end it.
    pub(crate) fn body(&self) -> Option<&Group> {
        match self.tokens.last() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        }
    }

    /// The paths of its attributes, each as its segments; also those that `cfg_attr`
    /// sets under a condition.
    pub(crate) fn attributes(&self) -> Vec<Vec<Ident>> {
        let mut paths = Vec::new();
        for token in &self.tokens[..self.attributes] {
            if let TokenTree::Group(group) = token {
                add_paths(group.stream(), &mut paths);
            }
        }
        paths
    }

    /// Whether it is left out of the block around it: `#[skip]`, or an attribute of its own.
    pub(crate) fn is_left_out(&self) -> bool {
        self.attributes().into_iter().any(|path| is_skip(&path) || own(path).is_some())
    }

    /// The words before its keyword, and what is from there on.
    pub(crate) fn words_and_rest(&self) -> (&[TokenTree], &[TokenTree]) {
        self.tokens[self.attributes..].split_at(self.keyword.saturating_sub(self.attributes))
    }

    /// The item with another inside.
    pub(crate) fn with_inside(mut self, inside: TokenStream) -> TokenStream {
        if let Some(TokenTree::Group(group)) = self.tokens.last_mut() {
            let span = group.span();
            *group = Group::new(Delimiter::Brace, inside);
            group.set_span(span);
        }
        self.into_tokens()
    }

    pub(crate) fn into_tokens(self) -> TokenStream {
        self.tokens.into_iter().collect()
    }
}

/// Whether a token is within angle brackets.
#[derive(Default)]
pub(crate) struct Depth {
    pub(crate) open: usize,
    /// The last token was the first half of `->` or `=>`.
    pub(crate) arrow: bool,
}

impl Depth {
    pub(crate) fn pass(&mut self, token: &TokenTree) {
        if is(token, '<') {
            self.open += 1;
        } else if is(token, '>') && !self.arrow {
            self.open = self.open.saturating_sub(1);
        }
        self.arrow = is(token, '-') || is(token, '=');
    }

    pub(crate) fn is_outside(&self) -> bool {
        self.open == 0
    }
}

pub(crate) fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

pub(crate) fn is_word(token: Option<&TokenTree>, text: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(word)) if word == text)
}

/// The word that makes a path one of our attributes.
pub(crate) fn own(mut path: Vec<Ident>) -> Option<Ident> {
    path.pop().filter(|last| ATTRIBUTES.iter().any(|attribute| last == attribute))
}

/// `#[arc_obs::skip]`, under whatever path; not that of a tool of rustc's.
fn is_skip(path: &[Ident]) -> bool {
    match path {
        [tool, _] if tool == "rustfmt" || tool == "rust_analyzer" => false,
        [.., last] => last == "skip",
        [] => false,
    }
}

/// Emits an item as it was, for `#[skip]`: blocks look for the attribute by its name.
pub(crate) fn skip(args: TokenStream, item: TokenStream) -> TokenStream {
    let tokens: Vec<_> = args.into_iter().collect();
    let [first, ..] = &tokens[..] else { return item };
    let last = tokens.last().unwrap_or(first);
    let message = "`#[skip]` takes no arguments: it leaves a function out of the block around it";
    let mut message = Group::new(Delimiter::Brace, quote_spanned!(last.span()=> #message));
    message.set_span(last.span());
    quote_spanned!(first.span()=> ::core::compile_error! #message #item)
}

/// What a `macro_rules!` of the user's passed on (`$item`, `$vis`) comes in a group
/// without delimiters; at the front it is opened.
fn open_groups(tokens: &mut VecDeque<TokenTree>) {
    while let Some(TokenTree::Group(group)) = tokens.front() {
        if group.delimiter() != Delimiter::None {
            return;
        }
        let inside: Vec<_> = group.stream().into_iter().collect();
        tokens.pop_front();
        for token in inside.into_iter().rev() {
            tokens.push_front(token);
        }
    }
}

/// `$body`, a block that was passed on, is the block.
fn without_group(token: TokenTree) -> TokenTree {
    if let TokenTree::Group(group) = &token {
        let mut inside = group.stream().into_iter();
        if let (Delimiter::None, Some(TokenTree::Group(only)), None) = (group.delimiter(), inside.next(), inside.next())
        {
            if only.delimiter() == Delimiter::Brace {
                return only.into();
            }
        }
    }
    token
}

fn add_paths(attribute: TokenStream, paths: &mut Vec<Vec<Ident>>) {
    let mut path = Vec::new();
    for token in attribute {
        match token {
            TokenTree::Ident(word) => path.push(word),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                return add_paths(group.stream(), paths);
            }
            TokenTree::Group(group) if path.len() == 1 && path[0] == "cfg_attr" => {
                let tokens: Vec<_> = group.stream().into_iter().collect();
                for attribute in tokens.split(|token| is(token, ',')).skip(1) {
                    add_paths(attribute.iter().cloned().collect(), paths);
                }
                return;
            }
            _ => break,
        }
    }
    paths.push(path);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Item> {
        items(text.parse().unwrap())
    }

    #[test]
    fn items_end_where_they_end() {
        let text = "
            #![allow(x)]
            use a::{b, c};
            const F: fn() -> u8 = { fn f() -> u8 { 1 } f };
            pub const X: bool = { 1 } < { 2 };
            type Call = fn(u8) -> u8;
            static S: [u8; { 1 }] = [0];
            macro_rules! m { () => { fn no() {} } }
            thread_local! { static T: u8 = 1; }
            call!(fn no() {});
            extern \"C\" { fn foreign(); }
            extern crate core;
            struct Unit;
            struct Tuple<const N: usize>([u8; N]) where [u8; N]: Sized;
            enum E { A = { 1 } }
            pub(crate) const unsafe extern \"C\" fn f() {}
            fn g<const N: usize>(a: [u8; N]) -> Out<{ N + 1 }> where Out<{ N }>: Fn(u8) -> u8 { a }
            fn h(&self) -> Vec<Vec<u8>>;
            pub(in crate::a) async fn i<F: FnOnce() -> u8>(f: F) { if 1 < 2 { } }
            unsafe impl<T> A<{ 1 }> for B<T> { fn x() {} }
            pub unsafe auto trait T: Fn() -> u8 { }
            mod away;
            mod inline { fn x() {} }
        ";
        let read = read(text);
        let of = |kind| read.iter().filter(|item| item.kind == kind).count();
        assert_eq!(read.len(), 22);
        assert_eq!([Kind::Function, Kind::Impl, Kind::Trait, Kind::Module].map(of), [4, 1, 1, 2]);
        let functions: Vec<_> = read
            .iter()
            .filter(|item| item.kind == Kind::Function)
            .map(|item| (item.words_and_rest().1[1].to_string(), item.body().is_some(), item.constness.is_some()))
            .collect();
        let expected = [("f", true, true), ("g", true, false), ("h", false, false), ("i", true, false)];
        assert_eq!(functions, expected.map(|(name, body, constant)| (name.to_owned(), body, constant)));
        let again: TokenStream = read.into_iter().map(Item::into_tokens).collect();
        assert_eq!(again.to_string(), text.parse::<TokenStream>().unwrap().to_string(), "nothing is lost");
    }

    #[test]
    fn every_attribute_is_known_to_blocks() {
        let lib = include_str!("lib.rs");
        let mut names: Vec<_> = lib
            .split("#[proc_macro_attribute]\npub fn ")
            .skip(1)
            .filter_map(|rest| rest.split('(').next())
            .filter(|name| !["metrics", "skip"].contains(name))
            .collect();
        names.sort_unstable();
        assert_eq!(names, ATTRIBUTES);
    }

    /// Every part of some items, for whoever reads them.
    pub(crate) fn half_written() -> impl Iterator<Item = TokenStream> {
        let whole = "#[cfg_attr(a, b)] #![c] pub(in d) const extern \"C\" fn e<'f>() -> G<{ 1 }>; \
                     async fn x() -> Pin<Box<dyn Future<Output = Y> + 'z>>; fn x() -> BoxFuture<'y, Z> where; \
                     impl<'h, T> &'h I for <J as K>::L where T: M { }";
        let tokens: Vec<_> = whole.parse::<TokenStream>().unwrap().into_iter().collect();
        let length = tokens.len();
        let part = move |from: usize, to: usize| tokens[from..to].iter().cloned().collect();
        (0..length)
            .flat_map(move |from| (from..=length).map(move |to| (from, to)))
            .map(move |(from, to)| part(from, to))
    }

    #[test]
    fn what_is_half_written_is_kept_as_it_is() {
        for part in half_written() {
            let again: TokenStream = items(part.clone()).into_iter().map(Item::into_tokens).collect();
            assert_eq!(again.to_string(), part.to_string());
        }
    }

    #[test]
    fn attributes_are_found_by_their_paths() {
        let item = &read("#[doc = \"x\"] #[a::b(c)] #[::d::e] #[cfg_attr(all(f, g), h::i, j(k, l))] fn m() {}")[0];
        let paths: Vec<_> = item
            .attributes()
            .iter()
            .map(|path| path.iter().map(ToString::to_string).collect::<Vec<_>>().join("::"))
            .collect();
        assert_eq!(paths, ["doc", "a::b", "d::e", "h::i", "j"]);
    }
}
