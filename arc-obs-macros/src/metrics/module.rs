//! `#[metrics(prefix = "shop")] mod shop { … }`: metrics of the user's own, a function each.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};

use super::buckets;
use crate::label_names;
use crate::labels::sample_limit;
use crate::metric_names::{self, Type};
use crate::tokens::{self, Attribute, Mistakes, Tokens, is, plain};
use crate::words::{all_of, nearest};

/// Expands the attribute.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let place = item.clone().into_iter().next().map_or_else(Span::call_site, |first| first.span());
    // The whole attribute, as the user's own text.
    let options = Options::read(args, Span::call_site().resolved_at(place), &mut mistakes);
    let module = read(item.clone(), &options, &mut mistakes);
    let errors = mistakes.into_tokens();
    // What is right is there, so that one mistake is not told again where it is used.
    let module = module.unwrap_or_else(|| without_metrics(item));
    quote!(#errors #module)
}

/// `prefix = "shop", sample_limit = 20_000, crate = path`
struct Options {
    prefix: Option<String>,
    sample_limit: Option<Literal>,
    crate_path: Vec<TokenTree>,
}

impl Options {
    fn read(args: TokenStream, place: Span, mistakes: &mut Mistakes) -> Self {
        const OPTIONS: &[&str] = &["prefix", "sample_limit", "crate"];
        let mut options = Self { prefix: None, sample_limit: None, crate_path: Vec::new() };
        let mut seen: Vec<String> = Vec::new();
        let mut args = Tokens::new(args);
        while let Some(first) = args.first().cloned() {
            let Some(key) = args.word() else {
                mistakes.at(first.span(), "write each option by its name, as in `prefix = \"shop\"`");
                args.take_to_comma();
                continue;
            };
            let equals = args.sign('=');
            let value = args.take_to_comma();
            let text = plain(&key);
            if !OPTIONS.contains(&text.as_str()) {
                let near = nearest(&text, OPTIONS);
                seen.extend(near.map(str::to_owned));
                let hint = near
                    .map_or_else(|| format!("there are {}", all_of(OPTIONS)), |near| format!("did you mean `{near}`?"));
                mistakes.at(key.span(), format!("`#[metrics]` has no option `{text}`; {hint}"));
                continue;
            }
            if seen.contains(&text) {
                mistakes.at(key.span(), format!("`{text}` is given twice; keep one of them"));
                continue;
            }
            seen.push(text.clone());
            if equals.is_none() || value.is_empty() {
                mistakes.at(key.span(), format!("`{text}` needs a value, as in `#[metrics(prefix = \"shop\")]`"));
                continue;
            }
            match text.as_str() {
                "prefix" => options.prefix = metric_names::prefix(&value, key.span(), mistakes),
                "sample_limit" => options.sample_limit = sample_limit(&value, key.span(), mistakes),
                _ => options.crate_path = value,
            }
        }
        if !seen.iter().any(|key| key == "prefix") {
            mistakes.at(
                place,
                "the metrics' prefix is missing: what the program or the library is called, as in `#[metrics(prefix = \
                 \"shop\")]`",
            );
        }
        options
    }

