//! The arguments of an annotated function, and the order in which they drop.
//!
//! A function drops its arguments in the reverse of their order. A closure or
//! async block, as which the body runs, drops what it captured in the order in
//! which the body first names it, and captures only the fields that it names. So
//! the body is made to name its arguments whole, in the order of their drop,
//! before it begins.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, FieldPat, FnArg, PatIdent, ReceiverKind, Signature, Type};

/// A name that an argument binds.
pub(crate) struct Argument {
    name: Ident,
    /// `#[cfg(..)]`, without which it may not be there.
    conditions: TokenStream,
}

/// The names that the arguments bind, in their order; of those alone that may have
/// something to drop, as far as their types show it.
pub(crate) fn names(signature: &mut Signature) -> Vec<Argument> {
    let mut names = Names::default();
    for input in &mut signature.inputs {
        match input {
            FnArg::Receiver(receiver) if !matches!(receiver.kind, ReceiverKind::Reference(..)) => {
                names.add(Ident::new("self", receiver.self_token.span));
            }
            FnArg::Typed(typed) if !has_nothing_to_drop(&typed.ty) => {
                names.under(&conditions(&typed.attrs), |names| names.visit_pat_mut(&mut typed.pat));
            }
            _ => {}
        }
    }
    names.found
}

fn has_nothing_to_drop(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) => true,
        Type::Path(path) => path.path.get_ident().is_some_and(is_primitive),
        _ => false,
    }
}

/// Whether it names a type of the language itself, unless it is shadowed.
pub(crate) fn is_primitive(name: &Ident) -> bool {
    const PRIMITIVES: [&str; 17] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64",
        "u128", "usize",
    ];
    PRIMITIVES.iter().any(|primitive| name == primitive)
}

#[derive(Default)]
struct Names {
    found: Vec<Argument>,
    conditions: TokenStream,
}

impl Names {
    fn add(&mut self, name: Ident) {
        self.found.push(Argument { name, conditions: self.conditions.clone() });
    }

    fn under(&mut self, conditions: &TokenStream, visit: impl FnOnce(&mut Self)) {
        let outer = self.conditions.clone();
        self.conditions.extend(conditions.clone());
        visit(self);
        self.conditions = outer;
    }
}

/// `#[cfg(..)]` of an argument.
pub(crate) fn conditions_of(argument: &FnArg) -> TokenStream {
    match argument {
        FnArg::Typed(argument) => conditions(&argument.attrs),
        FnArg::Receiver(receiver) => conditions(&receiver.attrs),
    }
}

/// All words of a body, with those in the texts that it writes.
pub(crate) fn words(body: &TokenStream) -> HashSet<String> {
    let mut words = HashSet::new();
    collect(body.clone(), &mut words);
    words
}

fn conditions(attributes: &[Attribute]) -> TokenStream {
    let is_condition = |attribute: &&Attribute| ["cfg", "cfg_attr"].iter().any(|cfg| attribute.path().is_ident(cfg));
    attributes.iter().filter(is_condition).map(ToTokens::to_token_stream).collect()
}

impl VisitMut for Names {
    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.add(pat.ident.clone());
        visit_mut::visit_pat_ident_mut(self, pat);
    }

    fn visit_field_pat_mut(&mut self, field: &mut FieldPat) {
        let conditions = conditions(&field.attrs);
        self.under(&conditions, |names| visit_mut::visit_field_pat_mut(names, field));
    }
}

/// The statement that names them, for the beginning of the body; nothing where the
/// order is right without.
///
/// What the body does not name is left out, or rustc would no longer say that it
/// is unused; but a name with an underscore is kept, for it may be a guard.
pub(crate) fn in_order_of_drop(arguments: &[Argument], body: &TokenStream) -> TokenStream {
    if arguments.is_empty() {
        return TokenStream::new();
    }
    let words = words(body);
    let is_named = |argument: &&Argument| {
        let text = argument.name.to_string();
        text.starts_with('_') || words.contains(&text)
    };
    let named: Vec<_> = arguments.iter().rev().filter(is_named).collect();
    match named.as_slice() {
        [] => return TokenStream::new(),
        [one] if !is_taken_apart(&one.name, body.clone()) => return TokenStream::new(),
        _ => {}
    }
    let mentions = named.iter().map(|Argument { name, conditions }| quote!(#conditions &#name,));
    quote_spanned!(Span::mixed_site()=> #[allow(clippy::all, clippy::pedantic)] let _ = (#(#mentions)*);)
}

fn collect(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                words.insert(word.to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), words),
            // A format string names its arguments, too: `"{task}"`.
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let parts = text.split('{').skip(1).map(|rest| rest.split([':', '}']).next().unwrap_or_default());
                words.extend(parts.map(str::to_owned));
            }
            TokenTree::Punct(_) => {}
        }
    }
}

/// Whether a body may capture a part of this variable alone: it names a field of it, or
/// matches it.
fn is_taken_apart(name: &Ident, body: TokenStream) -> bool {
    let mut tokens = body.into_iter().peekable();
    let mut is_matched = false;
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Group(group) if is_taken_apart(name, group.stream()) => return true,
            TokenTree::Ident(word) if word == name => {
                let is_dotted = matches!(tokens.peek(), Some(TokenTree::Punct(dot)) if dot.as_char() == '.');
                if is_matched || (is_dotted && is_field(tokens.clone().skip(1))) {
                    return true;
                }
            }
            _ => {}
        }
        is_matched = match token {
            TokenTree::Ident(word) => word == "match",
            TokenTree::Punct(punct) => punct.as_char() == '=',
            _ => false,
        };
    }
    false
}

/// What stands behind a dot: a field, or a method that is called.
fn is_field(mut behind: impl Iterator<Item = TokenTree>) -> bool {
    match behind.next() {
        Some(TokenTree::Literal(_)) => true,
        Some(TokenTree::Ident(word)) if word != "await" => match behind.next() {
            Some(TokenTree::Group(group)) => group.delimiter() != proc_macro2::Delimiter::Parenthesis,
            Some(TokenTree::Punct(punct)) => punct.as_char() != ':',
            _ => true,
        },
        _ => false,
    }
}
