//! Events: what went wrong, once, from where it came up.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use sentry_types::protocol::v7::{Breadcrumb, Event, Exception, Level, Mechanism, Values};

use super::words::{self, Origin};
use crate::export::{Span, SpanEvent, SpanId, SpanStatus};
use crate::semconv;

/// As many breadcrumbs as Sentry shows of an event.
const MOST_BREADCRUMBS: usize = 100;

/// The level of an event of `tracing`'s, as the layer writes it down.
const LEVEL: &str = "level";

/// What is known of a trace while it goes on.
#[derive(Default)]
pub(super) struct Known {
    breadcrumbs: VecDeque<Breadcrumb>,
    /// Of spans that are still open: whether what ended last inside of them had failed. If such a one
    /// then fails, it is the same failure on its way up.
    failing: HashMap<SpanId, bool>,
}

/// A failure on its way up.
struct Rising<'a> {
    at: &'a Span,
    exceptions: Vec<Exception>,
    is_panic: bool,
}

/// The events of one trace's spans, which are in the order in which they ended.
pub(super) fn events(known: &mut Known, spans: &[&Span], origin: &Origin) -> Vec<Event<'static>> {
    let mut said: Vec<(&Span, &SpanEvent, Level)> = Vec::new();
    for span in spans {
        let heard = span.events.iter().filter_map(|event| Some((*span, event, level(event)?)));
        said.extend(heard);
    }
    said.sort_by_key(|(_, event, _)| event.time);
    // What was said before a failure is with it; what is an event itself, is with those after it.
    let mut events = Vec::new();
    let mut failures = rising(known, spans).into_iter().peekable();
    for (span, event, level) in said {
        while let Some(failure) = failures.next_if(|failure| failure.at.end < event.time) {
            events.push(of_failure(failure, known, origin));
        }
        if level == Level::Error {
            events.push(of_message(span, event, known, origin));
        }
        known.add(breadcrumb(span, event, level));
    }
    events.extend(failures.map(|failure| of_failure(failure, known, origin)));
    events
}

fn rising<'a>(known: &mut Known, spans: &[&'a Span]) -> Vec<Rising<'a>> {
    let mut found: Vec<Rising<'a>> = Vec::new();
    // Which of them it is that goes up through a span; none of one that was sent before.
    let mut through: HashMap<SpanId, usize> = HashMap::new();
    for span in spans {
        let failed = words::is_failure(span);
        let is_same = known.failing.remove(&span.span_id) == Some(true);
        let index = through.remove(&span.span_id);
        let parent = span.parent_span_id.filter(|_| !span.parent_is_remote);
        let mut of_parent = None;
        match (failed, is_same, index) {
            (true, true, Some(index)) => {
                let exception = exception(span);
                // Most of the time it is handed on as it is.
                let last = found[index].exceptions.last();
                if last.is_none_or(|last| (&last.ty, &last.value) != (&exception.ty, &exception.value)) {
                    found[index].exceptions.push(exception);
                }
                of_parent = Some(index);
            }
            (true, false, _) => {
                let is_panic = words::ended_as(span) == Some("panic");
                found.push(Rising { at: span, exceptions: vec![exception(span)], is_panic });
                of_parent = Some(found.len() - 1);
            }
            (true, true, None) | (false, ..) => {}
        }
        if let Some(parent) = parent {
            known.failing.insert(parent, failed);
            through.remove(&parent);
            if let Some(index) = of_parent {
                through.insert(parent, index);
            }
        }
    }
    found
}

impl Known {
    fn add(&mut self, breadcrumb: Breadcrumb) {
        if self.breadcrumbs.len() == MOST_BREADCRUMBS {
            self.breadcrumbs.pop_front();
        }
        self.breadcrumbs.push_back(breadcrumb);
    }

    fn breadcrumbs(&self) -> Values<Breadcrumb> {
        self.breadcrumbs.iter().cloned().collect()
    }
}

fn level(event: &SpanEvent) -> Option<Level> {
    let said = event.attributes.iter().find(|(key, _)| key == LEVEL).and_then(|(_, value)| value.as_str());
    words::level(said)
}

fn exception(span: &Span) -> Exception {
    let description = match &span.status {
        SpanStatus::Error(description) if !description.is_empty() => Some(description.as_str()),
        _ => None,
    };
    let ty = words::text(span, semconv::ERROR_TYPE).or_else(|| words::ended_as(span)).unwrap_or("error");
    let value = words::text(span, "error.message").or(description);
    Exception {
        ty: ty.to_owned(),
        value: value.map(str::to_owned),
        module: Some(span.scope.to_string()),
        ..Exception::default()
    }
}

fn of_failure(failure: Rising<'_>, known: &Known, origin: &Origin) -> Event<'static> {
    let Rising { at, mut exceptions, is_panic } = failure;
    if let Some(last) = exceptions.last_mut() {
        let ty = if is_panic { "panic" } else { "result" };
        last.mechanism = Some(Mechanism { ty: ty.to_owned(), handled: Some(!is_panic), ..Mechanism::default() });
    }
    Event {
        level: if is_panic { Level::Fatal } else { Level::Error },
        exception: exceptions.into(),
        timestamp: at.end,
        ..of_span(at, known, origin)
    }
}

fn of_message(span: &Span, event: &SpanEvent, known: &Known, origin: &Origin) -> Event<'static> {
    let extra = event.attributes.iter().filter(|(key, _)| key != LEVEL);
    Event {
        level: Level::Error,
        message: Some(event.name.to_string()),
        extra: extra.map(|(key, value)| (key.to_string(), words::json(value))).collect(),
        timestamp: event.time,
        ..of_span(span, known, origin)
    }
}

fn of_span(span: &Span, known: &Known, origin: &Origin) -> Event<'static> {
    Event {
        platform: Cow::Borrowed("other"),
        transaction: Some(span.name.to_string()),
        logger: Some(span.scope.to_string()),
        release: origin.release.clone().map(Cow::Owned),
        environment: origin.environment.clone().map(Cow::Owned),
        user: words::user(span),
        contexts: [("trace".to_owned(), words::trace_context(span).into())].into(),
        breadcrumbs: known.breadcrumbs(),
        tags: words::tags(span, origin),
        sdk: Some(Cow::Owned(words::sdk())),
        ..Event::default()
    }
}

fn breadcrumb(span: &Span, event: &SpanEvent, level: Level) -> Breadcrumb {
    let data = event.attributes.iter().filter(|(key, _)| key != LEVEL);
    Breadcrumb {
        timestamp: event.time,
        ty: "log".to_owned(),
        category: Some(span.name.to_string()),
        level,
        message: Some(event.name.to_string()),
        data: data.map(|(key, value)| (key.to_string(), words::json(value))).collect(),
    }
}
