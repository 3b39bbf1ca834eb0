//! Writes the expansion of a [`Plan`]; judges nothing.
//!
//! Thin on purpose: the signature as it was, a `static` of plain data, one call
//! through the hidden door with the body as it was. Generated tokens carry the
//! spans of the user's tokens where an error could point at them, with hygiene of
//! the expansion (`mixed_site`), so that lints leave them alone.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{ReturnType, Type};

use crate::function::{Function, Shape};
use crate::paths;
use crate::plan::{Operation, Plan, Usage};

/// The annotated function, observed.
pub(crate) fn expand(plan: &Plan, function: &Function) -> TokenStream {
    let p = paths::private(plan);
    let Function { attributes, visibility, signature, .. } = function;
    let callsite = callsite(&p, plan, function);
    let observe = observe(&p, plan, function);
    let call = call(&p, function, &observe);

    let mut tokens = TokenStream::new();
    tokens.extend(attributes.iter().map(ToTokens::to_token_stream));
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
    // `line!` tells the line of the token that it is written with.
    let line = quote_spanned!(located(ident.span())=> #p::line!());
    let place = quote!((#function_name, #p::module_path!(), #p::file!(), #line));
    let make = match &plan.operation {
        Operation::Agent { name, agent_type } => quote!(agent(#name, #agent_type, #place)),
        Operation::Llm { model, provider, operation, usage } => {
            let provider = match provider {
                Some(provider) => quote!(#p::Some(#provider)),
                None => quote!(#p::None),
            };
            let looked_for = !matches!(usage, Usage::Nobody);
            quote!(llm(#model, #provider, #operation, #looked_for, #place))
        }
        Operation::Tool { name } => quote!(tool(#name, #place)),
        Operation::Traced { name } => quote!(operation(#name, #place)),
    };
    quote! {
        static #site: #p::Callsite = #p::Callsite::#make;
        #p::inventory::submit! { #p::Submission(&#site) }
    }
}

/// The one call that runs the body.
fn call(p: &TokenStream, function: &Function, observe: &TokenStream) -> TokenStream {
    let site = site_name();
    let body = body(p, function);
    match function.shape() {
        Shape::Async => match returned(function) {
            Returned::Never => quote! {
                match #p::track_future(&#site, async move #body, #observe).await {}
            },
            _ => quote!(#p::track_future(&#site, async move #body, #observe).await),
        },
        Shape::Sync => match returned(function) {
            Returned::Never => quote!(match #p::track_sync(&#site, move || #body, #observe) {}),
            _ => quote!(#p::track_sync(&#site, move || #body, #observe)),
        },
        // The body makes the future; a closure around it keeps its `return`s inside.
        Shape::ImplFuture => quote!(#p::track_future(&#site, (move || #body)(), #observe)),
        Shape::BoxedFuture => quote!(#p::Box::pin(#p::track_future(&#site, (move || #body)(), #observe))),
    }
}

/// What the signature says is returned, with `impl Trait` left open.
enum Returned {
    Nothing,
    Never,
    Type(Box<Type>),
}

fn returned(function: &Function) -> Returned {
    match &function.signature.output {
        ReturnType::Default => Returned::Nothing,
        ReturnType::Type(_, output) if matches!(**output, Type::Never(_)) => Returned::Never,
        ReturnType::Type(_, output) => {
            let mut output = Box::new(Type::clone(output));
            OpenImplTrait.visit_type_mut(&mut output);
            Returned::Type(output)
        }
    }
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
fn body(p: &TokenStream, function: &Function) -> TokenStream {
    let body = &function.body;
    let span = located(function.brace.span.join());
    let output = match returned(function) {
        // Infallible stands in for `!`, whose use in a `let` is not stable.
        Returned::Never => {
            let never = Ident::new("__arc_obs_never", Span::mixed_site());
            return quote_spanned! {span=> {
                #[allow(unreachable_code, clippy::all, clippy::pedantic)]
                let #never: #p::Infallible = { #body };
                #[allow(unreachable_code)]
                #never
            }};
        }
        Returned::Nothing => quote_spanned!(span=> ()),
        Returned::Type(output) => output.to_token_stream(),
    };
    let value = Ident::new("__arc_obs_value", Span::mixed_site());
    let edge = quote_spanned! {located(output_span(function))=>
        #[allow(unknown_lints, unreachable_code, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
        if false {
            let #value: #output = loop {};
            return #value;
        }
    };
    quote_spanned!(span=> { #edge { #body } })
}

/// The closure that says what a result means.
fn observe(p: &TokenStream, plan: &Plan, function: &Function) -> TokenStream {
    let result = Ident::new("__arc_obs_result", Span::mixed_site());
    let span = located(output_span(function));
    let outcome = quote_spanned! {span=> {
        use #p::levels::*;
        (&&&&&&#p::Probe(#result)).outcome()
    }};
    let Operation::Llm { usage, .. } = &plan.operation else { return quote_spanned!(span=> |#result| #outcome) };
    match usage {
        Usage::Nobody => quote_spanned!(span=> |#result| #p::usage_skipped(#outcome)),
        Usage::Closure(usage) => {
            let call = quote_spanned!(located(usage.span())=> #p::usage_of(#outcome, #result, #usage));
            quote_spanned!(span=> |#result| #call)
        }
        // A result has at most a few layers (`Result<Option<..>>`): three are peeled.
        Usage::Response => quote_spanned! {span=> |#result| {
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
