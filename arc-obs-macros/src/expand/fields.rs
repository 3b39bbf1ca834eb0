//! Span fields of the user's own: what is declared, and the calls that say their values.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::names::{declared_name, site_name};
use super::probe::told_by;
use super::{content, located};
use crate::function::Shape;
use crate::paths;
use crate::plan::{FieldFormat, FieldName, FieldValue, Fields, Plan};

/// The `static` by which the function's operations are found again, and the constant
/// through which `set_field!` names one of the fields: a struct with a member for each, so
/// that rustc says which ones there are.
pub(super) fn declared(p: &TokenStream, plan: &Plan) -> Option<TokenStream> {
    let fields = &plan.fields.declared;
    if !plan.has_fields() {
        return None;
    }
    let declared = declared_name();
    let content = plan.capture.as_ref().map(|_| quote!(.with_content()));
    if fields.is_empty() {
        return Some(quote!(static #declared: #p::DeclaredFields = #p::DeclaredFields::new(&[]) #content;));
    }
    let names = fields.iter().map(text);
    let site = site_name();
    let members: Vec<_> = fields.iter().enumerate().map(|(index, name)| (parts(name), index)).collect();
    let mut types = TokenStream::new();
    let value = group(p, "FieldsOfThisFunction".to_owned(), &members, &mut types);
    Some(quote! {
        static #declared: #p::DeclaredFields = #p::DeclaredFields::new(&[#(#names),*]) #content;
        #types
        const ARC_OBS_FIELDS_OF_THIS_FUNCTION: FieldsOfThisFunction = {
            const fn field(index: usize) -> #p::Field {
                #p::Field::new(&#declared, index, || &#site)
            }
            #value
        };
    })
}

/// The struct of the fields that begin in the same way, and its value.
fn group(p: &TokenStream, name: String, members: &[(Vec<Ident>, usize)], types: &mut TokenStream) -> TokenStream {
    let ty = format_ident!("{name}", span = Span::mixed_site());
    let mut firsts: Vec<&Ident> = Vec::new();
    for (path, _) in members {
        if !firsts.contains(&&path[0]) {
            firsts.push(&path[0]);
        }
    }
    let mut declarations = TokenStream::new();
    let mut values = TokenStream::new();
    for first in firsts {
        let inside: Vec<_> = members
            .iter()
            .filter(|(path, _)| path[0] == *first)
            .map(|(path, index)| (path[1..].to_vec(), *index))
            .collect();
        let member = member(first);
        match inside.as_slice() {
            [(rest, index)] if rest.is_empty() => {
                declarations.extend(quote!(#member: #p::Field,));
                values.extend(quote!(#member: field(#index),));
            }
            inside => {
                let name = format!("{name}_{}", first.unraw());
                let ty = format_ident!("{name}", span = Span::mixed_site());
                let value = group(p, name, inside, types);
                declarations.extend(quote!(#member: #ty,));
                values.extend(quote!(#member: #value,));
            }
        }
    }
    types.extend(quote!(struct #ty { #declarations }));
    quote!(#ty { #values })
}

/// A word of a name as a member: keywords are none as they are.
fn member(word: &Ident) -> Ident {
    let span = located(word.span());
    let text = word.unraw().to_string();
    // Raw, since what is a keyword depends on the edition of the user's; these never are.
    let is_never_raw = ["self", "Self", "super", "crate", "_"].contains(&text.as_str());
    if is_never_raw { Ident::new(&text, span) } else { Ident::new_raw(&text, span) }
}

fn parts(name: &FieldName) -> Vec<Ident> {
    name.iter().cloned().collect()
}

fn text(name: &FieldName) -> String {
    name.iter().map(|word| word.unraw().to_string()).collect::<Vec<_>>().join(".")
}

/// The operation, with the fields that are said before it begins.
pub(super) fn said_before(plan: &Plan, site: &TokenStream) -> TokenStream {
    let p = paths::private(plan, Span::mixed_site());
    let saying = Ident::new("__arc_obs_saying", Span::mixed_site());
    let said = plan.fields.before.iter().map(|field| {
        let value = &field.value;
        said(plan, &saying, field, "", &quote_spanned!(located(value.span())=> &(#value)))
    });
    let prompt = content::prompt(plan, &saying);
    if plan.fields.before.is_empty() && content::is_only_asked_for(plan) {
        return quote!(#p::content_before(#site, |#saying| { #prompt }));
    }
    quote!(#p::fields_before(#site, |#saying| { #(#said)* #prompt }))
}

/// What an async function is asked, when its body begins.
pub(super) fn said_in_body(plan: &Plan, shape: Shape) -> Option<TokenStream> {
    content::is_told_in_body(plan, shape).then(|| {
        let p = paths::private(plan, Span::mixed_site());
        let (declared, saying) = (declared_name(), Ident::new("__arc_obs_saying", Span::mixed_site()));
        let prompt = content::prompt(plan, &saying);
        quote!(#p::content_in_body(&#declared, |#saying| { #prompt });)
    })
}

/// What a result says of itself, before its operation ends.
pub(super) fn said_of_result(plan: &Plan, span: Span, result: &Ident) -> Option<TokenStream> {
    let Fields { on_success, on_error, on_error_key, .. } = &plan.fields;
    let saying = Ident::new("__arc_obs_saying", Span::mixed_site());
    let answer = content::answer(plan, span, result, &saying);
    if on_success.is_empty() && on_error.is_empty() && answer.is_none() {
        return None;
    }
    let p = paths::private(plan, span);
    let declared = declared_name();
    let each = |fields: &[FieldValue], from: TokenStream| {
        let seen = Ident::new("__arc_obs_seen", Span::mixed_site());
        let said = fields.iter().map(|field| {
            let read = &field.value;
            said(plan, &saying, field, "_of", &quote!(#seen, #read))
        });
        let said = quote!(#(#said)*);
        (!fields.is_empty()).then(|| {
            quote_spanned! {span=>
                if let #p::Some(#seen) = #from {
                    #said
                }
            }
        })
    };
    let on_success = each(
        on_success,
        quote_spanned! {span=> {
            use #p::result_levels::*;
            (&&#p::Ended(#result)).arc_obs_success()
        }},
    );
    let place = located(on_error_key.unwrap_or(span));
    let returned = Ident::new(&result.to_string(), place);
    let at_key = paths::private(plan, place);
    let on_error = each(on_error, quote_spanned!(place=> #at_key::error_of(#returned)));
    if on_success.is_none() && on_error.is_none() && content::is_only_asked_for(plan) {
        return Some(quote_spanned!(span=> #p::content_of_result(&#declared, |#saying| { #answer });));
    }
    Some(quote_spanned! {span=>
        #p::fields_of_result(&#declared, |#saying| {
            #on_success
            #on_error
            #answer
        });
    })
}

/// One value, by the function for its format; wrong where the user says it.
fn said(plan: &Plan, saying: &Ident, field: &FieldValue, suffix: &str, arguments: &TokenStream) -> TokenStream {
    let FieldValue { index, format, value: given } = field;
    let span = located(told_by(given));
    let p = paths::private(plan, span);
    let function = match format {
        FieldFormat::Value => "value",
        FieldFormat::Debug => "debug",
        FieldFormat::Display => "display",
    };
    let function = format_ident!("{function}{suffix}", span = span);
    quote_spanned!(located(given.span())=> #saying.add(#index, || #p::#function(#arguments));)
}