    /// The hidden door of arc-obs; an error about what is behind it points at `place`.
    fn private(&self, place: Span) -> TokenStream {
        let given: TokenStream = self.crate_path.iter().cloned().collect();
        let place = place.resolved_at(Span::mixed_site());
        let arc_obs = if given.is_empty() { quote_spanned!(place=> ::arc_obs) } else { given };
        quote_spanned!(place=> #arc_obs::__private)
    }
}

/// One function of the module that declares a metric.
struct Metric {
    of: Type,
    /// The text of its doc comment.
    help: String,
    /// What else stands before it, as it was written.
    attributes: TokenStream,
    visibility: TokenStream,
    name: Ident,
    /// As it is on the page.
    full_name: String,
    bounds: Vec<TokenTree>,
    labels: Vec<Label>,
}

struct Label {
    name: Ident,
    text: String,
    ty: TokenStream,
    place: Span,
}

fn read(item: TokenStream, options: &Options, mistakes: &mut Mistakes) -> Option<TokenStream> {
    const ONLY_MODULES: &str = "`#[metrics]` goes on an inline module, whose functions are the metrics: `#[metrics(prefix = \
                                \"shop\")] mod shop { /// Orders placed. #[counter] pub fn orders(); }`";
    let mut module = Tokens::new(item);
    let attributes: TokenStream = module.attributes().into_iter().flat_map(|attribute| attribute.tokens).collect();
    let visibility: TokenStream = module.visibility().into_iter().collect();
    let first = module.first().cloned()?;
    let keyword = module.word().filter(|word| word == "mod");
    let name = module.word();
    let (Some(keyword), Some(name), Some(body)) = (keyword, name, module.group(Delimiter::Brace)) else {
        mistakes.at(first.span(), ONLY_MODULES);
        return None;
    };
    let mut taken: Vec<String> = Vec::new();
    let mut inside = TokenStream::new();
    for item in items(&body) {
        match item {
            Item::Metric(function) => {
                let Some(metric) = function.read(options, mistakes) else { continue };
                if taken.contains(&metric.full_name) {
                    let message = format!("two metrics here are called `{}`; rename one of them", metric.full_name);
                    mistakes.at(metric.name.span(), message);
                }
                taken.push(metric.full_name.clone());
                inside.extend(metric.expand(options));
            }
            Item::Other(tokens) => inside.extend(tokens),
        }
    }
    if taken.is_empty() && mistakes.is_empty() {
        mistakes.at(
            name.span(),
            "this module declares no metric; write one, as in `/// Orders placed. #[counter] pub fn orders();`",
        );
    }
    // The types of labels are those of the module around it.
    let outside = quote!(
        #[allow(unused_imports, clippy::wildcard_imports)]
        use super::*;
    );
    let mut braces = Group::new(Delimiter::Brace, quote!(#outside #inside));
    braces.set_span(body.span());
    Some(quote!(#attributes #visibility #keyword #name #braces))
}

/// An item of the module.
enum Item {
    Metric(Function),
    Other(Vec<TokenTree>),
}

/// A function that says of which type its metric is.
struct Function {
    attributes: Vec<Attribute>,
    visibility: Vec<TokenTree>,
    /// From its first keyword on.
    rest: Vec<TokenTree>,
}

const TYPES: &[&str] = &["counter", "gauge", "histogram"];

fn items(body: &Group) -> Vec<Item> {
    let mut tokens = Tokens::new(body.stream());
    let mut items = Vec::new();
    while tokens.first().is_some() {
        let attributes = tokens.attributes();
        let visibility = tokens.visibility();
        let mut rest = Vec::new();
        while let Some(token) = tokens.next() {
            let ends = match &token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !goes_on(&rest),
                token => is(token, ';'),
            };
            rest.push(token);
            if ends {
                break;
            }
        }
        let is_function = rest.iter().take(4).any(|token| tokens::is_word(token, "fn"));
        let has_type = attributes.iter().any(|attribute| TYPES.iter().any(|name| attribute.is(name)));
        let has_body = matches!(rest.last(), Some(TokenTree::Group(_)));
        if is_function && (has_type || !has_body) {
            items.push(Item::Metric(Function { attributes, visibility, rest }));
        } else {
            let before = attributes.into_iter().flat_map(|attribute| attribute.tokens).chain(visibility);
            items.push(Item::Other(before.chain(rest).collect()));
        }
    }
    items
}

/// Whether an item ends with a semicolon, and not with the first braces in it.
fn goes_on(item: &[TokenTree]) -> bool {
    let first = match item.first() {
        Some(TokenTree::Ident(word)) => word.to_string(),
        _ => return false,
    };
    let is_constant = first == "const" && !item.iter().any(|token| tokens::is_word(token, "fn"));
    is_constant || ["use", "static", "type"].contains(&first.as_str())
}

impl Function {
    fn read(self, options: &Options, mistakes: &mut Mistakes) -> Option<Metric> {
        let Self { attributes, visibility, rest } = self;
        let mut signature = Tokens::new(rest);
        let first = signature.first().cloned()?;
        let keyword = signature.word()?;
        if keyword != "fn" {
            let message = format!("a metric is a plain function: remove `{keyword}`");
            mistakes.at(first.span(), message);
            return None;
        }
        let name = signature.word()?;
        let of = read_type(&attributes, &name, mistakes)?;
        if let Some(generics) = signature.sign('<') {
            mistakes.at(
                generics.span(),
                "a metric's labels have types that are known here: write them instead of generics",
            );
            return None;
        }
        let arguments = signature.group(Delimiter::Parenthesis)?;
        let end = signature.rest();
        if !end.first().is_some_and(|token| is(token, ';')) {
            let message = match end.first() {
                Some(sign) if is(sign, '-') => {
                    format!("a `{}` returns its handle: end the declaration with `;`", of.name())
                }
                _ => "a metric has no body: end the declaration with `;`".to_owned(),
            };
            mistakes.over(&end[..end.len().min(1)], name.span(), message);
        }
        let labels = read_labels(&arguments, mistakes);
        let help = help(&attributes);
        if help.is_empty() {
            mistakes.at(
                name.span(),
                format!("`{name}` needs a doc comment, `/// Orders placed.`: it is the metric's help text on the page"),
            );
        }
        let own = attributes.iter().find(|attribute| attribute.is(of.name()))?;
        let bounds = buckets::read(of, own, &name, mistakes);
        let full_name = metric_names::check(options.prefix.as_deref(), &name, of, mistakes)?;
        let attributes = attributes.into_iter().filter(|attribute| !TYPES.iter().any(|name| attribute.is(name)));
        Some(Metric {
            of,
            help,
            attributes: attributes.flat_map(|attribute| attribute.tokens).collect(),
            visibility: visibility.into_iter().collect(),
            name,
            full_name,
            bounds: bounds?,
            labels: labels?,
        })
    }
}

/// The one attribute that says what it is.
fn read_type(attributes: &[Attribute], name: &Ident, mistakes: &mut Mistakes) -> Option<Type> {
    let mut found = None;
    for attribute in attributes {
        let Some(of) = Type::ALL.into_iter().find(|of| attribute.is(of.name())) else { continue };
        if found.is_some() {
            mistakes.at(attribute.span(), format!("`{name}` is of two types; keep one of them"));
        }
        found = found.or(Some(of));
    }
    if found.is_none() {
        // Perhaps a word that only looks like one.
        let words = attributes.iter().filter_map(Attribute::name);
        let near = words.into_iter().find_map(|word| Some((word, nearest(&word.to_string(), TYPES)?)));
        match near {
            Some((word, near)) => {
                mistakes.at(word.span(), format!("there is no `#[{word}]`; did you mean `#[{near}]`?"))
            }
            None => mistakes.at(
                name.span(),
                format!("`{name}` needs its type: `#[counter]`, `#[gauge]` or `#[histogram(buckets = [0.1, 1.0])]`"),
            ),
        }
    }
    found
}

/// The doc comment as one line.
fn help(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter(|attribute| attribute.is("doc")).filter_map(|attribute| {
        let [equals, text @ ..] = attribute.inside.as_slice() else { return None };
        if is(equals, '=') { tokens::string(text) } else { None }
    });
    let text: Vec<_> = lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    text.join(" ")
}

/// `tier: Tier, region: Region`
fn read_labels(arguments: &Group, mistakes: &mut Mistakes) -> Option<Vec<Label>> {
    let mut labels: Vec<Label> = Vec::new();
    let mut is_right = true;
    let mut arguments = Tokens::new(arguments.stream());
    while let Some(first) = arguments.first().cloned() {
        let name = arguments.word().filter(|word| word != "mut" && word != "self");
        let colon = arguments.sign(':');
        let ty = arguments.take_to_comma();
        let (Some(name), Some(_), false) = (name, colon, ty.is_empty()) else {
            mistakes
                .at(first.span(), "an argument is a label: its name and the type of its values, as in `tier: Tier`");
            is_right = false;
            continue;
        };
        let Some(text) = label_names::check_own(&name, mistakes) else {
            is_right = false;
            continue;
        };
        if labels.iter().any(|label| label.text == text) {
            mistakes.at(name.span(), format!("the label `{text}` is there twice; keep one of them"));
            is_right = false;
        }
        let place = crate::labels::type_span(&ty);
        labels.push(Label { name, text, ty: ty.into_iter().collect(), place });
    }
    is_right.then_some(labels)
}

impl Metric {
    fn expand(self, options: &Options) -> TokenStream {
        let Self { of, help, attributes, visibility, name, full_name, bounds, labels } = self;
        let p = options.private(name.span());
        let [of_handle, of_static, make] = [of.handle(), &format!("Own{}", of.handle()), of.name()]
            .map(|text| Ident::new(text, name.span().resolved_at(Span::mixed_site())));
        let samples = if of == Type::Histogram { bounds.len() + 3 } else { 1 };
        let limit =
            options.sample_limit.as_ref().map_or_else(|| quote!(#p::DEFAULT_SAMPLE_LIMIT), |limit| quote!(#limit));
        let number = labels.len();
        let keys: Vec<_> =
            (0..number).map(|index| format_ident!("__ARC_OBS_KEY_{index}", span = Span::mixed_site())).collect();
        let names: Vec<_> = labels.iter().map(|label| &label.name).collect();
        let types: Vec<_> = labels.iter().map(|label| &label.ty).collect();
        let texts: Vec<_> = labels.iter().map(|label| &label.text).collect();
        let untyped = labels.iter().zip(&keys).map(|(Label { ty, place, .. }, key)| {
            // The type alone is wrong where it is no type of labels.
            let p = options.private(*place);
            let place = place.resolved_at(Span::mixed_site());
            quote_spanned!(place=> #p::checked_key::<#ty>(&#key))
        });
        let index = keys
            .iter()
            .zip(&names)
            .fold(quote!(#p::LabelIndex::FIRST), |before, (key, name)| quote!(#p::label(#before, &#key, #name)));
        let span = name.span().resolved_at(Span::mixed_site());
        // A panic of `metric_keys` is an error at the function's name.
        quote_spanned! {span=>
            #attributes
            #[inline]
            #visibility fn #name(#(#names: impl #p::IntoLabel<#types>),*) -> #p::#of_handle {
                #(static #keys: #p::Label<#types> = #p::Label::new(#texts);)*
                static __ARC_OBS_KEYS: [#p::LabelKey; #number] = #p::metric_keys(#samples, #limit, [#(#untyped),*]);
                static __ARC_OBS_METRIC: #p::#of_static =
                    #p::#of_static::new(#full_name, #help, &[#(#bounds),*], &__ARC_OBS_KEYS, (#p::file!(), #p::line!()));
                #p::inventory::submit! { #p::Declared::#make(&__ARC_OBS_METRIC) }
                #p::#make(&__ARC_OBS_METRIC, #index)
            }
        }
    }
}

/// What is left after a mistake: the module without what only this attribute understands.
fn without_metrics(item: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let is_module = tokens.iter().any(|token| tokens::is_word(token, "mod"));
    if let (true, Some(TokenTree::Group(body))) = (is_module, tokens.last()) {
        let others = items(body).into_iter().filter_map(|item| match item {
            Item::Other(tokens) => Some(tokens),
            Item::Metric(_) => None,
        });
        let others: TokenStream = others.flatten().collect();
        let body = Group::new(Delimiter::Brace, quote!(#[allow(unused_imports)] use super::*; #others));
        tokens.pop();
        tokens.push(body.into());
    }
    tokens.into_iter().collect()
}
