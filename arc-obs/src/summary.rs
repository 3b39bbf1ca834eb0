//! What the program's agents, models, workflows and tools did so far, as a table for people.
//!
//! A snapshot of the cells; it neither resets nor stops anything.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::metrics::{HistogramSnapshot, Metrics, Outcomes, RequestSeries, process_metrics};
use crate::operation::{Status, Usd};

/// What has been recorded since the process began.
///
/// `Display` writes a table, for a terminal.
///
/// ```
/// #[arc_obs::track_tool("search")]
/// fn search(query: &str) -> usize {
///     query.len()
/// }
///
/// search("rust");
/// let summary = arc_obs::summary();
/// assert_eq!(summary.tools[0].name, "search");
/// assert_eq!(summary.tools[0].calls, 1);
/// println!("{summary}");
/// ```
#[must_use]
pub fn summary() -> Summary {
    Summary::of(process_metrics())
}

/// What has been recorded since the process began; made by [`summary`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// One row per agent, by name.
    pub agents: Vec<Row>,
    /// One row per model that was asked for, by name.
    pub models: Vec<Row>,
    /// One row per workflow, by name.
    pub workflows: Vec<Row>,
    /// One row per tool, by name.
    pub tools: Vec<Row>,
    /// One row per method and endpoint of HTTP requests, by name. Its errors are those that
    /// were answered with 500 and more.
    pub requests: Vec<Row>,
    /// One row per `#[traced]` operation, by name.
    pub operations: Vec<Row>,
    /// LLM calls whose tokens are known and whose price is not.
    pub unpriced_calls: u64,
    /// Successful LLM calls whose response reported no usage.
    pub usage_missing: u64,
}

/// What one agent, model, workflow, tool, request or operation did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// Its name.
    pub name: String,
    /// How many operations ended, however they did.
    pub calls: u64,
    /// How many of them ended with `error`, `timeout` or `panic`.
    pub errors: u64,
    /// How many of the errors were time-outs.
    pub timeouts: u64,
    /// How many of the errors were panics.
    pub panics: u64,
    /// How many were cancelled: neither a success nor an error.
    pub cancelled: u64,
    /// Tokens of the prompts; 0 for what is not a model.
    pub input_tokens: u64,
    /// Tokens of the answers; 0 for what is not a model.
    pub output_tokens: u64,
    /// What the calls cost: `None` where that is not known, or nothing was bought. Of an
    /// agent, what it spends itself, without the agents that it calls.
    pub cost: Option<Usd>,
    /// The duration that half of the operations stayed below.
    pub p50: Duration,
    /// The duration that 95 of 100 operations stayed below.
    pub p95: Duration,
    /// The duration that 99 of 100 operations stayed below.
    pub p99: Duration,
}

impl Row {
    /// One row of all series that a name has: one for each set of its labels.
    fn new(name: &str, outcomes: &[&Outcomes]) -> Self {
        let count = |status| outcomes.iter().map(|outcomes| outcomes.count(status)).sum::<u64>();
        let durations = outcomes.iter().map(|outcomes| outcomes.durations()).reduce(HistogramSnapshot::plus);
        let quantile = |q| Duration::from_nanos(durations.as_ref().and_then(|all| all.quantile(q)).unwrap_or(0));
        Self {
            name: name.to_owned(),
            calls: Status::ALL.into_iter().map(count).sum(),
            errors: [Status::Error, Status::Timeout, Status::Panic].map(count).iter().sum(),
            timeouts: count(Status::Timeout),
            panics: count(Status::Panic),
            cancelled: count(Status::Cancelled),
            input_tokens: 0,
            output_tokens: 0,
            cost: None,
            p50: quantile(0.50),
            p95: quantile(0.95),
            p99: quantile(0.99),
        }
    }
}

