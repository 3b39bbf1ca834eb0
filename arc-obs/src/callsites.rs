//! The catalogue of call sites: every annotated function of the program.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use crate::instrument::{self, Callsite};
use crate::metrics::MOST_RUN_TIME_NAMES;
use crate::operation::OperationKind;

/// Every annotated function of the program, called or not, by kind and name.
///
/// The linker makes the list, so it has those of every crate of the program. It works
/// without [`init`](crate::init). `Display` writes a table, for a terminal.
///
/// ```
/// use arc_obs::{OperationKind, track_tool};
///
/// #[track_tool("search")]
/// fn look_up(query: &str) -> usize {
///     query.len()
/// }
///
/// let callsites = arc_obs::callsites();
/// let search = callsites.iter().find(|callsite| callsite.name == Some("search")).unwrap();
/// assert_eq!((search.kind, search.function), (OperationKind::Tool, "look_up"));
/// println!("{callsites}");
/// # look_up("");
/// ```
#[must_use]
pub fn callsites() -> Callsites {
    let mut functions: Vec<_> = instrument::all().map(CallsiteInfo::of).collect();
    functions.sort_by_key(|function| (function.kind.as_str(), function.name, function.file, function.line));
    Callsites(functions)
}

/// Every annotated function of the program; made by [`callsites`].
///
/// It is a slice of [`CallsiteInfo`]s.
#[derive(Clone, Debug)]
pub struct Callsites(Vec<CallsiteInfo>);

/// One annotated function.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallsiteInfo {
    /// Agent, LLM call, tool, workflow, look-up in a cache or traced operation.
    pub kind: OperationKind,
    /// The agent, model, tool, workflow, cache or operation; `None` where that is known
    /// only when it is called.
    pub name: Option<&'static str>,
    /// The function's name.
    pub function: &'static str,
    /// The module that it stands in.
    pub module: &'static str,
    /// The file that it stands in, as `file!()` names it.
    pub file: &'static str,
    /// The line of its attribute.
    pub line: u32,
    /// The keys that its `labels(..)` name.
    pub labels: Vec<&'static str>,
    /// How many samples of a scrape can be its own: what each name and set of labels has,
    /// times their number.
    pub most_samples: usize,
}

impl CallsiteInfo {
    fn of(callsite: &'static Callsite) -> Self {
        let (function, module, file, line) = callsite.place();
        let (kind, name) = (callsite.kind(), callsite.name());
        let (labels, of_one_name) = (callsite.label_names(), callsite.most_samples());
        let names = if name.is_some() { 1 } else { MOST_RUN_TIME_NAMES };
        let most_samples = of_one_name.saturating_mul(names);
        Self { kind, name, function, module, file, line, labels, most_samples }
    }
}

impl Deref for Callsites {
    type Target = [CallsiteInfo];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl IntoIterator for Callsites {
    type Item = CallsiteInfo;
    type IntoIter = std::vec::IntoIter<CallsiteInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Callsites {
    type Item = &'a CallsiteInfo;
    type IntoIter = std::slice::Iter<'a, CallsiteInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for Callsites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEAD: [&str; 6] = ["kind", "name", "function", "labels", "samples", "place"];
        let rows = self.iter().map(|site| {
            let CallsiteInfo { kind, name, function, file, line, labels, most_samples, .. } = site;
            let (name, function) = (name.unwrap_or("(at run time)").to_owned(), (*function).to_owned());
            let (labels, samples) = (labels.join(" "), most_samples.to_string());
            [kind.as_str().to_owned(), name, function, labels, samples, format!("{file}:{line}")]
        });
        let rows: Vec<_> = [HEAD.map(str::to_owned)].into_iter().chain(rows).collect();
        let mut widths = [0; HEAD.len()];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        for [kind, name, function, labels, samples, place] in rows {
            let [a, b, c, d, e, _] = widths;
            writeln!(f, "{kind:a$}  {name:b$}  {function:c$}  {labels:d$}  {samples:>e$}  {place}")?;
        }
        Ok(())
    }
}

/// What is to be said of names that operations of different kinds have: a sentence each.
pub(crate) fn shared_names() -> Vec<String> {
    shared_names_of(&callsites())
}

fn shared_names_of(functions: &[CallsiteInfo]) -> Vec<String> {
    let mut by_name: BTreeMap<&str, BTreeMap<&str, &CallsiteInfo>> = BTreeMap::new();
    for site in functions {
        if let Some(name) = site.name {
            by_name.entry(name).or_default().entry(site.kind.as_str()).or_insert(site);
        }
    }
    by_name.retain(|_, kinds| kinds.len() > 1);
    let sentence = |(name, kinds): (&str, BTreeMap<&str, &CallsiteInfo>)| {
        let uses: Vec<_> = kinds
            .iter()
            .map(|(kind, site)| format!("{kind} (`{}`, {}:{})", site.function, site.file, site.line))
            .collect();
        format!("`{name}` names operations of different kinds: {}; give each a name of its own", uses.join(" and "))
    };
    by_name.into_iter().map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(kind: OperationKind, name: &'static str, line: u32) -> CallsiteInfo {
        let name = Some(name).filter(|name| !name.is_empty());
        let (labels, most_samples) = (vec!["tier"], 100);
        CallsiteInfo { kind, name, function: "f", module: "m", file: "src/m.rs", line, labels, most_samples }
    }

    #[test]
    fn a_name_of_different_kinds_is_reported_once() {
        let sites = [
            site(OperationKind::Agent, "search", 1),
            site(OperationKind::Tool, "search", 2),
            site(OperationKind::Tool, "search", 3),
            site(OperationKind::Tool, "fetch", 4),
            site(OperationKind::Tool, "fetch", 5),
            site(OperationKind::Agent, "", 6),
            site(OperationKind::Tool, "", 7),
        ];
        assert_eq!(
            shared_names_of(&sites),
            ["`search` names operations of different kinds: agent (`f`, src/m.rs:1) and tool (`f`, src/m.rs:2); give \
              each a name of its own"]
        );
    }

    #[test]
    fn the_table_is_aligned() {
        let table = Callsites(vec![site(OperationKind::Agent, "a", 7), site(OperationKind::Tool, "search", 12)]);
        let expected = "\
kind   name    function  labels  samples  place
agent  a       f         tier        100  src/m.rs:7
tool   search  f         tier        100  src/m.rs:12
";
        assert_eq!(table.to_string(), expected);
    }
}
