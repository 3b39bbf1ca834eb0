//! Writes the expansion of a [`Plan`]; judges nothing.
//!
//! Thin on purpose: the signature as it was, a `static` of plain data, one call
//! through the hidden door with the body as it was. Generated tokens carry the
//! spans of the user's tokens where an error could point at them, with hygiene of
//! the expansion (`mixed_site`), so that lints leave them alone.

mod before;
mod callsite;
mod content;
mod fields;
mod names;
mod observe;
mod probe;
mod stream;
mod together;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericArgument, Lifetime, PathArguments, ReturnType, Type, TypeParamBound};

use crate::arguments;
use crate::function::{self, Function, Shape};
use crate::paths;
use crate::plan::{Operation, Plan};
use before::Before;

/// The annotated function, observed.
pub(crate) fn expand(mut plan: Plan, function: &Function) -> TokenStream {
    if is_left_alone(&plan, function) {
        // What nobody here has asked for changes nothing of how the function runs.
        plan.capture = None;
    }
    let plan = &plan;
    let p = paths::private(plan, Span::call_site());
    let Function { attributes, visibility, signature, .. } = function;
    let callsite = callsite::callsite(&p, plan, function);
    // Where types meet, an error points at the type of the user's.
    let output = Output::of(function);
    let p = paths::private(plan, output.span);
    let call = match plan.stream() {
        Some(stream) => stream::call(&p, plan, stream, function, &output),
        None if runs_in_place(plan, function) => in_place(&p, plan, function),
        None => {
            let observe = observe::observe(&p, plan, &output);
            call(&p, plan, function, &output, &observe)
        }
    };

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

/// The one call that runs the body, after what has to be said before it.
fn call(p: &TokenStream, plan: &Plan, function: &Function, output: &Output, observe: &TokenStream) -> TokenStream {
    let body = body(p, function, output);
    let span = function.signature.ident.span();
    let run = quote_spanned!(span=> move || #body);
    let shape = function.shape();
    let work = match fields::said_in_body(plan, shape) {
        Some(said) => quote_spanned!(span=> async move { #said #body }),
        None => quote_spanned!(span=> async move #body),
    };
    let span = output.span;
    let before = before::before(plan, shape);
    let Before { statements, site, .. } = &before;
    let [future, sync] = match &before.operation {
        Some(begun) => [quote!(#p::run_future(#begun, #work, #observe)), quote!(#p::run_sync(#begun, #run, #observe))],
        None => [quote!(#p::track_future(#site, #work, #observe)), quote!(#p::track_sync(#site, #run, #observe))],
    };
    let call = match (shape, &output.returned) {
        (Shape::Async, Returned::Never) => quote!(match #future.await {}),
        (Shape::Async, _) => quote!(#future.await),
        (Shape::Sync, Returned::Never) => quote!(match #sync {}),
        // Its type tells what it is, where its name does not.
        (Shape::Sync, _) if plan.cost.is_none() && before.operation.is_none() && function.is_a_future_by_name() => {
            quote_spanned! {span=> {
                let made = #run;
                use #p::made_levels::*;
                (&&#p::made_by(&made)).arc_obs_kind().run(#site, made, #observe)
            }}
        }
        (Shape::Sync, _) => sync,
        // The body makes the future; a closure around it keeps its `return`s inside.
        (Shape::ImplFuture | Shape::BoxedFuture, _) => {
            let is_plain_box = function.returned().is_some_and(function::is_box_of_a_future);
            let make = if is_plain_box { quote_spanned!(span=> || #p::Box::into_pin((#run)())) } else { run };
            let awaited = awaited(function);
            let future = match &before.operation {
                Some(operation) => {
                    quote_spanned!(span=> #p::run_made_future::<#awaited, _, _, _>(#operation, #make, #observe))
                }
                None => quote_spanned!(span=> #p::track_made::<#awaited, _, _, _>(#site, #make, #observe)),
            };
            match shape {
                Shape::BoxedFuture if is_plain_box => quote_spanned!(span=> #p::Box::new(#future)),
                Shape::BoxedFuture => quote_spanned!(span=> #p::Box::pin(#future)),
                _ => future,
            }
        }
    };
    quote!(#statements #call)
}

/// Whether the operation has to begin by itself, with nothing said before.
fn is_left_alone(plan: &Plan, function: &Function) -> bool {
    let is_a_future_by_name =
        || plan.stream().is_none() && function.shape() == Shape::Sync && function.is_a_future_by_name();
    !plan.says_fields() && (runs_in_place(plan, function) || is_a_future_by_name())
}

/// What `impl Future<Output = ..>` says that it is when it is ready. Inside of the body
/// this is inferred from, as in the function itself.
fn awaited(function: &Function) -> TokenStream {
    let future = function.returned().and_then(function::impl_future);
    let output = future.and_then(|future| match &future.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) if output.ident == "Output" => Some(output.ty.to_token_stream()),
            _ => None,
        }),
        _ => None,
    });
    output.map_or_else(|| quote!(_), open_impl_trait)
}

/// Whether the body can stay where it is, beside a guard: it can if what is returned says
/// nothing of how the operation ended. A closure around it costs what a body may ask of
/// its function: rustc infers the arguments of a returned closure from the signature
/// alone, and only the function itself knows its caller.
fn runs_in_place(plan: &Plan, function: &Function) -> bool {
    let is_told_by_nothing = plan.cost.is_none()
        && !plan.says_fields()
        && !matches!(plan.operation, Operation::Llm { .. } | Operation::Cache { .. } | Operation::Request { .. })
        && function.shape() == Shape::Sync;
    let tracks_its_caller = || function.attributes.iter().any(|attribute| attribute.path().is_ident("track_caller"));
    is_told_by_nothing
        && match function.returned() {
            Some(output) if is_impl_fn(output) => true,
            output => output.is_none_or(says_nothing) && tracks_its_caller(),
        }
}

fn in_place(p: &TokenStream, plan: &Plan, function: &Function) -> TokenStream {
    let body = &together::kept_together(&function.body);
    let Before { statements, site, .. } = before::before(plan, Shape::Sync);
    let operation = Ident::new("__arc_obs_operation", Span::mixed_site());
    let span = function.brace.span.join();
    // Not the name of another attribute's on the same function, which it would shadow.
    let label = format!("'__arc_obs_{}", plan.operation.kind());
    let label = Lifetime::new(&label, span);
    let body = quote_spanned!(span=> #label: { #body });
    quote!(#statements let #operation = #p::in_place(#site); #body)
}

/// `impl Fn(..)`, `impl FnMut(..)`, `impl AsyncFnOnce(..)` and the like.
fn is_impl_fn(output: &Type) -> bool {
    let Type::ImplTrait(output) = output else { return false };
    output.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| matches!(last.arguments, PathArguments::Parenthesized(_)))
        }
        _ => false,
    })
}

/// Whether no value of this type is an error.
fn says_nothing(output: &Type) -> bool {
    match output {
        Type::Never(_) | Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) => true,
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Path(path) => path.path.get_ident().is_some_and(arguments::is_primitive),
        _ => false,
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
    match function.returned() {
        None => Returned::Nothing,
        Some(Type::Never(_)) => Returned::Never,
        Some(output) => Returned::Type(open_impl_trait(output.to_token_stream())),
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
    let body = &together::kept_together(&function.body);
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
