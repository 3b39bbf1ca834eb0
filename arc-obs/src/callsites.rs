//! The catalogue of call sites: every annotated function of the program, and those of
//! them whose names are mistaken for each other.
//!
//! The list is the linker's, so that it has what was never called, too. Blocks of code
//! ([`agent`](fn@crate::agent) and its like) are no annotated functions, and not in it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use crate::instrument::{self, Callsite};
use crate::metrics::most_samples;
use crate::operation::OperationKind;
use crate::summary::shown;

/// Lists every annotated function of the program, called or not.
///
/// Sorted by kind, then by name, then by place. It needs no `init`.
///
/// ```
/// use arc_obs::OperationKind;
///
/// #[arc_obs::track_tool("search")]
/// fn search(query: &str) -> usize {
///     query.len()
/// }
///
/// let callsites = arc_obs::callsites();
/// let is_tool = |kind: OperationKind, name| kind == OperationKind::Tool && name == Some("search");
/// assert!(callsites.iter().any(|callsite| is_tool(callsite.kind, callsite.name)));
/// println!("{callsites}");
/// # search("x");
/// ```
#[must_use]
pub fn callsites() -> Callsites {
    let mut all: Vec<_> = instrument::all_callsites().map(CallsiteInfo::of).collect();
    all.sort_by_key(|it| (it.kind.as_str(), it.name, it.file, it.line, it.function));
    Callsites(all)
}

/// Every annotated function of the program; made by [`callsites`].
///
/// A slice of [`CallsiteInfo`]. `Display` writes a table, for a terminal.
#[derive(Clone, Debug)]
pub struct Callsites(Vec<CallsiteInfo>);

/// One annotated function.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallsiteInfo {
    /// What its attribute records it as.
    pub kind: OperationKind,
    /// The name of the agent, tool, workflow, cache or operation; the model that is asked for;
    /// of a request, its method and endpoint. `None` where an expression says it at each call.
    pub name: Option<&'static str>,
    /// The function's name.
    pub function: &'static str,
    /// The path of its module, which begins with its crate.
    pub module: &'static str,
    /// The file that it stands in, as the compiler was given it.
    pub file: &'static str,
    /// The line of its attribute.
    pub line: u32,
    /// The keys of the labels that its attribute adds.
    pub labels: &'static [&'static str],
    /// How many samples of a scrape it can make at most: every status, every bucket of its
    /// durations. Functions of one kind and name share theirs.
    pub most_samples: usize,
}

impl CallsiteInfo {
    fn of(callsite: &'static Callsite) -> Self {
        let (function, module, file, line) = callsite.place();
        let name = callsite.name();
        Self {
            kind: callsite.kind(),
            name,
            function,
            module,
            file,
            line,
            labels: &[],
            most_samples: most_samples(callsite.kind(), callsite.has_cost(), name.is_none()),
        }
    }
}

impl Deref for Callsites {
    type Target = [CallsiteInfo];

    fn deref(&self) -> &[CallsiteInfo] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Callsites {
    type Item = &'a CallsiteInfo;
    type IntoIter = std::slice::Iter<'a, CallsiteInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoIterator for Callsites {
    type Item = CallsiteInfo;
    type IntoIter = std::vec::IntoIter<CallsiteInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Callsites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "no function of this program is annotated");
        }
        let header = ["kind", "name", "function", "place", "labels", "samples"].map(str::to_owned);
        let rows = self.iter().map(|it| {
            let name = it.name.map_or_else(|| "(at run time)".to_owned(), shown);
            let function = format!("{}::{}", it.module, it.function);
            let place = format!("{}:{}", it.file, it.line);
            [it.kind.as_str().to_owned(), name, function, place, it.labels.join(","), it.most_samples.to_string()]
        });
        let rows: Vec<_> = [header].into_iter().chain(rows).collect();
        let has_labels = self.iter().any(|it| !it.labels.is_empty());
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 6] = std::array::from_fn(width);
        for row in &rows {
            for (column, (text, width)) in row.iter().zip(widths).enumerate() {
                match column {
                    4 if !has_labels => {}
                    5 => writeln!(f, "{text:>width$}")?,
                    _ => write!(f, "{text:<width$}  ")?,
                }
            }
        }
        Ok(())
    }
}

/// What there is to say of names that two kinds of operations have: each pair of kinds
/// once, with the first place of each.
pub(crate) fn name_conflicts() -> Vec<String> {
    let mut by_name: BTreeMap<&str, Vec<CallsiteInfo>> = BTreeMap::new();
    for callsite in callsites() {
        let Some(name) = callsite.name else { continue };
        let kinds = by_name.entry(name).or_default();
        // They come by kind.
        if kinds.last().is_none_or(|last| last.kind != callsite.kind) {
            kinds.push(callsite);
        }
    }
    let pairs = by_name.values().flat_map(|kinds| {
        (1..kinds.len()).flat_map(move |second| (0..second).map(move |first| (&kinds[first], &kinds[second])))
    });
    pairs.map(|(first, second)| conflict(first, second)).collect()
}

fn conflict(first: &CallsiteInfo, second: &CallsiteInfo) -> String {
    let is = |it: &CallsiteInfo| {
        let what = match it.kind {
            OperationKind::Agent => "an agent",
            OperationKind::Llm => "a model",
            OperationKind::Tool => "a tool",
            OperationKind::Workflow => "a workflow",
            OperationKind::Cache => "a cache",
            OperationKind::Request => "a request",
            OperationKind::Operation => "an operation",
        };
        format!("{what} (`{}`, {}:{})", it.function, it.file, it.line)
    };
    format!(
        "`{}` is the name of {} and of {}: whoever reads it cannot tell which; give one of them another name",
        first.name.unwrap_or_default(),
        is(first),
        is(second),
    )
}
