//! The metrics of OpenTelemetry's GenAI conventions, from the same recording as our own.
//!
//! They have other names, attributes and buckets than those of the catalogue, and cannot be
//! made of them. Nothing is recorded unless somebody exports them ([`is_on`]); then a call
//! finds its cells in a map that is read without a lock, by the attributes that it has.
//! `export` reads them as [`Series`].

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};

use arc_swap::ArcSwap;

use super::catalog::genai::{
    AGENT_DURATION, CLIENT_DURATION, FIRST_CHUNK, TOKEN_USAGE, TOOL_DURATION, WORKFLOW_DURATION,
};
use super::cells::Buckets;
use crate::labels::{self, LabelSet, OTHER};
use crate::operation::{ErrorClass, OperationRecord, Usage};
use crate::semconv::{self, Conventions, ERROR_TYPE, ERROR_TYPE_OTHER, Known, PROVIDER_OTHER};

static ON: AtomicBool = AtomicBool::new(false);

/// Whether anybody exports them: one relaxed load.
#[inline]
pub(crate) fn is_on() -> bool {
    ON.load(Relaxed)
}

/// Records from now on, or no more.
pub(crate) fn set_on(is_on: bool) {
    ON.store(is_on, Relaxed);
}

static CONVENTIONS: AtomicU8 = AtomicU8::new(Conventions::GenAi as u8);

/// Under which names attributes leave from now on.
pub(crate) fn set_conventions(conventions: Conventions) {
    CONVENTIONS.store(conventions as u8, Relaxed);
}

fn conventions() -> Conventions {
    let chosen = CONVENTIONS.load(Relaxed);
    let all = [Conventions::GenAi, Conventions::GenAiNext, Conventions::OpenInference];
    all.into_iter().find(|conventions| *conventions as u8 == chosen).unwrap_or_default()
}

/// What the conventions say of one metric.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) unit: &'static str,
    /// Upper bounds as they are stored.
    pub(crate) buckets: &'static [u64],
    /// How many of the stored integer make one as exported.
    pub(crate) per_one: f64,
}

/// What kind of tokens are counted; all else has its names in `semconv`.
const TOKEN_TYPE: &str = "gen_ai.token.type";

/// How many sets of attributes there are at most before the response's model and the error's type
/// of the next ones are folded.
const MOST_SETS: usize = 2_000;

/// What an operation is by the conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind<'a> {
    Client { operation: &'a str, provider: Option<&'a str>, response_model: Option<&'a str> },
    Agent,
    Tool,
    Workflow,
}

/// What is told of an operation that has ended, beside its name and its labels.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub(crate) kind: Kind<'a>,
    pub(crate) duration_nanos: u64,
    /// Of one that failed.
    pub(crate) error_type: Option<&'a str>,
    pub(crate) usage: Option<Usage>,
    pub(crate) first_chunk_nanos: Option<u64>,
}

impl<'a> Told<'a> {
    /// What a record says of it, and what kind of error it was.
    pub(crate) fn of(kind: Kind<'a>, record: &OperationRecord<'_>, class: Option<ErrorClass>) -> Self {
        let error_type = semconv::error_type(record.status, class, record.error_type.map(|name| name()));
        let (duration_nanos, usage) = (record.duration_nanos, record.usage());
        Self { kind, duration_nanos, error_type, usage, first_chunk_nanos: None }
    }

    /// The same with what somebody else calls the error, if there was one.
    pub(crate) fn with_error(self, name: Option<&'a str>) -> Self {
        Self { error_type: self.error_type.map(|error_type| name.unwrap_or(error_type)), ..self }
    }
}

/// What one set of cells is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key<'a> {
    kind: Kind<'a>,
    name: &'static str,
    labels: LabelSet,
    error_type: Option<&'a str>,
}

impl<'a> Key<'a> {
    /// The one that stands for all that differ in what has no bound.
    fn folded(self) -> Self {
        let kind = match self.kind {
            Kind::Client { operation, provider, response_model } => {
                Kind::Client { operation, provider, response_model: response_model.map(|_| OTHER) }
            }
            kind => kind,
        };
        Self { kind, error_type: self.error_type.map(|_| ERROR_TYPE_OTHER), ..self }
    }

