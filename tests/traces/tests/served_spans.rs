//! `ObsLayer`: what a server answers is a span of the trace of whoever asks.
#![allow(missing_docs)]

use std::convert::Infallible;
use std::future::Future;
use std::task::Poll;

use arc_obs::export::{FieldValue, Span, SpanStatus};
use arc_obs::http::ObsLayer;
use arc_obs::propagation::Incoming;
use arc_obs::track_tool;
use arc_obs_trace_tests::heard::{heard, listen};
use arc_obs_trace_tests::{Tracing, one, tracing_with};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::MatchedPath;
use axum::routing::get;
use futures::executor::block_on;
use futures::stream;
use http::{HeaderValue, Request};
use tower::ServiceExt;

fn layer() -> ObsLayer {
    ObsLayer::new().route(|request| request.extensions.get::<MatchedPath>().map(MatchedPath::as_str))
}

fn request(method: &str, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

/// Makes traces, and hears what is told of that.
fn tracing() -> Tracing {
    tracing_with(|builder| {
        listen();
        builder
    })
}

/// Asks, and reads the answer to its end.
fn ask(app: &Router, request: Request<Body>) {
    let response = block_on(app.clone().oneshot(request)).unwrap();
    block_on(to_bytes(response.into_body(), 1_000_000)).unwrap();
}

const TRACE: &str = "12345678901234567890123456789012";

fn of_trace(method: &str, path: &str) -> Request<Body> {
    let mut request = request(method, path);
    let parent = HeaderValue::try_from(format!("00-{TRACE}-1234567890123456-01")).unwrap();
    request.headers_mut().insert("traceparent", parent);
    request
}

#[track_tool("search")]
async fn search() {}

/// Of whatever goes on in the body, too.
#[test]
fn what_a_handler_does_is_part_of_the_trace_of_whoever_asks() {
    let tracing = tracing();
    let handler = || async {
        search().await;
        let mut searched = Box::pin(async {
            search().await;
            Bytes::from_static(b"found")
        });
        let mut done = false;
        Body::from_stream(stream::poll_fn(move |task| {
            if done {
                return Poll::Ready(None);
            }
            searched.as_mut().poll(task).map(|bytes| {
                done = true;
                Some(Ok::<_, Infallible>(bytes))
            })
        }))
    };
    let app = Router::new().route("/users/{id}", get(handler)).layer(layer());
    ask(&app, of_trace("GET", "/users/7"));
    let spans = tracing.end();
    let served = one(&spans, "GET /users/{id}");
    assert_eq!((served.trace_id.to_string().as_str(), served.parent_is_remote), (TRACE, true));
    assert_eq!(served.kind, arc_obs::export::SpanKind::Server);
    let tools: Vec<_> = spans.iter().filter(|span| span.name == "execute_tool search").collect();
    assert_eq!(tools.len(), 2);
    assert!(tools.iter().all(|tool| tool.parent_span_id == Some(served.span_id)), "{spans:?}");
}

#[test]
fn each_request_is_a_trace_of_its_own() {
    let tracing = tracing();
    let app = Router::new().route("/", get(|| async {})).layer(layer().incoming(Incoming::Restart));
    tracing::info_span!("the whole server").in_scope(|| {
        ask(&app, request("GET", "/"));
        ask(&app, of_trace("GET", "/"));
    });
    let spans = tracing.end();
    let served: Vec<_> = spans.iter().filter(|span| span.name == "GET /").collect();
    assert!(served.iter().all(|span| span.parent_span_id.is_none() && span.trace_id.to_string() != TRACE));
    assert_ne!(served[0].trace_id, served[1].trace_id);
    assert_eq!(served.iter().map(|span| span.links.len()).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn the_span_of_a_request_says_what_is_known_of_it() {
    let tracing = tracing();
    let app = Router::new()
        .route("/fails", get(|| async { http::StatusCode::SERVICE_UNAVAILABLE }))
        .route("/refuses", get(|| async { http::StatusCode::NOT_FOUND }))
        .layer(layer());
    let mut named = request("GET", "/fails");
    named.headers_mut().insert("x-request-id", HeaderValue::from_static("order-7"));
    ask(&app, named);
    ask(&app, request("GET", "/refuses"));
    ask(&app, request("BREW", "/refuses"));
    // As a layer around the router is told no route.
    let around = ObsLayer::new();
    ask(&Router::new().fallback(|| async { "any" }).layer(around), request("GET", "/secret/of/mine"));
    let spans = tracing.end();
    let said: Vec<_> = spans.iter().map(|span| (&*span.name, attributes(span))).collect();
    let expected = [
        ("GET /fails", "method=GET route=/fails header.x-request-id=[\"order-7\"] status_code=503 error.type=503"),
        ("GET /refuses", "method=GET route=/refuses header.x-request-id=[_] status_code=404"),
        ("HTTP /refuses", "method=_OTHER route=/refuses header.x-request-id=[_] status_code=405"),
        ("GET", "method=GET header.x-request-id=[_] status_code=200"),
    ];
    assert_eq!(said, expected.map(|(name, said)| (name, said.to_owned())));
    let failed = one(&spans, "GET /fails");
    assert_eq!(failed.status, SpanStatus::Error("503".to_owned()));
}

/// What a span says of HTTP and of an error, but for ids that are made up.
fn attributes(span: &Span) -> String {
    let shown = |name: &str| {
        let value = &span.attributes.iter().find(|(said, _)| said.ends_with(name))?.1;
        let value = if let FieldValue::Texts(ids) = value {
            let is_given = ids[0] == "order-7";
            if is_given { value.to_string() } else { "[_]".to_owned() }
        } else {
            value.to_string()
        };
        Some(format!("{name}={value}"))
    };
    let names = ["method", "route", "header.x-request-id", "status_code", "error.type"];
    names.into_iter().filter_map(shown).collect::<Vec<_>>().join(" ")
}

/// P02, P05 and P06: what a client sends that makes no sense, or too much of it, is in nothing that
/// leaves or is told, nor in the answer; and the request is served.
#[test]
fn hostile_headers_are_echoed_nowhere() {
    const MARK: &str = "h0st1le";
    let tracing = tracing();
    let app = Router::new().route("/", get(|| async {})).layer(layer());
    let long = format!("{MARK}{}", "x".repeat(1 << 20));
    let entries = format!("{MARK}=1,").repeat(10_000);
    let encoded = format!("{MARK}={}", "%25".repeat(100_000));
    let mut asked = 0;
    for (header, values) in [
        ("traceparent", vec![format!("00-{MARK}"), format!("00-{TRACE}-1234567890123456-01-{MARK}"), long.clone()]),
        ("tracestate", vec![format!("{MARK}=\u{e9}"), format!("{MARK}=1,{MARK}=2"), entries.clone(), long.clone()]),
        ("baggage", vec![MARK.to_owned(), encoded, long.clone(), format!("{MARK}=\t\u{202e}")]),
        ("x-request-id", vec![format!("../../{MARK}"), format!("{MARK} {MARK}"), format!("<{MARK}>"), long]),
    ] {
        for value in values {
            for name in [header, "traceparent"] {
                let mut request = if name == header { request("GET", "/") } else { of_trace("GET", "/") };
                request.headers_mut().insert(header, HeaderValue::from_bytes(value.as_bytes()).unwrap());
                let response = block_on(app.clone().oneshot(request)).unwrap();
                assert_eq!(response.status(), 200);
                assert!(!format!("{:?}", response.headers()).contains(MARK), "{header}: {:?}", response.headers());
                block_on(to_bytes(response.into_body(), 1_000)).unwrap();
                asked += 1;
            }
        }
    }
    let spans = tracing.end();
    assert_eq!(spans.len(), asked);
    assert!(!format!("{spans:?}").contains(MARK), "{spans:?}");
    assert!(!heard().concat().contains(MARK));
}
