//! The annotated function: its signature understood, its body left as tokens.
//!
//! A half-written body still expands, so that an editor goes on helping.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{
    AttrStyle, Attribute, GenericArgument, PathArguments, PathSegment, ReturnType, Signature, Token, Type,
    TypeParamBound, Visibility, braced, token,
};

use crate::arguments::{self, Argument};
use crate::diagnostics::Diagnostics;

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// What the arguments bind, in their order.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) brace: token::Brace,
    pub(crate) body: TokenStream,
}

/// How a function's work is waited for, by what it returns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The work is done when it returns.
    Sync,
    /// `async fn`
    Async,
    /// `-> impl Future`
    ImplFuture,
    /// `-> Pin<Box<dyn Future>>`, also as `async-trait` writes it, and `-> Box<dyn Future>`.
    BoxedFuture,
}

impl Function {
    /// The function that an attribute stands on; `None` after telling why not.
    pub(crate) fn parse(attribute: &str, item: TokenStream, diagnostics: &mut Diagnostics) -> Option<Self> {
        let not_a_function = not_a_function(attribute, item.clone());
        let parsed = match syn::parse2::<Parsed>(item) {
            Ok(parsed) => parsed,
            Err(error) => {
                diagnostics.add(not_a_function.unwrap_or(error));
                return None;
            }
        };
        let function = match parsed {
            Parsed::Whole(function) => *function,
            Parsed::WithoutBody(signature) => {
                let elsewhere =
                    if signature.receiver().is_some() { "" } else { ", or put it on a function that calls it" };
                let message = format!(
                    "`#[{attribute}]` needs a body to record: put it on the method in the `impl`, or give this one a \
                     default body{elsewhere}"
                );
                diagnostics.error(signature.ident.span(), message);
                return None;
            }
        };
        if let Some(keyword) = &function.signature.constness {
            let message = format!(
                "`#[{attribute}]` cannot record a `const fn`: at compile time there is nothing to measure; remove `const` or the attribute"
            );
            diagnostics.error(keyword.span, message);
            return None;
        }
        Some(function)
    }

    pub(crate) fn shape(&self) -> Shape {
        if self.signature.asyncness.is_some() {
            return Shape::Async;
        }
        match self.returned() {
            Some(output) if impl_future(output).is_some() => Shape::ImplFuture,
            Some(output) if is_pinned_future(output) || is_box_of_a_future(output) => Shape::BoxedFuture,
            _ => Shape::Sync,
        }
    }

    /// Whether it returns an alias, or an associated type, that is called a future.
    pub(crate) fn is_a_future_by_name(&self) -> bool {
        self.returned().and_then(last_segment).is_some_and(|last| last.ident.to_string().ends_with("Future"))
    }

    /// What the signature says is returned, but for `()` that is not said.
    pub(crate) fn returned(&self) -> Option<&Type> {
        match &self.signature.output {
            ReturnType::Type(_, output) => Some(ungrouped(output)),
            ReturnType::Default => None,
        }
    }
}

/// The type inside of brackets, and of those that nobody sees: around a fragment of a
/// `macro_rules!` macro.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(inner) => ungrouped(&inner.elem),
        Type::Paren(inner) => ungrouped(&inner.elem),
        ty => ty,
    }
}

enum Parsed {
    Whole(Box<Function>),
    WithoutBody(Box<Signature>),
}

impl Parse for Parsed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let mut signature = input.parse()?;
        if input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
            return Ok(Self::WithoutBody(Box::new(signature)));
        }
        let body;
        let brace = braced!(body in input);
        // They are the function's, wherever its body goes.
        let inner = body.call(Attribute::parse_inner)?;
        attributes.extend(inner.into_iter().map(|attribute| Attribute { style: AttrStyle::Outer, ..attribute }));
        let body = body.parse()?;
        let arguments = arguments::names(&mut signature);
        Ok(Self::Whole(Box::new(Function { attributes, visibility, signature, arguments, brace, body })))
    }
}

/// The error for an item that is no function at all, on the word that says so.
fn not_a_function(attribute: &str, item: TokenStream) -> Option<syn::Error> {
    let mut constant = None;
    let mut foreign = None;
    let mut tokens = item.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let word = match &token {
            TokenTree::Ident(word) => word,
            TokenTree::Group(block) if block.delimiter() == Delimiter::Brace => break,
            _ => continue,
        };
        match word.to_string().as_str() {
            "fn" => return None,
            // `const X: …` and not `const fn`
            "const" => constant = Some(word.span()),
            // `extern "C" { … }` and not `extern "C" fn`
            "extern" => foreign = Some(word.span()),
            "async" | "unsafe" | "pub" | "default" => {}
            text => match item_kind(text) {
                Some(kind) => return Some(wrong_item(attribute, kind, word.span())),
                None if matches!(tokens.peek(), Some(TokenTree::Punct(bang)) if bang.as_char() == '!') => {
                    let call = "the call of a macro: write it inside, on the functions that the macro makes";
                    return Some(wrong_item(attribute, call, word.span()));
                }
                None => break,
            },
        }
    }
    let block = "an `extern` block, whose functions have no body: put it on functions that call them";
    foreign
        .map(|span| wrong_item(attribute, block, span))
        .or_else(|| constant.map(|span| wrong_item(attribute, "a constant", span)))
}

fn wrong_item(attribute: &str, kind: &str, span: Span) -> syn::Error {
    syn::Error::new(span, format!("`#[{attribute}]` goes on a function, not on {kind}"))
}

/// What an item is that begins with a keyword, and where the attribute could go instead.
fn item_kind(keyword: &str) -> Option<&'static str> {
    Some(match keyword {
        "struct" => "a struct",
        "enum" => "an enum",
        "union" => "a union",
        "static" => "a static",
        "type" => "a type alias",
        "use" => "an import",
        "crate" => "an import",
        "let" => "a statement",
        "macro_rules" => "a macro",
        "trait" => "a trait without a default body: put it on the methods in an `impl`",
        _ => return None,
    })
}

/// The `Future<..>` of `impl Future<..>`.
pub(crate) fn impl_future(output: &Type) -> Option<&PathSegment> {
    let Type::ImplTrait(output) = output else { return None };
    output.bounds.iter().find_map(future)
}

fn future(bound: &TypeParamBound) -> Option<&PathSegment> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    bound.path.segments.last().filter(|last| last.ident == "Future")
}

/// `Pin<Box<dyn Future<..>>>`, or the aliases of the `futures` crate.
fn is_pinned_future(output: &Type) -> bool {
    let Some(last) = last_segment(output) else { return false };
    last.ident == "BoxFuture"
        || last.ident == "LocalBoxFuture"
        || (last.ident == "Pin" && first_argument(&last.arguments).is_some_and(is_box_of_a_future))
}

/// `Box<dyn Future<..>>`
pub(crate) fn is_box_of_a_future(output: &Type) -> bool {
    let Some(last) = last_segment(output).filter(|last| last.ident == "Box") else { return false };
    match first_argument(&last.arguments) {
        Some(Type::TraitObject(object)) => object.bounds.iter().any(|bound| future(bound).is_some()),
        Some(boxed) => impl_future(boxed).is_some(),
        None => false,
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    let Type::Path(ty) = ungrouped(ty) else { return None };
    ty.path.segments.last()
}

fn first_argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(argument) => Some(ungrouped(argument)),
        _ => None,
    })
}
