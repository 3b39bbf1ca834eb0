//! Writes the expansion of a [`Plan`]; judges nothing.
//!
//! Thin on purpose: the signature as it was, a `static` of plain data, one call
//! through the hidden door with the body as it was. Generated tokens carry the
//! spans of the user's tokens where an error could point at them, with hygiene of
//! the expansion (`mixed_site`), so that lints leave them alone.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Lifetime, ReturnType, Type};

use crate::arguments;
use crate::function::{Function, Shape};
use crate::paths;
use crate::plan::{Cost, LlmCall, Operation, Plan, Price, Usage};

/// The annotated function, observed.
pub(crate) fn expand(plan: &Plan, function: &Function) -> TokenStream {
    let p = paths::private(plan, Span::call_site());
    let Function { attributes, visibility, signature, .. } = function;
    let callsite = callsite(&p, plan, function);
    // Where types meet, an error points at the type of the user's.
    let output = Output::of(function);
    let p = paths::private(plan, output.span);
    let observe = observe(&p, plan, &output);
    let call = call(&p, plan, function, &output, &observe);

    let mut tokens = TokenStream::new();
    tokens.extend(attributes.iter().map(ToTokens::to_token_stream));
    if function.shape() == Shape::Async {
        // What an `async fn` may return, and an async block only by accident: a future.
        tokens.extend(quote!(#[allow(clippy::async_yields_async)]));
    }
    visibility.to_tokens(&mut tokens);
    signature.to_tokens(&mut tokens);
    function.brace.surround(&mut tokens, |tokens| tokens.extend(quote!(#callsite #call)));
    tokens
}

fn site_name() -> Ident {
    Ident::new("__ARC_OBS_CALLSITE", Span::mixed_site())
}

/// The `static` of plain data, and its entry in the list that the linker makes.
fn callsite(p: &TokenStream, plan: &Plan, function: &Function) -> TokenStream {
    let site = site_name();
    let ident = &function.signature.ident;
    let function_name = ident.to_string();
    let function_name = function_name.strip_prefix("r#").unwrap_or(&function_name);
    // In an expansion `line!` tells the line of the attribute, whatever its span.
    let line = quote_spanned!(located(ident.span())=> #p::line!());
    let place = quote!((#function_name, #p::module_path!(), #p::file!(), #line));
    let make = match &plan.operation {
        Operation::Agent { name, agent_type } => quote!(agent(#name, #agent_type, #place)),
        Operation::Llm { call, usage } => {
            let LlmCall { model, provider, operation, .. } = call;
            let provider = option(p, provider.as_ref());
            let recorded = matches!(usage, Usage::Body);
            let stated = stated(p, call);
            quote!(llm(#model, #provider, #operation, #recorded, #place) #stated)
        }
        Operation::Tool { name } => quote!(tool(#name, #place)),
        Operation::Workflow { name } => quote!(workflow(#name, #place)),
        Operation::Cache { name, .. } => quote!(cache(#name, #place)),
        Operation::Traced { name } => quote!(operation(#name, #place)),
    };
    let costs = plan.cost.as_ref().map(|_| quote!(.costs()));
    quote! {
        static #site: #p::Callsite = #p::Callsite::#make #costs;
        #p::inventory::submit! { &#site }
    }
}

/// What only some LLM calls state.
fn stated(p: &TokenStream, call: &LlmCall) -> Option<TokenStream> {
    let LlmCall { price, tier, .. } = call;
    if price.is_none() && tier.is_none() {
        return None;
    }
    let price = option(
        p,
        price.as_ref().map(|price| {
            let Price { input, output, cache_read, cache_write, cache_write_1h, reasoning } = price;
            let [cache_read, cache_write, cache_write_1h, reasoning] =
                [cache_read, cache_write, cache_write_1h, reasoning].map(|rate| option(p, *rate));
            quote! {
                #p::StatedPrice {
                    input: #input, output: #output, cache_read: #cache_read, cache_write: #cache_write,
                    cache_write_1h: #cache_write_1h, reasoning: #reasoning,
                }
            }
        }),
    );
    let tier = option(p, tier.as_ref());
    Some(quote!(.stated(&#p::StatedCall { price: #price, tier: #tier })))
}

fn option(p: &TokenStream, value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(#p::None), |value| quote!(#p::Some(#value)))
}

/// The one call that runs the body, after what has to be said before it.
fn call(p: &TokenStream, plan: &Plan, function: &Function, output: &Output, observe: &TokenStream) -> TokenStream {
    let site = site_name();
    let body = body(p, function, output);
    let span = function.signature.ident.span();
    let run = quote_spanned!(span=> move || #body);
    let work = quote_spanned!(span=> async move #body);
    let span = output.span;
    let shape = function.shape();
    let before = before(plan, shape);
    // An operation that has begun is one already, and takes no callsite.
    let has_begun = matches!((&plan.cost, shape), (Some(Cost::Value(_)), Shape::Sync | Shape::Async));
    let operation = operation_name();
    let [future, sync] = if has_begun {
        [quote!(#p::run_future(#operation, #work, #observe)), quote!(#p::run_sync(#operation, #run, #observe))]
    } else {
        [quote!(#p::track_future(&#site, #work, #observe)), quote!(#p::track_sync(&#site, #run, #observe))]
    };
    let call = match (shape, &output.returned) {
        (Shape::Async, Returned::Never) => quote!(match #future.await {}),
        (Shape::Async, _) => quote!(#future.await),
        (Shape::Sync, Returned::Never) => quote!(match #sync {}),
        (Shape::Sync, _) => sync,
        // The body makes the future; a closure around it keeps its `return`s inside.
        (Shape::ImplFuture, _) => quote_spanned!(span=> #p::track_future(&#site, (#run)(), #observe)),
        (Shape::BoxedFuture, _) => quote_spanned!(span=> #p::Box::pin(#p::track_future(&#site, (#run)(), #observe))),
    };
    quote!(#before #call)
}

fn operation_name() -> Ident {
    Ident::new("__arc_obs_operation", Span::mixed_site())
}

/// At the place of what it comes from.
fn cost_name(given: &Expr) -> Ident {
    Ident::new("__arc_obs_cost", located(given.span()))
}

/// What the cost comes from, where it is said before the body runs: the arguments are
/// the body's after that.
fn before(plan: &Plan, shape: Shape) -> Option<TokenStream> {
    let (site, operation) = (site_name(), operation_name());
    match &plan.cost {
        None | Some(Cost::OfResult(_)) => None,
        Some(Cost::Path(path)) => {
            let cost = cost_name(path);
            Some(quote!(let #cost = #path;))
        }
        Some(Cost::Value(value)) => {
            let cost = cost_name(value);
            let span = located(value.span());
            let p = paths::private(plan, span);
            Some(match shape {
                Shape::Sync | Shape::Async => {
                    quote_spanned!(span=> let (#operation, #cost) = #p::begin_with_cost(&#site, || #value);)
                }
                Shape::ImplFuture | Shape::BoxedFuture => quote_spanned!(span=> let #cost = #p::cost_said(|| #value);),
            })
        }
    }
}

/// What the signature says is returned, and where it says so: asked once, since
/// asking walks the type's tokens.
struct Output {
    returned: Returned,
    /// The user's place with the expansion's hygiene.
    span: Span,
}

impl Output {
    fn of(function: &Function) -> Self {
        Self { returned: returned(function), span: located(output_span(function)) }
    }
}

/// A return type, with `impl Trait` left open.
enum Returned {
    Nothing,
    Never,
    Type(TokenStream),
}

fn returned(function: &Function) -> Returned {
    match &function.signature.output {
        ReturnType::Default => Returned::Nothing,
        ReturnType::Type(_, output) if matches!(**output, Type::Never(_)) => Returned::Never,
        ReturnType::Type(_, output) => Returned::Type(open_impl_trait(output.to_token_stream())),
    }
}

fn open_impl_trait(output: TokenStream) -> TokenStream {
    if !has_impl(output.clone()) {
        return output;
    }
    syn::parse2::<Type>(output.clone()).map_or(output, |mut output| {
        OpenImplTrait.visit_type_mut(&mut output);
        output.to_token_stream()
    })
}

fn has_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => has_impl(group.stream()),
        _ => false,
    })
}

struct OpenImplTrait;

impl VisitMut for OpenImplTrait {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::ImplTrait(_) = ty {
            *ty = Type::Verbatim(quote!(_));
        } else {
            visit_mut::visit_type_mut(self, ty);
        }
    }
}

/// The body as a block of a type that is pinned to the signature's.
///
/// The edge that is never taken names the return type, so that a wrong value is an
/// error at the user's own expression, coercions work as in the function itself,
/// and nothing has to be inferred from the wrapper.
fn body(p: &TokenStream, function: &Function, output: &Output) -> TokenStream {
    let body = &function.body;
    let order = arguments::in_order_of_drop(&function.arguments, body);
    // The user's own span, not one of the expansion: the user's edition decides when
    // temporaries of the body's last expression are dropped, and rustc names the
    // variables in its errors about what is borrowed or moved.
    let span = function.brace.span.join();
    let returned = match &output.returned {
        // Infallible stands in for `!`, whose use in a `let` is not stable.
        Returned::Never => {
            let never = Ident::new("__arc_obs_never", Span::mixed_site());
            let span = located(span);
            return quote_spanned! {span=> {
                #order
                #[allow(unreachable_code, clippy::all, clippy::pedantic)]
                let #never: #p::Infallible = { #body };
                #[allow(unreachable_code)]
                #never
            }};
        }
        Returned::Nothing => &quote_spanned!(span=> ()),
        Returned::Type(returned) => returned,
    };
    let value = Ident::new("__arc_obs_value", output.span);
    let edge = quote_spanned! {output.span=>
        #[allow(unreachable_code, clippy::all)]
        if false {
            let #value: #returned = loop {};
            return #value;
        }
    };
    // The label keeps rustc from calling the braces of a short body unused.
    let label = Lifetime::new("'__arc_obs_body", span);
    quote_spanned!(span=> { #order #edge #label: { #body } })
}

/// The closure that says what a result means, and what it cost.
fn observe(p: &TokenStream, plan: &Plan, output: &Output) -> TokenStream {
    let result = Ident::new("__arc_obs_result", Span::mixed_site());
    let span = output.span;
    let observed = observed(p, plan, span, &result);
    let charged = |given: &Expr, told: Span, function: &str, arguments: TokenStream| {
        // A wrong value is wrong where the user says it.
        let p = paths::private(plan, located(told));
        let function = Ident::new(function, located(told));
        quote_spanned!(located(given.span())=> #p::#function(#observed, #arguments))
    };
    match &plan.cost {
        None => quote_spanned!(span=> |#result| #observed),
        Some(Cost::OfResult(closure)) => {
            let call = charged(closure, told_by(closure), "cost_of", quote!(#result, #closure));
            quote_spanned!(span=> |#result| #call)
        }
        Some(Cost::Path(path)) => {
            let cost = cost_name(path);
            let call = charged(path, path.span(), "cost_by", quote!(#result, #cost));
            quote_spanned!(span=> move |#result| #call)
        }
        Some(Cost::Value(value)) => {
            let cost = cost_name(value);
            let call = charged(value, value.span(), "charged", quote!(#cost));
            quote_spanned!(span=> move |#result| #call)
        }
    }
}

/// What a result says of its operation.
fn observed(p: &TokenStream, plan: &Plan, span: Span, result: &Ident) -> TokenStream {
    let outcome = quote_spanned! {span=> {
        use #p::levels::*;
        (&&&&&&#p::Probe(#result)).outcome()
    }};
    match &plan.operation {
        Operation::Llm { usage, .. } => used(p, plan, span, result, &outcome, usage),
        Operation::Cache { hit, .. } => looked_up(p, plan, span, result, &outcome, hit.as_deref()),
        _ => outcome,
    }
}

/// Whether a look-up was a hit.
fn looked_up(
    p: &TokenStream,
    plan: &Plan,
    span: Span,
    result: &Ident,
    outcome: &TokenStream,
    hit: Option<&Expr>,
) -> TokenStream {
    if let Some(hit) = hit {
        // A wrong value is wrong where the closure says it.
        let p = paths::private(plan, located(told_by(hit)));
        return quote_spanned!(located(hit.span())=> #p::looked_up_by(#outcome, #result, #hit));
    }
    quote_spanned! {span=> {
        let outcome = #outcome;
        let found = #result;
        use #p::lookup_levels::*;
        (&&#p::Lookup(found)).kind().read(outcome, found)
    }}
}

/// What an LLM call used.
fn used(p: &TokenStream, plan: &Plan, span: Span, result: &Ident, outcome: &TokenStream, usage: &Usage) -> TokenStream {
    match usage {
        Usage::Nobody => quote_spanned!(span=> #p::usage_skipped(#outcome)),
        Usage::Body => quote_spanned!(span=> #p::usage_recorded(#outcome)),
        Usage::Closure(usage) => {
            // A wrong value is wrong where the closure says it.
            let p = paths::private(plan, located(told_by(usage)));
            quote_spanned!(located(usage.span())=> #p::usage_of(#outcome, #result, #usage))
        }
        // A result has at most a few layers (`Result<Option<..>>`): three are peeled.
        Usage::Response => quote_spanned! {span=> {
            let outcome = #outcome;
            let peeled = {
                use #p::peel_levels::*;
                let once = (&&#p::Peeled(#p::Some(#result))).peel();
                let twice = (&&once).peel();
                (&&twice).peel()
            };
            use #p::kinds::*;
            (&&&&#p::Tagged(peeled)).kind().read(outcome, peeled)
        }},
    }
}

/// Where a closure, or what a path leads to, says its value.
fn told_by(given: &Expr) -> Span {
    if let Expr::Closure(closure) = given { closure.body.span() } else { given.span() }
}

/// Where the return type stands, or the name of a function without one.
fn output_span(function: &Function) -> Span {
    match &function.signature.output {
        ReturnType::Default => function.signature.ident.span(),
        ReturnType::Type(_, output) => output.span(),
    }
}

/// The user's place with the expansion's hygiene.
fn located(span: Span) -> Span {
    span.resolved_at(Span::mixed_site())
}
