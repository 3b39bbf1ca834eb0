//! `ObsLayer`: what a server answers is counted once, and has an id. No traces are made here.
#![allow(missing_docs)]

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use arc_obs::http::{ObsLayer, RequestId};
use arc_obs::propagation::TraceContext;
use arc_obs::testing::{Capture, capture};
use arc_obs::track_request;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::MatchedPath;
use axum::response::Response;
use axum::routing::{get, post};
use futures::executor::block_on;
use futures::stream;
use http::{HeaderValue, Request, StatusCode};
use tower::{Service, ServiceExt, service_fn};

fn layer() -> ObsLayer {
    ObsLayer::new().route(|request| request.extensions.get::<MatchedPath>().map(MatchedPath::as_str))
}

fn request(method: &str, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

fn counted(capture: &Capture, method: &str, endpoint: &str, status: &str) -> Option<f64> {
    capture.value("arc_requests_total", &[("method", method), ("endpoint", endpoint), ("status", status)])
}

fn active(capture: &Capture) -> Option<f64> {
    capture.value("arc_active_requests", &[])
}

/// All requests that were counted.
fn all(capture: &Capture) -> Vec<(String, u16)> {
    capture.operations().into_iter().filter_map(|it| Some((it.name, it.http_status?))).collect()
}

/// Asks, and reads the answer to its end.
fn ask(app: &Router, request: Request<Body>) -> (StatusCode, http::HeaderMap, Bytes) {
    let response = block_on(app.clone().oneshot(request)).unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, block_on(to_bytes(body, 1_000_000)).unwrap())
}

#[test]
fn the_endpoint_is_the_template_of_the_route() {
    let capture = capture();
    let app = Router::new()
        .route("/users/{id}", get(|| async { "hello" }))
        .route("/users", post(|| async { StatusCode::CREATED }))
        .layer(layer());
    for id in 0..300 {
        assert_eq!(ask(&app, request("GET", &format!("/users/{id}"))).2, "hello");
    }
    ask(&app, request("POST", "/users"));
    ask(&app, request("GET", "/users"));
    ask(&app, request("BREW", "/users/1"));
    assert_eq!(counted(&capture, "GET", "/users/{id}", "200"), Some(300.0));
    assert_eq!(counted(&capture, "POST", "/users", "201"), Some(1.0));
    assert_eq!(counted(&capture, "GET", "/users", "405"), Some(1.0));
    assert_eq!(counted(&capture, "other", "/users/{id}", "405"), Some(1.0));
    assert_eq!(
        capture.value("arc_request_duration_seconds", &[("method", "GET"), ("endpoint", "/users/{id}")]),
        Some(300.0)
    );
    assert_eq!(active(&capture), Some(0.0));
}

/// H08: paths that nobody serves make no labels.
#[test]
fn a_path_without_a_route_is_never_a_label() {
    let capture = capture();
    let app = Router::new().route("/", get(|| async {})).fallback(|| async { StatusCode::NOT_FOUND }).layer(layer());
    for n in 0..500 {
        assert_eq!(ask(&app, request("GET", &format!("/wp-admin/{n}"))).0, StatusCode::NOT_FOUND);
    }
    assert_eq!(counted(&capture, "GET", "unmatched", "404"), Some(500.0));
    let app = Router::new().route("/a", get(|| async {})).layer(ObsLayer::new());
    ask(&app, request("GET", "/a"));
    assert_eq!(counted(&capture, "GET", "unmatched", "200"), Some(1.0), "nobody says the route");
}

/// Who says that the path is the route has no more series for it than any other names have.
#[test]
fn endpoints_are_bounded_in_any_case() {
    let capture = capture();
    let app = Router::new().fallback(|| async {}).layer(ObsLayer::new().route(|request| Some(request.uri.path())));
    for n in 0..300 {
        ask(&app, request("GET", &format!("/{n}")));
    }
    assert_eq!(counted(&capture, "GET", "/199", "200"), Some(1.0));
    assert_eq!(counted(&capture, "GET", "/200", "200"), None);
    assert_eq!(counted(&capture, "GET", "other", "200"), Some(100.0));
}

