use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::*;
use crate::export::{FieldValue, SpanEvent, SpanId, SpanKind, SpanStatus, TraceId};

const START: SystemTime = SystemTime::UNIX_EPOCH;

/// A span that ended so many milliseconds after all began, with its parent and its error.
fn span(trace: u128, id: u64, parent: u64, end: u64, failed: Option<(&str, &str)>) -> Span {
    let attributes = failed.map(|(status, ty)| {
        [("status", status), ("error.type", ty)]
            .map(|(key, value)| (Cow::Borrowed(key), FieldValue::Text(value.to_owned())))
            .to_vec()
    });
    Span {
        trace_id: TraceId::from_bytes(trace.to_be_bytes()).unwrap(),
        span_id: SpanId::from_bytes(id.to_be_bytes()).unwrap(),
        parent_span_id: SpanId::from_bytes(parent.to_be_bytes()),
        parent_is_remote: false,
        trace_flags: 1,
        trace_state: String::new(),
        name: format!("span {id}").into(),
        kind: SpanKind::Internal,
        start: START,
        end: START + Duration::from_millis(end),
        attributes: attributes.unwrap_or_default(),
        dropped_attributes: 0,
        events: Vec::new(),
        dropped_events: 0,
        links: Vec::new(),
        dropped_links: 0,
        status: failed.map_or(SpanStatus::Unset, |(_, ty)| SpanStatus::Error(format!("{ty}!"))),
        scope: "shop".into(),
    }
}

fn said(at: u64, level: &str, what: &'static str) -> SpanEvent {
    let level = ("level".into(), FieldValue::Text(level.to_owned()));
    SpanEvent::new(what.into(), START + Duration::from_millis(at), vec![level])
}

/// What is sent of batches: events and transactions, as JSON.
fn sent(traces: &mut OpenTraces, batches: &[&[Span]]) -> Vec<Value> {
    let outgoing = batches.iter().flat_map(|batch| traces.take(batch, &Origin::default()));
    outgoing.map(|outgoing| item(&outgoing)).collect()
}

fn item(outgoing: &Outgoing) -> Value {
    use sentry_types::protocol::v7::EnvelopeItem;
    match &outgoing.item {
        EnvelopeItem::Event(event) => json!({ "event": event }),
        EnvelopeItem::Transaction(transaction) => json!({ "transaction": transaction }),
        _ => panic!("something else"),
    }
}

fn types(event: &Value) -> Vec<&str> {
    let values = event["event"]["exception"]["values"].as_array().unwrap();
    values.iter().map(|value| value["type"].as_str().unwrap()).collect()
}

const IO: Option<(&str, &str)> = Some(("error", "Io"));
const SHOP: Option<(&str, &str)> = Some(("error", "Shop"));

#[test]
fn a_failure_on_its_way_up_is_one_event_with_all_that_it_was_wrapped_in() {
    let (inner, middle, outer) = (span(1, 3, 2, 1, IO), span(1, 2, 1, 2, IO), span(1, 1, 0, 3, SHOP));
    let spans = [inner.clone(), middle.clone(), outer.clone()];
    let together = sent(&mut OpenTraces::new(0.0), &[&spans]);
    assert_eq!(together.len(), 1, "{together:#?}");
    assert_eq!(types(&together[0]), ["Io", "Shop"]);
    assert_eq!(together[0]["event"]["contexts"]["trace"]["span_id"], "0000000000000003");
    assert_eq!(together[0]["event"]["exception"]["values"][1]["mechanism"]["handled"], true);

    // One that was sent already is not sent again.
    let apart = sent(&mut OpenTraces::new(0.0), &[&[inner], &[middle], &[outer]]);
    assert_eq!(apart.iter().map(types).collect::<Vec<_>>(), [["Io"]]);
}