/// The rows of one kind, by name.
fn rows<T: 'static>(
    all: Vec<(&'static str, &'static T)>,
    outcomes: fn(&T) -> &Outcomes,
    add: fn(&mut Row, &T),
) -> Vec<Row> {
    let mut names: BTreeMap<&str, Vec<&T>> = BTreeMap::new();
    for (name, series) in all {
        names.entry(name).or_default().push(series);
    }
    let row = |(name, series): (&str, Vec<&T>)| {
        let all: Vec<_> = series.iter().map(|series| outcomes(series)).collect();
        let mut row = Row::new(name, &all);
        series.into_iter().for_each(|series| add(&mut row, series));
        row
    };
    names.into_iter().map(row).filter(|row| row.calls > 0).collect()
}

/// Adds what one series of a row cost, if that is known.
fn add_cost(row: &mut Row, nanodollars: Option<u64>) {
    if let Some(cost) = nanodollars.map(Usd::from_nanos) {
        row.cost = Some(row.cost.map_or(cost, |sum| sum.saturating_add(cost)));
    }
}

/// The rows of requests, by method and endpoint.
fn request_rows(all: Vec<&RequestSeries>) -> Vec<Row> {
    let mut names: BTreeMap<String, Vec<&RequestSeries>> = BTreeMap::new();
    for series in all {
        names.entry(format!("{} {}", series.method, series.endpoint)).or_default().push(series);
    }
    names.into_iter().map(|(name, series)| Row::of_requests(name, &series)).filter(|row| row.calls > 0).collect()
}

impl Row {
    /// The same of requests, whose statuses are HTTP's.
    fn of_requests(name: String, series: &[&RequestSeries]) -> Self {
        let counts = || series.iter().flat_map(|series| series.counts());
        let count = |which: fn(u16) -> bool| counts().filter(|(status, _)| which(*status)).map(|it| it.1).sum();
        let durations = series.iter().map(|series| series.durations()).reduce(HistogramSnapshot::plus);
        let quantile = |q| Duration::from_nanos(durations.as_ref().and_then(|all| all.quantile(q)).unwrap_or(0));
        Self {
            name,
            calls: count(|_| true),
            errors: count(|status| status >= 500),
            timeouts: count(|status| status == 504),
            panics: 0,
            cancelled: count(|status| status == 499),
            input_tokens: 0,
            output_tokens: 0,
            cost: None,
            p50: quantile(0.50),
            p95: quantile(0.95),
            p99: quantile(0.99),
        }
    }
}

