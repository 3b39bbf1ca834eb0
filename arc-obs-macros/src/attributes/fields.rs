//! `fields(..)`, `on_success(..)` and `on_error(..)`: span fields of the user's own.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, LitStr, Token};

use super::reserved::{self, MOST};
use crate::args::{self, Args};
use crate::diagnostics::Diagnostics;
use crate::plan::{FieldFormat, FieldName, FieldValue, Fields};

/// The options, as every attribute lists them.
pub(super) const FIELDS: (&str, &str) = ("fields", "fields(user_id = user.id, ?request, answer_len = _)");
pub(super) const ON_SUCCESS: (&str, &str) = ("on_success", "on_success(chars = |report| report.len())");
pub(super) const ON_ERROR: (&str, &str) = ("on_error", "on_error(code = |error| error.code())");

/// The fields that are declared, if any are.
pub(super) fn read(args: &mut Args, diagnostics: &mut Diagnostics) -> Fields {
    let mut reader = Reader { attribute: args.attribute(), fields: Fields::default(), diagnostics };
    if let Some((key, inside)) = args.take_list(FIELDS.0) {
        let given = reader.list(&key, FIELDS, inside, said_before);
        reader.fields.before = given;
    }
    if let Some((key, inside)) = args.take_list(ON_SUCCESS.0) {
        let given = reader.list(&key, ON_SUCCESS, inside, |input| said_of(ON_SUCCESS, input));
        reader.fields.on_success = given;
    }
    if let Some((key, inside)) = args.take_list(ON_ERROR.0) {
        let given = reader.list(&key, ON_ERROR, inside, |input| said_of(ON_ERROR, input));
        reader.fields.on_error = given;
        reader.fields.on_error_key = Some(key.span());
    }
    reader.fields
}

/// One entry of a list, as it is written.
struct Entry {
    name: FieldName,
    /// Nothing for a field that is set later.
    value: Option<(FieldFormat, Expr)>,
}

struct Reader<'a> {
    attribute: &'static str,
    fields: Fields,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn list(
        &mut self,
        key: &Ident,
        (option, example): (&str, &str),
        inside: TokenStream,
        read_one: impl Fn(ParseStream<'_>) -> syn::Result<Entry>,
    ) -> Vec<FieldValue> {
        if inside.is_empty() {
            let message = format!("`{option}` declares no field; name one, as in `{example}`, or leave it out");
            self.diagnostics.error(key.span(), message);
        }
        let mut entries: Vec<Entry> = Vec::new();
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                match read_one(input) {
                    Ok(entry) => entries.push(entry),
                    Err(error) => {
                        self.diagnostics.add(error);
                        skip_to_comma(input);
                    }
                }
                if !input.is_empty() && input.parse::<Option<Token![,]>>()?.is_none() {
                    self.diagnostics.error(input.span(), "expected `,` between two fields");
                    skip_to_comma(input);
                    input.parse::<Option<Token![,]>>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = read.parse2(inside) {
            self.diagnostics.add(error);
        }
        let mut here = Vec::new();
        let mut values = Vec::new();
        for Entry { name, value } in entries {
            let text = text(&name);
            if here.contains(&text) {
                let message = format!("`{text}` is declared twice; keep one of them, or name the other differently");
                self.diagnostics.error_on(&name, message);
                continue;
            }
            here.push(text.clone());
            let Some(index) = self.declare(name, &text) else { continue };
            values.extend(value.map(|(format, value)| FieldValue { index, format, value }));
        }
        values
    }

    /// The place of a field among those declared; nothing for one that cannot be.
    fn declare(&mut self, name: FieldName, text: &str) -> Option<usize> {
        let declared = &mut self.fields.declared;
        if let Some(index) = declared.iter().position(|known| self::text(known) == text) {
            return Some(index);
        }
        if let Some(message) = why_not(self.attribute, &name, text, declared) {
            self.diagnostics.error_on(&name, message);
            return None;
        }
        declared.push(name);
        if declared.len() > MOST {
            let message = format!(
                "a span takes at most {MOST} fields of your own, and this is one more; write some of them together, as in \
                 `request = ?request`"
            );
            // Told once, where it begins.
            if declared.len() == MOST + 1 {
                self.diagnostics.error_on(&declared[MOST], message);
            }
            return None;
        }
        Some(declared.len() - 1)
    }
}

/// Why a name cannot be declared, if it cannot.
fn why_not(attribute: &str, name: &FieldName, text: &str, declared: &[FieldName]) -> Option<String> {
    if let Some(keyword) = name.iter().find(|part| is_no_name(part)) {
        return Some(format!("`{keyword}` cannot be part of a field's name; give it another, as in `user.id = …`"));
    }
    let of_attribute = |names: &'static [(&str, &[&str])]| {
        names.iter().filter(|(name, _)| *name == attribute).flat_map(|(_, names)| *names)
    };
    if reserved::ALWAYS.iter().chain(of_attribute(reserved::BY_ATTRIBUTE)).any(|reserved| *reserved == text) {
        return Some(format!("every span of `#[{attribute}]` has a field `{text}` already; name yours differently"));
    }
    if reserved::KEPT.contains(&text) {
        return Some(format!("`{text}` is for what arc-obs records itself; name yours differently"));
    }
    if text.starts_with(reserved::PREFIX) && !of_attribute(reserved::SAID_BY_IT).any(|open| *open == text) {
        let rest = text.trim_start_matches(reserved::PREFIX);
        return Some(format!(
            "names that begin with `{}` are for what arc-obs records itself; name it without, as in `{rest} = …`",
            reserved::PREFIX
        ));
    }
    let other = declared.iter().map(self::text).find(|other| is_inside(other, text) || is_inside(text, other))?;
    let short = if other.len() < text.len() { &other } else { text };
    Some(format!(
        "`{other}` is declared beside it: `{short}` cannot be both a field and what others are in, for back ends that nest \
         fields by their dots lose one of them; name it as in `{short}.name`"
    ))
}

