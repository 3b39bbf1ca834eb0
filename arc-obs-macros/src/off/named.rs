//! What an attribute names, named: by the calls of the expansion that records, so that a
//! value has the same type there and here.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::given::{Form, Given, Value};
use super::returned::Returned;

/// The branch that is never taken. It does not go on, so that nothing which it borrows
/// is kept in a future for longer.
pub(super) fn named(given: &Given, returned: &Returned) -> TokenStream {
    let named = given.values.iter().filter_map(|value| {
        let named = name(value, given, returned)?;
        Some(quote_spanned!(Span::mixed_site()=> let _ = #named;))
    });
    quote_spanned! {Span::mixed_site()=>
        #[allow(unreachable_code, clippy::all, clippy::pedantic)]
        if false { #(#named)* loop {} }
    }
}

/// `None` where that takes a type which the signature does not tell.
fn name(value: &Value, given: &Given, returned: &Returned) -> Option<TokenStream> {
    let (p, span) = (&given.private, Span::mixed_site());
    let tokens = TokenStream::from_iter(value.tokens.iter().cloned());
    let key = value.key.as_ref().map(ToString::to_string);
    let form = Form::of(&value.tokens);
    // How a field's value is written.
    let format = match value.sign {
        None => "value",
        Some('?') => "debug",
        Some(_) => "display",
    };
    let of_result = |door: &str| {
        let (door, result) = (Ident::new(door, span), returned.result.as_ref()?);
        Some(quote_spanned!(span=> |outcome: #p::Outcome, result: &#result| #p::#door(outcome, result, #tokens)))
    };
    let of_seen = |seen: TokenStream| {
        let (format, result) = (Ident::new(&format!("{format}_of"), span), returned.result.as_ref()?);
        Some(
            quote_spanned!(span=> |result: &#result| if let #p::Some(seen) = #seen { let _ = #p::#format(seen, #tokens); }),
        )
    };
    match (value.list.as_deref(), key.as_deref(), form) {
        (Some("labels"), Some(_), _) => {
            let key = &value.key;
            Some(quote_spanned!(span=> || #p::label(#p::LabelIndex::FIRST, &crate::arc_obs_labels::KEYS.#key, #tokens)))
        }
        (Some("fields"), _, _) => {
            let format = Ident::new(format, span);
            Some(quote_spanned!(span=> #p::#format(&(#tokens))))
        }
        (Some("on_success"), ..) => {
            of_seen(quote_spanned!(span=> { use #p::result_levels::*; (&&#p::Ended(result)).arc_obs_success() }))
        }
        (Some("on_error"), ..) => of_seen(quote_spanned!(span=> #p::error_of(result))),
        (None, Some("usage"), _) if given.is_stream => {
            let item = returned.item.as_ref()?;
            Some(quote_spanned! {span=> |outcome: #p::Outcome, item: &#item, received: &mut #p::Received| {
                let peeled = {
                    use #p::peel_levels::*;
                    let once = (&&#p::Peeled(#p::Some(item))).arc_obs_peel();
                    let twice = (&&once).arc_obs_peel();
                    (&&twice).arc_obs_peel()
                };
                #p::chunk_usage_of(outcome, peeled, received, #tokens)
            }})
        }
        (None, Some("usage"), _) => of_result("usage_of"),
        (None, Some("hit"), _) => of_result("looked_up_by"),
        (None, Some("status"), _) => of_result("answered_by"),
        (None, Some("cost"), Form::Closure) => of_result("cost_of"),
        (None, Some("cost"), Form::Path) if !given.is_stream => {
            of_result("cost_by").or_else(|| is_no_function(&value.tokens, returned).then(|| quote!(&(#tokens))))
        }
        (None, Some("cost"), _) => Some(quote_spanned!(span=> #p::cost_said(|| #tokens))),
        (_, _, Form::Closure) => None,
        (_, _, Form::Path | Form::Other) => Some(quote_spanned!(span=> &(#tokens))),
    }
}

/// Whether a path is an argument or a constant, as its name shows. What is generic cannot
/// be named without its types.
fn is_no_function(path: &[TokenTree], returned: &Returned) -> bool {
    let Some(TokenTree::Ident(last)) = path.last() else { return false };
    let last = last.to_string();
    let is_argument = path.len() == 1 && returned.arguments.contains(&last);
    is_argument || !last.chars().any(char::is_lowercase)
}
