//! The attribute on a whole block: the same attribute on each function in it.
//!
//! What holds for a function alone holds in a block, then, and costs the same. Mistakes
//! of the attribute itself are told here, once, and not once per function.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Literal, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use crate::args::Args;
use crate::attributes::Attribute;
use crate::diagnostics::Diagnostics;
use crate::items::{Item, Kind, items, own};
use crate::paths;
use crate::plan::Plan;

/// The block that an attribute stands on; `None` for a function, and for what holds none.
pub(crate) fn find(item: &TokenStream) -> Option<Item> {
    if !begins_a_block(item.clone()) {
        return None;
    }
    let block = items(item.clone()).into_iter().next()?;
    // A trait without any body is refused as the functions in it are.
    let is_trait = block.kind == Kind::Trait;
    let has_body = |item: &Item| item.kind == Kind::Function && item.body().is_some();
    let is_block = !is_trait || items(block.body()?.stream()).iter().any(has_body);
    is_block.then_some(block)
}

/// A function does not have to be read for it.
fn begins_a_block(item: TokenStream) -> bool {
    for token in item {
        match token {
            TokenTree::Ident(word) => match word.to_string().as_str() {
                "impl" | "trait" | "mod" => return true,
                "pub" | "unsafe" | "default" | "auto" => {}
                _ => return false,
            },
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                if begins_a_block(group.stream()) {
                    return true;
                }
            }
            TokenTree::Punct(_) | TokenTree::Group(_) => {}
            TokenTree::Literal(_) => return false,
        }
    }
    false
}

/// How a function in a block is named where the block's attribute gives no name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// By its path from the block on: `Planner::plan`.
    Path,
    /// By its own name.
    Own,
    /// Not at all: the attribute says, for all of them.
    Said,
}

fn naming(attribute: &str) -> Naming {
    match attribute {
        "traced" => Naming::Path,
        "track_tool" => Naming::Own,
        _ => Naming::Said,
    }
}

/// The block with the attribute on each function.
pub(crate) fn annotate(
    attribute: &Attribute,
    place: Span,
    args: &TokenStream,
    block: Item,
    diagnostics: &mut Diagnostics,
) -> TokenStream {
    let accepts = &attribute.accepts;
    if block.body().is_none() {
        let message = format!(
            "`#[{}]` sees nothing of a module in a file of its own: put it on the functions there, or write the module \
             inline",
            accepts.attribute
        );
        diagnostics.error(block.keyword_span(), message);
        return block.into_tokens();
    }
    let given = Args::parse(*accepts, place, args.clone(), &mut Diagnostics::default());
    let has_name = given.has("name");
    let naming = if has_name { Naming::Said } else { naming(accepts.attribute) };
    // Any name will do to see whether the rest is right.
    let whole = if naming == Naming::Said { args.clone() } else { quote!("name", #args) };
    let whole = Args::parse(*accepts, place, whole, diagnostics);
    let plan = attribute.plan(whole, None, diagnostics);

    if let Some(other) = block.attributes().into_iter().find_map(own) {
        let message = format!(
            "a block takes one of these attributes, and has `#[{}]` already; put this one on the functions inside",
            accepts.attribute
        );
        diagnostics.error(other.span(), message);
    }
    let mut pass = Pass { attribute: accepts.attribute, naming, args, plan, functions: BTreeSet::new(), diagnostics };
    let block = pass.block(block, &[]);
    let functions = pass.functions.len();
    if let (true, Naming::Path | Naming::Own, 2..) = (has_name, self::naming(accepts.attribute), functions) {
        let message = format!(
            "`#[{}]` gives one name to {functions} functions: leave it out to record each by its own, or leave the \
             others out with `#[arc_obs::skip]`",
            accepts.attribute
        );
        diagnostics.error(place_of_name(args).unwrap_or(place), message);
    }
    block
}

/// Where the name is given: at the first place, or after its key.
fn place_of_name(args: &TokenStream) -> Option<Span> {
    let tokens: Vec<_> = args.clone().into_iter().collect();
    let mut given = tokens.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','));
    let is_name = |given: &&[TokenTree]| match given.first() {
        Some(TokenTree::Ident(key)) => key == "name",
        first => first.is_some(),
    };
    given.find(is_name).and_then(|given| given.last()).map(TokenTree::span)
}

/// One way through a block.
struct Pass<'a> {
    attribute: &'static str,
    naming: Naming,
    args: &'a TokenStream,
    plan: Option<Plan>,
    /// The paths of those that have the attribute now; alternatives by `cfg` have one.
    functions: BTreeSet<String>,
    diagnostics: &'a mut Diagnostics,
}

impl Pass<'_> {
    fn block(&mut self, block: Item, around: &[String]) -> TokenStream {
        let Some(body) = block.body() else { return block.into_tokens() };
        let inside = body.stream();
        let around: Vec<_> = around.iter().cloned().chain(block.scope()).collect();
        let inside = items(inside).into_iter().map(|item| self.item(item, &around)).collect();
        block.with_inside(inside)
    }

    fn item(&mut self, item: Item, around: &[String]) -> TokenStream {
        match item.kind {
            _ if item.is_left_out() => item.into_tokens(),
            Kind::Impl | Kind::Trait | Kind::Module => self.block(item, around),
            Kind::Function if item.body().is_some() => self.function(item, around),
            Kind::Function | Kind::Other => item.into_tokens(),
        }
    }

    fn function(&mut self, function: Item, around: &[String]) -> TokenStream {
        if let Some(keyword) = function.constness {
            let message = format!(
                "`#[{}]` cannot record a `const fn`: at compile time there is nothing to measure; leave it out of the \
                 block with `#[arc_obs::skip]`, or remove `const`",
                self.attribute
            );
            self.diagnostics.error(keyword, message);
        }
        let (Some(ident), Some(plan)) = (function.ident(), &self.plan) else { return function.into_tokens() };
        let own_name = ident.unraw().to_string();
        let path: Vec<_> = around.iter().cloned().chain([own_name.clone()]).collect();
        let path = path.join("::");
        // The attribute stands where the function does, so that its line is the function's.
        let span = ident.span();
        let door = paths::private(plan, span);
        let name = format_ident!("{}", self.attribute, span = span);
        let args = self.args;
        let args = match self.naming {
            Naming::Said => args.clone(),
            Naming::Own => named(&own_name, span, args),
            Naming::Path => named(&path, span, args),
        };
        self.functions.insert(path);
        let function = function.into_tokens();
        let attribute = quote_spanned!(span=> #[#door::#name(#args)]);
        quote!(#attribute #function)
    }
}

fn named(name: &str, span: Span, args: &TokenStream) -> TokenStream {
    let mut name = Literal::string(name);
    name.set_span(span);
    quote!(#name, #args)
}
