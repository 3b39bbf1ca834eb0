//! OTLP over HTTP: what is sent, and what becomes of it, whatever the receiver does.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::io::Read;
use std::time::{Duration, Instant};

use arc_obs::export::Otlp;
use arc_obs::{Builder, track_agent, track_tool};
use arc_obs_trace_tests::heard::{counted, counted_since, counts, heard, listen};
use arc_obs_trace_tests::scripted::{Scripted, Step};
use arc_obs_trace_tests::{Tracing, tracing_with, turn};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

#[track_tool("search")]
fn search() {}

#[track_agent("researcher")]
fn research(searches: usize) {
    (0..searches).for_each(|_| search());
}

/// Traces that go to this server, as told.
fn to(server: &Scripted, change: impl FnOnce(Otlp) -> Otlp) -> Tracing {
    let otlp = change(Otlp::http(server.url()));
    tracing_with(|builder: Builder| {
        listen();
        builder.otlp(otlp)
    })
}

/// What is counted, and what is told, of so many spans sent to a server that does this.
fn outcome(script: Vec<Step>, spans: usize) -> (BTreeMap<String, u64>, Vec<String>, Scripted) {
    let server = Scripted::start(script);
    let tracing = to(&server, |otlp| otlp.timeout(Duration::from_secs(1)));
    let before = counted("otlp");
    let _ = heard();
    (0..spans).for_each(|_| search());
    tracing.obs().shutdown_blocking(Duration::from_secs(10)).unwrap();
    (counted_since(&before, "otlp"), heard(), server)
}