    /// The same, for good.
    fn kept(self) -> Key<'static> {
        let kept = |text: &str| -> &'static str { Box::leak(labels::bounded(text).0.into_owned().into_boxed_str()) };
        let kind = match self.kind {
            Kind::Client { operation, provider, response_model } => Kind::Client {
                operation: kept(operation),
                provider: provider.map(kept),
                response_model: response_model.map(kept),
            },
            Kind::Agent => Kind::Agent,
            Kind::Tool => Kind::Tool,
            Kind::Workflow => Kind::Workflow,
        };
        Key { kind, name: self.name, labels: self.labels, error_type: self.error_type.map(kept) }
    }

    fn duration(&self) -> &'static Row {
        match self.kind {
            Kind::Client { .. } => &CLIENT_DURATION,
            Kind::Agent => &AGENT_DURATION,
            Kind::Tool => &TOOL_DURATION,
            Kind::Workflow => &WORKFLOW_DURATION,
        }
    }

    /// As spans have them: what these have no name for is left out.
    fn attributes(&self, conventions: Conventions) -> Vec<(&'a str, &'a str)> {
        let mut attributes = Vec::with_capacity(8);
        let mut push = |known, value| attributes.extend(conventions.name_of(known).map(|name| (name, value)));
        match self.kind {
            Kind::Client { operation, provider, response_model } => {
                push(Known::Operation, operation);
                push(Known::Provider, provider.unwrap_or(PROVIDER_OTHER));
                push(Known::InferenceKind, semconv::span_kind(operation));
                if let Some(provider) = provider {
                    push(Known::Host, semconv::host(provider));
                }
                push(Known::Model, self.name);
                if let Some(model) = response_model {
                    push(Known::ResponseModel, model);
                }
            }
            Kind::Agent if conventions.name_of(Known::AgentAround).is_some() => push(Known::AgentAround, self.name),
            Kind::Agent => push(Known::Agent, self.name),
            Kind::Tool => push(Known::Tool, self.name),
            Kind::Workflow => push(Known::Workflow, self.name),
        }
        attributes.extend(self.error_type.map(|error_type| (ERROR_TYPE, error_type)));
        attributes.extend(self.labels);
        attributes
    }
}

/// What the operations with one set of attributes record into.
#[derive(Debug)]
struct Cells {
    duration: Buckets,
    /// Input and output; none of what has no tokens.
    tokens: OnceLock<[Buckets; 2]>,
    first_chunk: OnceLock<Buckets>,
}

/// These metrics: the process's, or a capture's.
#[derive(Debug)]
pub(crate) struct GenAi {
    cells: ArcSwap<HashMap<Key<'static>, &'static Cells>>,
}

/// One histogram as it stands.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) row: &'static Row,
    pub(crate) attributes: Vec<(&'static str, &'static str)>,
    /// By bucket, not cumulative; one more than there are bounds.
    pub(crate) counts: Vec<u64>,
    /// As it is stored.
    pub(crate) sum: u64,
}

impl GenAi {
    pub(crate) fn new() -> Self {
        Self { cells: ArcSwap::default() }
    }

    pub(crate) fn record(&self, name: &'static str, labels: LabelSet, told: &Told<'_>) {
        let cells = self.cells(Key { kind: told.kind, name, labels, error_type: told.error_type });
        cells.duration.observe(told.duration_nanos);
        if let Some(usage) = &told.usage {
            let [input, output] =
                cells.tokens.get_or_init(|| [Buckets::new(TOKEN_USAGE.buckets), Buckets::new(TOKEN_USAGE.buckets)]);
            input.observe(usage.input_tokens);
            output.observe(usage.output_tokens);
        }
        if let Some(nanos) = told.first_chunk_nanos {
            cells.first_chunk.get_or_init(|| Buckets::new(FIRST_CHUNK.buckets)).observe(nanos);
        }
    }

