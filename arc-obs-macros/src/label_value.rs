//! `#[derive(LabelValue)]`: the variants of an enum, each with its text.

use std::collections::HashMap;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::tokens::{self, Attribute, Mistakes, Tokens, plain};
use crate::words::{all_of, nearest, one_of};

/// The longest value, in bytes, as of those that arrive at run time.
const LONGEST: usize = 256;

/// Expands the derive.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let expansion = read(item, &mut mistakes).map(|labels| labels.expand());
    if mistakes.is_empty() { expansion.unwrap_or_default() } else { mistakes.into_tokens() }
}

struct LabelEnum {
    name: Ident,
    variants: Vec<(Ident, String)>,
    crate_path: Vec<TokenTree>,
}

impl LabelEnum {
    fn expand(self) -> TokenStream {
        let Self { name, variants, crate_path } = self;
        let arc_obs = if crate_path.is_empty() { quote!(::arc_obs) } else { crate_path.into_iter().collect() };
        let count = variants.len();
        let arms = variants.iter().enumerate().map(|(index, (variant, _))| quote!(Self::#variant => #index,));
        let texts = variants.iter().enumerate().map(|(index, (_, text))| quote!(#index => #text,));
        quote_spanned! {Span::mixed_site()=>
            #[automatically_derived]
            #[allow(deprecated)]
            impl #arc_obs::LabelValue for #name {
                const COUNT: usize = #count;

                #[inline]
                fn index(&self) -> usize {
                    match self { #(#arms)* }
                }

                fn name(index: usize) -> &'static str {
                    match index { #(#texts)* _ => "" }
                }
            }
        }
    }
}

fn read(item: TokenStream, mistakes: &mut Mistakes) -> Option<LabelEnum> {
    const ONLY_ENUMS: &str = "`LabelValue` is derived on an enum without fields: its variants are the values";
    let mut item = Tokens::new(item);
    let attributes = item.attributes();
    item.visibility();
    let keyword = item.word()?;
    if keyword != "enum" {
        mistakes.at(keyword.span(), ONLY_ENUMS);
        return None;
    }
    let name = item.word()?;
    if let Some(generics) = item.sign('<') {
        mistakes.at(
            generics.span(),
            "an enum with generics has no set of values that is known at compile time: remove them from the enum whose \
             variants are label values",
        );
        return None;
    }
    let body = item.group(Delimiter::Brace)?;
    let mut options = Options::default();
    for attribute in attributes.iter().filter(|attribute| attribute.is("label")) {
        options.read(attribute, mistakes);
    }
    let variants = read_variants(&body, options.rename_all.unwrap_or(Case::Snake), mistakes);
    if variants.is_empty() && mistakes.is_empty() {
        mistakes.at(name.span(), "a label needs at least one value, and this enum has no variants");
    }
    Some(LabelEnum { name, variants, crate_path: options.crate_path })
}

fn read_variants(body: &Group, rename_all: Case, mistakes: &mut Mistakes) -> Vec<(Ident, String)> {
    let mut variants = Vec::new();
    let mut places: HashMap<String, Ident> = HashMap::new();
    let mut body = Tokens::new(body.stream());
    while body.first().is_some() {
        let attributes = body.attributes();
        let Some(variant) = body.word() else { break };
        if let Some(fields) = body.group(Delimiter::Parenthesis).or_else(|| body.group(Delimiter::Brace)) {
            mistakes.at(
                fields.span(),
                format!(
                    "`{variant}` has fields, so that its values are not known at compile time: leave them out, and put \
                     what they hold on the span"
                ),
            );
        }
        // `= 1`
        body.take_to_comma();
        let mut given: Option<(String, Span)> = None;
        for attribute in attributes.iter().filter(|attribute| attribute.is("label")) {
            let Some(text) = text_of_variant(attribute, mistakes) else { continue };
            if given.is_some() {
                mistakes.at(attribute.span(), format!("`{variant}` is given two texts; keep one of them"));
            }
            given = Some(text);
        }
        let (text, span) = given.unwrap_or_else(|| (rename_all.of(&plain(&variant)), variant.span()));
        check(&text, span, mistakes);
        if let Some(other) = places.get(&text) {
            let message = format!(
                "`{other}` is \"{text}\", too: two variants would be one series; give one of them another text"
            );
            mistakes.at(span, message);
        }
        places.entry(text.clone()).or_insert_with(|| variant.clone());
        variants.push((variant, text));
    }
    variants
}

/// `#[label("text")]`
fn text_of_variant(attribute: &Attribute, mistakes: &mut Mistakes) -> Option<(String, Span)> {
    const EXAMPLE: &str = "a variant's `label` takes its text, as in `#[label(\"pro+\")]`";
    let Some(list) = attribute.list() else {
        mistakes.over(&attribute.inside, attribute.span(), EXAMPLE);
        return None;
    };
    let inside: Vec<_> = list.stream().into_iter().collect();
    let text = tokens::string(&inside);
    if text.is_none() {
        let why = match inside.first() {
            Some(word) if tokens::is_word(word, "rename_all") => "; `rename_all` goes on the enum",
            _ => "",
        };
        mistakes.over(&inside, list.span(), format!("{EXAMPLE}{why}"));
    }
    Some((text?, inside.first()?.span()))
}

fn check(text: &str, span: Span, mistakes: &mut Mistakes) {
    if text.trim().is_empty() {
        mistakes.at(span, "the text is empty; write one: to Prometheus an empty label is none at all");
    }
    if text.len() > LONGEST {
        mistakes
            .at(span, format!("the text has {} bytes; write at most {LONGEST}: it becomes a metric label", text.len()));
    }
    if let Some(control) = text.chars().find(|character| character.is_control()) {
        let control = control.escape_default();
        mistakes.at(
            span,
            format!("the text has the control character `{control}`; write it without: it becomes a metric label"),
        );
    }
}

/// `#[label(rename_all = "…", crate = path)]` on the enum.
#[derive(Default)]
struct Options {
    rename_all: Option<Case>,
    crate_path: Vec<TokenTree>,
}

impl Options {
    fn read(&mut self, attribute: &Attribute, mistakes: &mut Mistakes) {
        const EXAMPLE: &str = "an enum's `label` takes `rename_all`, as in `#[label(rename_all = \"kebab-case\")]`";
        let Some(list) = attribute.list() else {
            mistakes.over(&attribute.inside, attribute.span(), EXAMPLE);
            return;
        };
        let mut options = Tokens::new(list.stream());
        while let Some(first) = options.first().cloned() {
            let Some(key) = options.word() else {
                mistakes.at(first.span(), format!("{EXAMPLE}; the text of one variant goes on that variant"));
                return;
            };
            let equals = options.sign('=');
            let value = options.take_to_comma();
            match (plain(&key).as_str(), equals) {
                ("rename_all" | "crate", None) => mistakes.at(key.span(), format!("`{key}` needs a value: {EXAMPLE}")),
                ("rename_all", _) if self.rename_all.is_some() => {
                    mistakes.at(key.span(), "`rename_all` is given twice; keep one of them");
                }
                ("rename_all", _) => self.rename_all = Case::read(&value, key.span(), mistakes),
                ("crate", _) => self.crate_path = value,
                (other, _) => mistakes.at(key.span(), unknown(other)),
            }
        }
    }
}

fn unknown(option: &str) -> String {
    const OPTIONS: &[&str] = &["rename_all", "crate"];
    match nearest(option, OPTIONS) {
        Some(near) => format!("an enum's `label` has no option `{option}`; did you mean `{near}`?"),
        None => format!("an enum's `label` has no option `{option}`; there are {}", all_of(OPTIONS)),
    }
}

/// How the text of a variant is made of its name.
#[derive(Clone, Copy)]
enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const CASES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    fn read(value: &[TokenTree], key: Span, mistakes: &mut Mistakes) -> Option<Self> {
        let names = CASES.map(|(name, _)| name);
        let Some(text) = tokens::string(value) else {
            mistakes.over(value, key, format!("`rename_all` takes one of {} in quotes", one_of(&names)));
            return None;
        };
        let found = CASES.into_iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let hint = match nearest(&text, &names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write {}", one_of(&names)),
            };
            mistakes.over(value, key, format!("`{text}` is no rule for names; {hint}"));
        }
        found.map(|(_, case)| case)
    }

    fn of(self, name: &str) -> String {
        let words = words(name);
        let all = |change: fn(&str) -> String, between: &str| {
            words.iter().map(|word| change(word)).collect::<Vec<_>>().join(between)
        };
        match self {
            Self::Lower => all(str::to_lowercase, ""),
            Self::Upper => all(str::to_uppercase, ""),
            Self::Pascal => all(capitalized, ""),
            Self::Camel => {
                let pascal = all(capitalized, "");
                let first = words.first().map_or(0, |word| word.len());
                pascal[..first].to_lowercase() + &pascal[first..]
            }
            Self::Snake => all(str::to_lowercase, "_"),
            Self::ScreamingSnake => all(str::to_uppercase, "_"),
            Self::Kebab => all(str::to_lowercase, "-"),
            Self::ScreamingKebab => all(str::to_uppercase, "-"),
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + &characters.as_str().to_lowercase()
}

/// `HTTPServer2Go` is `HTTP`, `Server2`, `Go`.
fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut begins = true;
    for (index, character) in characters.iter().enumerate() {
        if *character == '_' {
            begins = true;
            continue;
        }
        let follows_small = index > 0 && !characters[index - 1].is_uppercase();
        let before_small = characters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if begins || (character.is_uppercase() && (follows_small || before_small)) {
            words.push(String::new());
        }
        begins = false;
        if let Some(word) = words.last_mut() {
            word.push(*character);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_texts() {
        let of = |name: &str| CASES.map(|(_, case)| case.of(name)).join(" ");
        assert_eq!(
            of("InvitedByUs"),
            "invitedbyus INVITEDBYUS InvitedByUs invitedByUs invited_by_us INVITED_BY_US invited-by-us INVITED-BY-US"
        );
        assert_eq!(of("Pro"), "pro PRO Pro pro pro PRO pro PRO");
        assert_eq!(Case::Snake.of("HTTPServer2Go"), "http_server2_go");
        assert_eq!(Case::Snake.of("EU"), "eu");
        assert_eq!(Case::Snake.of("Gpt4o"), "gpt4o");
        assert_eq!(Case::Camel.of("ÄußersterTyp"), "äußersterTyp");
    }
}
