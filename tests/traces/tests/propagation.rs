//! What a service makes of the headers of its requests, and sends on.
//!
//! The cases are those of the W3C's suite (w3c/trace-context, `test/test.py`), by its names.
#![allow(missing_docs)]

use std::collections::{BTreeMap, HashMap};

use arc_obs::export::Span;
use arc_obs::propagation::{Incoming, TraceContext, extract, inject};
use arc_obs::track_request;
use arc_obs_trace_tests::{Tracing, one, tracing};

type Headers = Vec<(String, String)>;

const TRACE: &str = "12345678901234567890123456789012";
const SPAN: &str = "1234567890123456";

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A service that is asked and asks another one, with these headers.
#[track_request(method = "POST", endpoint = "/test")]
async fn callback() -> Headers {
    let mut headers = Headers::new();
    inject(&mut headers);
    headers
}

/// What the service sends on of what it was sent.
fn sent_on(received: &[(&str, &str)]) -> (Option<[String; 4]>, Option<String>) {
    let service = extract(&headers(received)).wrap(callback());
    let sent = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(service);
    let of = |name: &str| {
        let mut values = sent.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        let value = values.next().cloned();
        assert_eq!(values.next(), None, "{name} twice");
        value
    };
    let parent = of("traceparent").map(|parent| {
        let parts: Vec<_> = parent.split('-').map(str::to_owned).collect();
        assert_eq!(parts.iter().map(String::len).collect::<Vec<_>>(), [2, 32, 16, 2], "{parent}");
        parts.try_into().unwrap()
    });
    (parent, of("tracestate"))
}

fn goes_on(received: &[(&str, &str)]) -> bool {
    let [version, trace, span, flags] = sent_on(received).0.expect("a span is open");
    assert_eq!(version, "00");
    assert_ne!(span, SPAN, "it is a span of its own");
    assert!(trace.bytes().any(|digit| digit != b'0'));
    assert!(flags == "00" || flags == "01", "{flags}");
    trace == TRACE
}

/// The `tracestate` that is sent on beside a trace that goes on.
fn state(states: &[&str]) -> Option<String> {
    let parent = format!("00-{TRACE}-{SPAN}-00");
    let mut received = vec![("traceparent", parent.as_str())];
    received.extend(states.iter().map(|state| ("tracestate", *state)));
    let (parent, state) = sent_on(&received);
    assert_eq!(parent.expect("it goes on whatever its state is")[1], TRACE);
    state
}

