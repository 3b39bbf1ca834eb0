//! The one reader of attribute arguments: `"name"`, `key = value`.
//!
//! Keeps the span of every key, refuses duplicates and unknown keys, and goes on
//! after a mistake, so that all are told at once. What a value means is the
//! attribute's business.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitStr, Path, Token};

use crate::attributes::Attribute;
use crate::diagnostics::{Diagnostics, nearest, one_of};

/// The arguments of one attribute, as far as they could be read.
pub(crate) struct Args {
    attribute: &'static str,
    first: Option<Expr>,
    options: Vec<Given>,
    crate_path: Option<Path>,
}

/// `key = value`
struct Given {
    key: Ident,
    value: Expr,
}

impl Args {
    pub(crate) fn parse(attribute: &Attribute, tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut args = Self { attribute: attribute.name, first: None, options: Vec::new(), crate_path: None };
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = args.read_one(attribute, input, diagnostics) {
                    diagnostics.add(error);
                    skip_to_comma(input);
                }
                if !input.is_empty() && !input.peek(Token![,]) {
                    diagnostics.error(input.span(), "expected `,` between two arguments");
                    skip_to_comma(input);
                }
                if input.peek(Token![,]) {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = read.parse2(tokens) {
            diagnostics.add(error);
        }
        args
    }

    fn read_one(
        &mut self,
        attribute: &Attribute,
        input: ParseStream<'_>,
        diagnostics: &mut Diagnostics,
    ) -> syn::Result<()> {
        if !input.peek(syn::Ident::peek_any) {
            return self.read_first(attribute, input, diagnostics);
        }
        let key = Ident::parse_any(input)?;
        let text = key.to_string();
        let known = attribute.options.iter().any(|option| option.0 == text) || text == "crate";
        if !known {
            skip_to_comma(input);
            diagnostics.error(key.span(), unknown(attribute, &text));
            return Ok(());
        }
        if !input.peek(Token![=]) {
            let example = attribute.options.iter().find(|option| option.0 == text).map_or("crate = path", |o| o.1);
            return Err(syn::Error::new(key.span(), format!("`{text}` needs a value, as in `{example}`")));
        }
        input.parse::<Token![=]>()?;
        if text == "crate" {
            let path = input.call(Path::parse_mod_style)?;
            if self.crate_path.replace(path).is_some() {
                diagnostics.error(key.span(), "`crate` is given twice");
            }
            return Ok(());
        }
        let value: Expr = input.parse()?;
        if self.options.iter().any(|given| given.key == key) {
            diagnostics.error(key.span(), format!("`{text}` is given twice; keep one of them"));
            return Ok(());
        }
        self.options.push(Given { key, value });
        Ok(())
    }

    /// An argument without a key: the name, at the first place.
    fn read_first(
        &mut self,
        attribute: &Attribute,
        input: ParseStream<'_>,
        diagnostics: &mut Diagnostics,
    ) -> syn::Result<()> {
        let value: Expr = input.parse()?;
        if !attribute.options.iter().any(|option| option.0 == "name") {
            let options: Vec<_> = attribute.options.iter().map(|option| option.1).collect();
            let message = format!("`#[{}]` takes its arguments by name: {}", attribute.name, one_of(&options));
            diagnostics.error(value.span(), message);
        } else if self.first.is_some() {
            diagnostics.error(value.span(), "the name is given twice; keep one of them");
        } else if !self.options.is_empty() {
            diagnostics.error(value.span(), "the name comes first, before the options");
            self.first = Some(value);
        } else {
            self.first = Some(value);
        }
        Ok(())
    }

    /// The string given for `key`.
    pub(crate) fn string(&mut self, key: &str, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        let given = self.take(key)?;
        string(&format!("`{key}`"), given, diagnostics)
    }

    /// The string given first or as `name = "…"`.
    pub(crate) fn name(&mut self, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        let by_key = self.take("name");
        if let (Some(first), Some(_)) = (&self.first, &by_key) {
            diagnostics.error(first.span(), "the name is given twice: here and as `name = …`; keep one of them");
        }
        let given = self.first.take().or(by_key)?;
        string("the name", given, diagnostics)
    }

    /// Whether `key` is given, right or wrong.
    pub(crate) fn has(&self, key: &str) -> bool {
        (key == "name" && self.first.is_some()) || self.options.iter().any(|given| given.key == key)
    }

    /// The expression given for `key`.
    pub(crate) fn take(&mut self, key: &str) -> Option<Expr> {
        let index = self.options.iter().position(|given| given.key == key)?;
        Some(self.options.remove(index).value)
    }

    /// `crate = path`: where the expansion finds arc-obs.
    pub(crate) fn crate_path(&mut self) -> Option<Path> {
        self.crate_path.take()
    }

    /// Where a missing argument is told.
    pub(crate) fn missing(&self, what: &str, diagnostics: &mut Diagnostics) {
        diagnostics.error(Span::call_site(), format!("`#[{}]` needs {what}", self.attribute));
    }
}

fn string(what: &str, given: Expr, diagnostics: &mut Diagnostics) -> Option<LitStr> {
    match given {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        // A literal that a `macro_rules!` of the user's passed on.
        Expr::Group(group) => string(what, *group.expr, diagnostics),
        other => {
            diagnostics.error(other.span(), format!("{what} must be a string literal, as in `\"researcher\"`"));
            None
        }
    }
}

fn unknown(attribute: &Attribute, key: &str) -> String {
    let keys: Vec<_> = attribute.options.iter().map(|option| option.0).chain(["crate"]).collect();
    match nearest(key, &keys) {
        Some(near) => format!("`#[{}]` has no option `{key}`; did you mean `{near}`?", attribute.name),
        None => format!(
            "`#[{}]` has no option `{key}`; there are {}",
            attribute.name,
            one_of(&keys).replace(" or ", " and ")
        ),
    }
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
