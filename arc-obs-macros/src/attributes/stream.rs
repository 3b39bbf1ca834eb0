//! `stream`, `stream = observed` and `chunks = summed`: answers that come in chunks.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, ReturnType, Type};

use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::function::Function;
use crate::plan::{Cost, Fields, Stream, StreamFrom, Usage};

/// The options, as the attribute lists them.
pub(super) const STREAM: (&str, &str) = ("stream", "stream` or `stream = observed");
pub(super) const CHUNKS: (&str, &str) = ("chunks", "chunks = summed");

/// What is said of a stream, if the answer is one.
pub(super) fn read(args: &mut Args, function: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Stream> {
    let place = args.flag(STREAM.0).map(|flag| flag.span());
    let observed = args.take(STREAM.0);
    let summed = args.take(CHUNKS.0);
    if let Some(chunks) = &summed {
        if !is_word(chunks, "summed") {
            diagnostics.error_on(
                chunks,
                "`chunks` takes the word `summed`, for chunks that each report their own tokens; leave it out where \
                 they report all tokens until then, or only the last one reports any",
            );
        } else if !args.has(STREAM.0) {
            diagnostics.error_on(chunks, "`chunks = summed` is for the chunks of a stream; add `stream`");
        }
    }
    let from = match (&observed, place) {
        (Some(given), _) => {
            if !is_word(given, "observed") {
                diagnostics.error_on(given, told_otherwise(given));
            }
            StreamFrom::Body
        }
        (None, Some(place)) => {
            returns_something(function, place, diagnostics);
            StreamFrom::Result
        }
        (None, None) => return None,
    };
    let summed = summed.filter(|chunks| is_word(chunks, "summed")).map(|chunks| chunks.span());
    Some(Stream { from, summed })
}

fn told_otherwise(given: &Expr) -> &'static str {
    match given {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value() == "observed" => {
            "write `stream = observed`, without quotes"
        }
        Expr::Lit(ExprLit { lit: Lit::Bool(is_stream), .. }) if is_stream.value => "write `stream` alone",
        Expr::Lit(ExprLit { lit: Lit::Bool(_), .. }) => "leave `stream` out for a function that returns no stream",
        _ => {
            "`stream` is written alone, to follow the stream that the function returns, or as `stream = observed`, \
             where the body says which it is with `arc_obs::observe_stream(stream)`"
        }
    }
}

/// A stream has to be returned, to be followed.
fn returns_something(function: Option<&Function>, place: Span, diagnostics: &mut Diagnostics) {
    let Some(function) = function else { return };
    let returns = match &function.signature.output {
        ReturnType::Default => false,
        ReturnType::Type(_, output) => match &**output {
            Type::Never(_) => false,
            Type::Tuple(tuple) => !tuple.elems.is_empty(),
            _ => true,
        },
    };
    if !returns {
        diagnostics.error(
            place,
            "`stream` follows the stream that the function returns, and this one returns nothing; where it hands the \
             stream to somebody else, write `stream = observed` and `arc_obs::observe_stream(stream)` in the body",
        );
    }
}

/// What cannot be said of a stream.
pub(super) fn check(
    stream: &Stream,
    usage: &Usage,
    cost: Option<&Cost>,
    fields: &Fields,
    diagnostics: &mut Diagnostics,
) {
    for (option, given) in [("on_success", &fields.on_success), ("on_error", &fields.on_error)] {
        if let Some(given) = given.first() {
            let message = format!(
                "`{option}` reads the result, and a stream goes on after the function has returned it; declare the \
                 field by `fields(.. = _)` and set it in the body with `arc_obs::set_field!`"
            );
            diagnostics.error_on(&given.value, message);
        }
    }
    if let Some(Cost::OfResult(closure)) = cost {
        diagnostics.error_on(
            closure,
            "`cost` cannot look at the result of a stream, which is not there yet when the function returns; write an \
             amount, as in `cost = 0.005`, or leave it out to price the tokens",
        );
    }
    match usage {
        Usage::Closure(usage) if stream.from == StreamFrom::Body => diagnostics.error_on(
            usage,
            "`usage` cannot look at the chunks of a stream that the body observes; hand `observe_stream` a stream of \
             `Serialize` chunks, or of `arc_obs::Usage`",
        ),
        Usage::Body | Usage::Nobody => {
            if let Some(summed) = stream.summed {
                diagnostics.error(
                    summed,
                    "`chunks = summed` says how the chunks are read, and `usage` that they are not; keep one of them",
                );
            }
        }
        _ => {}
    }
}

fn is_word(given: &Expr, word: &str) -> bool {
    match given {
        // What a `macro_rules!` of the user's passed on.
        Expr::Group(group) => is_word(&group.expr, word),
        Expr::Path(path) => path.path.is_ident(word),
        _ => false,
    }
}