#[test]
fn traceparents() {
    let tracing = tracing();
    assert!(!goes_on(&[]), "test_both_traceparent_and_tracestate_missing");
    let valid = format!("00-{TRACE}-{SPAN}-01");
    let valid = valid.as_str();
    for (case, value, expected) in [
        ("test_traceparent_included_tracestate_missing", valid, true),
        ("test_traceparent_version_0x00", &format!("{valid}."), false),
        ("test_traceparent_version_0x00", &format!("{valid}-what-the-future-will-be-like"), false),
        ("test_traceparent_version_0xcc", &format!("cc-{TRACE}-{SPAN}-01"), true),
        ("test_traceparent_version_0xcc", &format!("cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like"), true),
        ("test_traceparent_version_0xcc", &format!("cc-{TRACE}-{SPAN}-01.what-the-future-will-be-like"), false),
        ("test_traceparent_version_0xff", &format!("ff-{TRACE}-{SPAN}-01"), false),
        ("test_traceparent_version_illegal_characters", &format!(".0-{TRACE}-{SPAN}-01"), false),
        ("test_traceparent_version_illegal_characters", &format!("0.-{TRACE}-{SPAN}-01"), false),
        ("test_traceparent_version_too_long", &format!("000-{TRACE}-{SPAN}-01"), false),
        ("test_traceparent_version_too_long", &format!("0000-{TRACE}-{SPAN}-01"), false),
        ("test_traceparent_version_too_short", &format!("0-{TRACE}-{SPAN}-01"), false),
        ("test_traceparent_trace_id_all_zero", &format!("00-{}-{SPAN}-01", "0".repeat(32)), false),
        ("test_traceparent_trace_id_illegal_characters", &format!("00-.{}-{SPAN}-01", &TRACE[1..]), false),
        ("test_traceparent_trace_id_illegal_characters", &format!("00-{}.-{SPAN}-01", &TRACE[..31]), false),
        ("test_traceparent_trace_id_too_long", &format!("00-{TRACE}3-{SPAN}-01"), false),
        ("test_traceparent_trace_id_too_short", &format!("00-{}-{SPAN}-01", &TRACE[..31]), false),
        ("test_traceparent_parent_id_all_zero", &format!("00-{TRACE}-{}-01", "0".repeat(16)), false),
        ("test_traceparent_parent_id_illegal_characters", &format!("00-{TRACE}-.{}-01", &SPAN[1..]), false),
        ("test_traceparent_parent_id_illegal_characters", &format!("00-{TRACE}-{}.-01", &SPAN[..15]), false),
        ("test_traceparent_parent_id_too_long", &format!("00-{TRACE}-{SPAN}7-01"), false),
        ("test_traceparent_parent_id_too_short", &format!("00-{TRACE}-{}-01", &SPAN[..15]), false),
        ("test_traceparent_trace_flags_illegal_characters", &format!("00-{TRACE}-{SPAN}-.0"), false),
        ("test_traceparent_trace_flags_illegal_characters", &format!("00-{TRACE}-{SPAN}-0."), false),
        ("test_traceparent_trace_flags_too_long", &format!("00-{TRACE}-{SPAN}-001"), false),
        ("test_traceparent_trace_flags_too_short", &format!("00-{TRACE}-{SPAN}-1"), false),
        ("test_traceparent_ows_handling", &format!(" {valid}"), true),
        ("test_traceparent_ows_handling", &format!("\t{valid}"), true),
        ("test_traceparent_ows_handling", &format!("{valid} "), true),
        ("test_traceparent_ows_handling", &format!("{valid}\t"), true),
        ("test_traceparent_ows_handling", &format!("\t {valid} \t"), true),
        // Not the suite's.
        ("the first of the versions to come", &format!("01-{TRACE}-{SPAN}-01"), true),
        ("nothing behind the dash", &format!("01-{TRACE}-{SPAN}-01-"), true),
        ("nothing behind the dash", &format!("{valid}-"), false),
        ("upper case", &format!("00-{}-{SPAN}-01", TRACE.replace('1', "A")), false),
        ("upper case", &format!("CC-{TRACE}-{SPAN}-01"), false),
        ("upper case", &format!("00-{TRACE}-{SPAN}-0A"), false),
        ("another sign", &format!("00_{TRACE}_{SPAN}_01"), false),
        ("no ASCII", &format!("00-{TRACE}-{SPAN}-0ä"), false),
        ("no ASCII", &"ä".repeat(55), false),
        ("a sign where a digit stands", &format!("+0-{TRACE}-{SPAN}-01"), false),
        ("two in one", &format!("{valid},{valid}"), false),
        ("empty", "", false),
        ("a megabyte", &"0".repeat(1_000_000), false),
        ("a megabyte", &format!("{valid}{}", "-".repeat(1_000_000)), false),
    ] {
        assert_eq!(
            goes_on(&[("traceparent", value)]),
            expected,
            "{case}: {}",
            value.escape_debug().take(80).collect::<String>()
        );
    }
    for name in ["trace-parent", "trace.parent"] {
        assert!(!goes_on(&[(name, valid)]), "test_traceparent_header_name");
    }
    for name in ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"] {
        assert!(goes_on(&[(name, valid)]), "test_traceparent_header_name_valid_casing");
    }
    let other = format!("00-{}1-{SPAN}-01", &TRACE[..31]);
    for other in [other.as_str(), valid] {
        assert!(!goes_on(&[("traceparent", other), ("traceparent", valid)]), "test_traceparent_duplicated");
    }
    drop(tracing);
}

#[test]
fn flags_that_are_not_known_are_not_passed_on() {
    let tracing = tracing();
    for (received, sent) in [("00", "00"), ("01", "01"), ("02", "00"), ("03", "01"), ("fe", "00"), ("ff", "01")] {
        let (parent, _) = sent_on(&[("traceparent", &format!("00-{TRACE}-{SPAN}-{received}"))]);
        assert_eq!(parent.unwrap()[3], sent, "{received}");
    }
    drop(tracing);
}

