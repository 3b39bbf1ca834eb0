//! `#[track_llm(model = "gpt-4o", provider = "openai", operation = "chat", usage = …)]`

use syn::spanned::Spanned;
use syn::{Expr, LitStr};

use super::{Attribute, checked_name, preset};
use crate::args::Args;
use crate::diagnostics::{Diagnostics, nearest, one_of};
use crate::function::Function;
use crate::plan::{Operation, Plan, Usage};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    name: "track_llm",
    options: &[
        ("model", "model = \"gpt-4o\""),
        ("provider", "provider = \"openai\""),
        ("operation", "operation = \"chat\""),
        ("usage", "usage = |response| arc_obs::Usage::new(response.input, response.output)"),
    ],
    plan,
};

/// The operations of the OpenTelemetry GenAI conventions (v1.42.0) that one call
/// to a model can be.
const OPERATIONS: &[&str] = &["chat", "text_completion", "generate_content", "embeddings", "retrieval"];

fn plan(mut args: Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Plan> {
    if !args.has("model") {
        args.missing("the model, as in `#[track_llm(model = \"gpt-4o\")]`", diagnostics);
    }
    let model = args.string("model", diagnostics).map(|model| checked_name(model, "the model", diagnostics));
    let provider =
        args.string("provider", diagnostics).map(|provider| checked_name(provider, "the provider", diagnostics));
    let operation = args.string("operation", diagnostics).unwrap_or_else(|| preset("chat"));
    check_operation(&operation, diagnostics);
    let usage = match args.take("usage") {
        None => Usage::Response,
        Some(given) => usage(given, diagnostics)?,
    };
    let operation = Operation::Llm { model: model?, provider, operation, usage };
    Some(Plan { operation, crate_path: args.crate_path() })
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
        Expr::Path(path) if path.path.is_ident("none") => Some(Usage::Nobody),
        Expr::Closure(_) | Expr::Path(_) => Some(Usage::Closure(Box::new(given))),
        other => {
            diagnostics.error(
                other.span(),
                "`usage` takes a closure or the path of a function that reads the result, as in `usage = |result| \
                 arc_obs::Usage::new(12, 3)`, or `none`",
            );
            None
        }
    }
}
