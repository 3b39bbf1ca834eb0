//! What a label may be called, by the rules of Prometheus and beside what arc-obs and
//! Prometheus themselves call theirs.

use proc_macro2::{Ident, TokenTree};

use crate::tokens::{Mistakes, plain};

/// The labels that the catalogue uses; a test of arc-obs compares.
pub(crate) const OF_ARC_OBS: &[&str] = &[
    "agent_name",
    "cache_type",
    "endpoint",
    "environment",
    "exporter",
    "header",
    "method",
    "model",
    "operation",
    "reason",
    "signal",
    "status",
    "tool",
    "type",
    "version",
    "workflow",
];

/// What Prometheus adds by itself, to series or to what it scrapes.
const OF_PROMETHEUS: &[&str] = &["instance", "job", "le", "quantile"];

/// A name that a label may have; `None` after telling why not.
pub(crate) fn check(name: &Ident, mistakes: &mut Mistakes) -> Option<String> {
    let is_ours =
        |text: &str| OF_ARC_OBS.contains(&text).then_some("it is a label of arc-obs itself; write another name");
    check_but_for(name, is_ours, mistakes)
}

/// The same for a metric of the user's own, which has no labels of arc-obs beside it.
pub(crate) fn check_own(name: &Ident, mistakes: &mut Mistakes) -> Option<String> {
    check_but_for(name, |_| None, mistakes)
}

fn check_but_for(
    name: &Ident,
    is_taken: impl FnOnce(&str) -> Option<&'static str>,
    mistakes: &mut Mistakes,
) -> Option<String> {
    let text = plain(name);
    let why = if let Some(why) = is_taken(&text) {
        why
    } else if OF_PROMETHEUS.contains(&text.as_str()) {
        "Prometheus sets this label itself; write another name"
    } else if text.starts_with("__") {
        "Prometheus keeps names that begin with `__` for itself; write it without"
    } else if !is_valid(&text) {
        "Prometheus wants letters of ASCII, digits and `_`; write it with those"
    } else {
        return Some(text);
    };
    mistakes.at(name.span(), format!("`{text}` cannot be the name of a label: {why}"));
    None
}

/// What stands where a name should, and is no word.
pub(crate) fn not_a_name(token: &TokenTree, mistakes: &mut Mistakes) {
    let message = match token {
        TokenTree::Literal(literal) if literal.to_string().starts_with('"') => {
            "write the label's name without quotes, as in `tier: Tier`".to_owned()
        }
        _ => format!(
            "`{token}` cannot be the name of a label: it begins with a letter or `_`, and has letters, digits and `_`, as in \
             `tier: Tier`"
        ),
    };
    mistakes.at(token.span(), message);
}

fn is_valid(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}