#[test]
fn tracestates() {
    let tracing = tracing();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(sent_on(&[("tracestate", "foo=1")]).1, None, "test_tracestate_included_traceparent_missing");
    assert_eq!(sent_on(&[("tracestate", "foo=1"), ("traceparent", "00")]).1, None);
    assert_eq!(state(&[]), None);
    let valid = format!("00-{TRACE}-{SPAN}-00");
    for (name, expected) in [
        ("trace-state", None),
        ("trace.state", None),
        ("TraceState", some("foo=1")),
        ("TrAcEsTaTe", some("foo=1")),
        ("TRACESTATE", some("foo=1")),
    ] {
        assert_eq!(sent_on(&[("traceparent", &valid), (name, "foo=1")]).1, expected, "test_tracestate_header_name");
    }
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let value: String = (0x20..=0x7e_u8).map(char::from).filter(|sign| *sign != ',' && *sign != '=').collect();
    let members =
        |from: usize, to: usize| (from..=to).map(|n| format!("bar{n:02}={n:02}")).collect::<Vec<_>>().join(",");
    let all = [members(1, 10), members(11, 20), members(21, 30), members(31, 32), members(31, 33)];
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let long = |length: usize| format!("{}=1", "z".repeat(length));
    let tenant = |tenant: usize, vendor: usize| format!("{}@{}=1", "t".repeat(tenant), "v".repeat(vendor));
    for (case, received, expected) in [
        ("test_tracestate_included_traceparent_included", vec!["foo=1,bar=2"], some("foo=1,bar=2")),
        ("test_tracestate_empty_header", vec![""], None),
        ("test_tracestate_empty_header", vec!["foo=1", ""], some("foo=1")),
        ("test_tracestate_empty_header", vec!["", "foo=1"], some("foo=1")),
        (
            "test_tracestate_multiple_headers_different_keys",
            vec!["foo=1,bar=2", "rojo=1,congo=2", "baz=3"],
            some("foo=1,bar=2,rojo=1,congo=2,baz=3"),
        ),
        ("test_tracestate_duplicated_keys", vec!["foo=1,foo=1"], None),
        ("test_tracestate_duplicated_keys", vec!["foo=1,foo=2"], None),
        ("test_tracestate_duplicated_keys", vec!["foo=1", "foo=1"], None),
        ("test_tracestate_duplicated_keys", vec!["foo=1", "foo=2"], None),
        ("test_tracestate_all_allowed_characters", vec![&format!("{key}={value}")], some(&format!("{key}={value}"))),
        (
            "test_tracestate_all_allowed_characters",
            vec![&format!("{key}@a-z0-9_-*/={value}")],
            some(&format!("{key}@a-z0-9_-*/={value}")),
        ),
        ("test_tracestate_ows_handling", vec!["foo=1 \t , \t bar=2, \t baz=3"], some("foo=1,bar=2,baz=3")),
        ("test_tracestate_ows_handling", vec!["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], some("foo=1,bar=2,baz=3")),
        ("test_tracestate_ows_handling", vec![" foo=1"], some("foo=1")),
        ("test_tracestate_ows_handling", vec!["\tfoo=1"], some("foo=1")),
        ("test_tracestate_ows_handling", vec!["foo=1 "], some("foo=1")),
        ("test_tracestate_ows_handling", vec!["foo=1\t"], some("foo=1")),
        ("test_tracestate_ows_handling", vec!["\t foo=1 \t"], some("foo=1")),
        ("test_tracestate_key_illegal_characters", vec!["foo =1"], None),
        ("test_tracestate_key_illegal_characters", vec!["FOO=1"], None),
        ("test_tracestate_key_illegal_characters", vec!["foo.bar=1"], None),
        ("test_tracestate_key_illegal_vendor_format", vec!["foo@=1,bar=2"], None),
        ("test_tracestate_key_illegal_vendor_format", vec!["@foo=1,bar=2"], None),
        ("test_tracestate_key_illegal_vendor_format", vec!["foo@@bar=1,bar=2"], None),
        ("test_tracestate_key_illegal_vendor_format", vec!["foo@bar@baz=1,bar=2"], None),
        ("test_tracestate_member_count_limit", all[..4].to_vec(), some(&members(1, 32))),
        ("test_tracestate_member_count_limit", [&all[..3], &all[4..]].concat(), None),
        ("test_tracestate_key_length_limit", vec!["foo=1", &long(256)], some(&format!("foo=1,{}", long(256)))),
        ("test_tracestate_key_length_limit", vec!["foo=1", &long(257)], None),
        (
            "test_tracestate_key_length_limit",
            vec!["foo=1", &tenant(241, 14)],
            some(&format!("foo=1,{}", tenant(241, 14))),
        ),
        ("test_tracestate_key_length_limit", vec!["foo=1", &tenant(242, 1)], None),
        ("test_tracestate_key_length_limit", vec!["foo=1", &tenant(1, 15)], None),
        // Not the suite's.
        ("nothing between commas", vec![",foo=1,,bar=2,"], some("foo=1,bar=2")),
        ("no value", vec!["foo=1,bar="], None),
        ("no key", vec!["foo=1,=2"], None),
        ("neither", vec!["foo=1,bar"], None),
        ("two signs", vec!["foo=1=2"], None),
        ("no ASCII", vec!["foo=ä"], None),
        ("a line", vec!["foo=1\r\nbar=2"], None),
        (
            "a value of 256 characters",
            vec![&format!("foo={}", "x".repeat(256))],
            some(&format!("foo={}", "x".repeat(256))),
        ),
        ("one more", vec![&format!("foo={}", "x".repeat(257))], None),
        ("a megabyte", vec![&"x".repeat(1_000_000)], None),
        ("many", vec![&"a=1,".repeat(250_000)], None),
    ] {
        assert_eq!(state(&received), expected, "{case}: {:?}", received.join(",").chars().take(80).collect::<String>());
    }
    drop(tracing);
}

/// P04: whole members go, the long ones first, then the oldest.
#[test]
fn a_long_tracestate_is_cut_to_512_characters() {
    let tracing = tracing();
    let member = |key: &str, length: usize| format!("{key}={}", "x".repeat(length - key.len() - 1));
    let sent = |members: &[String]| state(&[members.join(",").as_str()]).unwrap();
    let fits = [member("a", 255), member("b", 256)];
    assert_eq!((fits.join(",").len(), sent(&fits)), (512, fits.join(",")));
    let long = [member("a", 100), member("b", 129), member("c", 128), member("d", 128), member("e", 128)];
    assert_eq!(sent(&long), [&long[..1], &long[2..]].concat().join(","), "the long one goes");
    let short: Vec<_> = "abcdefgh".chars().map(|key| member(&key.to_string(), 100)).collect();
    assert_eq!(sent(&short), short[..5].join(","), "the oldest go");
    drop(tracing);
}

#[test]
fn each_request_that_is_made_has_a_span_of_its_own() {
    let tracing = tracing();
    for received in [format!("00-{TRACE}-{SPAN}-01"), format!("00-{}-{SPAN}-01", "0".repeat(32)), String::new()] {
        let sent: Vec<_> = (0..3).map(|_| sent_on(&[("traceparent", &received)]).0.unwrap()).collect();
        assert!(sent.iter().all(|[_, trace, ..]| (trace == TRACE) == received.contains(TRACE)));
        assert!(sent[0][2] != sent[1][2] && sent[1][2] != sent[2][2] && sent[0][2] != sent[2][2]);
    }
    drop(tracing);
}

fn served(tracing: Tracing, incoming: Incoming, flags: &str) -> (Vec<Span>, String) {
    let context = extract(&headers(&[
        ("traceparent", &format!("00-{TRACE}-{SPAN}-{flags}")),
        ("tracestate", "foo=1"),
        ("baggage", "user=1"),
    ]));
    let service = context.under(incoming).wrap(callback());
    let sent = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(service);
    let sent = sent.into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    (tracing.end(), sent)
}

#[test]
fn a_span_knows_that_its_parent_is_elsewhere() {
    let (spans, sent) = served(tracing(), Incoming::Trust, "01");
    let span = one(&spans, "POST /test");
    assert_eq!((span.trace_id.to_string(), span.parent_is_remote), (TRACE.to_owned(), true));
    assert_eq!(span.parent_span_id.unwrap().to_string(), SPAN);
    assert_eq!(span.trace_state, "foo=1");
    assert_eq!(sent, format!("traceparent: 00-{TRACE}-{}-01\ntracestate: foo=1\nbaggage: user=1\n", span.span_id));

    let (spans, sent) = served(tracing(), Incoming::Trust, "00");
    assert!(spans.is_empty() && sent.starts_with(&format!("traceparent: 00-{TRACE}-")), "{sent}");
}

/// P03: what others say to be sampled counts for nothing.
#[test]
fn who_is_not_trusted_decides_nothing() {
    let (spans, _) = served(tracing(), Incoming::Resample, "00");
    let span = one(&spans, "POST /test");
    assert_eq!((span.trace_id.to_string(), span.parent_is_remote), (TRACE.to_owned(), true));

    let (spans, sent) = served(tracing(), Incoming::Restart, "00");
    let span = one(&spans, "POST /test");
    assert_ne!(span.trace_id.to_string(), TRACE);
    assert_eq!((span.parent_span_id, span.trace_state.as_str()), (None, ""));
    let links: Vec<_> = span.links.iter().map(|link| (link.trace_id.to_string(), link.span_id.to_string())).collect();
    assert_eq!(links, [(TRACE.to_owned(), SPAN.to_owned())]);
    assert!(!sent.contains("foo") && !sent.contains("user") && !sent.contains(TRACE), "{sent}");
}

#[test]
fn every_kind_of_headers_can_carry_it() {
    let tracing = tracing();
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let context = extract(&headers(&[("traceparent", &parent), ("tracestate", "a=1"), ("baggage", "b=2")]));

    let mut map = http::HeaderMap::new();
    map.insert("traceparent", http::HeaderValue::from_bytes(b"\xff").unwrap());
    map.append("traceparent", http::HeaderValue::from_static("x"));
    assert_eq!(extract(&map).trace_id(), None);
    context.inject(&mut map);
    assert_eq!((extract(&map).trace_id(), map.get_all("traceparent").iter().count()), (context.trace_id(), 1));
    assert_eq!(extract(&map).baggage("b"), Some("2"));

    let mut map = HashMap::from([("TraceParent".to_owned(), "stale".to_owned())]);
    context.inject(&mut map);
    assert_eq!((extract(&map).span_id(), map.len()), (context.span_id(), 3));

    let mut map = BTreeMap::from([("TraceState".to_owned(), "stale=1".to_owned())]);
    context.inject(&mut map);
    assert_eq!((extract(&map).span_id(), map.len()), (context.span_id(), 3));

    // One without a state leaves none of another trace behind.
    let plain = extract(&headers(&[("traceparent", &parent)]));
    plain.inject(&mut map);
    assert_eq!(map.get("tracestate"), None);
    drop(tracing);
}

#[test]
fn baggage_of_ones_own_goes_along() {
    let tracing = tracing();
    let mut sent = Headers::new();
    let context = TraceContext::current().with_baggage("tenant", "acme corp");
    context.run(|| inject(&mut sent));
    assert_eq!(sent, headers(&[("baggage", "tenant=acme%20corp")]));
    assert_eq!(TraceContext::current().baggage("tenant"), None, "only inside");
    assert!(!format!("{context:?}").contains("acme"), "{context:?}");
    drop(tracing);
}

#[test]
fn what_was_refused_is_counted() {
    let tracing = tracing();
    let count = |header: &str| {
        let families = arc_obs::registry().gather();
        let family = families.iter().find(|family| family.name() == "arc_obs_headers_refused_total")?;
        let metric = family.get_metric().iter().find(|metric| metric.get_label()[0].value() == header)?;
        Some(metric.get_counter().get_value())
    };
    let before = count("baggage").unwrap_or(0.0);
    let refused = [("traceparent", "x"), ("baggage", "no value")];
    assert_eq!(extract(&headers(&refused)).trace_id(), None);
    assert!(count("baggage").unwrap() > before, "others may count, too");
    assert!(count("traceparent").unwrap() > 0.0);
    drop(tracing);
}

/// P03 and P05: who believes nothing of a request believes its baggage least.
#[test]
fn what_begins_anew_takes_no_baggage_along_even_where_no_trace_is_named() {
    for traceparent in [None, Some("00-zz-zz-01"), Some("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01")] {
        let mut headers = vec![("baggage".to_owned(), "user=evil".to_owned())];
        headers.extend(traceparent.map(|text| ("traceparent".to_owned(), text.to_owned())));
        let context = arc_obs::propagation::extract(&headers);
        assert_eq!(context.baggage("user"), Some("evil"));
        assert_eq!(context.under(arc_obs::propagation::Incoming::Restart).baggage("user"), None, "{traceparent:?}");
    }
}
