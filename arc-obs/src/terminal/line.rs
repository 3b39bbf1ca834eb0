//! One finished operation as one line: indented by nesting; its status, duration,
//! tokens and cost.

use std::fmt::Write;

use super::{Style, Tone};
use crate::labels;
use crate::operation::{FinishedOperation, OperationKind, Status, Usage};
use crate::summary::{short, shown};

/// Where the durations stand, so that they stand below each other.
const NAME_WIDTH: usize = 44;

/// Deeper nesting is not indented further.
const DEEPEST: usize = 8;

pub(super) fn line(operation: &FinishedOperation, style: Style) -> String {
    let (mark, tone) = match operation.status {
        Status::Success => ("✓", Tone::Good),
        Status::Cancelled => ("∅", Tone::Quiet),
        Status::Timeout => ("✗", Tone::Warning),
        Status::Error | Status::Panic => ("✗", Tone::Bad),
    };
    let indent = "  ".repeat(operation.depth.min(DEEPEST) + 1);
    let kind = operation.kind.as_str();
    let name = without_secrets(&operation.name);
    let agent = match &operation.agent {
        // Several agents at work write between each other.
        Some(agent) if operation.kind != OperationKind::Agent => format!("{} › ", without_secrets(agent)),
        _ => String::new(),
    };
    let width = indent.chars().count() + 2 + kind.len() + 1 + agent.chars().count() + name.chars().count();
    let mut line = format!("{indent}{} {} ", style.paint(tone, mark), style.paint(Tone::Quiet, kind));
    line.push_str(&style.paint(Tone::Quiet, &agent));
    line.push_str(&style.paint(Tone::Strong, &name));
    line.push_str(&" ".repeat(NAME_WIDTH.saturating_sub(width).max(1)));
    // Writing to a string cannot fail.
    let _ = write!(line, "{:>9}", short(operation.duration));
    for (text, tone) in details(operation) {
        line.push_str("  ");
        line.push_str(&tone.map_or_else(|| text.clone(), |tone| style.paint(tone, &text)));
    }
    line.push('\n');
    line
}

/// A name that arrived at run time may be anything.
fn without_secrets(name: &str) -> String {
    labels::shown(name).map_or_else(|| shown(name).to_string(), |name| shown(&name).to_string())
}

fn details(operation: &FinishedOperation) -> Vec<(String, Option<Tone>)> {
    let mut details = Vec::new();
    if let Some(status) = operation.http_status {
        details.push((status.to_string(), if status < 400 { None } else { Some(Tone::Warning) }));
    }
    if !operation.status.is_success() {
        let mut text = operation.status.as_str().to_owned();
        // Of text and of any error there is nothing to say that `error` does not.
        let error_type = operation.error_type.as_deref().map(short_type);
        if let Some(name) = error_type.filter(|name| !["String", "&str", "Box<dyn Error>"].contains(&&**name)) {
            let _ = write!(text, " ({})", shown(&name));
        }
        details.push((text, Some(Tone::Warning)));
    }
    if let Some(first) = operation.time_to_first_chunk {
        details.push((format!("first token {}", short(first)), None));
    }
    if let Some(usage) = &operation.usage {
        details.push((tokens(usage), None));
    }
    if let Some(cost) = &operation.cost {
        details.push((cost.to_string(), Some(Tone::Strong)));
    }
    if let Some(reason) = &operation.unpriced {
        let what = if operation.cost.is_some() { "and more that is unknown" } else { "cost unknown" };
        details.push((format!("{what} ({})", reason.replace('_', " ")), Some(Tone::Warning)));
    } else if operation.usage_missing {
        // OpenAI, and who speaks its API, report the usage of a stream only to who asks.
        let hint = if operation.chunks.is_some() { ": set stream_options.include_usage" } else { "" };
        details.push((format!("usage missing{hint}"), Some(Tone::Warning)));
    } else if operation.cost_is_partial {
        let what = if operation.cost.is_some() { "and more that is unknown" } else { "cost unknown" };
        details.push((what.to_owned(), Some(Tone::Warning)));
    }
    details
}

