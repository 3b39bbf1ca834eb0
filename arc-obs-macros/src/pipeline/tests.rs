//! What the attributes write, as text: one function per attribute, sync and async, and
//! one per option that has code of its own.
//!
//! A change of an expansion shows here as a change of a file in `snapshots`. To take it:
//! `INSTA_UPDATE=always cargo test -p arc-obs-macros expansions`, then read the diff.
//! To add one, add a line to `expansions!`.

use proc_macro2::TokenStream;

use super::run;
use crate::attributes::{
    Attribute, traced, track_agent, track_cache, track_llm, track_request, track_tool, track_workflow,
};

fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The item as it is written, and what becomes of it.
fn expanded(attribute: Attribute, args: &str, item: &str) -> String {
    let name = attribute.accepts.attribute;
    let args_of = if args.is_empty() { String::new() } else { format!("({args})") };
    let written = format!("#[{name}{args_of}]\n{item}");
    let expansion = run(attribute, tokens(args), tokens(item));
    let file = syn::parse2(expansion.clone()).unwrap_or_else(|error| panic!("{error} in {expansion}"));
    format!("{written}\n\n// becomes\n\n{}", prettyplease::unparse(&file))
}

macro_rules! expansions {
    ($($name:ident: $attribute:ident($args:literal) $item:literal)*) => {$(
        #[test]
        fn $name() {
            let text = expanded($attribute::ATTRIBUTE, $args, $item);
            insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(stringify!($name), text);
            });
        }
    )*};
}

mod expansions {
    use super::{expanded, traced, track_agent, track_cache, track_llm, track_request, track_tool, track_workflow};

