//! The one reader of attribute arguments: `"name"`, `key = value`, `flag`, and
//! `list(key = value)`, whose inside is read in the same way.
//!
//! Keeps the span of every key, refuses duplicates and unknown keys, and goes on
//! after a mistake, so that all are told at once, each of them once. What a value
//! means is the attribute's business.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::visit_mut::{self, VisitMut};
use syn::{Error, Expr, ExprLit, Lit, LitStr, Path, Token, parenthesized, parse_quote_spanned, token};

use crate::diagnostics::{Diagnostics, all_of, nearest};
use crate::plan::Name;

/// What an attribute accepts, or a list in parentheses that is an option of one.
#[derive(Clone, Copy)]
pub(crate) struct Accepts {
    pub(crate) attribute: &'static str,
    /// The option whose list this is.
    pub(crate) list: Option<&'static str>,
    /// Each option with an example of its use, for messages. The example shows the
    /// option's form: `key = value`, `key`, `key(..)`, or `key` and `key = value`.
    pub(crate) options: &'static [(&'static str, &'static str)],
    /// Those that it has in common with others, behind its own.
    pub(crate) common: &'static [(&'static str, &'static str)],
}

/// How an option is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `key = value`
    Value,
    /// `key`
    Flag,
    /// `key(..)`
    List,
    /// `key`, or `key = value`
    FlagOrValue,
}

impl Accepts {
    /// The options' names, with the one that every attribute has.
    fn keys(&self) -> Vec<&'static str> {
        self.all().map(|option| option.0).collect()
    }

    /// An example of an option's use; `None` if there is no such option.
    fn example(&self, key: &str) -> Option<&'static str> {
        self.all().find(|option| option.0 == key).map(|option| option.1)
    }

    fn all(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let of_every_attribute = self.list.is_none().then_some(("crate", "crate = my_facade::arc_obs"));
        self.options.iter().chain(self.common).copied().chain(of_every_attribute)
    }

    /// As messages name it.
    fn title(&self) -> String {
        self.list.map_or_else(|| format!("`#[{}]`", self.attribute), |list| format!("`{list}`"))
    }
}

fn form(key: &str, example: &str) -> Form {
    match example.strip_prefix(key) {
        Some("") => Form::Flag,
        Some(rest) if rest.starts_with("` or `") => Form::FlagOrValue,
        Some(rest) if rest.starts_with('(') => Form::List,
        _ => Form::Value,
    }
}

/// The arguments of one attribute, as far as they could be read.
pub(crate) struct Args {
    accepts: Accepts,
    /// The whole attribute, where what is missing is told.
    place: Span,
    first: Option<Expr>,
    options: Vec<Given>,
    flags: Vec<Ident>,
    lists: Vec<(Ident, TokenStream)>,
    crate_path: Option<Path>,
    /// The options that are there, right or wrong: those are not missing.
    seen: Vec<String>,
}

/// `key = value`
struct Given {
    key: Ident,
    value: Expr,
}

impl Args {
    pub(crate) fn parse(accepts: Accepts, place: Span, tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut args = Self {
            accepts,
            place,
            first: None,
            options: Vec::new(),
            flags: Vec::new(),
            lists: Vec::new(),
            crate_path: None,
            seen: Vec::new(),
        };
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = args.read_one(input, diagnostics) {
                    diagnostics.add(error);
                    skip_to_comma(input);
                }
                if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
                    continue;
                }
                diagnostics.error(input.span(), "expected `,` between two arguments");
                if !input.peek(Ident::peek_any) {
                    input.parse::<TokenTree>()?;
                }
                if !input.peek2(Token![=]) && !args.begins_an_option(input) {
                    skip_to_comma(input);
                    input.parse::<Option<Token![,]>>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = read.parse2(tokens) {
            diagnostics.add(error);
        }
        args
    }

