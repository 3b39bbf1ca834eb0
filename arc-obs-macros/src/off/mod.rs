//! What is left of an attribute where nothing is recorded: the function as it was.
//!
//! But what only the attribute names (`cost = price_of(query)`) rustc would call unused.
//! So a body begins with it, in a branch that is never taken and of which nothing is
//! left in the program. Its types are those of the expansion that records: who builds
//! with one of the two can build with the other.
//!
//! By hand, for without the feature `enabled` there is no `syn`. Nothing is checked
//! here: mistakes are told where something is recorded.

mod returned;

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::items::{Item, Kind, is, items};
use returned::Returned;

/// The item as it was, but that what its attribute names is named in it.
pub(crate) fn leave(args: TokenStream, item: TokenStream) -> TokenStream {
    let named = Named::read(args);
    if named.values.is_empty() {
        return item;
    }
    items(item).into_iter().map(|item| named.name_in(item)).collect()
}

/// What the arguments of an attribute name.
struct Named {
    /// The hidden door of arc-obs.
    private: TokenStream,
    values: Vec<Value>,
}

/// One value that the user's code gives.
struct Value {
    /// Of an option; none in a list, as `fields(query)` is.
    key: Option<String>,
    tokens: Vec<TokenTree>,
}

impl Named {
    fn read(args: TokenStream) -> Self {
        let mut named = Self { private: quote!(::arc_obs::__private), values: Vec::new() };
        for argument in arguments(args) {
            match &argument[..] {
                [TokenTree::Ident(list), TokenTree::Group(inside)] if is_list(list, inside) => {
                    named.values.extend(arguments(inside.stream()).into_iter().filter_map(|of_list| {
                        let (_, tokens) = key_and_value(of_list);
                        Value::new(None, tokens)
                    }));
                }
                // `unpriced`
                [TokenTree::Ident(_)] => {}
                _ => match key_and_value(argument) {
                    (Some(key), path) if key == "crate" => {
                        let path = TokenStream::from_iter(path);
                        named.private = quote!(#path::__private);
                    }
                    (key, tokens) => named.values.extend(Value::new(key, tokens)),
                },
            }
        }
        named
    }

    /// The item, or each function in it.
    fn name_in(&self, item: Item) -> TokenStream {
        match (item.kind, item.body()) {
            (Kind::Function, Some(body)) => {
                let (inner_attributes, rest) = inner_attributes(body);
                let named = self.statement(&item.returned());
                let label = label(body.span());
                // A block of its own is to lints what the body was; and the label keeps
                // rustc from calling the braces of a short one unused.
                item.with_inside(quote!(#inner_attributes #named #label #rest))
            }
            (Kind::Impl | Kind::Trait | Kind::Module, Some(body)) => {
                let inside = items(body.stream()).into_iter();
                let inside =
                    inside.map(|item| if item.is_left_out() { item.into_tokens() } else { self.name_in(item) });
                let inside = inside.collect();
                item.with_inside(inside)
            }
            _ => item.into_tokens(),
        }
    }

    fn statement(&self, returned: &Returned) -> TokenStream {
        let named = self.values.iter().filter_map(|value| value.name(&self.private, returned));
        quote_spanned!(Span::mixed_site()=> #[allow(unreachable_code, clippy::all, clippy::pedantic)] if false { #(#named)* loop {} })
    }
}

impl Value {
    /// `None` for what names nothing.
    fn new(key: Option<String>, tokens: Vec<TokenTree>) -> Option<Self> {
        let tokens = opened(tokens);
        let names_nothing = match &tokens[..] {
            [] | [TokenTree::Literal(_)] => true,
            // `usage = none`
            [TokenTree::Ident(word)] if key.as_deref() == Some("usage") => word == "none" || word == "recorded",
            _ => false,
        };
        (!names_nothing).then_some(Self { key, tokens })
    }

    /// Names it as the expansion that records does; `None` where that takes a type which
    /// the signature does not tell.
    fn name(&self, private: &TokenStream, returned: &Returned) -> Option<TokenStream> {
        let Self { key, tokens } = self;
        let value = TokenStream::from_iter(tokens.iter().cloned());
        let span = Span::mixed_site();
        let of_result = match (key.as_deref(), Form::of(tokens)) {
            (Some("cost"), Form::Closure) => "cost_of",
            (Some("cost"), Form::Path) => "cost_by",
            (Some("cost"), Form::Other) => return Some(quote_spanned!(span=> let _ = #private::cost_said(|| #value);)),
            (Some("usage"), _) => "usage_of",
            (Some("hit"), _) => "looked_up_by",
            (_, Form::Closure) => return None,
            (_, Form::Path | Form::Other) => return Some(quote_spanned!(span=> let _ = &(#value);)),
        };
        let Returned::Type(returned) = returned else { return None };
        let function = Ident::new(of_result, span);
        Some(quote_spanned! {span=>
            let _ = |outcome: #private::Outcome, result: &#returned| #private::#function(outcome, result, #value);
        })
    }
}

/// `'__arc_obs_body:`
fn label(span: Span) -> TokenStream {
    let mut quote = Punct::new('\'', Spacing::Joint);
    quote.set_span(span);
    let name = Ident::new("__arc_obs_body", span);
    quote!(#quote #name:)
}

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `|result| …`
    Closure,
    /// `prices::of_a_search`
    Path,
    Other,
}

impl Form {
    fn of(tokens: &[TokenTree]) -> Self {
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
        begins = is(&token, '=') || matches!(&token, TokenTree::Ident(word) if begins && word == "move");
        if is(&token, ',') && !is_inside && !in_bars {
            arguments.push(Vec::new());
            angles = Angles::default();
        } else if let Some(argument) = arguments.last_mut() {
            argument.push(token);
        }
    }
    arguments
}

/// `key = value`, or a value alone, as `?value` is in `fields(..)`.
fn key_and_value(mut argument: Vec<TokenTree>) -> (Option<String>, Vec<TokenTree>) {
    let is_key = |token: &TokenTree| matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_)) || is(token, '.');
    let length = argument.iter().take_while(|token| is_key(token)).count();
    let mut key = None;
    if length > 0 && argument.get(length).is_some_and(|token| is(token, '=')) {
        key = argument.first().map(ToString::to_string);
        argument.drain(..=length);
    }
    if argument.first().is_some_and(|token| is(token, '?') || is(token, '%')) {
        argument.remove(0);
    }
    (key, argument)
}

fn is_list(list: &Ident, inside: &Group) -> bool {
    inside.delimiter() == Delimiter::Parenthesis && (list == "fields" || list == "labels" || list == "price")
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

/// The attributes at the beginning of a body, which can stand nowhere else.
fn inner_attributes(body: &Group) -> (TokenStream, TokenStream) {
    let tokens: Vec<_> = body.stream().into_iter().collect();
    let is_attribute = |tokens: &[TokenTree]| matches!(tokens, [hash, bang, _] if is(hash, '#') && is(bang, '!'));
    let length = 3 * tokens.chunks(3).take_while(|tokens| is_attribute(tokens)).count();
    if length == 0 {
        return (TokenStream::new(), TokenTree::from(body.clone()).into());
    }
    let mut rest = Group::new(Delimiter::Brace, tokens[length..].iter().cloned().collect());
    rest.set_span(body.span());
    (tokens[..length].iter().cloned().collect(), TokenTree::from(rest).into())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn left(args: &str, item: &str) -> String {
        leave(args.parse().unwrap(), item.parse().unwrap()).to_string().replace(' ', "")
    }

    fn named(args: &str, item: &str) -> Vec<String> {
        let left = left(args, item).replace("loop{}", "");
        let (_, named) = left.split_once("iffalse{").unwrap_or_default();
        let mut depth = 1;
        let length = named.find(|sign| {
            depth += i32::from(sign == '{') - i32::from(sign == '}');
            depth == 0
        });
        named[..length.unwrap_or_default()].split("let_=").skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn what_names_nothing_leaves_every_token_as_it_was() {
        let items =
            ["pub async fn f(a: u8) -> u8 { #![x] a }", "impl A { fn f() {} }", "trait T { fn f(); }", "fn f()"];
        for item in items {
            for args in [
                "",
                "\"researcher\", kind = \"react\"",
                "model = \"gpt-4o\", usage = none, unpriced, cost = 0.005,",
                "model = \"m\", price(input = 0.2, output = 2), usage = recorded",
                "name = \"search\", crate = facade::arc_obs",
            ] {
                assert_eq!(left(args, item), item.replace(' ', ""), "{args}");
            }
        }
    }

    #[test]
    fn what_only_the_attribute_names_is_named_in_the_body() {
        let function = "fn f(query: &str) -> Result<u8, E> { body }";
        let seen = |door: &str, closure: &str| {
            let door = format!("::arc_obs::__private::{door}(outcome,result,{closure});");
            vec![format!("|outcome:::arc_obs::__private::Outcome,result:&Result<u8,E>|{door}")]
        };
        let cost = |value: &str| vec![format!("::arc_obs::__private::cost_said(||{value});")];
        let value = |value: &str| vec![format!("&({value});")];
        for (args, expected) in [
            ("\"s\", cost = |r| price::<A, B>(r)", seen("cost_of", "|r|price::<A,B>(r)")),
            ("cost = move |r: &HashMap<A, B>| 0.1", seen("cost_of", "move|r:&HashMap<A,B>|0.1")),
            ("\"s\", cost = prices::<A, B>::of", seen("cost_by", "prices::<A,B>::of")),
            ("\"s\", cost = <A as B<C, D>>::E", seen("cost_by", "<AasB<C,D>>::E")),
            ("\"s\", cost = A < B || C > D", cost("A<B||C>D")),
            ("\"s\", cost = price_of(query, 2)", cost("price_of(query,2)")),
            ("model = \"m\", usage = |r| r.usage()", seen("usage_of", "|r|r.usage()")),
            ("\"s\", hit = is_hit", seen("looked_up_by", "is_hit")),
            ("name = query, kind = \"react\"", value("query")),
            ("fields(%query)", value("query")),
            ("fields(user.id = ?user.id)", value("user.id")),
            ("labels(tier = user.tier)", value("user.tier")),
        ] {
            assert_eq!(named(args, function), expected, "{args}");
        }
        let all = "fields(a, ?b, c.d, e = %f(g, h), i = \"j\"), labels(k = l < m, n = o), model = P";
        assert_eq!(named(all, function), ["a", "b", "c.d", "f(g,h)", "l<m", "o", "P"].map(|it| format!("&({it});")));
        let other = named("cost = C, crate = a::b", function);
        assert!(other[0].contains("::Outcome,") && !other[0].contains("arc_obs"), "{other:?}");
        assert!(other[0].contains("a::b::__private::cost_by"), "{other:?}");
    }

    #[test]
    fn a_result_of_a_type_that_is_not_told_is_not_seen() {
        assert_eq!(named("cost = |r| 0.1, fields(x)", "fn f() -> impl Iterator { body }"), ["&(x);"]);
        assert_eq!(named("cost = |r| 0.1", "fn f() { body }")[0].matches("result:&()").count(), 1);
        assert_eq!(named("cost = |r| 0.1", "fn f() -> BoxFuture<'_, R> { body }")[0].matches("result:&R|").count(), 1);
    }

    #[test]
    fn the_body_is_a_block_of_its_own() {
        let body = left("fields(x)", "#[a] pub fn f<T>(x: T) { #![b] #![c(d)] x }");
        assert!(body.starts_with("#[a]pubfnf<T>(x:T){#![b]#![c(d)]#[allow("), "{body}");
        assert!(body.ends_with("]iffalse{let_=&(x);loop{}}'__arc_obs_body:{x}}"), "{body}");
    }

    #[test]
    fn each_function_of_a_block_names_it() {
        let block = "impl A { fn a(); const fn b() { 1 } #[arc_obs::skip] fn c() { 2 } #[traced] fn d() { 3 } }
                     mod m { impl B { fn e() { 4 } } fn f() { 5 } struct S { g: u8 } }";
        let left = left("fields(x)", block);
        for (body, names) in [("1", true), ("2", false), ("3", false), ("4", true), ("5", true)] {
            assert_eq!(
                left.contains(&format!("iffalse{{let_=&(x);loop{{}}}}'__arc_obs_body:{{{body}}}")),
                names,
                "{body}: {left}"
            );
        }
    }
}