    expansions! {
        // One per attribute.
        traced_sync: traced("") "fn load(path: &Path) -> io::Result<String> { fs::read_to_string(path) }"
        traced_async: traced("\"loading\"") "pub async fn load(path: &Path) -> io::Result<String> { read(path).await }"
        agent_sync: track_agent("\"researcher\"") "fn research(task: &str) -> Report { write(task) }"
        agent_async: track_agent("\"researcher\", kind = \"plan\"") "async fn research(task: &str) -> Report { write(task).await }"
        tool_sync: track_tool("\"search\"") "fn search(query: &str) -> Vec<String> { vec![query.to_owned()] }"
        tool_async: track_tool("\"search\"") "async fn search(query: &str) -> Vec<String> { ask(query).await }"
        workflow_sync: track_workflow("\"daily\"") "fn daily() { report(); }"
        workflow_async: track_workflow("\"daily\"") "async fn daily() { report().await; }"
        cache_sync: track_cache("\"llm\"") "fn look_up(key: &str) -> Option<Answer> { CACHE.get(key) }"
        cache_async: track_cache("\"llm\"") "async fn look_up(key: &str) -> Result<Option<Answer>, Error> { CACHE.get(key).await }"
        llm_sync: track_llm("model = \"gpt-4o\"") "fn ask(prompt: &str) -> Result<Response, Error> { CLIENT.send(prompt) }"
        llm_async: track_llm("model = \"gpt-4o\"") "async fn ask(prompt: &str) -> Result<Response, Error> { CLIENT.send(prompt).await }"

        // One per option.
        llm_facts: track_llm("model = \"gpt-4o\", provider = \"openai\", operation = \"embeddings\", tier = \"batch\"")
            "async fn embed(text: &str) -> Response { CLIENT.embed(text).await }"
        llm_price: track_llm("model = \"mine\", price(input = 0.2, output = 0.6, cache_read = 0.1)")
            "async fn ask(prompt: &str) -> Response { CLIENT.send(prompt).await }"
        llm_unpriced: track_llm("model = \"mine\", unpriced") "fn ask(prompt: &str) -> Response { CLIENT.send(prompt) }"
        llm_usage_closure: track_llm("model = \"gpt-4o\", usage = |r| r.usage") "async fn ask() -> Response { CLIENT.send().await }"
        llm_usage_recorded: track_llm("model = \"gpt-4o\", usage = recorded") "async fn ask() -> String { CLIENT.send().await }"
        tool_capture: track_tool("\"search\", capture") "fn search(#[cfg(unix)] query: &str) -> Vec<String> { vec![query.to_owned()] }"
        llm_capture: track_llm("model = \"gpt-4o\", usage = none, capture") "fn ask(client: &Client, _id: u32, prompt: &str) -> String { client.send(prompt) }"
        llm_usage_none: track_llm("model = \"gpt-4o\", usage = none") "fn ask() -> String { CLIENT.send() }"
        cache_hit: track_cache("\"llm\", hit = |found| found.is_fresh()") "fn look_up(key: &str) -> Entry { CACHE.get(key) }"
        cost_amount_sync: track_tool("\"search\", cost = 0.005") "fn search(query: &str) -> Vec<String> { ask(query) }"
        cost_amount_async: track_tool("\"search\", cost = 0.01 * f64::from(pages)")
            "async fn search(query: &str, pages: u32) -> Vec<String> { ask(query).await }"
        cost_amount_future: track_tool("\"search\", cost = 0.005")
            "fn search(query: &str) -> impl Future<Output = u8> { ask(query) }"
        cost_closure: track_tool("\"search\", cost = |found| 0.001 * found.len() as f64")
            "async fn search(query: &str) -> Vec<String> { ask(query).await }"
        cost_path: track_tool("\"search\", cost = PER_SEARCH") "fn search(query: &str) -> Vec<String> { ask(query) }"
        request_sync: track_request("method = \"GET\", endpoint = \"/pages\"") "fn page(n: u8) -> Html { render(n) }"
        request_async: track_request("method = \"POST\", endpoint = \"/ask\"")
            "async fn ask(body: Json<Ask>) -> Result<Json<Answer>, StatusCode> { answer(body).await }"
        request_status: track_request("method = \"GET\", endpoint = \"/pages\", status = |page| page.code")
            "fn page(n: u8) -> Page { render(n) }"
        stream_open: track_llm("model = \"gpt-4o\", stream") "fn ask() -> impl Stream<Item = Chunk> { CLIENT.stream() }"
        stream_kept: track_llm("model = \"gpt-4o\", stream, chunks = summed, usage = |chunk| chunk.usage")
            "async fn ask() -> Result<ChunkStream, Error> { CLIENT.stream().await }"
        stream_observed: track_llm("model = \"gpt-4o\", stream = observed") "async fn ask() -> Own { Own(observe_stream(CLIENT.stream().await)) }"
        name_said: track_tool("name = self.name()") "async fn call(&self, input: &str) -> String { self.run(input).await }"
        model_said: track_llm("model = self.model, usage = none") "fn ask(&self) -> String { CLIENT.send(self.model) }"
        labels: track_agent("\"support\", labels(tier = user.tier, cached = hit)")
            "async fn support(user: &User, hit: bool) -> String { answer(user).await }"
        fields: track_tool("\"search\", fields(user.id = user.id, ?query, found = _), on_success(n = |all| all.len()), on_error(code = |e| e.code)")
            "async fn search(user: &User, query: &str) -> Result<Vec<String>, Error> { ask(query).await }"
        all_before: track_tool("name = name, cost = 0.5, labels(tier = tier), fields(%query)") "fn search(name: &str, tier: Tier, query: &str) -> u8 { ask(query) }"
        crate_path: track_agent("\"researcher\", crate = facade::telemetry") "fn research(task: &str) -> Report { write(task) }"

        // One per shape.
        shape_impl_future: traced("") "fn later(n: u8) -> impl Future<Output = Result<u8, Error>> + Send { async move { Ok(n) } }"
        shape_boxed_future: traced("") "fn later(n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> { Box::pin(async move { n }) }"
        shape_box_of_a_future: traced("") "fn later(n: u8) -> Box<dyn Future<Output = u8> + Unpin> { Box::new(ready(n)) }"
        shape_alias_of_a_future: traced("") "fn later(n: u8) -> AnswerFuture<u8> { Box::pin(async move { n }) }"
        shape_never_sync: traced("") "fn serve() -> ! { loop {} }"
        shape_never_async: traced("") "async fn serve() -> ! { loop { accept().await; } }"
        shape_impl_trait: traced("") "fn words(text: &str) -> Option<impl Iterator<Item = &str>> { Some(text.split(' ')) }"
        shape_returned_closure: traced("") "fn adder(n: u32) -> impl Fn(&u32) -> u32 { move |other| n + other }"
        shape_track_caller: traced("") "#[track_caller] fn check(fine: bool) { assert!(fine); }"
        shape_drops: traced("") "fn take(a: A, (b, c): (B, C), _guard: D, n: u8) { use_both(a, c); }"
        shape_one_field: traced("") "fn name(self) -> String { self.name }"
        shape_attributes: traced("")
            "/// Documented.\n#[must_use]\npub(crate) unsafe fn all<'a, T: Clone, const N: usize>(&'a self, #[cfg(unix)] a: T) -> [T; N] where T: 'a { #![allow(unused)] [a; N] }"
        shape_block: traced("") "impl Shop { fn open(&self) {} #[skip] fn closed(&self) {} const N: u8 = 1; }"
    }
}

/// An editor expands what is half-written: the item stays, so that it still knows the
/// function's name, arguments and body.
mod half_written {
    use super::{run, tokens, traced, track_llm};

