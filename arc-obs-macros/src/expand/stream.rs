//! The call of a function whose answer is a stream: the operation goes on in it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericArgument, PathArguments, ReturnType, TypeImplTrait, TypeParamBound};

use super::before::{self, Before};
use super::names::cost_name;
use super::probe::{outcome, peeled, told_by};
use super::{Output, body, content, fields, located, open_impl_trait};
use crate::function::{Function, Shape};
use crate::paths;
use crate::plan::{Cost, Operation, Plan, Stream, StreamFrom, Usage};

/// The one call that runs the body, and puts the operation into its stream.
pub(super) fn call(p: &TokenStream, plan: &Plan, stream: &Stream, function: &Function, output: &Output) -> TokenStream {
    let body = body(p, function, output);
    let span = function.signature.ident.span();
    let run = quote_spanned!(span=> move || #body);
    let work = match fields::said_in_body(plan, function.shape()) {
        Some(said) => quote_spanned!(span=> async move { #said #body }),
        None => quote_spanned!(span=> async move #body),
    };
    let span = output.span;
    let Before { statements, site, operation } = before::before(plan, function.shape());
    let operation = operation.map_or_else(|| quote!(#p::stream_operation(#site)), |begun| quote!(#begun));
    let counting = counting(p, plan, stream);
    let cost = cost(p, plan);
    let (sync, future, before, after) = match stream.from {
        StreamFrom::Result => {
            let wrap = wrap(p, plan, function, span, &counting, &cost);
            (quote!(stream_sync), quote!(stream_future), TokenStream::new(), wrap)
        }
        StreamFrom::Body => {
            let result = Ident::new("__arc_obs_result", Span::mixed_site());
            let outcome = outcome(p, span, &quote!(#result));
            let observe = quote_spanned!(span=> |#result| #outcome);
            (quote!(observed_sync), quote!(observed_future), quote!(#counting, #cost,), observe)
        }
    };
    let call = match function.shape() {
        Shape::Sync => quote!(#p::#sync(#operation, #before #run, #after)),
        Shape::Async => quote!(#p::#future(#operation, #before #work, #after).await),
        Shape::ImplFuture => quote_spanned!(span=> #p::#future(#operation, #before (#run)(), #after)),
        Shape::BoxedFuture => quote_spanned!(span=> #p::Box::pin(#p::#future(#operation, #before (#run)(), #after))),
    };
    quote!(#statements #call)
}

fn counting(p: &TokenStream, plan: &Plan, stream: &Stream) -> TokenStream {
    let counting = match &plan.operation {
        Operation::Llm { usage: Usage::Body, .. } => "Recorded",
        Operation::Llm { usage: Usage::Nobody, .. } => "Nobody",
        _ if stream.summed.is_some() => "Summed",
        _ => "Latest",
    };
    let counting = Ident::new(counting, Span::call_site());
    quote!(#p::Counting::#counting)
}

/// What was said before the body ran, of what it costs.
fn cost(p: &TokenStream, plan: &Plan) -> TokenStream {
    match &plan.cost {
        None | Some(Cost::OfResult(_)) => quote!(#p::SaidCost::NONE),
        Some(Cost::Value(value)) => {
            let cost = cost_name(value);
            quote!(#cost)
        }
        Some(Cost::Path(path)) => {
            let cost = cost_name(path);
            let span = located(path.span());
            let p = paths::private(plan, span);
            quote_spanned!(span=> #p::cost_said(|| #cost))
        }
    }
}

/// The closure that puts the operation into what the function returns.
fn wrap(
    p: &TokenStream,
    plan: &Plan,
    function: &Function,
    span: Span,
    counting: &TokenStream,
    cost: &TokenStream,
) -> TokenStream {
    let [result, operation, item, received] =
        ["result", "operation", "item", "received"].map(|name| Ident::new(&format!("__arc_obs_{name}"), span));
    let outcome_of_result = outcome(p, span, &quote!(&#result));
    let outcome_of_item = outcome(p, span, &quote!(#item));
    let chunk = chunk(p, plan, span, &item, &received, &outcome_of_item);
    let chunk = match content::chunk(plan, span, &item, &received) {
        Some(told) => quote_spanned!(span=> { #told #chunk }),
        None => chunk,
    };
    let open = open_stream(function);
    let levels = if open.is_some() { quote!(open_levels) } else { quote!(kept_levels) };
    let items = open.flatten().map_or_else(|| quote!(_), open_impl_trait);
    let costing = plan.cost.as_ref().map(|_| quote!(.costing(#cost)));
    quote_spanned! {span=> move |#result, #operation| {
        let streaming = #p::streaming::<#items>(#operation, #outcome_of_result, #counting) #costing;
        use #p::#levels::*;
        (&&&&#p::Returned(&#result)).arc_obs_stream_kind().wrap(#result, streaming, move |#item, #received| #chunk)
    }}
}

/// What an item of the stream says.
fn chunk(
    p: &TokenStream,
    plan: &Plan,
    span: Span,
    item: &Ident,
    received: &Ident,
    outcome: &TokenStream,
) -> TokenStream {
    let Operation::Llm { usage, .. } = &plan.operation else { return outcome.clone() };
    let peeled = peeled(p, span, item);
    match usage {
        Usage::Nobody | Usage::Body => quote_spanned!(span=> #p::chunk_skipped(#outcome, #received)),
        Usage::Closure(usage) => {
            // A wrong value is wrong where the closure says it.
            let p = paths::private(plan, located(told_by(usage)));
            quote_spanned!(located(usage.span())=> #p::chunk_usage_of(#outcome, #peeled, #received, #usage))
        }
        Usage::Response => quote_spanned! {span=> {
            let outcome = #outcome;
            let peeled = #peeled;
            use #p::kinds::*;
            (&&&&#p::Tagged(peeled)).arc_obs_kind().read_chunk(outcome, peeled, #received)
        }},
    }
}

/// Where the signature leaves the stream's type open: what it says of its items.
fn open_stream(function: &Function) -> Option<Option<TokenStream>> {
    let ReturnType::Type(_, output) = &function.signature.output else { return None };
    let mut search = OpenStream(None);
    // Read again, since `syn` copies types with another feature only.
    search.visit_type_mut(&mut syn::parse2(output.to_token_stream()).ok()?);
    search.0
}

struct OpenStream(Option<Option<TokenStream>>);

impl VisitMut for OpenStream {
    fn visit_type_impl_trait_mut(&mut self, open: &mut TypeImplTrait) {
        let stream = open.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => {
                bound.path.segments.last().filter(|last| last.ident.to_string().ends_with("Stream"))
            }
            _ => None,
        });
        if let (Some(stream), None) = (stream, &self.0) {
            self.0 = Some(items(&stream.arguments));
        }
        visit_mut::visit_type_impl_trait_mut(self, open);
    }
}

/// `Item = …`
fn items(arguments: &PathArguments) -> Option<TokenStream> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if assoc.ident == "Item" => Some(assoc.ty.to_token_stream()),
        _ => None,
    })
}