/// `user.id` in `user`
fn is_inside(name: &str, around: &str) -> bool {
    name.strip_prefix(around).is_some_and(|rest| rest.starts_with('.'))
}

/// What cannot be a field of a struct either.
fn is_no_name(part: &Ident) -> bool {
    ["self", "Self", "super", "crate", "_"].iter().any(|word| part == word)
}

/// The name as subscribers see it.
fn text(name: &FieldName) -> String {
    name.iter().map(|part| part.unraw().to_string()).collect::<Vec<_>>().join(".")
}

/// `key = value`, `key = _`, `key`, with `?` or `%` before a value.
fn said_before(input: ParseStream<'_>) -> syn::Result<Entry> {
    no_quotes(input)?;
    let begin = input.fork();
    let (sign, format) = format(input)?;
    if let Some(name) = name(input) {
        if at_end(input) {
            if let Some(keyword) = name.iter().find(|part| is_no_name(part)) {
                let own =
                    name.last().filter(|last| *last != keyword).map_or_else(|| "name".to_owned(), Ident::to_string);
                let path = raw_text(&name);
                let message = format!("`{path}` needs a name of its own, as in `{own} = {sign}{path}`");
                return Err(Error::new_spanned(&name, message));
            }
            let value = syn::parse2(quote::quote!(#name))?;
            return Ok(Entry { name, value: Some((format, value)) });
        }
        if is_assignment(input) {
            if format != FieldFormat::Value {
                let name = raw_text(&name);
                return Err(Error::new(
                    begin.span(),
                    format!("`{sign}` goes before the value, as in `{name} = {sign}…`"),
                ));
            }
            input.parse::<Token![=]>()?;
            return Ok(Entry { value: value_or_later(&name, input)?, name });
        }
    }
    // It is a value: read it whole, from its beginning.
    input.advance_to(&begin);
    let (sign, _) = self::format(input)?;
    let value: Expr =
        input.parse().map_err(|error| Error::new(error.span(), format!("expected a field, as in `{}`", FIELDS.1)))?;
    Err(Error::new_spanned(value, format!("a value needs a name, as in `name = {sign}…`")))
}

fn value_or_later(name: &FieldName, input: ParseStream<'_>) -> syn::Result<Option<(FieldFormat, Expr)>> {
    let text = raw_text(name);
    if at_end(input) {
        let message =
            format!("`{text}` needs a value, as in `{text} = value`, or `{text} = _` for one that is set later");
        return Err(Error::new_spanned(name, message));
    }
    let place = input.span();
    let (sign, format) = format(input)?;
    let value = args::value(input)?;
    if is_infer(&value) {
        if format != FieldFormat::Value {
            let message =
                format!("`_` says that the field is set later: write `{text} = _`, and `set_field!({text} = {sign}…)`");
            return Err(Error::new(place, message));
        }
        return Ok(None);
    }
    if is_empty_of_tracing(&value) {
        let message = format!("write `{text} = _` for a field that is set later");
        return Err(Error::new_spanned(value, message));
    }
    Ok(Some((format, value)))
}

fn is_infer(value: &Expr) -> bool {
    match value {
        // What a `macro_rules!` of the user's passed on.
        Expr::Group(group) => is_infer(&group.expr),
        value => matches!(value, Expr::Infer(_)),
    }
}

/// `tracing::field::Empty`, with which tracing declares a field.
fn is_empty_of_tracing(value: &Expr) -> bool {
    matches!(value, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Empty"))
}

/// `key = |result| …`, with `?` or `%` before the closure, or a function's path.
fn said_of((option, example): (&str, &str), input: ParseStream<'_>) -> syn::Result<Entry> {
    no_quotes(input)?;
    let place = input.span();
    let expected = || Error::new(place, format!("`{option}` takes fields by their names, as in `{example}`"));
    let name = name(input).ok_or_else(expected)?;
    let is_said = is_assignment(input) && input.parse::<Token![=]>().is_ok() && !at_end(input);
    if !is_said {
        let text = raw_text(&name);
        let what = if option == ON_ERROR.0 { "error" } else { "result" };
        let message = format!("`{text}` needs a closure that sees the {what}, as in `{example}`");
        return Err(Error::new_spanned(&name, message));
    }
    let (_, format) = format(input)?;
    let value = args::value(input)?;
    if is_function(&value) {
        return Ok(Entry { name, value: Some((format, value)) });
    }
    let seen = if option == ON_ERROR.0 { "the error" } else { "the returned value, or what is in its `Ok`" };
    let message = format!("`{option}` takes closures (or functions' paths) from `&` {seen}, as in `{example}`");
    Err(Error::new_spanned(value, message))
}

fn is_function(value: &Expr) -> bool {
    match value {
        // What a `macro_rules!` of the user's passed on.
        Expr::Group(group) => is_function(&group.expr),
        value => matches!(value, Expr::Closure(_) | Expr::Path(_)),
    }
}

fn no_quotes(input: ParseStream<'_>) -> syn::Result<()> {
    let Ok(text) = input.fork().parse::<LitStr>() else { return Ok(()) };
    let name = text.value();
    let is_name = name.split('.').all(|part| syn::parse_str::<Ident>(part).is_ok());
    let message = if is_name {
        format!("a field's name is written without quotes: `{name} = …`")
    } else {
        "a field's name is one word, or several with dots between them, without quotes: `user.id = …`".to_owned()
    };
    Err(Error::new(text.span(), message))
}

/// `?` or `%`, as it is written and as what it means.
fn format(input: ParseStream<'_>) -> syn::Result<(&'static str, FieldFormat)> {
    Ok(if input.parse::<Option<Token![?]>>()?.is_some() {
        ("?", FieldFormat::Debug)
    } else if input.parse::<Option<Token![%]>>()?.is_some() {
        ("%", FieldFormat::Display)
    } else {
        ("", FieldFormat::Value)
    })
}

/// `user.id`; where none is there, nothing is read.
fn name(input: ParseStream<'_>) -> Option<FieldName> {
    let ahead = input.fork();
    let mut name: FieldName = Punctuated::new();
    loop {
        name.push_value(Ident::parse_any(&ahead).ok()?);
        if !ahead.peek(Token![.]) {
            break;
        }
        name.push_punct(ahead.parse().ok()?);
    }
    input.advance_to(&ahead);
    Some(name)
}

/// As it is written.
fn raw_text(name: &FieldName) -> String {
    name.iter().map(Ident::to_string).collect::<Vec<_>>().join(".")
}

fn is_assignment(input: ParseStream<'_>) -> bool {
    input.peek(Token![=]) && !input.peek(Token![==]) && !input.peek(Token![=>])
}

fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !at_end(input) {
        if input.parse::<proc_macro2::TokenTree>().is_err() {
            return;
        }
    }
}
