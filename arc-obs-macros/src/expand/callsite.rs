//! The `static` of plain data that describes one annotated function.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::names::{declared_name, keys_name, site_name};
use super::{fields, located};
use crate::function::Function;
use crate::paths;
use crate::plan::{LabelGiven, Labels, LlmCall, Operation, Plan, Price, Usage};

/// The `static` of plain data, and its entry in the list that the linker makes.
pub(super) fn callsite(p: &TokenStream, plan: &Plan, function: &Function) -> TokenStream {
    let site = site_name();
    let ident = &function.signature.ident;
    let function_name = ident.to_string();
    let function_name = function_name.strip_prefix("r#").unwrap_or(&function_name);
    // In an expansion `line!` tells the line of the attribute, whatever its span.
    let line = quote_spanned!(located(ident.span())=> #p::line!());
    let place = quote!((#function_name, #p::module_path!(), #p::file!(), #line));
    // What is said at each call makes call sites of its own.
    let name = plan.operation.name().literal().map_or_else(|| quote!(""), ToTokens::to_token_stream);
    let make = match &plan.operation {
        Operation::Agent { agent_type, .. } => quote!(agent(#name, #agent_type, #place)),
        Operation::Llm { call, usage } => {
            let LlmCall { provider, operation, .. } = call;
            let provider = option(p, provider.as_ref());
            let recorded = matches!(usage, Usage::Body);
            quote!(llm(#name, #provider, #operation, #recorded, #place))
        }
        Operation::Tool { .. } => quote!(tool(#name, #place)),
        Operation::Workflow { .. } => quote!(workflow(#name, #place)),
        Operation::Cache { .. } => quote!(cache(#name, #place)),
        Operation::Request { method, .. } => quote!(request(#name, #method, #place)),
        Operation::Traced { .. } => quote!(operation(#name, #place)),
    };
    let costs = plan.cost.as_ref().map(|_| quote!(.costs()));
    let extras = extras(p, plan);
    let keys = plan.labels.as_ref().map(|labels| keys(plan, labels));
    let labelled = plan.labels.as_ref().map(|_| {
        let keys = keys_name();
        quote!(.labelled(&#keys))
    });
    let fields = fields::declared(p, plan);
    quote! {
        #keys
        static #site: #p::Callsite = #p::Callsite::#make #costs #extras #labelled;
        #p::inventory::submit! { &#site }
        #fields
    }
}

/// The keys of a function's labels, and their entry in the list that the linker makes.
fn keys(plan: &Plan, labels: &Labels) -> TokenStream {
    let keyword = located(labels.keyword);
    let p = paths::private(plan, keyword);
    let name = keys_name();
    let kind = Ident::new(plan.operation.kind(), keyword);
    let is_named_when_called = plan.operation.name().said().is_some();
    let check = Ident::new(if is_named_when_called { "label_keys_by_name" } else { "label_keys" }, keyword);
    let number = labels.given.len();
    let keys = labels.given.iter().map(|given| {
        let key = key(labels, given);
        quote_spanned!(keyword=> #p::key(&#key))
    });
    // A panic of `label_keys` is an error at its name: at the word `labels`.
    quote_spanned! {keyword=>
        static #name: [#p::LabelKey; #number] =
            #p::#check(#p::OperationKind::#kind, crate::arc_obs_labels::SAMPLE_LIMIT, [#(#keys),*]);
        #p::inventory::submit! { #p::LabelUse::new(#p::OperationKind::#kind, &#name) }
    }
}

/// The declared key that a label names: a field, so that rustc says which there are.
pub(super) fn key(labels: &Labels, given: &LabelGiven) -> TokenStream {
    let key = &given.key;
    let keys = quote_spanned!(located(labels.keyword)=> crate::arc_obs_labels::KEYS);
    quote_spanned!(key.span()=> #keys.#key)
}

/// What only some functions have, behind one pointer.
fn extras(p: &TokenStream, plan: &Plan) -> Option<TokenStream> {
    let mut extras = Vec::new();
    if let Operation::Llm { call, .. } = &plan.operation {
        extras.extend(call.price.as_ref().map(|price| {
            let price = stated_price(p, price);
            quote!(price: #p::Some(#price))
        }));
        extras.extend(call.stream.as_ref().map(|_| quote!(streamed: true)));
        extras.extend(call.tier.as_ref().map(|tier| quote!(tier: #p::Some(#tier))));
        extras.extend(call.unpriced.then(|| quote!(unpriced: true)));
    }
    if plan.has_fields() {
        let declared = declared_name();
        extras.push(quote!(fields: #p::Some(&#declared)));
    }
    if plan.operation.name().said().is_some() {
        extras.push(quote!(named_at_run_time: true));
    }
    (!extras.is_empty()).then(|| quote!(.with(&#p::Extras { #(#extras,)* ..#p::Extras::NONE })))
}

fn stated_price(p: &TokenStream, price: &Price) -> TokenStream {
    let Price { input, output, cache_read, cache_write, cache_write_1h, reasoning } = price;
    let [cache_read, cache_write, cache_write_1h, reasoning] =
        [cache_read, cache_write, cache_write_1h, reasoning].map(|rate| option(p, *rate));
    quote! {
        #p::StatedPrice {
            input: #input, output: #output, cache_read: #cache_read, cache_write: #cache_write,
            cache_write_1h: #cache_write_1h, reasoning: #reasoning,
        }
    }
}

fn option(p: &TokenStream, value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(#p::None), |value| quote!(#p::Some(#value)))
}