fn spans(body: &[u8]) -> Vec<Span> {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

#[test]
fn a_batch_has_the_resource_the_spans_and_the_headers() {
    let server = Scripted::start([]);
    let tracing = to(&server, |otlp| otlp.header("x-team", "research"));
    research(1);
    let own = tracing.end();

    let [request] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
    assert_eq!(request.line, "POST /v1/traces HTTP/1.1");
    assert_eq!(request.header("x-team"), Some("research"));
    assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(request.header("content-encoding"), None);
    assert!(request.header("user-agent").unwrap().starts_with("arc-obs/"));
    let message = ExportTraceServiceRequest::decode(&*request.body).unwrap();
    let resource = message.resource_spans[0].resource.as_ref().unwrap();
    let said = |key| {
        let value = resource.attributes.iter().find(|attribute| attribute.key == key)?.value.clone()?.value?;
        if let Value::StringValue(value) = value { Some(value) } else { None }
    };
    assert_eq!(said("service.name").as_deref(), Some("tests"));
    assert_eq!(said("telemetry.sdk.name").as_deref(), Some("arc-obs"));
    let sent = spans(&request.body);
    assert_eq!((sent.len(), own.len()), (2, 2));
    for (sent, own) in sent.iter().zip(&own) {
        assert_eq!(sent.name, own.name);
        assert_eq!(sent.trace_id, own.trace_id.to_bytes());
        assert_eq!(sent.span_id, own.span_id.to_bytes());
        assert_eq!(sent.parent_span_id, own.parent_span_id.map(|id| id.to_bytes().to_vec()).unwrap_or_default());
        assert_eq!(sent.flags, 0x101, "sampled, and inside of no other process's span");
        assert!(sent.start_time_unix_nano <= sent.end_time_unix_nano && sent.start_time_unix_nano > 0);
        assert_eq!(sent.attributes.len(), own.attributes.len());
    }
}

#[test]
fn what_is_packed_is_the_same() {
    let server = Scripted::start([]);
    let tracing = to(&server, Otlp::gzip);
    research(1);
    drop(tracing.end());
    let [request] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(&*request.body).read_to_end(&mut body).unwrap();
    assert_eq!(spans(&body).len(), 2);
}

/// X01 and X10: nobody there, and no such name. It is tried until there is no time left; here that
/// is when the program ends, however long it would wait for that.
#[test]
fn nobody_there_is_told_once_and_counted() {
    const LIMIT: Duration = Duration::from_secs(25);
    for url in ["http://127.0.0.1:1", "http://collector.invalid:4318"] {
        let tracing = tracing_with(|builder| {
            listen();
            builder.otlp(Otlp::http(url))
        });
        let before = counted("otlp");
        research(1);
        let began = Instant::now();
        tracing.obs().shutdown_blocking(LIMIT).unwrap();
        assert!(began.elapsed() < LIMIT / 2, "{url}: {:?}, and nothing to wait for", began.elapsed());
        assert_eq!(counted_since(&before, "otlp"), counts(&[("accepted", 2), ("unreachable", 2)]), "{url}");
        let told = heard();
        let [told] = &told[..] else { panic!("{told:?}") };
        let why = told.strip_prefix(&format!("WARN the exporter `otlp` lost 2 spans: {url}/v1/traces: "));
        // The system's own words for a name that nobody has differ.
        assert!(why.is_some_and(|why| url.contains("invalid") || why.contains("refused")), "{told}");
    }
}

/// X02 and X03: an answer that never comes, or never ends.
#[test]
fn an_answer_that_takes_too_long_is_not_waited_for_and_not_asked_for_again() {
    for step in [Step::Hang, Step::Drip] {
        let began = Instant::now();
        let (counted, told, server) = outcome(vec![step.clone()], 3);
        assert!(began.elapsed() < Duration::from_secs(5), "{step:?}");
        assert_eq!(counted, counts(&[("accepted", 3), ("timeout", 3)]), "{step:?}");
        assert_eq!(server.requests().len(), 1, "{step:?}: it may have been heard");
        assert!(told[0].starts_with("WARN ") && told[0].contains("no whole answer within 1s"), "{told:?}");
    }
}

/// X03: an answer that is longer than any need be.
#[test]
fn a_long_answer_is_not_read_to_its_end() {
    for (bytes, lost) in [(4 << 20, 0), ((4 << 20) + 1, 1)] {
        let (counted, told, _server) = outcome(vec![Step::Long(bytes)], 1);
        assert_eq!(counted.get("failed").copied().unwrap_or(0), lost, "{counted:?}");
        assert_eq!(told.len() as u64, lost, "{told:?}");
    }
}

/// X04: a receiver says when to try again.
#[test]
fn it_is_tried_again_when_the_receiver_says() {
    // A date is compared with the receiver's own clock.
    let date = |second| format!("Sun, 06 Nov 1994 08:49:{second} GMT");
    let by_date = Step::Answer(503, vec![("date", date(37)), ("retry-after", date(38))], Vec::new());
    for step in [Step::with(429, "retry-after", "1"), by_date] {
        let (counted, told, server) = outcome(vec![step.clone()], 1);
        assert_eq!(counted, counts(&[("accepted", 1), ("delivered", 1)]), "{step:?}");
        assert_eq!(told, [""; 0]);
        let [first, second] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
        let waited = second.at - first.at;
        assert!((Duration::from_secs(1)..Duration::from_secs(4)).contains(&waited), "{step:?}: {waited:?}");
        assert_eq!(first.body, second.body);
    }
}

/// X04: what makes no sense is as good as not said: the wait is the usual one, which is random and
/// at first at most a second.
#[test]
fn a_time_that_makes_no_sense_is_not_waited_for() {
    for value in ["-1", "1e300", "NaN", "soon", "", "0", "Sun, 99 Nov 1994 08:49:37 GMT"] {
        let (counted, _, server) = outcome(vec![Step::with(503, "retry-after", value)], 1);
        assert_eq!(counted, counts(&[("accepted", 1), ("delivered", 1)]), "{value}");
        let [first, second] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
        assert!(second.at - first.at < Duration::from_secs(3), "{value}: {:?}", second.at - first.at);
    }
}

/// X05: what is refused for good is not sent again.
#[test]
fn what_is_refused_is_counted_and_not_tried_again() {
    for (status, reason, level, words) in [
        (400, "rejected", "WARN", "no room"),
        (401, "auth", "ERROR", "check the headers"),
        (403, "auth", "ERROR", "check the headers"),
        (404, "rejected", "WARN", "is this the address"),
        (405, "rejected", "WARN", "is this the address"),
        (408, "rejected", "WARN", "no room"),
        (422, "rejected", "WARN", "no room"),
        (500, "rejected", "WARN", "no room"),
        (501, "rejected", "WARN", "no room"),
    ] {
        let (counted, told, server) = outcome(vec![Step::body(status, "no room\r\nfor you")], 2);
        assert_eq!(counted, counts(&[("accepted", 2), (reason, 2)]), "{status}");
        assert_eq!(server.requests().len(), 1, "{status}");
        assert_eq!(told.len(), 1, "{told:?}");
        let expected =
            format!("{level} the exporter `otlp` lost 2 spans: {}/v1/traces: it answers {status}", server.url());
        assert!(told[0].starts_with(&expected) && told[0].contains(words), "{told:?}");
    }
}

/// X05, of all statuses that there are: who is answered anything but a success has lost its spans, or tries again.
#[test]
fn every_status_means_one_of_few_things() {
    for status in (300..=308).chain(400..=431).chain([451, 499]).chain(500..=511).chain([599]) {
        let (counted, told, server) = outcome(vec![Step::status(status)], 1);
        let (what, requests) = match status {
            401 | 403 => ("auth", 1),
            413 => ("too_large", 1),
            429 | 502 | 503 | 504 => ("delivered", 2),
            _ => ("rejected", 1),
        };
        assert_eq!(counted, counts(&[("accepted", 1), (what, 1)]), "{status}: {told:?}");
        assert_eq!((server.requests().len(), told.len()), (requests, usize::from(what != "delivered")), "{status}");
    }
}

/// X05: what is too large is halved, once.
#[test]
fn what_is_too_large_is_halved_once() {
    let (counted, told, server) = outcome(vec![Step::status(413)], 5);
    assert_eq!(counted, counts(&[("accepted", 5), ("delivered", 5)]));
    assert_eq!(told, [""; 0]);
    let sizes: Vec<_> = server.requests().iter().map(|request| spans(&request.body).len()).collect();
    assert_eq!(sizes, [5, 2, 3]);

    let (counted, told, server) = outcome(vec![Step::status(413), Step::status(413)], 4);
    assert_eq!(counted, counts(&[("accepted", 4), ("delivered", 2), ("too_large", 2)]));
    assert_eq!(server.requests().len(), 3);
    assert!(told[0].contains("lost 2 spans") && told[0].contains("too large"), "{told:?}");

    let (counted, _, server) = outcome(vec![Step::status(413)], 1);
    assert_eq!(counted, counts(&[("accepted", 1), ("too_large", 1)]));
    assert_eq!(server.requests().len(), 1);
}

/// X06: what breaks off is tried again.
#[test]
fn what_breaks_off_is_tried_again() {
    for step in [Step::Reset, Step::HalfClose, Step::Truncated, Step::Garbage, Step::status(502), Step::status(504)] {
        let (counted, told, server) = outcome(vec![step.clone()], 1);
        assert_eq!(counted, counts(&[("accepted", 1), ("delivered", 1)]), "{step:?}: {told:?}");
        assert_eq!(server.requests().len(), 2, "{step:?}");
        assert_eq!(told, [""; 0], "{step:?}");
    }
}

/// X08: a part is refused.
#[test]
fn a_part_that_is_refused_is_counted_and_told() {
    let partial = |rejected_spans, error_message: &str| {
        let error_message = error_message.to_owned();
        let partial_success = Some(ExportTracePartialSuccess { rejected_spans, error_message });
        Step::body(200, ExportTraceServiceResponse { partial_success }.encode_to_vec())
    };
    let (counted, told, server) = outcome(vec![partial(2, "too\r\nold\u{1b}[31m")], 3);
    assert_eq!(counted, counts(&[("accepted", 3), ("delivered", 1), ("rejected", 2)]));
    assert_eq!(server.requests().len(), 1, "it is not sent again");
    assert_eq!(told.len(), 1);
    assert!(told[0].ends_with("lost 2 spans: the receiver took only a part: too  old [31m"), "{told:?}");

    let (counted, told, _server) = outcome(vec![partial(0, &"x".repeat(1_000))], 1);
    assert_eq!(counted, counts(&[("accepted", 1), ("delivered", 1)]));
    assert!(told[0].contains("the receiver took all, and says: xxx") && told[0].len() < 400, "{told:?}");

    for (rejected, lost) in [(i64::MAX, 2), (-1, 0)] {
        let (counted, ..) = outcome(vec![partial(rejected, "")], 2);
        assert_eq!(counted.get("rejected").copied().unwrap_or(0), lost);
        assert_eq!(counted.get("delivered").copied().unwrap_or(0), 2 - lost);
    }
    let (counted, told, _server) = outcome(vec![Step::body(200, "OK")], 1);
    assert_eq!(counted, counts(&[("accepted", 1), ("delivered", 1)]), "{told:?}");
}

/// X11: what is meant for one is not sent to another.
#[test]
fn a_redirect_is_not_followed() {
    let other = Scripted::start([]);
    for status in [301, 302, 307, 308] {
        let (counted, told, server) = outcome(vec![Step::with(status, "location", other.url())], 1);
        assert_eq!(counted, counts(&[("accepted", 1), ("rejected", 1)]), "{status}");
        assert_eq!((server.requests().len(), other.requests().len()), (1, 0));
        assert!(told[0].contains("redirects are not followed"), "{told:?}");
    }
}

#[test]
fn secrets_are_in_no_message() {
    let s3cret = "s3cret-0123456789";
    for status in [400, 401, 403, 500, 503] {
        let server = Scripted::start((0..20).map(|_| Step::body(status, format!("the key {s3cret} is none"))));
        let url = server.url().replace("http://", &format!("http://me:{s3cret}@")) + "/otlp?key=" + s3cret;
        let otlp = Otlp::http(url).header("authorization", format!("Bearer {s3cret}")).header("api-key", s3cret);
        assert!(!format!("{otlp:?}").contains(s3cret), "{otlp:?}");
        let tracing = tracing_with(|builder| {
            listen();
            let builder = builder.otlp(otlp);
            assert!(!format!("{builder:?}").contains(s3cret), "{builder:?}");
            builder
        });
        search();
        let _ = tracing.obs().shutdown_blocking(Duration::from_secs(1));
        let told = heard();
        assert!(!told.is_empty() && told.iter().all(|told| !told.contains(s3cret)), "{told:?}");
        let requests = server.requests();
        assert_eq!(requests[0].line, format!("POST /otlp/v1/traces?key={s3cret} HTTP/1.1"));
        assert_eq!(requests[0].header("api-key"), Some(s3cret));
    }
}

#[test]
fn what_cannot_be_used_is_an_error_of_install() {
    for (otlp, words) in [
        (Otlp::http("localhost:4318"), "begins with neither `http://` nor `https://`"),
        (Otlp::http("http://"), "it is no address"),
        (Otlp::http("http://localhost").header("two words", "x"), "cannot be the name of a header"),
        (Otlp::http("http://localhost").header("x", "a\nb"), "the value of the header `x`"),
        (Otlp::http("http://localhost").timeout(Duration::ZERO), "the time-out is zero"),
        (Otlp::http("https://localhost").certificate_file("/nowhere.pem"), "cannot read `/nowhere.pem`"),
        (Otlp::http("https://localhost").client_certificate_files("Cargo.toml", "Cargo.toml"), "no certificate in PEM"),
    ] {
        let _turn = turn();
        let error = arc_obs::builder().service_name("x").no_server().otlp(otlp).install();
        let error = error.map(drop).unwrap_err();
        assert!(error.is_invalid_otlp() && error.to_string().contains(words), "{error}");
    }
}
