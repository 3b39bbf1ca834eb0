//! `#[track_request(method = "POST", endpoint = "/ask", status = …)]`

use syn::{Expr, LitStr};

use super::{Attribute, COMMON, accepts};
use crate::args::{Accepts, Args};
use crate::diagnostics::{Diagnostics, nearest, one_of};
use crate::function::Function;
use crate::plan::{Name, Operation};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    accepts: Accepts {
        // What a request costs is what is done for it.
        common: COMMON.split_at(1).1,
        ..accepts(
            "track_request",
            &[
                ("method", "method = \"POST\""),
                ("endpoint", "endpoint = \"/ask\""),
                ("status", "status = |answer| answer.code"),
            ],
        )
    },
    operation,
};

/// Those of RFC 9110, PATCH (RFC 5789) and QUERY: the values of the label `method`.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];

/// The most characters of an endpoint.
const LONGEST: usize = 128;

fn operation(args: &mut Args, _: Option<&Function>, diagnostics: &mut Diagnostics) -> Option<Operation> {
    if !args.has("method") {
        args.missing("the method, as in `#[track_request(method = \"POST\", endpoint = \"/ask\")]`", diagnostics);
    }
    if !args.has("endpoint") {
        args.missing("the endpoint, as in `#[track_request(method = \"POST\", endpoint = \"/ask\")]`", diagnostics);
    }
    let method = args.string("method", diagnostics);
    if let Some(method) = &method {
        check_method(method, diagnostics);
    }
    let endpoint = args.string("endpoint", diagnostics);
    if let Some(endpoint) = &endpoint {
        check_endpoint(endpoint, diagnostics);
    }
    let status = match args.take("status") {
        None => None,
        Some(given) => Some(Box::new(status(given, diagnostics)?)),
    };
    let (method, endpoint) = (method?, endpoint?);
    let name = LitStr::new(&format!("{} {}", method.value(), endpoint.value()), endpoint.span());
    Some(Operation::Request { name: Name::Literal(name), method, status })
}

fn check_method(method: &LitStr, diagnostics: &mut Diagnostics) {
    let text = method.value();
    if METHODS.contains(&text.as_str()) {
        return;
    }
    let message = match nearest(&text.to_uppercase(), METHODS) {
        Some(near) if near.eq_ignore_ascii_case(&text) => format!("methods of HTTP are in capitals: write `{near}`"),
        Some(near) => format!("`{text}` is no method of HTTP; did you mean `{near}`?"),
        None => format!("`{text}` is no method of HTTP; write {}", one_of(METHODS)),
    };
    diagnostics.error(method.span(), message);
}

/// A route's template: of what a client sends, it may hold nothing that has no end of values.
fn check_endpoint(given: &LitStr, diagnostics: &mut Diagnostics) {
    const INSTEAD: &str = "write the route's template, as in `endpoint = \"/users/{id}\"`";
    let text = given.value();
    if text.trim().is_empty() {
        diagnostics.error(given.span(), format!("the endpoint is empty; {INSTEAD}"));
        return;
    }
    let characters = text.chars().count();
    let wrong = match text.chars().find(|character| character.is_control() || character.is_whitespace()) {
        _ if text.contains("://") => Some("the endpoint is a URL".to_owned()),
        _ if text.contains('?') => Some("the endpoint has a query, which is different for each request".to_owned()),
        _ if text.contains('#') => Some("the endpoint has a fragment, which no server sees".to_owned()),
        _ if !text.starts_with('/') => Some("the endpoint does not begin with `/`".to_owned()),
        Some(letter) => Some(format!("the endpoint has the character `{}`", letter.escape_default())),
        None if characters > LONGEST => Some(format!("the endpoint has {characters} characters, more than {LONGEST}")),
        None => None,
    };
    if let Some(wrong) = wrong {
        diagnostics.error(given.span(), format!("{wrong}; {INSTEAD}: it becomes a metric label"));
    }
}

fn status(given: Expr, diagnostics: &mut Diagnostics) -> Option<Expr> {
    match given {
        // What a `macro_rules!` of the user's passed on.
        Expr::Group(group) => status(*group.expr, diagnostics),
        Expr::Closure(_) | Expr::Path(_) => Some(given),
        other => {
            diagnostics.error_on(
                &other,
                "`status` takes a closure (or a function's path) from `&` the returned value to the HTTP status, as in \
                 `status = |answer| answer.code`",
            );
            None
        }
    }
}