impl Summary {
    /// What these metrics hold.
    pub(crate) fn of(metrics: &Metrics) -> Self {
        Summary {
            agents: rows(
                metrics.agents.all(),
                |agent| &agent.outcomes,
                |row, agent| add_cost(row, Some(agent.cost.get()).filter(|cost| *cost > 0)),
            ),
            models: rows(
                metrics.llm_models.all(),
                |model| &model.outcomes,
                |row, model| {
                    let (input, output) = model.tokens();
                    row.input_tokens += input;
                    row.output_tokens += output;
                    add_cost(row, model.cost_so_far());
                },
            ),
            workflows: rows(
                metrics.workflows.all(),
                |workflow| &workflow.outcomes,
                |row, workflow| add_cost(row, workflow.spent.so_far()),
            ),
            tools: rows(metrics.tools.all(), |tool| &tool.outcomes, |row, tool| add_cost(row, tool.spent.so_far())),
            requests: request_rows(
                metrics.endpoints.all().into_iter().flat_map(|(_, endpoint)| endpoint.all()).collect(),
            ),
            operations: rows(
                metrics.operations.all(),
                |operation| &operation.outcomes,
                |row, operation| add_cost(row, operation.spent.so_far()),
            ),
            unpriced_calls: metrics.catalog.llm_unpriced.total(),
            usage_missing: metrics.catalog.llm_usage_missing.total(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sections = [
            ("agent", &self.agents),
            ("model", &self.models),
            ("workflow", &self.workflows),
            ("tool", &self.tools),
            ("request", &self.requests),
            ("operation", &self.operations),
        ];
        let width = sections.iter().flat_map(|(_, rows)| rows.iter()).map(|row| shown(&row.name).chars().count());
        // With names no longer than this a line has 79 columns.
        let width = width.max().unwrap_or(0).max(10);
        if sections.iter().all(|(_, rows)| rows.is_empty()) {
            writeln!(f, "nothing was recorded")?;
        }
        for (kind, rows) in sections.into_iter().filter(|(_, rows)| !rows.is_empty()) {
            let costly = matches!(kind, "agent" | "model") || rows.iter().any(|row| row.cost.is_some());
            header(f, kind, width, costly)?;
            rows.iter().try_for_each(|row| row.write(f, kind, width))?;
            writeln!(f)?;
        }
        match self.unpriced_calls {
            0 if self.models.is_empty() => {}
            0 => writeln!(f, "unpriced LLM calls: 0")?,
            1 => writeln!(f, "1 LLM call has no price: its cost is not in the sum")?,
            calls => writeln!(f, "{calls} LLM calls have no price: their cost is not in the sum")?,
        }
        match self.usage_missing {
            0 => Ok(()),
            1 => writeln!(f, "1 LLM call reported no usage: its tokens are not in the sum"),
            calls => writeln!(f, "{calls} LLM calls reported no usage: their tokens are not in the sum"),
        }
    }
}

fn header(f: &mut fmt::Formatter<'_>, kind: &str, width: usize, costly: bool) -> fmt::Result {
    write!(f, "{kind:<width$} {:>5} {:>6}", "calls", "errors")?;
    let (input, output) = if kind == "model" { ("input", "output") } else { ("", "") };
    let cost = match kind {
        // Without what other agents spend inside, which the line of an agent has.
        "agent" => "own cost",
        _ if costly => "cost",
        _ => "",
    };
    writeln!(f, " {input:>8} {output:>8} {cost:>10} {:>8} {:>8} {:>8}", "p50", "p95", "p99")
}

impl Row {
    fn write(&self, f: &mut fmt::Formatter<'_>, kind: &str, width: usize) -> fmt::Result {
        write!(f, "{:<width$} {:>5} {:>6}", shown(&self.name), self.calls, self.errors)?;
        if kind == "model" {
            write!(f, " {:>8} {:>8}", self.input_tokens, self.output_tokens)?;
        } else {
            write!(f, " {:>8} {:>8}", "", "")?;
        }
        let cost = match (&self.cost, kind) {
            (Some(cost), _) => rounded(*cost),
            (None, "model") => "unknown".to_owned(),
            (None, "agent") => "-".to_owned(),
            _ => String::new(),
        };
        write!(f, " {cost:>10} {:>8} {:>8} {:>8}", short(self.p50), short(self.p95), short(self.p99))?;
        let remarks: Vec<_> = [(self.timeouts, "timed out"), (self.panics, "panicked"), (self.cancelled, "cancelled")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let gap = if remarks.is_empty() { "" } else { "  " };
        writeln!(f, "{gap}{}", remarks.join(", "))
    }
}

/// Money in the column of the costs: exact where it fits, else rounded to what does.
fn rounded(cost: Usd) -> String {
    const WIDTH: usize = 10;
    let exact = cost.to_string();
    let Some(point) = exact.find('.').filter(|_| exact.len() > WIDTH) else { return exact };
    // Of very little nothing would be left.
    if cost.as_dollars() < 0.001 {
        exact
    } else {
        format!("${:.*}", (WIDTH - 1).saturating_sub(point), cost.as_dollars())
    }
}

/// The most characters that are shown of a name.
const LONGEST: usize = 40;

/// A name as a terminal may show it: one line, no control characters, and without its
/// middle where it is too long. Long names (of cloud resources, say) differ at the end.
pub(crate) fn shown(name: &str) -> String {
    let mut clean: Vec<char> = name.chars().map(|c| if c.is_control() { '�' } else { c }).collect();
    if clean.len() > LONGEST {
        clean.splice(LONGEST / 2..=clean.len() - LONGEST / 2, ['…']);
    }
    clean.into_iter().collect()
}

/// Three digits and a unit.
pub(crate) fn short(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s >= 100.0 => format!("{s:.0} s"),
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.1} ms", s * 1e3),
        s if s >= 1e-6 => format!("{:.0} µs", s * 1e6),
        _ => format!("{} ns", duration.as_nanos()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let shown = [120_000, 1_500, 250, 3].map(|millis| short(Duration::from_millis(millis)));
        assert_eq!(shown, ["120 s", "1.50 s", "250.0 ms", "3.0 ms"]);
        let shown = [7_000, 1_000, 999, 0].map(|nanos| short(Duration::from_nanos(nanos)));
        assert_eq!(shown, ["7 µs", "1 µs", "999 ns", "0 ns"]);
    }

    #[test]
    fn a_name_cannot_write_to_the_terminal() {
        assert_eq!(shown("a\u{1b}[2J\nb"), "a�[2J�b");
    }

    #[test]
    fn money_is_rounded_where_it_does_not_fit() {
        let shown = [0, 7_500_000, 12_345_678, 123_456_789_000, 12_345_678_900_000_001, 1]
            .map(|nanos| rounded(Usd::from_nanos(nanos)));
        assert_eq!(shown, ["$0.00", "$0.0075", "$0.0123457", "$123.45679", "$12345679", "$0.000000001"]);
    }

    #[test]
    fn both_ends_of_a_long_name_are_shown() {
        let arn = |end: &str| format!("arn:aws:bedrock:eu-central-1:123456789012:inference-profile/é{end}");
        assert_eq!(shown(&arn("a")), "arn:aws:bedrock:eu-c…nference-profile/éa");
        assert_ne!(shown(&arn("a")), shown(&arn("b")));
        assert_eq!(shown(&"x".repeat(40)), "x".repeat(40));
        assert_eq!(shown(&"x".repeat(41)).chars().count(), 40);
    }

    #[test]
    fn short_names_fit_a_terminal_of_80_columns() {
        let row = |name: &str, cost| Row {
            name: name.to_owned(),
            calls: 12_345,
            errors: 123_456,
            timeouts: 0,
            panics: 0,
            cancelled: 0,
            input_tokens: 12_345_678,
            output_tokens: 12_345_678,
            cost,
            p50: Duration::from_micros(999_900),
            p95: Duration::from_secs(12),
            p99: Duration::from_secs(9_999),
        };
        let mut summary = Summary {
            agents: vec![row("researcher", Some(Usd::from_nanos(123_456_789_000)))],
            models: vec![row("gpt-4o", None)],
            workflows: Vec::new(),
            tools: vec![row("search", None)],
            requests: Vec::new(),
            operations: Vec::new(),
            unpriced_calls: 1,
            usage_missing: 1,
        };
        let text = summary.to_string();
        assert!(text.lines().all(|line| line.chars().count() <= 79), "{text}");
        let (agents, models) = text.split_once("\n\n").unwrap();
        assert_eq!(
            agents,
            "agent      calls errors                     own cost      p50      p95      p99\n\
             researcher 12345 123456                   $123.45679 999.9 ms  12.00 s   9999 s"
        );
        assert!(models.starts_with("model      calls errors    input   output       cost "), "{text}");
        assert!(text.contains("\n1 LLM call has no price: its cost"), "{text}");
        assert!(text.contains("\n1 LLM call reported no usage: its tokens"), "{text}");
        (summary.unpriced_calls, summary.usage_missing) = (2, 3);
        let text = summary.to_string();
        assert!(text.contains("\n2 LLM calls have no price: their cost"), "{text}");
        assert!(text.contains("\n3 LLM calls reported no usage: their tokens"), "{text}");
    }
}
