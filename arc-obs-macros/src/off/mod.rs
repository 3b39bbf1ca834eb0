//! What is left of an attribute where nothing is recorded: the function as it was.
//!
//! But what only the attribute names (`cost = price_of(query)`) rustc would call unused.
//! So a body begins with it, in a branch that is never taken and of which nothing is
//! left in the program. Its types are those of the expansion that records: who builds
//! with one of the two can build with the other. What takes the result can be named only
//! where the signature tells its type, which `impl Trait` does not, but for futures.
//!
//! By hand, for without the feature `enabled` there is no `syn`. Nothing is checked
//! here: mistakes are told where something is recorded.

mod given;
mod named;
mod returned;

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::quote;

use crate::items::{Item, Kind, is, items};
use given::Given;
use named::named;

/// The item as it was, but that what its attribute names is named in it.
pub(crate) fn leave(args: TokenStream, item: TokenStream) -> TokenStream {
    let given = Given::read(args);
    if given.values.is_empty() {
        return item;
    }
    items(item).into_iter().map(|item| name_in(item, &given)).collect()
}

/// The item, or each function in it.
fn name_in(item: Item, given: &Given) -> TokenStream {
    match (item.kind, item.body()) {
        (Kind::Function, Some(body)) => {
            let (inner_attributes, rest) = inner_attributes(body);
            let named = named(given, &item.returned());
            let label = label(body.span());
            // A block of its own is to lints what the body was; and the label keeps
            // rustc from calling the braces of a short one unused.
            item.with_inside(quote!(#inner_attributes #named #label #rest))
        }
        (Kind::Impl | Kind::Trait | Kind::Module, Some(body)) => {
            let inside = items(body.stream()).into_iter();
            let inside = inside.map(|item| if item.is_left_out() { item.into_tokens() } else { name_in(item, given) });
            let inside = inside.collect();
            item.with_inside(inside)
        }
        _ => item.into_tokens(),
    }
}

/// `'__arc_obs_body:`
fn label(span: Span) -> TokenStream {
    let mut quote = Punct::new('\'', Spacing::Joint);
    quote.set_span(span);
    let name = Ident::new("__arc_obs_body", span);
    quote!(#quote #name:)
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
        let call = |door: &str, value: &str| vec![format!("::arc_obs::__private::{door}({value});")];
        for (args, expected) in [
            ("\"s\", cost = |r| price::<A, B>(r)", seen("cost_of", "|r|price::<A,B>(r)")),
            ("cost = move |r: &HashMap<A, B>| 0.1", seen("cost_of", "move|r:&HashMap<A,B>|0.1")),
            ("\"s\", cost = prices::<A, B>::of", seen("cost_by", "prices::<A,B>::of")),
            ("\"s\", cost = <A as B<C, D>>::E", seen("cost_by", "<AasB<C,D>>::E")),
            ("\"s\", cost = A < B || C > D", call("cost_said", "||A<B||C>D")),
            ("\"s\", cost = price_of(query, 2)", call("cost_said", "||price_of(query,2)")),
            ("model = \"m\", usage = |r| r.usage()", seen("usage_of", "|r|r.usage()")),
            ("\"s\", cost = |_: &HashMap<A, B>| 0.1, kind = \"k\"", seen("cost_of", "|_:&HashMap<A,B>|0.1")),
            ("\"s\", hit = is_hit", seen("looked_up_by", "is_hit")),
            ("name = query, kind = \"react\"", vec!["&(query);".to_owned()]),
            ("model = \"m\", stream, cost = PRICE", call("cost_said", "||PRICE")),
            ("model = \"m\", stream = observed, chunks = summed", vec![]),
            ("fields(%query)", call("display", "&(query)")),
            ("fields(user.id = ?user.id, later = _)", call("debug", "&(user.id)")),
            (
                "labels(tier = user.tier)",
                vec!["||::arc_obs::__private::label(::arc_obs::__private::LabelIndex::FIRST,&crate::arc_obs_labels::KEYS.tier,user.tier);".to_owned()],
            ),
        ] {
            assert_eq!(named(args, function), expected, "{args}");
        }
        let all = "fields(a, ?b, c.d, e = %f(g, h), i = \"j\"), model = P";
        let expected = ["value(&(a))", "debug(&(b))", "value(&(c.d))", "display(&(f(g,h)))"];
        let expected: Vec<_> =
            expected.into_iter().flat_map(|call| vec![format!("::arc_obs::__private::{call};")]).collect();
        assert_eq!(named(all, function), [expected, vec!["&(P);".to_owned()]].concat());
        for (args, door) in [
            ("on_success(n = |r| r.len())", "value_of(seen,|r|r.len())"),
            ("on_error(n = ?|e: &E<A, B>| e)", "debug_of(seen,|e:&E<A,B>|e)"),
        ] {
            let named = left(args, function);
            assert!(
                named.contains("|result:&Result<u8,E>|iflet::arc_obs::__private::Some(seen)=") && named.contains(door),
                "{named}"
            );
        }
        let other = named("cost = C, crate = a::b", function);
        assert!(other[0].contains("::Outcome,") && !other[0].contains("arc_obs"), "{other:?}");
        assert!(other[0].contains("a::b::__private::cost_by"), "{other:?}");
    }

    #[test]
    fn a_result_of_a_type_that_is_not_told_is_not_seen() {
        let open = "fn f(x: f64) -> impl Iterator { body }";
        assert_eq!(named("cost = |r| 0.1, fields(x)", open), ["::arc_obs::__private::value(&(x));"]);
        assert!(named("cost = generic", open).is_empty());
        assert_eq!(named("cost = x", open), ["&(x);"]);
        assert_eq!(named("cost = prices::SEARCH", open), ["&(prices::SEARCH);"]);
        assert_eq!(named("cost = |r| 0.1", "fn f() { body }")[0].matches("result:&()").count(), 1);
        assert_eq!(named("cost = |r| 0.1", "fn f() -> BoxFuture<'_, R> { body }")[0].matches("result:&R|").count(), 1);
    }

    #[test]
    fn a_stream_is_seen_by_what_it_yields() {
        let usage = "model = \"m\", stream, usage = |chunk| chunk.usage";
        for output in
            ["impl Stream<Item = Result<C, E>>", "Result<Pin<Box<dyn Stream<Item = Result<C, E>> + Send>>, F>"]
        {
            let left = left(usage, &format!("async fn f() -> {output} {{ body }}"));
            assert!(left.contains("item:&Result<C,E>,"), "{left}");
            assert!(left.contains("chunk_usage_of(outcome,peeled,received,|chunk|chunk.usage)"), "{left}");
        }
        assert!(named(usage, "fn f() -> BoxStream<'static, C> { body }").is_empty());
    }

    #[test]
    fn the_body_is_a_block_of_its_own() {
        let body = left("fields(x)", "#[a] pub fn f<T>(x: T) { #![b] #![c(d)] x }");
        assert!(body.starts_with("#[a]pubfnf<T>(x:T){#![b]#![c(d)]#[allow("), "{body}");
        assert!(
            body.ends_with("]iffalse{let_=::arc_obs::__private::value(&(x));loop{}}'__arc_obs_body:{x}}"),
            "{body}"
        );
    }

    #[test]
    fn each_function_of_a_block_names_it() {
        let block = "impl A { fn a(); const fn b() { 1 } #[arc_obs::skip] fn c() { 2 } #[traced] fn d() { 3 } }
                     mod m { impl B { fn e() { 4 } } fn f() { 5 } struct S { g: u8 } }";
        let left = left("fields(x)", block);
        for (body, names) in [("1", true), ("2", false), ("3", false), ("4", true), ("5", true)] {
            assert_eq!(
                left.contains(&format!(
                    "iffalse{{let_=::arc_obs::__private::value(&(x));loop{{}}}}'__arc_obs_body:{{{body}}}"
                )),
                names,
                "{body}: {left}"
            );
        }
    }
}