    fn cells(&self, key: Key<'_>) -> &'static Cells {
        let known = self.cells.load();
        if let Some(cells) = known.get(&key) {
            return cells;
        }
        let key = if known.len() < MOST_SETS { key } else { key.folded() };
        if let Some(cells) = known.get(&key) {
            return cells;
        }
        drop(known);
        let key = key.kept();
        let made: &'static Cells = Box::leak(Box::new(Cells {
            duration: Buckets::new(key.duration().buckets),
            tokens: OnceLock::new(),
            first_chunk: OnceLock::new(),
        }));
        // Whoever was first stays; a set that two threads make at once is made twice, and one is left.
        self.cells.rcu(|known| {
            let mut known = HashMap::clone(known);
            known.entry(key).or_insert(made);
            known
        });
        self.cells.load().get(&key).copied().unwrap_or(made)
    }

    /// All that there are, in no order.
    pub(crate) fn series(&self) -> Vec<Series> {
        let conventions = conventions();
        let mut all = Vec::new();
        for (key, cells) in self.cells.load().iter() {
            let mut push = |row: &'static Row, buckets: &Buckets, more: Option<(&'static str, &'static str)>| {
                let (counts, sum) = buckets.snapshot();
                let mut attributes = key.attributes(conventions);
                attributes.extend(more);
                all.push(Series { row, attributes, counts, sum });
            };
            push(key.duration(), &cells.duration, None);
            if let Some([input, output]) = cells.tokens.get() {
                push(&TOKEN_USAGE, input, Some((TOKEN_TYPE, "input")));
                push(&TOKEN_USAGE, output, Some((TOKEN_TYPE, "output")));
            }
            if let Some(first_chunk) = cells.first_chunk.get() {
                push(&FIRST_CHUNK, first_chunk, None);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: Kind<'_> = Kind::Client { operation: "chat", provider: Some("openai"), response_model: None };

    fn told(kind: Kind<'_>) -> Told<'_> {
        Told { kind, duration_nanos: 20_000_000, error_type: None, usage: None, first_chunk_nanos: None }
    }

    #[test]
    fn calls_with_the_same_attributes_are_one_series() {
        let metrics = GenAi::new();
        for model in ["gpt-4o-2024-08-06", "gpt-4o-2024-11-20", "gpt-4o-2024-08-06"] {
            let kind = Kind::Client { operation: "chat", provider: Some("openai"), response_model: Some(model) };
            metrics.record("gpt-4o", &[("tier", "free")], &told(kind));
        }
        let mut counts: Vec<_> = metrics
            .series()
            .into_iter()
            .map(|series| {
                assert_eq!(series.row.name, "gen_ai.client.operation.duration");
                assert_eq!(
                    series.attributes[..3],
                    [
                        ("gen_ai.operation.name", "chat"),
                        ("gen_ai.provider.name", "openai"),
                        ("gen_ai.request.model", "gpt-4o"),
                    ]
                );
                assert_eq!(series.attributes[4], ("tier", "free"));
                // On a bound belongs to that bucket.
                assert_eq!(series.counts[1], series.counts.iter().sum::<u64>());
                (series.attributes[3].1, series.sum)
            })
            .collect();
        counts.sort_unstable();
        assert_eq!(counts, [("gpt-4o-2024-08-06", 40_000_000), ("gpt-4o-2024-11-20", 20_000_000)]);
    }

    #[test]
    fn attributes_are_called_as_those_of_spans() {
        let kind = Kind::Client {
            operation: "embeddings",
            provider: Some("azure.ai.openai"),
            response_model: Some("ada-002"),
        };
        let of = |kind| Key { kind, name: "ada", labels: &[], error_type: Some("timeout") };
        assert_eq!(
            of(kind).attributes(Conventions::OpenInference),
            [
                ("openinference.span.kind", "EMBEDDING"),
                ("llm.provider", "azure"),
                ("llm.request.model_name", "ada"),
                ("llm.response.model_name", "ada-002"),
                ("error.type", "timeout"),
            ]
        );
        for (kind, names) in [
            (Kind::Agent, ["gen_ai.agent.name", "agent.name"]),
            (Kind::Tool, ["gen_ai.tool.name", "tool.name"]),
            (Kind::Workflow, ["gen_ai.workflow.name", "workflow"]),
        ] {
            for (conventions, name) in [Conventions::GenAiNext, Conventions::OpenInference].into_iter().zip(names) {
                assert_eq!(of(kind).attributes(conventions), [(name, "ada"), ("error.type", "timeout")]);
            }
        }
    }

    #[test]
    fn a_call_with_usage_and_chunks_has_four_histograms() {
        let metrics = GenAi::new();
        let usage = Some(Usage::new(1_024, 0));
        metrics.record("gpt-4o", &[], &Told { usage, first_chunk_nanos: Some(1), ..told(CHAT) });
        let mut series: Vec<_> = metrics
            .series()
            .into_iter()
            .map(|series| {
                let place = series.counts.iter().position(|count| *count == 1);
                (series.row.name, series.attributes.last().copied().unwrap_or_default().1, place, series.sum)
            })
            .collect();
        series.sort_unstable();
        assert_eq!(
            series,
            [
                ("gen_ai.client.operation.duration", "gpt-4o", Some(1), 20_000_000),
                ("gen_ai.client.operation.time_to_first_chunk", "gpt-4o", Some(0), 1),
                ("gen_ai.client.token.usage", "input", Some(5), 1_024),
                ("gen_ai.client.token.usage", "output", Some(0), 0),
            ]
        );
    }

    #[test]
    fn what_has_no_bound_is_folded_and_the_sum_stays_exact() {
        let metrics = GenAi::new();
        for n in 0..2 * MOST_SETS {
            let (model, error) = (format!("answered-{n}"), format!("error-{n}"));
            let kind = Kind::Client { operation: "chat", provider: None, response_model: Some(&model) };
            metrics.record("gpt-4o", &[], &Told { error_type: Some(&error), ..told(kind) });
        }
        let series = metrics.series();
        assert_eq!(series.len(), MOST_SETS + 1);
        assert_eq!(series.iter().flat_map(|series| &series.counts).sum::<u64>(), 2 * MOST_SETS as u64);
        let folded = series.iter().find(|series| series.attributes.contains(&(ERROR_TYPE, ERROR_TYPE_OTHER)));
        assert_eq!(folded.map(|folded| folded.counts.iter().sum::<u64>()), Some(MOST_SETS as u64));
    }

    #[test]
    fn many_threads_record_into_the_same_cells() {
        let metrics = GenAi::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for name in ["a", "b", "c"].into_iter().cycle().take(300) {
                        metrics.record(name, &[], &told(Kind::Agent));
                    }
                });
            }
        });
        let counts: Vec<u64> = metrics.series().iter().map(|series| series.counts.iter().sum()).collect();
        assert_eq!(counts, [400; 3]);
    }
}
