//! Reading tokens by hand, for what expands whatever features are on: without `syn`, and
//! with a funnel of errors of its own.

use std::collections::VecDeque;

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// The mistakes found so far: all of them are told at once.
#[derive(Default)]
pub(crate) struct Mistakes(Vec<(Span, Span, String)>);

impl Mistakes {
    /// Tells a mistake at a token.
    pub(crate) fn at(&mut self, span: Span, message: impl Into<String>) {
        self.0.push((span, span, message.into()));
    }

    /// Tells a mistake at all of the user's tokens that are wrong; at `otherwise` without any.
    pub(crate) fn over(&mut self, tokens: &[TokenTree], otherwise: Span, message: impl Into<String>) {
        let span = |token: Option<&TokenTree>| token.map_or(otherwise, TokenTree::span);
        self.0.push((span(tokens.first()), span(tokens.last()), message.into()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `compile_error!`s for all of them.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.into_iter().flat_map(|(start, end, message)| compile_error(start, end, &message)).collect()
    }
}

/// `::core::compile_error! { "…" }`, from the first token to the last.
fn compile_error(start: Span, end: Span, message: &str) -> Vec<TokenTree> {
    let word = |text| TokenTree::from(Ident::new(text, start));
    let sign = |sign, spacing| {
        let mut sign = Punct::new(sign, spacing);
        sign.set_span(start);
        TokenTree::from(sign)
    };
    let colons = || [sign(':', Spacing::Joint), sign(':', Spacing::Alone)];
    let mut text = Literal::string(message);
    text.set_span(end);
    let mut braces = Group::new(Delimiter::Brace, TokenTree::from(text).into());
    braces.set_span(end);
    let mut tokens = Vec::from(colons());
    tokens.push(word("core"));
    tokens.extend(colons());
    tokens.extend([word("compile_error"), sign('!', Spacing::Alone), braces.into()]);
    tokens
}

/// Tokens that are read from the front.
pub(crate) struct Tokens(VecDeque<TokenTree>);

impl Tokens {
    pub(crate) fn new(tokens: impl IntoIterator<Item = TokenTree>) -> Self {
        let mut tokens = Self(tokens.into_iter().collect());
        tokens.open_groups();
        tokens
    }

    pub(crate) fn first(&self) -> Option<&TokenTree> {
        self.0.front()
    }

    pub(crate) fn next(&mut self) -> Option<TokenTree> {
        let next = self.0.pop_front();
        self.open_groups();
        next
    }

    /// The next token, if it is this sign.
    pub(crate) fn sign(&mut self, sign: char) -> Option<TokenTree> {
        self.next_if(|token| is(token, sign))
    }

    /// The next token, if it is a word.
    pub(crate) fn word(&mut self) -> Option<Ident> {
        match self.next_if(|token| matches!(token, TokenTree::Ident(_))) {
            Some(TokenTree::Ident(word)) => Some(word),
            _ => None,
        }
    }

    /// The next token, if it is a group with these delimiters.
    pub(crate) fn group(&mut self, delimiter: Delimiter) -> Option<Group> {
        match self.next_if(|token| matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)) {
            Some(TokenTree::Group(group)) => Some(group),
            _ => None,
        }
    }

    fn next_if(&mut self, is_it: impl FnOnce(&TokenTree) -> bool) -> Option<TokenTree> {
        if is_it(self.first()?) { self.next() } else { None }
    }

    /// What is left.
    pub(crate) fn rest(self) -> Vec<TokenTree> {
        self.0.into()
    }

    /// `#[…]` and `#![…]`: the path's last word and what follows it, of each.
    pub(crate) fn attributes(&mut self) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        while let Some(hash) = self.sign('#') {
            let bang = self.sign('!');
            let Some(group) = self.group(Delimiter::Bracket) else { break };
            let mut inside = Tokens::new(group.stream());
            let mut path = Vec::new();
            loop {
                path.extend(inside.word());
                if inside.sign(':').is_none() {
                    break;
                }
            }
            let tokens = [Some(hash), bang, Some(group.into())].into_iter().flatten().collect();
            attributes.push(Attribute { path, inside: inside.rest(), tokens });
        }
        attributes
    }

    /// `pub`, `pub(crate)`, or nothing.
    pub(crate) fn visibility(&mut self) -> Vec<TokenTree> {
        let Some(word) = self.next_if(|token| is_word(token, "pub")) else { return Vec::new() };
        let place = self.group(Delimiter::Parenthesis).map(TokenTree::from);
        [Some(word), place].into_iter().flatten().collect()
    }

    /// Up to the next comma outside of angle brackets, which is taken away.
    pub(crate) fn take_to_comma(&mut self) -> Vec<TokenTree> {
        let mut taken = Vec::new();
        let (mut depth, mut is_arrow) = (0_usize, false);
        while let Some(token) = self.next() {
            if depth == 0 && is(&token, ',') {
                break;
            }
            if is(&token, '<') {
                depth += 1;
            } else if is(&token, '>') && !is_arrow {
                depth = depth.saturating_sub(1);
            }
            is_arrow = is(&token, '-') || is(&token, '=');
            taken.push(token);
        }
        taken
    }