    fn read_one(&mut self, input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> syn::Result<()> {
        if self.begins_a_value(input) {
            return self.read_first(input, diagnostics);
        }
        let key = Ident::parse_any(input)?;
        let text = key.to_string();
        let Some(example) = self.accepts.example(&text) else {
            diagnostics.error(key.span(), self.unknown(&text));
            if input.parse::<Option<Token![=]>>()?.is_some() {
                // Commas inside of it are its own.
                let _ = value(input);
            }
            skip_to_comma(input);
            return Ok(());
        };
        self.seen.push(text.clone());
        match form(&text, example) {
            Form::Value => {}
            Form::FlagOrValue if !at_end(input) => {}
            Form::FlagOrValue => return self.read_flag(key, input, diagnostics),
            Form::Flag => return self.read_flag(key, input, diagnostics),
            Form::List => return self.read_list(key, example, input, diagnostics),
        }
        if !at_end(input) && input.parse::<Option<Token![=]>>()?.is_none() {
            return Err(Error::new(input.span(), format!("expected `=` after `{text}`, as in `{example}`")));
        }
        if at_end(input) {
            return Err(Error::new(key.span(), format!("`{text}` needs a value, as in `{example}`")));
        }
        if text == "crate" {
            let path = input.call(Path::parse_mod_style).map_err(|error| {
                Error::new(error.span(), format!("`crate` takes a path without quotes, as in `{example}`"))
            })?;
            if self.crate_path.replace(path).is_some() {
                diagnostics.error(key.span(), "`crate` is given twice; keep one of them");
            }
            return Ok(());
        }
        let value = value(input)?;
        if self.options.iter().any(|given| given.key == key) || self.flags.contains(&key) {
            diagnostics.error(key.span(), format!("`{text}` is given twice; keep one of them"));
        } else if text == "name" && self.first.is_some() {
            diagnostics.error(key.span(), NAME_TWICE);
        } else {
            self.options.push(Given { key, value });
        }
        Ok(())
    }

    /// `flag`
    fn read_flag(&mut self, key: Ident, input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> syn::Result<()> {
        if !at_end(input) {
            return Err(Error::new(input.span(), format!("`{key}` takes no value: write `{key}` alone")));
        }
        if self.flags.contains(&key) || self.options.iter().any(|given| given.key == key) {
            diagnostics.error(key.span(), format!("`{key}` is given twice; keep one of them"));
        }
        self.flags.push(key);
        Ok(())
    }

    /// `list(..)`: its inside is read when it is asked for.
    fn read_list(
        &mut self,
        key: Ident,
        example: &str,
        input: ParseStream<'_>,
        diagnostics: &mut Diagnostics,
    ) -> syn::Result<()> {
        if !input.peek(token::Paren) {
            let place = if at_end(input) { key.span() } else { input.span() };
            return Err(Error::new(place, format!("`{key}` takes a list in parentheses, as in `{example}`")));
        }
        let inside;
        parenthesized!(inside in input);
        let inside = inside.parse()?;
        if self.lists.iter().any(|given| given.0 == key) {
            diagnostics.error(key.span(), format!("`{key}` is given twice; keep one of them"));
        } else {
            self.lists.push((key, inside));
        }
        Ok(())
    }

    /// Whether an option comes next whose form needs no `=`.
    fn begins_an_option(&self, input: ParseStream<'_>) -> bool {
        let word = Ident::parse_any(&input.fork()).map(|word| word.to_string());
        word.is_ok_and(|word| self.accepts.example(&word).is_some_and(|example| form(&word, example) != Form::Value))
    }

    /// Whether an argument without a key comes next: a literal, a constant, an
    /// expression, or a word that only lacks its quotes.
    fn begins_a_value(&self, input: ParseStream<'_>) -> bool {
        if input.peek(Lit) || !input.peek(Ident::peek_any) {
            return true;
        }
        if input.peek2(Token![::]) || input.peek2(Token![!]) || input.peek2(Token![.]) {
            return true;
        }
        let ahead = input.fork();
        let Ok(word) = Ident::parse_any(&ahead) else { return true };
        let near_an_option = nearest(&word.to_string(), &self.accepts.keys()).is_some();
        at_end(&ahead) && !near_an_option && self.accepts.example("name").is_some() && !self.has("name")
    }

    /// An argument without a key: the name, at the first place.
    fn read_first(&mut self, input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> syn::Result<()> {
        let (first_option, example) = self.accepts.options[0];
        let named_twice = self.has("name");
        self.seen.push(first_option.to_owned());
        let value = value(input)
            .map_err(|error| Error::new(error.span(), format!("expected an argument, as in `{example}`")))?;
        if self.accepts.example("name").is_none() {
            let message = format!(
                "{} takes each argument by its name, as in `{example}`; there are {}",
                self.accepts.title(),
                all_of(&self.accepts.keys())
            );
            diagnostics.error_on(&value, message);
        } else if named_twice {
            diagnostics.error_on(&value, NAME_TWICE);
        } else {
            if !self.options.is_empty() || self.crate_path.is_some() {
                let message = format!(
                    "the name comes first, before the options; here it is written `name = {}`",
                    value.to_token_stream()
                );
                diagnostics.error_on(&value, message);
            }
            self.first = Some(value);
        }
        Ok(())
    }

    /// The string given for `key`.
    pub(crate) fn string(&mut self, key: &str, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        let given = self.take(key)?;
        self.as_string(key, given, diagnostics)
    }

    /// The string given first, or what is given as `name = …`.
    pub(crate) fn name(&mut self, diagnostics: &mut Diagnostics) -> Option<Name> {
        match self.first.take() {
            Some(first) => self.as_string("name", first, diagnostics).map(Name::Literal),
            None => self.text("name", diagnostics),
        }
    }

    /// The string given for `key`, or the expression that says it at each call.
    pub(crate) fn text(&mut self, key: &str, diagnostics: &mut Diagnostics) -> Option<Name> {
        match ungrouped(self.take(key)?) {
            literal @ Expr::Lit(_) => self.as_string(key, literal, diagnostics).map(Name::Literal),
            expression => Some(Name::Said(Box::new(expression))),
        }
    }

    fn as_string(&self, key: &str, given: Expr, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        let given = match ungrouped(given) {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => return Some(text),
            given => given,
        };
        let example = self.accepts.example(key).and_then(|example| example.split_once(" = ")).map_or("", |it| it.1);
        let why = match &given {
            Expr::Lit(_) => String::new(),
            // What may be an expression has its key before it.
            Expr::Path(path) if key == "name" && path.path.get_ident().is_some() => {
                let word = path.to_token_stream();
                let message = format!(
                    "the name must be in quotes: write `\"{word}\"`, or `name = {word}` if `{word}` is a constant or a \
                     variable that holds it"
                );
                diagnostics.error_on(&given, message);
                return None;
            }
            _ if key == "name" => {
                let message = format!(
                    "the name must be a string literal, as in `{example}`; an expression that says it is written with \
                     its key: `name = …`"
                );
                diagnostics.error_on(&given, message);
                return None;
            }
            _ => "; an attribute cannot read the value of a constant or an expression".to_owned(),
        };
        let what = if key == "name" { "the name".to_owned() } else { format!("`{key}`") };
        diagnostics.error_on(&given, format!("{what} must be a string literal, as in `{example}`{why}"));
        None
    }

    /// Whether `key` is given, right or wrong.
    pub(crate) fn has(&self, key: &str) -> bool {
        (key == "name" && self.first.is_some()) || self.seen.iter().any(|given| given == key)
    }

    /// The expression given for `key`.
    pub(crate) fn take(&mut self, key: &str) -> Option<Expr> {
        let index = self.options.iter().position(|given| given.key == key)?;
        Some(self.options.remove(index).value)
    }

    /// Where a flag is given, if it is.
    pub(crate) fn flag(&self, key: &str) -> Option<&Ident> {
        self.flags.iter().find(|given| *given == key)
    }

    /// Where a list is given, if it is.
    pub(crate) fn place_of_list(&self, key: &str) -> Option<Span> {
        self.lists.iter().find(|given| given.0 == key).map(|given| given.0.span())
    }

    /// The arguments in the parentheses of a list.
    pub(crate) fn list(&mut self, accepts: Accepts, diagnostics: &mut Diagnostics) -> Option<Self> {
        let index = self.lists.iter().position(|given| accepts.list.is_some_and(|list| given.0 == list))?;
        let (key, inside) = self.lists.remove(index);
        Some(Self::parse(accepts, key.span(), inside, diagnostics))
    }

    /// A list that has a grammar of its own: its name, and what is in its parentheses.
    pub(crate) fn take_list(&mut self, key: &str) -> Option<(Ident, TokenStream)> {
        let index = self.lists.iter().position(|given| given.0 == key)?;
        Some(self.lists.remove(index))
    }

    /// The attribute whose arguments these are.
    pub(crate) const fn attribute(&self) -> &'static str {
        self.accepts.attribute
    }

    /// `crate = path`: where the expansion finds arc-obs.
    pub(crate) fn crate_path(&mut self) -> Option<Path> {
        self.crate_path.take()
    }

    /// Tells that an argument is missing.
    pub(crate) fn missing(&self, what: &str, diagnostics: &mut Diagnostics) {
        diagnostics.error(self.place, format!("{} needs {what}", self.accepts.title()));
    }

    fn unknown(&mut self, key: &str) -> String {
        let keys = self.accepts.keys();
        let title = self.accepts.title();
        match nearest(key, &keys) {
            Some(near) => {
                self.seen.push(near.to_owned());
                format!("{title} has no option `{key}`; did you mean `{near}`?")
            }
            None => format!("{title} has no option `{key}`; there are {}", all_of(&keys)),
        }
    }
}

/// Without the invisible parentheses of what a `macro_rules!` of the user's passed on.
fn ungrouped(given: Expr) -> Expr {
    if let Expr::Group(group) = given { ungrouped(*group.expr) } else { given }
}

const NAME_TWICE: &str = "the name is given twice; keep one of them";

/// The value of an argument; after an error, nothing of it was read.
pub(crate) fn value(input: ParseStream<'_>) -> syn::Result<Expr> {
    let ahead = input.fork();
    let mut value = ahead.parse()?;
    input.advance_to(&ahead);
    visit_mut::visit_expr_mut(&mut KeptTogether, &mut value);
    Ok(value)
}

/// What a `macro_rules!` of the user's passes on stands in a group without delimiters. Where
/// an attribute hands that back, rustc sees what is in it and no group (rust#67062): with
/// `1 + 2` for `$n`, `$n * 2` would be 5.
struct KeptTogether;

impl VisitMut for KeptTogether {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let Expr::Group(group) = expr else { return };
        let binds_loosely = matches!(
            *group.expr,
            Expr::Assign(_)
                | Expr::Binary(_)
                | Expr::Cast(_)
                | Expr::Closure(_)
                | Expr::Range(_)
                | Expr::Reference(_)
                | Expr::Unary(_)
        );
        if binds_loosely {
            let span = group.group_token.span.resolved_at(Span::mixed_site());
            let inside = std::mem::replace(&mut *group.expr, Expr::Verbatim(TokenStream::new()));
            *expr = parse_quote_spanned!(span=> (#inside));
        }
    }
}

fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !at_end(input) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
