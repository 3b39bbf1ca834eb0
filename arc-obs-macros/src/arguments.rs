//! The arguments of an annotated function, and the order in which they drop.
//!
//! A function drops its arguments in the reverse of their order. A closure or
//! async block, as which the body runs, drops what it captured in the order in
//! which the body first names it, and captures only the fields that it names. So
//! the body is made to name its arguments whole, in the order of their drop,
//! before it begins.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, PatIdent, ReceiverKind, Signature, Type};

/// The names that the arguments bind, in their order; of those alone that may have
/// something to drop, as far as their types show it.
pub(crate) fn names(signature: &mut Signature) -> Vec<Ident> {
    let mut names = Names(Vec::new());
    for input in &mut signature.inputs {
        match input {
            FnArg::Receiver(receiver) if !matches!(receiver.kind, ReceiverKind::Reference(..)) => {
                names.0.push(Ident::new("self", receiver.self_token.span));
            }
            FnArg::Typed(typed) if !has_nothing_to_drop(&typed.ty) => names.visit_pat_mut(&mut typed.pat),
            _ => {}
        }
    }
    names.0
}

fn has_nothing_to_drop(ty: &Type) -> bool {
    const PRIMITIVES: [&str; 16] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
        "usize",
    ];
    match ty {
        Type::Reference(_) => true,
        Type::Path(path) => PRIMITIVES.iter().any(|primitive| path.path.is_ident(primitive)),
        _ => false,
    }
}

struct Names(Vec<Ident>);

impl VisitMut for Names {
    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.0.push(pat.ident.clone());
        visit_mut::visit_pat_ident_mut(self, pat);
    }
}

/// The statement that names them, for the beginning of the body; nothing where
/// fewer than two are in it.
///
/// What the body does not name is left out, or rustc would no longer say that it
/// is unused; but a name with an underscore is kept, for it may be a guard.
pub(crate) fn in_order_of_drop(names: &[Ident], body: &TokenStream) -> TokenStream {
    if names.len() < 2 {
        return TokenStream::new();
    }
    let mut words = HashSet::new();
    collect(body.clone(), &mut words);
    let named = |name: &&Ident| {
        let text = name.to_string();
        text.starts_with('_') || words.contains(&text)
    };
    let named: Vec<_> = names.iter().rev().filter(named).collect();
    if named.len() < 2 {
        return TokenStream::new();
    }
    let mentions = named.iter().map(|name| quote!(&#name));
    quote_spanned!(Span::mixed_site()=> #[allow(clippy::all, clippy::pedantic)] let _ = (#(#mentions),*);)
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