#[test]
fn a_request_is_counted_once() {
    #[track_request(method = "GET", endpoint = "/inner")]
    async fn handler() -> StatusCode {
        StatusCode::ACCEPTED
    }
    let capture = capture();
    let app = Router::new().route("/a", get(handler)).layer(layer()).layer(layer());
    let (status, headers, _) = ask(&app, request("GET", "/a"));
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(headers.get_all("x-request-id").iter().count(), 1);
    assert_eq!(counted(&capture, "GET", "/a", "202"), Some(1.0));
    assert_eq!(counted(&capture, "GET", "/inner", "202"), None);
    let mut all = all(&capture);
    all.sort();
    // The inner one is seen by who watches, and not counted.
    assert_eq!(all, [("GET /a".to_owned(), 202), ("GET /inner".to_owned(), 202)]);
}

#[test]
fn a_client_that_goes_away_is_a_499() {
    let capture = capture();
    let app = Router::new().route("/never", get(std::future::pending::<StatusCode>)).layer(layer());
    {
        let mut asked = pin!(app.oneshot(request("GET", "/never")));
        assert!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(active(&capture), Some(1.0));
    }
    assert_eq!(counted(&capture, "GET", "/never", "499"), Some(1.0));
    assert_eq!(active(&capture), Some(0.0));
}

#[test]
fn a_panic_is_a_500() {
    let capture = capture();
    async fn broken() -> StatusCode {
        panic!("on purpose")
    }
    let app = Router::new().route("/", get(broken)).layer(layer());
    assert!(catch_unwind(AssertUnwindSafe(|| ask(&app, request("GET", "/")))).is_err());
    assert_eq!(counted(&capture, "GET", "/", "500"), Some(1.0));

    // Before there is a future.
    let mut service = tower::ServiceBuilder::new().layer(ObsLayer::new()).service(service_fn(
        |_: Request<Body>| -> std::future::Ready<Result<Response, Infallible>> { panic!("on purpose") },
    ));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(service.call(request("GET", "/"))))).is_err());
    assert_eq!(counted(&capture, "GET", "unmatched", "500"), Some(1.0));
    assert_eq!(active(&capture), Some(0.0));
}

#[test]
fn a_service_that_fails_is_a_500() {
    let capture = capture();
    let service = tower::ServiceBuilder::new()
        .layer(ObsLayer::new())
        .service(service_fn(|_: Request<Body>| async { Err::<Response, _>(std::fmt::Error) }));
    assert!(block_on(service.oneshot(request("GET", "/"))).is_err());
    assert_eq!(counted(&capture, "GET", "unmatched", "500"), Some(1.0));
    assert_eq!(capture.operations()[0].error_type.as_deref(), Some("core::fmt::Error"));
}

/// A body of this many chunks of ten bytes, then what the last one says.
fn chunks(count: usize, last: Poll<Option<Result<Bytes, std::io::Error>>>) -> Body {
    let (mut left, mut last) = (count, Some(last));
    Body::from_stream(stream::poll_fn(move |_| match left {
        0 => last.take().unwrap_or(Poll::Pending),
        _ => {
            left -= 1;
            Poll::Ready(Some(Ok(Bytes::from_static(b"0123456789"))))
        }
    }))
}

fn streamed(body: impl Fn() -> Body + Clone + Send + Sync + 'static) -> Response<Body> {
    let app = Router::new().route("/", get(move || async move { body() })).layer(layer());
    block_on(app.oneshot(request("GET", "/"))).unwrap()
}

fn next(body: &mut Body) -> Poll<Option<Result<Bytes, ()>>> {
    let poll = Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop()));
    poll.map(|frame| frame.map(|frame| frame.map(|frame| frame.into_data().unwrap()).map_err(|_| ())))
}