    fn kept(item: &str) -> String {
        run(traced::ATTRIBUTE, "".parse().unwrap(), tokens(item)).to_string()
    }

    fn assert_kept(item: &str) {
        let (expansion, item) = (kept(item), tokens(item).to_string());
        assert!(expansion.contains("compile_error"), "no error in {expansion}");
        assert!(expansion.ends_with(&item), "{item} is not in {expansion}");
    }

    #[test]
    fn a_body() {
        // A body is tokens: it is expanded, and rustc says what is wrong with it.
        for body in ["let x = ", "self.", "ask(&prompt).", "match n { 1 => ", "if let Some(x", "foo(", "let y: Vec<"] {
            let closed = format!("{body}{}", if body.ends_with(['{', '(']) || body.contains("{ 1") { "" } else { ";" });
            let opened = |open: char| closed.matches(open).count();
            let close = [("(", ")"), ("{", "}")].map(|(open, close)| {
                let open = open.chars().next().unwrap();
                close.repeat(opened(open) - closed.matches(close).count())
            });
            let body = format!("{closed}{}", close.concat());
            let expansion = kept(&format!("pub async fn ask(prompt: &str) -> Result<String, Error> {{ {body} }}"));
            assert!(!expansion.contains("compile_error"), "{expansion}");
            assert!(expansion.contains(&tokens(&body).to_string()), "{body} is not in {expansion}");
            assert!(expansion.starts_with("# [allow (clippy :: async_yields_async)] pub async fn ask"), "{expansion}");
        }
    }

    #[test]
    fn a_signature() {
        for item in [
            "fn ask(prompt: ) -> String { prompt }",
            "fn ask(prompt) -> String { prompt }",
            "fn ask(prompt: &str, ) -> { prompt }",
            "fn ask<T: >(prompt: T) -> Result<, Error> { prompt }",
            "fn ask(prompt: &str) -> String",
            "fn (prompt: &str) -> String { prompt }",
            "fn ask { prompt }",
            "async ask(prompt: &str) { prompt }",
            "pub",
        ] {
            assert_kept(item);
        }
    }

    #[test]
    fn arguments_of_the_attribute() {
        let item = "async fn ask(prompt: &str) -> Response { client.send(prompt).await }";
        for args in ["", "model", "model =", "model = \"", "model = \"gpt-4o\", us", "model = \"gpt-4o\", usage ="] {
            let Ok(args) = args.parse() else { continue };
            let expansion = run(track_llm::ATTRIBUTE, args, tokens(item)).to_string();
            assert!(expansion.contains("compile_error"), "no error in {expansion}");
            assert!(expansion.ends_with(&tokens(item).to_string()), "{expansion}");
        }
    }

    /// In edition 2015 `::core` is a module of the user's crate.
    #[test]
    fn errors_are_found_in_every_edition() {
        assert!(kept("const fn ask() {}").starts_with(":: std :: compile_error !"));
    }
}

/// With traces, functions that say nothing of content are prepared for who wants it of all.
mod prepared {
    use super::{expanded, track_llm, track_tool};
    use crate::attributes::capture::IS_PREPARED;

    macro_rules! expansions {
        ($($name:ident: $attribute:ident($args:literal) $item:literal)*) => {$(
            #[test]
            fn $name() {
                IS_PREPARED.set(true);
                let text = expanded($attribute::ATTRIBUTE, $args, $item);
                insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
                    insta::assert_snapshot!(stringify!($name), text);
                });
            }
        )*};
    }

    expansions! {
        prepared_tool: track_tool("\"search\"") "fn search(query: &str, unused: u32) -> Vec<String> { vec![query.to_owned()] }"
        prepared_llm: track_llm("model = \"gpt-4o\", usage = none") "async fn ask(prompt: &str) -> String { CLIENT.send(prompt).await }"
        prepared_stream: track_llm("model = \"gpt-4o\", usage = none, stream") "fn ask(prompt: &str) -> impl Stream<Item = Chunk> { CLIENT.stream(prompt) }"
    }

    #[test]
    fn those_that_are_left_alone() {
        IS_PREPARED.set(true);
        for (args, item) in [
            ("\"a\", capture = none", "fn f(x: u32) -> u32 { x }"),
            ("\"a\"", "fn f(x: u32) -> impl Fn(u32) -> u32 { move |y| x + y }"),
            ("\"a\"", "fn f(x: u32) -> AnswerFuture { AnswerFuture(x) }"),
            ("\"a\"", "#[track_caller] fn f(x: u32) { note(x) }"),
        ] {
            let text = expanded(track_tool::ATTRIBUTE, args, item);
            assert!(!text.contains("arguments("), "{text}");
        }
    }
}