#[test]
fn a_failure_after_one_that_was_got_over_is_another() {
    // The second try went well, and what failed then was something else.
    let spans = [span(1, 2, 1, 1, IO), span(1, 3, 1, 2, None), span(1, 1, 0, 3, SHOP)];
    let events = sent(&mut OpenTraces::new(0.0), &[&spans]);
    assert_eq!(events.iter().map(types).collect::<Vec<_>>(), [["Io"], ["Shop"]]);
    let apart: Vec<&[Span]> = spans.chunks(1).collect();
    assert_eq!(sent(&mut OpenTraces::new(0.0), &apart).len(), 2);
}

#[test]
fn a_panic_is_fatal_and_a_dropped_future_is_nothing() {
    let spans = [span(1, 2, 1, 1, Some(("cancelled", "cancelled"))), span(1, 1, 0, 3, Some(("panic", "panic")))];
    let events = sent(&mut OpenTraces::new(0.0), &[&spans]);
    assert_eq!(events.len(), 1, "{events:#?}");
    assert_eq!(events[0]["event"]["level"], "fatal");
    assert_eq!(events[0]["event"]["exception"]["values"][0]["mechanism"]["handled"], false);
}

#[test]
fn breadcrumbs_are_what_was_said_before_from_info_on_and_not_too_many() {
    let mut inner = span(1, 2, 1, 50, IO);
    inner.events = vec![said(1, "INFO", "one"), said(2, "DEBUG", "no"), said(3, "WARN", "two")];
    let mut outer = span(1, 1, 0, 200, None);
    outer.events = vec![said(2, "INFO", "between"), said(60, "INFO", "later"), said(70, "ERROR", "bad")];
    let events = sent(&mut OpenTraces::new(0.0), &[&[inner, outer]]);
    let crumbs = |event: &Value| -> Vec<String> {
        let values = event["event"]["breadcrumbs"]["values"].as_array().unwrap();
        values.iter().map(|value| value["message"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(crumbs(&events[0]), ["one", "between", "two"]);
    assert_eq!((&events[1]["event"]["message"], crumbs(&events[1]).len()), (&json!("bad"), 4));

    let mut chatty = span(2, 2, 1, 500, IO);
    chatty.events = (0..300).map(|at| said(at, "INFO", "x")).collect();
    assert_eq!(crumbs(&sent(&mut OpenTraces::new(0.0), &[&[chatty]])[0]).len(), 100);
}

#[test]
fn a_trace_is_sent_whole_when_its_first_span_ends() {
    let mut traces = OpenTraces::new(1.0);
    assert!(
        sent(&mut traces, &[&[span(1, 3, 2, 1, None)], &[span(1, 2, 1, 2, None), span(2, 9, 8, 2, None)]]).is_empty()
    );
    assert_eq!(traces.held(), 3);
    let transactions = sent(&mut traces, &[&[span(1, 1, 0, 3, None)]]);
    assert_eq!(transactions.len(), 1);
    assert_eq!(transactions[0]["transaction"]["transaction"], "span 1");
    assert_eq!(transactions[0]["transaction"]["spans"].as_array().unwrap().len(), 2);
    assert_eq!(traces.held(), 1);

    let rest = traces.rest(&Origin::default());
    assert_eq!(rest.iter().map(item).collect::<Vec<_>>()[0]["transaction"]["transaction"], "span 9");
    assert_eq!(traces.held(), 0);
}

#[test]
fn what_ends_after_the_trace_was_sent_is_sent_at_once_and_kept_by_nobody() {
    for rate in [1.0, 0.0] {
        let mut traces = OpenTraces::new(rate);
        sent(&mut traces, &[&[span(1, 2, 1, 1, None)], &[span(1, 1, 0, 2, None)]]);
        // A task of the root's, and one of its child's.
        for (id, parent) in [(3, 1), (4, 2)] {
            let late = sent(&mut traces, &[&[span(1, id, parent, 9, None)]]);
            assert_eq!(late.len(), usize::from(rate > 0.0), "{id}: {late:?}");
        }
        assert_eq!(traces.held(), 0);
        // What is inside of a late one waits for that.
        assert!(sent(&mut traces, &[&[span(1, 6, 5, 10, None)]]).is_empty());
        let late = sent(&mut traces, &[&[span(1, 5, 1, 11, None)]]);
        assert_eq!((late.len(), traces.held()), (usize::from(rate > 0.0), 0));
        for transaction in late {
            assert_eq!(transaction["transaction"]["transaction"], "span 5");
            assert_eq!(transaction["transaction"]["contexts"]["trace"]["parent_span_id"], "0000000000000001");
            assert_eq!(transaction["transaction"]["spans"].as_array().unwrap().len(), 1);
        }
        // Another part of the same trace, which began elsewhere, is sent whole as before.
        let remote = Span { parent_is_remote: true, ..span(1, 7, 99, 14, None) };
        assert!(sent(&mut traces, &[&[span(1, 8, 7, 12, None)]]).is_empty());
        let other = sent(&mut traces, &[&[span(1, 9, 8, 13, None), remote]]);
        assert_eq!((other.len(), traces.held()), (usize::from(rate > 0.0), 0));
    }
    let mut traces = OpenTraces::new(1.0);
    for id in 1..=50_000 {
        sent(&mut traces, &[&[span(id.into(), id, 0, 1, None)]]);
    }
    assert!(traces.remembered() <= 10_000);
}

#[test]
fn what_is_kept_back_is_bounded_and_ids_that_go_in_a_circle_end() {
    let mut traces = OpenTraces::new(1.0);
    for trace in 1..=1_500_u128 {
        traces.take(&[span(trace, 2, 1, 1, None)], &Origin::default());
    }
    assert_eq!(traces.held(), 1_000);
    let many: Vec<_> = (2..=12_000).map(|id| span(9_999, id, 1, 1, None)).collect();
    traces.take(&many, &Origin::default());
    assert!(traces.held() <= 10_000, "{}", traces.held());

    let mut traces = OpenTraces::new(1.0);
    let circle = [span(1, 2, 3, 1, None), span(1, 3, 2, 1, None), span(1, 1, 0, 1, None)];
    assert_eq!(sent(&mut traces, &[&circle]).len(), 1);
    assert_eq!(traces.held(), 2);
}

#[test]
fn as_many_traces_are_sent_as_the_rate_says() {
    let sent = |rate: f64| {
        let mut traces = OpenTraces::new(rate);
        let ids = (1..=2_000_u128).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        ids.filter(|id| !traces.take(&[span(*id, 1, 0, 1, None)], &Origin::default()).is_empty()).count()
    };
    assert_eq!((sent(0.0), sent(1.0)), (0, 2_000));
    assert!((150..250).contains(&sent(0.1)), "{}", sent(0.1));
}

#[test]
fn a_dsn_that_is_none_is_told_without_being_shown() {
    let why = |sentry: Sentry, said: &Apm| sentry.exporter(said, Time::plenty()).err().unwrap();
    assert!(why(sentry(), &Apm::default()).contains("set `SENTRY_DSN`"));
    for dsn in
        ["s3cret", "https://s3cret@sentry.example", "ftp://s3cret@sentry.example/1", "https://sentry.example/s3cret"]
    {
        let told = why(sentry().dsn(dsn), &Apm::default());
        assert!(told.contains("`Sentry::dsn`") && !told.contains("s3cret"), "{told}");
        let said = Apm { sentry_dsn: Some(Secret::new(dsn.to_owned())), ..Apm::default() };
        let told = why(sentry(), &said);
        assert!(told.contains("`SENTRY_DSN`") && !told.contains("s3cret"), "{told}");
    }
    assert!(why(sentry().dsn_file("/nowhere/dsn"), &Apm::default()).contains("/nowhere/dsn"));
    let good = sentry().dsn(" https://s3cret:s3cret@sentry.example/1\n");
    assert!(!format!("{good:?}").contains("s3cret"));
    assert!(good.exporter(&Apm::default(), Time::plenty()).is_ok());
}