#[test]
fn a_request_ends_with_the_body_of_its_answer() {
    let capture = capture();
    let mut body = streamed(|| chunks(2, Poll::Ready(None))).into_body();
    for _ in 0..2 {
        assert!(matches!(next(&mut body), Poll::Ready(Some(Ok(_)))));
        assert_eq!((active(&capture), all(&capture).len()), (Some(1.0), 0));
    }
    assert!(matches!(next(&mut body), Poll::Ready(None)));
    assert_eq!((active(&capture), all(&capture).len()), (Some(0.0), 1));
    drop(body);
    assert_eq!(all(&capture), [("GET /".to_owned(), 200)]);
}

#[test]
fn a_body_that_is_not_read_to_its_end() {
    let of = |body: Body, read: usize| {
        let capture = capture();
        let cell = std::sync::Mutex::new(Some(body));
        let cell = std::sync::Arc::new(cell);
        let mut body = streamed(move || cell.lock().unwrap().take().unwrap()).into_body();
        for _ in 0..read {
            let _ = next(&mut body);
        }
        drop(body);
        assert_eq!(active(&capture), Some(0.0));
        all(&capture)[0].1
    };
    assert_eq!(of(chunks(3, Poll::Pending), 1), 499, "the client went away");
    assert_eq!(of(chunks(3, Poll::Pending), 0), 499, "at once");
    assert_eq!(of(chunks(1, Poll::Ready(Some(Err(std::io::Error::other("broken"))))), 2), 500, "it fails");
    assert_eq!(of(Body::from("text"), 1), 200, "a server asks no further");
    assert_eq!(of(Body::from("text"), 0), 499);
    assert_eq!(of(Body::empty(), 0), 200);
}

#[test]
fn a_body_whose_length_is_known_is_whole_with_its_last_byte() {
    let of = |read: usize| {
        let capture = capture();
        let handler = || async { ([("content-length", "20")], chunks(2, Poll::Pending)) };
        let app = Router::new().route("/", get(handler)).layer(layer());
        let mut body = block_on(app.oneshot(request("GET", "/"))).unwrap().into_body();
        for _ in 0..read {
            let _ = next(&mut body);
        }
        drop(body);
        all(&capture)[0].1
    };
    assert_eq!((of(1), of(2)), (499, 200));
}

#[test]
fn answers_that_have_no_body_are_whole_at_once() {
    let capture = capture();
    let app = Router::new()
        .route("/", get(|| async { chunks(3, Poll::Pending) }))
        .route("/none", get(|| async { (StatusCode::NOT_MODIFIED, chunks(3, Poll::Pending)) }))
        .layer(layer());
    drop(block_on(app.clone().oneshot(request("HEAD", "/"))).unwrap());
    drop(block_on(app.oneshot(request("GET", "/none"))).unwrap());
    assert_eq!(all(&capture), [("HEAD /".to_owned(), 200), ("GET /none".to_owned(), 304)]);
}

/// An answer of gRPC's: its status comes behind it, or there is nothing else.
#[test]
fn a_status_of_grpcs_counts_as_one_of_http() {
    struct Trailers(Option<http::HeaderMap>);
    impl HttpBody for Trailers {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.take().map(|trailers| Ok(http_body::Frame::trailers(trailers))))
        }
    }
    let trailers = |code: &'static str| {
        http::HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static(code))])
    };
    let capture = capture();
    let app = Router::new()
        .route("/a", get(move || async move { Body::new(Trailers(Some(trailers("14")))) }))
        .route("/b", get(move || async move { trailers("16") }))
        .route("/c", get(move || async move { Body::new(Trailers(Some(trailers("0")))) }))
        .route("/d", get(move || async move { trailers("99") }))
        .layer(layer());
    for path in ["/a", "/b", "/c", "/d"] {
        assert_eq!(ask(&app, request("GET", path)).0, StatusCode::OK);
    }
    let statuses: Vec<_> = all(&capture).into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses, [503, 401, 200, 200]);
}

