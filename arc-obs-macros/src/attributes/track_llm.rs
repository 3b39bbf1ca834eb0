//! `#[track_llm(model = "gpt-4o", provider = "openai", operation = "chat", usage = …)]`

use syn::{Expr, ExprLit, Lit, LitStr};

use super::{Attribute, accepts, capture, model, not_empty, preset, price, stream};
use crate::args::Args;
use crate::diagnostics::{Diagnostics, nearest, one_of};
use crate::function::Function;
use crate::plan::{LlmCall, Name, Operation, Usage};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    accepts: accepts(
        "track_llm",
        &[
            ("model", "model = \"gpt-4o\""),
            ("provider", "provider = \"openai\""),
            ("operation", "operation = \"chat\""),
            ("usage", "usage = |reply| arc_obs::Usage::new(reply.input, reply.output)"),
            ("price", "price(input = 0.2, output = 0.6)"),
            ("unpriced", "unpriced"),
            ("tier", "tier = \"batch\""),
            stream::STREAM,
            stream::CHUNKS,
            capture::OPTION,
        ],
    ),
    operation,
};

/// The operations of the OpenTelemetry GenAI conventions (v1.42.0) that one call
/// to a model can be.
const OPERATIONS: &[&str] = &["chat", "text_completion", "generate_content", "embeddings", "retrieval"];

fn operation(args: &mut Args, function: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Operation> {
    if !args.has("model") {
        args.missing("the model, as in `#[track_llm(model = \"gpt-4o\")]`", diagnostics);
    }
    let model = args.text("model", diagnostics).map(|model| match model {
        Name::Literal(model) => {
            const INSTEAD: &str = "write the one that is asked for, as in `model = \"gpt-4o\"`";
            Name::Literal(not_empty(model, "the model", INSTEAD, diagnostics))
        }
        said @ Name::Said(_) => said,
    });
    let provider = args.string("provider", diagnostics).map(|provider| {
        not_empty(
            provider,
            "the provider",
            "write one, or leave `provider` out to infer it from the model",
            diagnostics,
        )
    });
    let operation = args.string("operation", diagnostics).unwrap_or_else(|| preset("chat"));
    check_operation(&operation, diagnostics);
    let tier = args.string("tier", diagnostics);
    if let Some(tier) = &tier {
        model::check_tier(tier, diagnostics);
    }
    // Who says what it costs, or that nobody knows, need not name a known model.
    let must_be_known = !["price", "unpriced", "cost"].iter().any(|option| args.has(option));
    let provider_is_told = provider.is_some() == args.has("provider");
    if let (Some(Name::Literal(model)), true) = (&model, must_be_known && provider_is_told) {
        model::check(model, provider.as_ref(), diagnostics);
    }
    one_price(args, tier.as_ref(), diagnostics);
    let price = price::read(args, diagnostics);
    let usage = match args.take("usage") {
        None => Some(Usage::Response),
        Some(given) => usage(given, diagnostics),
    };
    let stream = stream::read(args, function, diagnostics);
    let unpriced = args.flag("unpriced").is_some();
    let call = LlmCall { model: model?, provider, operation, price, tier, unpriced, stream };
    Some(Operation::Llm { call, usage: usage? })
}

/// What a call costs is said in one way.
fn one_price(args: &Args, tier: Option<&LitStr>, diagnostics: &mut Diagnostics) {
    if let (true, Some(unpriced)) = (args.has("price"), args.flag("unpriced")) {
        diagnostics
            .error(unpriced.span(), "`unpriced` says that there is no price, and `price` gives one; keep one of them");
    }
    if let (Some(price), true) = (args.place_of_list("price"), args.has("cost")) {
        diagnostics
            .error(price, "`cost` says what the whole call costs, and `price` what its tokens do; keep one of them");
    }
    if let (true, Some(tier)) = (args.has("price"), tier) {
        diagnostics.error(
            tier.span(),
            "`tier` changes nothing beside `price(..)`, which holds for every tier; leave `tier` out, and give the \
             prices of that tier",
        );
    }
}

fn check_operation(operation: &LitStr, diagnostics: &mut Diagnostics) {
    let text = operation.value();
    if OPERATIONS.contains(&text.as_str()) {
        return;
    }
    let hint = match nearest(&text, OPERATIONS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write {}", one_of(OPERATIONS)),
    };
    diagnostics.error(operation.span(), format!("`{text}` is not a GenAI operation of a model call; {hint}"));
}

fn usage(given: Expr, diagnostics: &mut Diagnostics) -> Option<Usage> {
    match given {
        // What a `macro_rules!` of the user's passed on.
        Expr::Group(group) => usage(*group.expr, diagnostics),
        Expr::Path(path) if path.path.is_ident("none") => Some(Usage::Nobody),
        Expr::Path(path) if path.path.is_ident("recorded") => Some(Usage::Body),
        Expr::Path(path) if path.path.is_ident("None") => {
            diagnostics.error_on(&path, "write `usage = none`, in small letters, to count calls without their tokens");
            None
        }
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if ["none", "recorded"].contains(&text.value().as_str()) => {
            diagnostics.error(text.span(), format!("write `usage = {}`, without quotes", text.value()));
            None
        }
        Expr::Closure(_) | Expr::Path(_) => Some(Usage::Closure(Box::new(given))),
        other => {
            diagnostics.error_on(
                &other,
                "`usage` takes a closure (or a function's path) that reads the result, as in `usage = |reply| \
                 arc_obs::Usage::new(reply.input, reply.output)`, or `recorded`, or `none`",
            );
            None
        }
    }
}
