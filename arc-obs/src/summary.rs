//! What the program's agents, models, workflows and tools did so far, as a table for people.
//!
//! A snapshot of the cells; it neither resets nor stops anything.

use std::fmt;
use std::time::Duration;

use crate::metrics::{Metrics, Outcomes, Spent, process_metrics};
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
    /// One row per `#[traced]` operation, by name.
    pub operations: Vec<Row>,
    /// LLM calls whose tokens are known and whose price is not.
    pub unpriced_calls: u64,
    /// Successful LLM calls whose response reported no usage.
    pub usage_missing: u64,
}

/// What one agent, model, workflow, tool or operation did.
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
    /// What the calls cost: `None` where that is not known, or nothing was bought.
    pub cost: Option<Usd>,
    /// The duration that half of the operations stayed below.
    pub p50: Duration,
    /// The duration that 95 of 100 operations stayed below.
    pub p95: Duration,
    /// The duration that 99 of 100 operations stayed below.
    pub p99: Duration,
}

impl Row {
    fn new(name: &str, outcomes: &Outcomes) -> Self {
        let counts = Status::ALL.map(|status| outcomes.count(status));
        let durations = outcomes.durations();
        let quantile = |q| Duration::from_nanos(durations.quantile(q).unwrap_or(0));
        Self {
            name: name.to_owned(),
            calls: counts.iter().sum(),
            errors: [Status::Error, Status::Timeout, Status::Panic].map(|status| outcomes.count(status)).iter().sum(),
            timeouts: outcomes.count(Status::Timeout),
            panics: outcomes.count(Status::Panic),
            cancelled: outcomes.count(Status::Cancelled),
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
        let row = |name: &str, outcomes: &Outcomes| Row::new(name, outcomes);
        let spent = |spent: &Spent| spent.so_far().map(Usd::from_nanos);
        let sorted = |mut rows: Vec<Row>| {
            rows.retain(|row| row.calls > 0);
            rows.sort_by(|a, b| a.name.cmp(&b.name));
            rows
        };
        Summary {
            agents: sorted(
                metrics
                    .agents
                    .all()
                    .into_iter()
                    .map(|(name, series)| Row {
                        cost: Some(Usd::from_nanos(series.cost.get())).filter(|cost| cost.as_nanos() > 0),
                        ..row(name, &series.outcomes)
                    })
                    .collect(),
            ),
            models: sorted(
                metrics
                    .llm_models
                    .all()
                    .into_iter()
                    .map(|(name, series)| {
                        let (input_tokens, output_tokens) = series.tokens();
                        let cost = series.cost_so_far().map(Usd::from_nanos);
                        Row { input_tokens, output_tokens, cost, ..row(name, &series.outcomes) }
                    })
                    .collect(),
            ),
            workflows: sorted(
                metrics
                    .workflows
                    .all()
                    .into_iter()
                    .map(|(name, series)| Row { cost: spent(&series.spent), ..row(name, &series.outcomes) })
                    .collect(),
            ),
            tools: sorted(
                metrics
                    .tools
                    .all()
                    .into_iter()
                    .map(|(name, series)| Row { cost: spent(&series.spent), ..row(name, &series.outcomes) })
                    .collect(),
            ),
            operations: sorted(
                metrics
                    .operations
                    .all()
                    .into_iter()
                    .map(|(name, series)| Row { cost: spent(&series.spent), ..row(name, &series.outcomes) })
                    .collect(),
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
            ("operation", &self.operations),
        ];
        let width = sections.iter().flat_map(|(_, rows)| rows.iter()).map(|row| shown(&row.name).chars().count());
        let width = width.max().unwrap_or(0).clamp(12, 40);
        if sections.iter().all(|(_, rows)| rows.is_empty()) {
            writeln!(f, "nothing was recorded")?;
        }
        for (kind, rows) in sections.into_iter().filter(|(_, rows)| !rows.is_empty()) {
            let costly = matches!(kind, "agent" | "model") || rows.iter().any(|row| row.cost.is_some());
            header(f, kind, width, costly)?;
            rows.iter().try_for_each(|row| row.write(f, kind, width))?;
            writeln!(f)?;
        }
        if self.unpriced_calls > 0 {
            writeln!(f, "{} LLM calls have no price: their cost is not in the sum", self.unpriced_calls)?;
        } else if !self.models.is_empty() {
            writeln!(f, "unpriced LLM calls: 0")?;
        }
        if self.usage_missing > 0 {
            writeln!(f, "{} LLM calls reported no usage: their tokens are not in the sum", self.usage_missing)?;
        }
        Ok(())
    }
}

fn header(f: &mut fmt::Formatter<'_>, kind: &str, width: usize, costly: bool) -> fmt::Result {
    write!(f, "{kind:<width$} {:>7} {:>7}", "calls", "errors")?;
    if kind == "model" {
        write!(f, " {:>9} {:>9}", "input", "output")?;
    } else {
        write!(f, " {:>9} {:>9}", "", "")?;
    }
    let cost = if costly { "cost" } else { "" };
    writeln!(f, " {cost:>11} {:>9} {:>9} {:>9}", "p50", "p95", "p99")
}

impl Row {
    fn write(&self, f: &mut fmt::Formatter<'_>, kind: &str, width: usize) -> fmt::Result {
        write!(f, "{:<width$} {:>7} {:>7}", shown(&self.name), self.calls, self.errors)?;
        if kind == "model" {
            write!(f, " {:>9} {:>9}", self.input_tokens, self.output_tokens)?;
        } else {
            write!(f, " {:>9} {:>9}", "", "")?;
        }
        let cost = match (&self.cost, kind) {
            (Some(cost), _) => cost.to_string(),
            (None, "model") => "unknown".to_owned(),
            (None, "agent") => "-".to_owned(),
            _ => String::new(),
        };
        write!(f, " {cost:>11} {:>9} {:>9} {:>9}", short(self.p50), short(self.p95), short(self.p99))?;
        let remarks: Vec<_> = [(self.timeouts, "timed out"), (self.panics, "panicked"), (self.cancelled, "cancelled")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let gap = if remarks.is_empty() { "" } else { "  " };
        writeln!(f, "{gap}{}", remarks.join(", "))
    }
}

/// A name as a terminal may show it: one line, no control characters, not too long.
pub(crate) fn shown(name: &str) -> String {
    let clean: String = name.chars().map(|c| if c.is_control() { '�' } else { c }).take(40).collect();
    clean
}

/// Three digits and a unit.
pub(crate) fn short(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s >= 100.0 => format!("{s:.0} s"),
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.1} ms", s * 1e3),
        s => format!("{:.0} µs", s * 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let shown = [120_000, 1_500, 250, 3].map(|millis| short(Duration::from_millis(millis)));
        assert_eq!(shown, ["120 s", "1.50 s", "250.0 ms", "3.0 ms"]);
        assert_eq!(short(Duration::from_micros(7)), "7 µs");
    }

    #[test]
    fn a_name_cannot_write_to_the_terminal() {
        assert_eq!(shown("a\u{1b}[2J\nb"), "a�[2J�b");
    }
}