    /// What a `macro_rules!` of the user's passed on as one word or block comes in a group
    /// without delimiters, which is opened; types and expressions stay whole.
    fn open_groups(&mut self) {
        while let Some(TokenTree::Group(group)) = self.0.front() {
            let mut inside: Vec<_> = group.stream().into_iter().collect();
            let is_simple = match inside.as_slice() {
                [] => true,
                [only] => !matches!(only, TokenTree::Punct(_)),
                _ => is_word(&inside[0], "pub") || is(&inside[0], '#'),
            };
            if group.delimiter() != Delimiter::None || !is_simple {
                return;
            }
            self.0.pop_front();
            while let Some(token) = inside.pop() {
                self.0.push_front(token);
            }
        }
    }
}

/// `#[path inside]`
pub(crate) struct Attribute {
    path: Vec<Ident>,
    /// What follows its path.
    pub(crate) inside: Vec<TokenTree>,
    /// All of it, as it was written.
    pub(crate) tokens: Vec<TokenTree>,
}

impl Attribute {
    /// Whether it is a `#![…]`.
    pub(crate) fn is_inner(&self) -> bool {
        self.tokens.get(1).is_some_and(|token| is(token, '!'))
    }

    /// Its name, if that is one word.
    pub(crate) fn name(&self) -> Option<&Ident> {
        match self.path.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name().is_some_and(|word| word == name)
    }

    /// Where its name stands.
    pub(crate) fn span(&self) -> Span {
        self.path.last().map_or_else(|| self.tokens[0].span(), Ident::span)
    }

    /// The one group in parentheses that follows its name.
    pub(crate) fn list(&self) -> Option<&Group> {
        match self.inside.as_slice() {
            [TokenTree::Group(list)] if list.delimiter() == Delimiter::Parenthesis => Some(list),
            _ => None,
        }
    }
}

pub(crate) fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

pub(crate) fn is_word(token: &TokenTree, text: &str) -> bool {
    matches!(token, TokenTree::Ident(word) if word == text)
}

/// A word without `r#`.
pub(crate) fn plain(word: &Ident) -> String {
    let text = word.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_owned)
}

/// The text of a string literal, if these tokens are one.
pub(crate) fn string(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [TokenTree::Literal(literal)] => unquoted(&literal.to_string()),
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
            string(&group.stream().into_iter().collect::<Vec<_>>())
        }
        _ => None,
    }
}

/// The number of an integer literal, if these tokens are one.
pub(crate) fn number(tokens: &[TokenTree]) -> Option<usize> {
    let [TokenTree::Literal(literal)] = tokens else { return None };
    let text = literal.to_string().replace('_', "");
    text.strip_suffix("usize").unwrap_or(&text).parse().ok()
}

/// What a string literal says, as rustc reads it.
fn unquoted(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        let text = raw.trim_start_matches('#');
        let hashes = &raw[..raw.len() - text.len()];
        return Some(text.strip_suffix(hashes)?.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    }
    let mut characters = literal.strip_prefix('"')?.strip_suffix('"')?.chars().peekable();
    let mut text = String::new();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        text.push(match characters.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'x' => {
                let digits: String = characters.by_ref().take(2).collect();
                char::from(u8::from_str_radix(&digits, 16).ok()?)
            }
            'u' => {
                let digits: String = characters.by_ref().take_while(|character| *character != '}').collect();
                let digits = digits.trim_start_matches('{').replace('_', "");
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
            '\n' | '\r' => {
                // A line that goes on in the next.
                while characters.peek().is_some_and(|next| next.is_whitespace()) {
                    characters.next();
                }
                continue;
            }
            other => other,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<TokenTree> {
        text.parse::<TokenStream>().unwrap().into_iter().collect()
    }

    // `syn` is what it is compared with.
    #[cfg(feature = "enabled")]
    #[test]
    fn strings_are_read_as_rustc_reads_them() {
        for literal in
            [r#""a""#, r##"r#"a"b\"#"##, r#""\n\\\"\u{1F_980}\x41 é""#, "\"a\\\n   b\"", r#"r"""#, r#""\'\t\0""#]
        {
            let expected: syn::LitStr = syn::parse_str(literal).unwrap();
            assert_eq!(string(&tokens(literal)), Some(expected.value()), "{literal}");
        }
        for other in ["1", "b\"a\"", "'a'", "a", "\"a\" \"b\"", "c\"a\""] {
            assert_eq!(string(&tokens(other)), None, "{other}");
        }
    }

    #[test]
    fn numbers_are_whole() {
        assert_eq!(number(&tokens("20_000")), Some(20_000));
        assert_eq!(number(&tokens("5usize")), Some(5));
        assert_eq!(["1.5", "-1", "x", "1 2"].map(|text| number(&tokens(text))), [None; 4]);
    }

    #[test]
    fn a_comma_in_angle_brackets_ends_nothing() {
        let mut read = Tokens::new(tokens("InRange<1, 5>, fn(u8) -> Vec<(u8, u8)>, X"));
        let parts: Vec<_> = std::iter::from_fn(|| Some(read.take_to_comma()).filter(|part| !part.is_empty())).collect();
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [6, 8, 1]);
    }

    #[test]
    fn attributes_are_read_by_their_paths() {
        let mut read = Tokens::new(tokens("#[doc = \"x\"] #[a::b(c)] #![d] pub(in e) fn"));
        let names: Vec<_> = read.attributes().iter().map(|it| it.name().map(ToString::to_string)).collect();
        assert_eq!(names, [Some("doc".to_owned()), None, Some("d".to_owned())]);
        assert_eq!(read.visibility().len(), 2);
        assert!(read.word().is_some_and(|word| word == "fn"));
    }
}
