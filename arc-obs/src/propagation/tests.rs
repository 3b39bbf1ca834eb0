//! What the headers of others are taken for. The W3C suite's cases are in `tests/traces`, where
//! they go through a service.

use opentelemetry::Context;

use super::context::{extract_by, inject_by};
use super::propagator::Chosen;
use super::{Propagator, TraceContext};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read(chosen: Propagator, pairs: &[(&str, &str)]) -> TraceContext {
    extract_by(Chosen::only(chosen), &headers(pairs))
}

/// Trace, span and whether it is sampled.
fn ids(context: &TraceContext) -> Option<(String, String, bool)> {
    Some((context.trace_id()?.to_string(), context.span_id()?.to_string(), context.is_sampled()))
}

fn written(chosen: Propagator, context: &TraceContext, before: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut headers = headers(before);
    context.run(|| inject_by(Chosen::only(chosen), &Context::current(), &mut headers));
    headers.sort();
    headers
}

#[test]
fn one_header_of_zipkins() {
    let of = |value: &str| ids(&read(Propagator::B3, &[("b3", value)]));
    let whole = |sampled| Some((TRACE.to_owned(), SPAN.to_owned(), sampled));
    for (value, expected) in [
        (format!("{TRACE}-{SPAN}-1"), whole(true)),
        (format!("{TRACE}-{SPAN}-d"), whole(true)),
        (format!("{TRACE}-{SPAN}-0"), whole(false)),
        (format!("{TRACE}-{SPAN}"), whole(false)),
        (format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90"), whole(true)),
        (format!("a3ce929d0e0e4736-{SPAN}-1"), Some((format!("{:0>32}", "a3ce929d0e0e4736"), SPAN.to_owned(), true))),
        ("0".to_owned(), None),
        ("1".to_owned(), None),
        (format!("{TRACE}-{SPAN}-2"), None),
        (format!("{TRACE}-{SPAN}-1-05e3"), None),
        (format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90-1"), None),
        (format!("{TRACE}-{}-1", &SPAN[1..]), None),
        (format!("{}-{SPAN}-1", &TRACE[1..]), None),
        (format!("{}-{SPAN}-1", TRACE.to_uppercase()), None),
        (format!("{}-{SPAN}-1", "0".repeat(32)), None),
        (format!("{TRACE}-{}-1", "0".repeat(16)), None),
        (String::new(), None),
        ("x".repeat(1_000_000), None),
    ] {
        assert_eq!(of(&value), expected, "{}", &value[..value.len().min(80)]);
    }
    assert_eq!(ids(&read(Propagator::B3, &[("b3", &format!("{TRACE}-{SPAN}-1")), ("B3", "0")])), None, "twice");
}

#[test]
fn several_headers_of_zipkins() {
    let of = |sampled: &[(&str, &str)]| {
        ids(&read(Propagator::B3Multi, &[&[("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN)], sampled].concat()))
    };
    let whole = |sampled| Some((TRACE.to_owned(), SPAN.to_owned(), sampled));
    assert_eq!(of(&[]), whole(false));
    assert_eq!(of(&[("X-B3-Sampled", "1")]), whole(true));
    assert_eq!(of(&[("X-B3-Sampled", "true")]), whole(true));
    assert_eq!(of(&[("X-B3-Sampled", "0")]), whole(false));
    assert_eq!(of(&[("X-B3-Flags", "1")]), whole(true));
    assert_eq!(of(&[("X-B3-Sampled", "perhaps")]), None);
    assert_eq!(of(&[("X-B3-SpanId", SPAN)]), None, "twice");
    assert_eq!(ids(&read(Propagator::B3Multi, &[("X-B3-TraceId", TRACE)])), None, "a half");
}

#[test]
fn zipkins_headers_are_written_as_they_are_read() {
    let context = read(Propagator::B3, &[("b3", &format!("{TRACE}-{SPAN}-1"))]);
    assert_eq!(written(Propagator::B3, &context, &[]), headers(&[("b3", &format!("{TRACE}-{SPAN}-1"))]));
    let stale = [("X-B3-ParentSpanId", SPAN), ("X-B3-Flags", "1"), ("X-B3-TraceId", "1")];
    let expected = [("x-b3-sampled", "1"), ("x-b3-spanid", SPAN), ("x-b3-traceid", TRACE)];
    assert_eq!(written(Propagator::B3Multi, &context, &stale), headers(&expected));
}

#[test]
fn what_names_no_trace_is_left_as_it_is() {
    for chosen in Propagator::ALL {
        let before = [("baggage", "a=1"), ("tracestate", "a=1")];
        assert_eq!(written(chosen, &TraceContext::default(), &before), headers(&before));
    }
}

#[test]
fn baggage_goes_through() {
    for (sent, passed_on) in [
        ("SomeKey=SomeValue", "SomeKey=SomeValue"),
        ("a=1,b=2;p,c=3;p=q;r", "a=1,b=2;p,c=3;p=q;r"),
        ("a \t = \t 1 \t ; \t p \t = \t q ; r\t, \t b \t = \t 2", "a=1;p=q;r,b=2"),
        ("a=b=c", "a=b=c"),
        ("a=", "a="),
        ("a=%09%20%22%27%3B%3Dasdf%21%40%23%24%25%5E%26%2A%28%29", "a=%09%20%22'%3B=asdf!@#$%25^&*()"),
        ("a=%c3%a4", "a=%C3%A4"),
        ("a=%ff", "a=%EF%BF%BD"),
        ("a=100%", "a=100%25"),
        ("a=%zz%4", "a=%25zz%254"),
        ("a=%0d%0aSet-Cookie:x", "a=%0D%0ASet-Cookie:x"),
        ("a=1,a=2", "a=2"),
        (",,a=1,,", "a=1"),
        // What is malformed is left out.
        ("a=1,no value,b=2", "a=1,b=2"),
        ("a=1,=2,b=3", "a=1,b=3"),
        ("a=1,b c=2", "a=1"),
        ("a=1,b=c d", "a=1"),
        ("a=1,b=\"c\"", "a=1"),
        ("a=1,b=c\\d", "a=1"),
        ("a=1,b=2;p q", "a=1"),
        ("a=1,b=2;;", "a=1"),
        ("a=1,ä=2,b=ä", "a=1"),
        ("a=1\r\nb=2", ""),
        ("\u{1b}[31m=1", ""),
    ] {
        let context = read(Propagator::Baggage, &[("baggage", sent)]);
        let expected = if passed_on.is_empty() { Vec::new() } else { headers(&[("baggage", passed_on)]) };
        assert_eq!(written(Propagator::Baggage, &context, &[]), expected, "{sent:?}");
    }
}

#[test]
fn baggage_is_bounded() {
    let count = |context: &TraceContext| {
        let written = written(Propagator::Baggage, context, &[]);
        written.first().map_or((0, 0), |(_, value)| (value.split(',').count(), value.len()))
    };
    let many = |entries: usize| (0..entries).map(|n| format!("key{n}=value")).collect::<Vec<_>>().join(",");
    assert_eq!(count(&read(Propagator::Baggage, &[("baggage", &many(64))])).0, 64);
    assert_eq!(count(&read(Propagator::Baggage, &[("baggage", &many(100_000))])).0, 64);
    let halves = [("baggage", &*many(40)), ("baggage", "a=1,b=2")];
    assert_eq!(count(&read(Propagator::Baggage, &halves)).0, 42, "of all headers");
    let long = |bytes: usize| format!("a={}", "x".repeat(bytes - 2));
    assert_eq!(count(&read(Propagator::Baggage, &[("baggage", &long(8_192))])), (1, 8_192));
    assert_eq!(count(&read(Propagator::Baggage, &[("baggage", &long(8_193))])), (0, 0));
    let both = format!("b=1,{}", long(8_192));
    assert_eq!(count(&read(Propagator::Baggage, &[("baggage", &both)])), (1, 3), "the first as far as there is room");
    // Three bytes are sent for each that was kept, and then there is no room.
    let grows = format!("a={},b=1", "%".repeat(4_000));
    assert_eq!(count(&read(Propagator::Baggage, &[("baggage", &grows)])), (1, 3));
}

#[test]
fn baggage_of_ones_own_is_bounded_too() {
    let mut context = TraceContext::default();
    for n in 0..100 {
        context = context.with_baggage(&format!("key{n}"), "value");
    }
    assert_eq!(context.baggage("key63"), Some("value"));
    assert_eq!(context.baggage("key64"), None);
    context = context.with_baggage("key0", "another").with_baggage("key1", "x".repeat(10_000));
    assert_eq!((context.baggage("key0"), context.baggage("key1")), (Some("another"), Some("value")));
}

/// P02, P05: whatever is sent, what is sent on is as the specifications have it.
#[test]
fn nothing_that_is_sent_breaks_what_is_sent_on() {
    /// Bytes as they come over a network, which need be no text.
    struct Raw(Vec<(&'static str, Vec<u8>)>);
    impl super::Extractor for Raw {
        fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
            self.0.iter().filter(move |(known, _)| *known == name).map(|(_, value)| &value[..])
        }
    }
    let names = ["traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled"];
    let valid = [
        format!("00-{TRACE}-{SPAN}-01"),
        "foo=1,bar@vendor=2".to_owned(),
        "a=1;p=q,b=%c3%a4".to_owned(),
        format!("{TRACE}-{SPAN}-1"),
        TRACE.to_owned(),
        SPAN.to_owned(),
        "1".to_owned(),
    ];
    let mut random = fastrand::Rng::with_seed(7);
    let mut taken_over = 0;
    for _ in 0..20_000 {
        let mut raw = Raw(Vec::new());
        for (name, valid) in names.into_iter().zip(&valid) {
            let mut value = valid.clone().into_bytes();
            for _ in 0..random.usize(..3) {
                let place = random.usize(..value.len());
                match random.u8(..5) {
                    0 => value[place] = random.u8(..),
                    1 => value.truncate(place.max(1)),
                    2 => value.insert(place, b"-,;=% \t@"[random.usize(..8)]),
                    3 => value.extend_from_within(place..),
                    _ => value[place] = b'0',
                }
            }
            for _ in 0..if random.u8(..16) == 0 { 2 } else { 1 } {
                raw.0.push((name, value.clone()));
            }
        }
        for chosen in Propagator::ALL {
            let context = extract_by(Chosen::only(chosen), &raw);
            taken_over += usize::from(context.trace_id().is_some());
            let sent_on = written(chosen, &context, &[]);
            let is_visible = |value: &str| value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
            assert!(sent_on.iter().all(|(_, value)| is_visible(value) && value.len() <= 8_192), "{sent_on:?}");
            // What is sent on is taken over whole, and sent on as it is.
            let again = extract_by(Chosen::only(chosen), &sent_on);
            assert_eq!(ids(&again), ids(&context));
            assert_eq!(written(chosen, &again, &[]), sent_on);
        }
    }
    assert!(taken_over > 5_000, "{taken_over}");
}