/// The name of a type without the modules that it stands in; but an `Error` keeps the one
/// that tells it from the others: `io::Error`.
fn short_type(name: &str) -> String {
    let mut short = String::new();
    let mut path = String::new();
    let end_of = |path: &mut String, short: &mut String| {
        let mut segments = path.rsplit("::");
        let last = segments.next().unwrap_or_default();
        let module = segments.find(|module| *module != "error").filter(|_| last == "Error");
        if let Some(module) = module.filter(|module| !["core", "std", "alloc"].contains(module)) {
            short.push_str(module);
            short.push_str("::");
        }
        short.push_str(last);
        path.clear();
    };
    for letter in name.chars() {
        if letter.is_alphanumeric() || letter == '_' || letter == ':' {
            path.push(letter);
        } else {
            end_of(&mut path, &mut short);
            short.push(letter);
        }
    }
    end_of(&mut path, &mut short);
    short
}

fn tokens(usage: &Usage) -> String {
    let mut text = format!("{} → {} tokens", usage.input_tokens, usage.output_tokens);
    let parts: Vec<_> = [(usage.cache_read_tokens, "cached"), (usage.reasoning_tokens, "reasoning")]
        .into_iter()
        .filter(|(tokens, _)| *tokens > 0)
        .map(|(tokens, what)| format!("{tokens} {what}"))
        .collect();
    if !parts.is_empty() {
        let _ = write!(text, " ({})", parts.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::operation::Usd;

    fn call() -> FinishedOperation {
        FinishedOperation {
            fields: Vec::new(),
            labels: Vec::new(),
            kind: OperationKind::Llm,
            name: "gpt-4o".into(),
            status: Status::Success,
            duration: Duration::from_millis(1_210),
            depth: 1,
            agent: Some("researcher".into()),
            error_type: None,
            usage: Some(Usage::new(1_000, 500).cache_read(800)),
            response_model: None,
            finish_reason: None,
            time_to_first_chunk: None,
            chunks: None,
            hit: None,
            http_status: None,
            cost: Some(Usd::from_nanos(6_500_000)),
            unpriced: None,
            usage_missing: false,
            cost_is_partial: false,
            function: None,
        }
    }

    fn written(operation: &FinishedOperation) -> String {
        line(operation, Style { colours: false })
    }

    #[test]
    fn a_call_has_its_tokens_and_its_cost() {
        assert_eq!(
            written(&call()),
            "    ✓ llm researcher › gpt-4o                  1.21 s  1000 → 500 tokens (800 cached)  $0.0065\n"
        );
        let unpriced = FinishedOperation { cost: None, unpriced: Some("unknown_model".into()), ..call() };
        assert!(written(&unpriced).ends_with("cost unknown (unknown model)\n"));
        let partly = FinishedOperation { unpriced: Some("unknown_model".into()), ..call() };
        assert!(written(&partly).ends_with("$0.0065  and more that is unknown (unknown model)\n"));
    }

    #[test]
    fn a_failure_says_how_and_by_what() {
        let failed = FinishedOperation {
            kind: OperationKind::Tool,
            name: "search\n\u{1b}[31m".into(),
            status: Status::Timeout,
            depth: 100,
            agent: None,
            error_type: Some("Elapsed".into()),
            usage: None,
            cost: None,
            ..call()
        };
        let text = written(&failed);
        assert!(text.contains("✗ tool search��[31m ") && text.ends_with("1.21 s  timeout (Elapsed)\n"), "{text}");
        assert_eq!(text.lines().count(), 1);
        assert!(text.starts_with(&" ".repeat(18)) && !text.starts_with(&" ".repeat(19)));
    }

    #[test]
    fn types_of_errors_are_short() {
        for (name, short) in [
            ("std::io::error::Error", "io::Error"),
            ("core::fmt::Error", "fmt::Error"),
            ("reqwest::error::Error", "reqwest::Error"),
            ("anyhow::Error", "anyhow::Error"),
            ("tokio::time::error::Elapsed", "Elapsed"),
            ("my_crate::errors::AgentError<alloc::string::String>", "AgentError<String>"),
            ("alloc::boxed::Box<dyn core::error::Error + core::marker::Send>", "Box<dyn Error + Send>"),
            ("Error", "Error"),
            ("", ""),
        ] {
            assert_eq!(short_type(name), short, "{name}");
        }
        let boxed = Some("alloc::boxed::Box<dyn core::error::Error>".into());
        let failed = FinishedOperation { status: Status::Error, error_type: boxed, ..call() };
        assert!(written(&failed).contains("  error  1000"), "{}", written(&failed));
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let coloured = line(&call(), Style { colours: true });
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            plain.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        assert_eq!(plain, written(&call()));
        assert!(coloured.contains("\u{1b}[32m✓\u{1b}[0m"));
    }
}
