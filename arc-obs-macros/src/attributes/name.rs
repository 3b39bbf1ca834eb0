//! Names of agents, tools, caches and so on: what a label value and a span's name can be.

use syn::LitStr;

use super::not_empty;
use crate::diagnostics::Diagnostics;
use crate::plan::Name;

/// The most characters of a name. A dashboard's legend has room for fewer.
const LONGEST: usize = 64;

/// A name, after telling all that is wrong with it, as far as it stands in the source.
pub(super) fn check(given: Name, what: &str, instead: &str, diagnostics: &mut Diagnostics) -> Name {
    match given {
        Name::Literal(text) => Name::Literal(literal(text, what, instead, diagnostics)),
        said @ Name::Said(_) => said,
    }
}

fn literal(given: LitStr, what: &str, instead: &str, diagnostics: &mut Diagnostics) -> LitStr {
    let given = not_empty(given, what, instead, diagnostics);
    let text = given.value();
    if text.trim().is_empty() {
        return given;
    }
    let characters = text.chars().count();
    if characters > LONGEST {
        let message = format!(
            "{what} has {characters} characters; write at most {LONGEST}: it becomes a metric label and a span's name"
        );
        diagnostics.error(given.span(), message);
    }
    if let Some(control) = text.chars().find(|character| character.is_control()) {
        let message = format!(
            "{what} has the control character `{}`; write it without: the name becomes a metric label and a span's name",
            control.escape_default()
        );
        diagnostics.error(given.span(), message);
    }
    given
}
