//! What an attribute is given, read by its tokens alone.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;

use crate::items::is;

/// The arguments of an attribute that name something.
pub(super) struct Given {
    /// The hidden door of arc-obs.
    pub(super) private: TokenStream,
    /// `stream`: the answer comes in chunks.
    pub(super) is_stream: bool,
    pub(super) values: Vec<Value>,
}

/// One value that the user's code gives.
pub(super) struct Value {
    /// `fields`, of what stands in `fields(..)`.
    pub(super) list: Option<String>,
    /// Before its `=`, if it has one.
    pub(super) key: Option<TokenTree>,
    /// `?` or `%`, where it stands before the value.
    pub(super) sign: Option<char>,
    pub(super) tokens: Vec<TokenTree>,
}

impl Given {
    pub(super) fn read(args: TokenStream) -> Self {
        let mut given = Self { private: quote!(::arc_obs::__private), is_stream: false, values: Vec::new() };
        for argument in arguments(args) {
            match &argument[..] {
                // `price(..)` has numbers only.
                [TokenTree::Ident(list), TokenTree::Group(inside)] if inside.delimiter() == Delimiter::Parenthesis => {
                    let inside = arguments(inside.stream()).into_iter();
                    let list = list.to_string();
                    given.values.extend(inside.filter_map(|argument| Value::read(Some(list.clone()), argument)));
                }
                // `unpriced`
                [TokenTree::Ident(flag)] => given.is_stream |= flag == "stream",
                _ => match Value::read(None, argument) {
                    Some(Value { key: Some(key), tokens: path, .. }) if key.to_string() == "crate" => {
                        let path = TokenStream::from_iter(path);
                        given.private = quote!(#path::__private);
                    }
                    value => given.values.extend(value),
                },
            }
        }
        given
    }
}

impl Value {
    /// `key = value`, or a value alone; `None` for what names nothing.
    fn read(list: Option<String>, mut argument: Vec<TokenTree>) -> Option<Self> {
        let is_key = |token: &TokenTree| matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_)) || is(token, '.');
        let length = argument.iter().take_while(|token| is_key(token)).count();
        let mut key = None;
        if length > 0 && argument.get(length).is_some_and(|token| is(token, '=')) {
            key = argument.drain(..=length).next();
        }
        let sign = ['?', '%'].into_iter().find(|sign| argument.first().is_some_and(|token| is(token, *sign)));
        if sign.is_some() {
            argument.remove(0);
        }
        let tokens = opened(argument);
        let names_nothing = match &tokens[..] {
            [] | [TokenTree::Literal(_)] => true,
            [TokenTree::Ident(word)] => {
                let word = word.to_string();
                let of_option = key.as_ref().map(ToString::to_string);
                // `fields(answer = _)`
                word == "_"
                    || WORDS
                        .iter()
                        .any(|(option, words)| of_option.as_deref() == Some(option) && words.contains(&word.as_str()))
            }
            _ => false,
        };
        (!names_nothing).then_some(Self { list, key, sign, tokens })
    }
}

/// Options that take words of their own.
const WORDS: [(&str, &[&str]); 4] =
    [("usage", &["none", "recorded"]), ("stream", &["observed"]), ("chunks", &["summed"]), ("capture", &["none"])];

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `|result| …`
    Closure,
    /// `prices::of_a_search`
    Path,
    Other,
}

impl Form {
    pub(super) fn of(tokens: &[TokenTree]) -> Self {
        let begins_a_closure =
            |token: &TokenTree| is(token, '|') || matches!(token, TokenTree::Ident(word) if word == "move");
        if tokens.first().is_some_and(begins_a_closure) {
            return Self::Closure;
        }
        let mut angles = Angles::default();
        let is_path = tokens.iter().all(|token| {
            let is_inside = angles.pass(token);
            is_inside || is(token, ':') || matches!(token, TokenTree::Ident(_))
        });
        if is_path { Self::Path } else { Self::Other }
    }
}

/// The arguments between the commas.
fn arguments(args: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut arguments = vec![Vec::new()];
    let mut angles = Angles::default();
    // Between the bars of a closure, where types may have commas.
    let mut in_bars = false;
    let mut begins = true;
    for token in args {
        let is_inside = angles.pass(&token);
        if is(&token, '|') {
            in_bars = !in_bars && begins;
        }
        let is_sign = begins && (is(&token, '?') || is(&token, '%'));
        begins = is(&token, '=') || is_sign || matches!(&token, TokenTree::Ident(word) if begins && word == "move");
        if is(&token, ',') && !is_inside && !in_bars {
            arguments.push(Vec::new());
            angles = Angles::default();
        } else if let Some(argument) = arguments.last_mut() {
            argument.push(token);
        }
    }
    arguments
}

/// What a `macro_rules!` of the user's passed on whole (`$cost:expr`).
fn opened(tokens: Vec<TokenTree>) -> Vec<TokenTree> {
    match &tokens[..] {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
            opened(group.stream().into_iter().collect())
        }
        _ => tokens,
    }
}

/// The angle brackets of a path in an expression, which begin with `::<` or stand at
/// its beginning; any other `<` compares.
#[derive(Default)]
struct Angles {
    open: usize,
    last: Option<char>,
}

impl Angles {
    /// Whether the token is inside of them, or one of them.
    fn pass(&mut self, token: &TokenTree) -> bool {
        let sign = match token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => 'a',
        };
        let was_open = self.open > 0;
        match sign {
            '<' if was_open || matches!(self.last, None | Some(':' | '=')) => self.open += 1,
            '>' if was_open && !matches!(self.last, Some('-' | '=')) => self.open -= 1,
            _ => {}
        }
        self.last = Some(sign);
        was_open || self.open > 0
    }
}