/// It is a layer for tonic, too.
#[tokio::test]
async fn a_server_of_tonics_takes_it() {
    let layer = ObsLayer::new().route(|request| Some(request.uri.path()));
    let mut server = tonic::transport::Server::builder().layer(layer);
    let routes = tonic::service::Routes::default();
    drop(server.add_routes(routes).serve(([127, 0, 0, 1], 0).into()));
}

#[test]
fn a_body_that_panics_is_a_500() {
    let capture = capture();
    let body =
        || Body::from_stream(stream::poll_fn(|_| -> Poll<Option<Result<Bytes, Infallible>>> { panic!("on purpose") }));
    let mut body = streamed(body).into_body();
    assert!(catch_unwind(AssertUnwindSafe(|| next(&mut body))).is_err());
    drop(body);
    assert_eq!(all(&capture), [("GET /".to_owned(), 500)]);
}

const TRACE: &str = "12345678901234567890123456789012";

fn of_trace(method: &str, path: &str) -> Request<Body> {
    let mut request = request(method, path);
    let parent = HeaderValue::try_from(format!("00-{TRACE}-1234567890123456-01")).unwrap();
    request.headers_mut().insert("traceparent", parent);
    request
}

/// Nothing is recorded here, and what comes in still goes on.
#[test]
fn a_trace_goes_on_through_a_service_that_makes_none() {
    let app = Router::new()
        .route("/", get(|| async { TraceContext::current().trace_id().map_or(String::new(), |id| id.to_string()) }))
        .layer(layer());
    assert_eq!(ask(&app, of_trace("GET", "/")).2, TRACE);
}

#[test]
fn a_request_has_an_id() {
    let app = Router::new()
        .route(
            "/",
            get(|request: axum::extract::Request| async move {
                let header = request.headers()["x-request-id"].to_str().unwrap().to_owned();
                let id = request.extensions().get::<RequestId>().unwrap().as_str().to_owned();
                assert_eq!(header, id);
                id
            }),
        )
        .layer(layer());
    let of = |ids: &[&[u8]]| {
        let mut request = request("GET", "/");
        for id in ids {
            request.headers_mut().append("x-request-id", HeaderValue::from_bytes(id).unwrap());
        }
        let (_, headers, body) = ask(&app, request);
        let id = headers["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(body, id, "the handler sees the same");
        id
    };
    let longest = "x".repeat(128);
    for fine in ["42", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "web.7:a=b+c_d", &longest]
    {
        assert_eq!(of(&[fine.as_bytes()]), fine);
    }
    let is_uuid = |id: &str| {
        let parts: Vec<_> = id.split('-').collect();
        parts.iter().map(|part| part.len()).collect::<Vec<_>>() == [8, 4, 4, 4, 12]
            && parts.concat().bytes().all(|digit| digit.is_ascii_digit() || matches!(digit, b'a'..=b'f'))
            && parts[2].starts_with('4')
            && parts[3].starts_with(['8', '9', 'a', 'b'])
    };
    let too_long = "x".repeat(129);
    let megabyte = "x".repeat(65_536);
    // P06
    for refused in [
        &b""[..],
        b" ",
        b"../../etc/passwd",
        b"..",
        b"-rf",
        b"a b",
        b"a\tb",
        b"a,b",
        b"a/b",
        b"<script>",
        b"${jndi:ldap}",
        b"%0d%0aSet-Cookie",
        b"a\"b",
        b"\xff\xfe",
        "ä".as_bytes(),
        too_long.as_bytes(),
        megabyte.as_bytes(),
    ] {
        let id = of(&[refused]);
        assert!(is_uuid(&id), "{id}");
    }
    assert!(is_uuid(&of(&[b"one", b"two"])));
    let made: std::collections::HashSet<_> = (0..1_000).map(|_| of(&[])).collect();
    assert_eq!(made.len(), 1_000);
}
