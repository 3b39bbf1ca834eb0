//! `labels! { tier: Tier, region: Region }`: the keys of a crate, each with its type.
//!
//! A key becomes a field, so that rustc itself says which key does not exist, and which
//! one has a similar name.

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::label_names;
use crate::tokens::{self, Mistakes, Tokens, is};
use crate::words::{all_of, nearest};

/// The highest limit: the table of one function then has some megabytes.
const HIGHEST_LIMIT: usize = 1_000_000;

struct Declared {
    sample_limit: Option<Literal>,
    crate_path: Vec<TokenTree>,
    keys: Vec<Key>,
}

struct Key {
    name: Ident,
    text: String,
    ty: TokenStream,
    /// Where the type stands.
    place: Span,
}

/// Expands the macro.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let declared = read(tokens, &mut mistakes);
    let errors = mistakes.into_tokens();
    // What could be read is declared, so that one mistake is not told again where it is used.
    let declared = declared.expand();
    quote!(#errors #declared)
}

impl Declared {
    fn expand(self) -> TokenStream {
        let Self { sample_limit, crate_path, keys } = self;
        let private = |place| {
            let given: TokenStream = crate_path.iter().cloned().collect();
            let arc_obs = if given.is_empty() { quote_spanned!(place=> ::arc_obs) } else { given };
            quote_spanned!(place=> #arc_obs::__private)
        };
        let p = private(Span::call_site());
        let limit = sample_limit.map_or_else(|| quote!(#p::DEFAULT_SAMPLE_LIMIT), |limit| quote!(#limit));
        let names: Vec<_> = keys.iter().map(|key| &key.name).collect();
        let types = keys.iter().map(|key| &key.ty);
        let texts = keys.iter().map(|key| &key.text);
        let checks = keys.iter().map(|Key { ty, place, .. }| {
            // The type alone is wrong where it is no type of labels.
            let place = place.resolved_at(Span::mixed_site());
            let p = private(place);
            quote_spanned!(place=> const _: () = #p::is_label_type::<#ty>();)
        });
        quote! {
            #(#checks)*

            #[doc(hidden)]
            #[allow(missing_docs, missing_debug_implementations, private_interfaces, unreachable_pub, dead_code)]
            #[allow(clippy::exhaustive_structs)]
            pub struct ArcObsLabels {
                #(pub #names: #p::Label<#types>,)*
            }

            #[doc(hidden)]
            #[allow(missing_docs, unreachable_pub, dead_code, unused_imports)]
            pub mod arc_obs_labels {
                pub static KEYS: super::ArcObsLabels = super::ArcObsLabels { #(#names: #p::Label::new(#texts),)* };
                pub const SAMPLE_LIMIT: usize = #limit;
            }
        }
    }
}

fn read(tokens: TokenStream, mistakes: &mut Mistakes) -> Declared {
    let mut declared = Declared { sample_limit: None, crate_path: Vec::new(), keys: Vec::new() };
    let mut tokens = Tokens::new(tokens);
    loop {
        for attribute in tokens.attributes() {
            // A doc comment of a key, which has no item that it could be on.
            if !attribute.is_inner() && attribute.name().is_some_and(|name| name == "doc") {
                continue;
            }
            declared.read_option(&attribute, mistakes);
        }
        let Some(first) = tokens.first().cloned() else { break };
        match tokens.word() {
            Some(name) => {
                let colon = tokens.sign(':');
                let rest = tokens.take_to_comma();
                declared.read_key(name, colon.as_ref(), rest, mistakes);
            }
            None => {
                label_names::not_a_name(&first, mistakes);
                tokens.take_to_comma();
            }
        }
    }
    declared
}

impl Declared {
    /// `#![sample_limit = 20_000]`
    fn read_option(&mut self, attribute: &tokens::Attribute, mistakes: &mut Mistakes) {
        const OPTIONS: &[&str] = &["sample_limit", "crate"];
        let name = attribute.name().map(ToString::to_string).unwrap_or_default();
        let value = match attribute.inside.as_slice() {
            [equals, value @ ..] if is(equals, '=') => value,
            _ => &[],
        };
        match name.as_str() {
            "crate" => self.crate_path = value.to_vec(),
            "sample_limit" => {
                if self.sample_limit.is_some() {
                    mistakes.at(attribute.span(), "`sample_limit` is given twice; keep one of them");
                    return;
                }
                self.sample_limit = sample_limit(value, attribute.span(), mistakes);
            }
            other => {
                let hint = nearest(other, OPTIONS)
                    .map_or_else(|| format!("there are {}", all_of(OPTIONS)), |near| format!("did you mean `{near}`?"));
                mistakes.at(attribute.span(), format!("`labels!` has no option `{other}`; {hint}"));
            }
        }
    }

    /// `tier: Tier`
    fn read_key(&mut self, name: Ident, colon: Option<&TokenTree>, ty: Vec<TokenTree>, mistakes: &mut Mistakes) {
        let Some(colon) = colon else {
            match ty.first() {
                // `a-b: Tier`
                Some(sign) if is(sign, '-') => {
                    let next = ty.get(1).filter(|next| !is(next, ':')).map(ToString::to_string).unwrap_or_default();
                    let message = format!(
                        "`{name}-{next}` cannot be the name of a label: it has letters, digits and `_`; write `_` for `-`"
                    );
                    mistakes.over(&[&[TokenTree::Ident(name.clone())], &ty[..1]].concat(), name.span(), message);
                }
                _ => {
                    let message = format!("`{name}` needs the type of its values, as in `{name}: Tier`");
                    mistakes.over(&ty, name.span(), message);
                }
            }
            return;
        };
        let Some(text) = label_names::check(&name, mistakes) else { return };
        if ty.is_empty() {
            mistakes.at(colon.span(), format!("`{name}` needs the type of its values, as in `{name}: Tier`"));
            return;
        }
        if self.keys.iter().any(|key| key.text == text) {
            mistakes.at(name.span(), format!("`{text}` is declared twice; keep one of them"));
            return;
        }
        let place = type_span(&ty);
        self.keys.push(Key { name, text, ty: ty.into_iter().collect(), place });
    }
}

/// Where a type stands: at the last word of its path, which names it.
pub(crate) fn type_span(ty: &[TokenTree]) -> Span {
    let before = ty.iter().take_while(|token| !is(token, '<'));
    let word = before.filter(|token| matches!(token, TokenTree::Ident(_))).last();
    word.or(ty.first()).map_or_else(Span::call_site, TokenTree::span)
}

/// The number of `sample_limit = 20_000`.
pub(crate) fn sample_limit(value: &[TokenTree], key: Span, mistakes: &mut Mistakes) -> Option<Literal> {
    match (tokens::number(value), value) {
        (Some(1..=HIGHEST_LIMIT), [TokenTree::Literal(limit)]) => return Some(limit.clone()),
        (Some(_), _) => mistakes.over(value, key, format!("`sample_limit` is a number from 1 to {HIGHEST_LIMIT}")),
        _ => mistakes.over(value, key, "`sample_limit` takes a whole number, as in `#![sample_limit = 20_000]`"),
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_is_read_whole() {
        let text = "#![sample_limit = 20_000] tier: crate::Tier, attempt: InRange<1, 5>,";
        let mut mistakes = Mistakes::default();
        let declared = read(text.parse().unwrap(), &mut mistakes);
        assert!(mistakes.is_empty());
        let keys: Vec<_> = declared.keys.iter().map(|key| (key.text.as_str(), key.ty.to_string())).collect();
        assert_eq!(keys, [("tier", "crate :: Tier".to_owned()), ("attempt", "InRange < 1 , 5 >".to_owned())]);
        assert_eq!(declared.sample_limit.unwrap().to_string(), "20_000");
    }

    #[test]
    fn every_mistake_is_told_and_the_rest_is_declared() {
        let text = "#![sample_limt = 1] 1a: A, a-b: B, __x: C, le: D, model: E, x: F, x: G, y, z:, größe: H, ok: I";
        let mut mistakes = Mistakes::default();
        let declared = read(text.parse().unwrap(), &mut mistakes);
        assert_eq!(declared.keys.iter().map(|key| key.text.as_str()).collect::<Vec<_>>(), ["x", "ok"]);
        let told = mistakes.into_tokens().to_string();
        assert_eq!(told.matches("compile_error").count(), 10, "{told}");
    }
}
