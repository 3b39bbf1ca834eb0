//! `#[track_request]`: HTTP requests by method, endpoint and status.

use std::future::{Future, pending};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use arc_obs::testing::{Capture, OperationKind, capture};
use arc_obs::{HttpStatus, Status, track_agent, track_request};
use axum::response::{IntoResponse, Response};
use futures::executor::block_on;
use http::StatusCode;

fn counted(capture: &Capture, method: &str, endpoint: &str, status: &str) -> Option<f64> {
    capture.value("arc_requests_total", &[("method", method), ("endpoint", endpoint), ("status", status)])
}

fn statuses(capture: &Capture) -> Vec<(u16, Status)> {
    capture.operations().into_iter().map(|it| (it.http_status.unwrap(), it.status)).collect()
}

fn active(capture: &Capture) -> f64 {
    capture.value("arc_active_requests", &[]).unwrap()
}

#[test]
fn the_status_is_told_by_the_type() {
    #[track_request(method = "GET", endpoint = "/types")]
    fn plain() -> String {
        String::new()
    }
    #[track_request(method = "GET", endpoint = "/types")]
    fn nothing() {}
    #[track_request(method = "GET", endpoint = "/types")]
    fn code() -> StatusCode {
        StatusCode::NO_CONTENT
    }
    #[track_request(method = "GET", endpoint = "/types")]
    async fn response(code: u16) -> Response {
        (StatusCode::from_u16(code).unwrap(), "text").into_response()
    }
    #[track_request(method = "GET", endpoint = "/types")]
    async fn tuple() -> (StatusCode, [(&'static str, &'static str); 1], String) {
        (StatusCode::CREATED, [("x-a", "b")], "made".to_owned())
    }
    #[track_request(method = "GET", endpoint = "/types")]
    async fn opaque() -> impl IntoResponse {
        (StatusCode::ACCEPTED, "text")
    }
    #[track_request(method = "GET", endpoint = "/types")]
    async fn http_response() -> http::Response<Vec<u8>> {
        http::Response::builder().status(302).body(Vec::new()).unwrap()
    }
    // No status: a number may be any number.
    #[track_request(method = "GET", endpoint = "/types")]
    fn number() -> u16 {
        404
    }

    let capture = capture();
    plain();
    nothing();
    code();
    block_on(response(503));
    block_on(response(404));
    block_on(response(504));
    block_on(tuple());
    drop(block_on(opaque()));
    block_on(http_response());
    number();
    use Status::{Error as Failed, Success, Timeout};
    let expected = [
        (200, Success),
        (200, Success),
        (204, Success),
        (503, Failed),
        (404, Success),
        (504, Timeout),
        (201, Success),
        (202, Success),
        (302, Success),
        (200, Success),
    ];
    assert_eq!(statuses(&capture), expected);
    assert_eq!(counted(&capture, "GET", "/types", "200"), Some(3.0));
    assert_eq!(counted(&capture, "GET", "/types", "500"), Some(0.0), "it is there before the first");
    assert_eq!(counted(&capture, "GET", "/types", "503"), Some(1.0));
    let duration = [("method", "GET"), ("endpoint", "/types")];
    assert_eq!(capture.value("arc_request_duration_seconds", &duration), Some(10.0));
    let first = &capture.operations()[0];
    assert_eq!(
        (first.kind, first.kind.as_str(), first.name.as_str()),
        (OperationKind::Request, "request", "GET /types")
    );
    assert_eq!(active(&capture), 0.0);
}

#[derive(Debug)]
enum AskError {
    NotFound,
    Broken,
}

impl HttpStatus for AskError {
    fn http_status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Broken => panic!("on purpose"),
        }
    }
}

#[test]
fn of_a_result_what_is_inside_says_it() {
    #[track_request(method = "POST", endpoint = "/results")]
    async fn ask<E>(answer: Result<StatusCode, E>) -> Result<StatusCode, E> {
        answer
    }
    #[track_request(method = "POST", endpoint = "/results")]
    fn own(error: AskError) -> Result<String, AskError> {
        Err(error)
    }
    #[track_request(method = "POST", endpoint = "/results")]
    fn axum_error() -> Result<String, (StatusCode, String)> {
        Err((StatusCode::CONFLICT, String::new()))
    }
    #[track_request(method = "POST", endpoint = "/results")]
    fn code(code: StatusCode) -> Result<String, StatusCode> {
        Err(code)
    }
    #[track_request(method = "POST", endpoint = "/results")]
    fn io(kind: io::ErrorKind) -> io::Result<()> {
        Err(kind.into())
    }
    #[track_request(method = "POST", endpoint = "/results")]
    fn any() -> anyhow::Result<()> {
        anyhow::bail!("no")
    }
    #[track_request(method = "POST", endpoint = "/results")]
    fn boxed() -> Result<String, Box<AskError>> {
        Err(Box::new(AskError::NotFound))
    }

    let capture = capture();
    block_on(ask(Ok::<_, ()>(StatusCode::CREATED))).unwrap();
    block_on(ask(Err::<StatusCode, _>("no"))).unwrap_err();
    own(AskError::NotFound).unwrap_err();
    own(AskError::Broken).unwrap_err();
    axum_error().unwrap_err();
    code(StatusCode::NOT_FOUND).unwrap_err();
    code(StatusCode::BAD_GATEWAY).unwrap_err();
    io(io::ErrorKind::NotFound).unwrap_err();
    io(io::ErrorKind::TimedOut).unwrap_err();
    any().unwrap_err();
    boxed().unwrap_err();
    let codes: Vec<_> = statuses(&capture).into_iter().map(|it| it.0).collect();
    assert_eq!(codes, [201, 500, 404, 500, 409, 404, 502, 500, 504, 500, 404]);
    assert_eq!(capture.value("arc_obs_status_panics_total", &[]), Some(1.0));
    let operations = capture.operations();
    assert_eq!((operations[8].status, operations[5].status), (Status::Timeout, Status::Success));
    assert_eq!(operations[7].error_type.as_deref(), Some("std::io::error::Error"));
    assert_eq!(operations[5].error_type, None, "a mistake of the client's is no error");
}

#[test]
fn a_closure_or_a_function_says_it_otherwise() {
    fn of(answer: &Result<u16, String>) -> u16 {
        answer.as_ref().copied().unwrap_or(418)
    }
    #[track_request(method = "PUT", endpoint = "/closures", status = of)]
    fn by_path(answer: Result<u16, String>) -> Result<u16, String> {
        answer
    }
    #[track_request(method = "PUT", endpoint = "/closures", status = |answer| StatusCode::from_u16(*answer).ok())]
    async fn maybe(answer: u16) -> u16 {
        answer
    }
    #[track_request(method = "PUT", endpoint = "/closures", status = |answer| 100 + 700 / *answer)]
    fn panics(answer: u16) -> u16 {
        answer
    }

    let capture = capture();
    by_path(Ok(207)).unwrap();
    by_path(Err(String::new())).unwrap_err();
    block_on(maybe(503));
    block_on(maybe(7));
    assert_eq!(panics(0), 0, "the call goes on");
    panics(1);
    let codes: Vec<_> = statuses(&capture).into_iter().map(|it| it.0).collect();
    assert_eq!(codes, [207, 418, 503, 200, 200, 800]);
    assert_eq!(counted(&capture, "PUT", "/closures", "other"), Some(1.0), "no status of HTTP");
    assert_eq!(capture.value("arc_obs_status_panics_total", &[]), Some(1.0));
}

#[test]
fn the_gauge_never_leaks() {
    #[track_request(method = "GET", endpoint = "/ends")]
    async fn never() {
        pending::<()>().await;
    }
    #[track_request(method = "GET", endpoint = "/ends")]
    fn panics() -> Response {
        panic!("on purpose")
    }

    let capture = capture();
    drop(never());
    assert_eq!(counted(&capture, "GET", "/ends", "499"), None, "never polled");
    {
        let (mut one, mut two) = (pin!(never()), pin!(never()));
        let context = &mut Context::from_waker(Waker::noop());
        assert!(one.as_mut().poll(context).is_pending() && two.as_mut().poll(context).is_pending());
        assert_eq!(active(&capture), 2.0);
    }
    catch_unwind(AssertUnwindSafe(panics)).map(drop).unwrap_err();
    assert_eq!(active(&capture), 0.0);
    assert_eq!(counted(&capture, "GET", "/ends", "499"), Some(2.0));
    assert_eq!(counted(&capture, "GET", "/ends", "500"), Some(1.0));
    let ends: Vec<_> = statuses(&capture);
    assert_eq!(ends, [(499, Status::Cancelled), (499, Status::Cancelled), (500, Status::Panic)]);
}

#[test]
fn a_request_inside_of_another_is_part_of_it() {
    #[track_request(method = "GET", endpoint = "/outer")]
    async fn outer() -> StatusCode {
        let (_, code) = futures::join!(inner(), async { inner().await });
        code
    }
    #[track_request(method = "GET", endpoint = "/inner")]
    async fn inner() -> StatusCode {
        std::future::ready(()).await;
        StatusCode::IM_A_TEAPOT
    }
    #[track_request(method = "GET", endpoint = "/outer")]
    async fn cancelled() {
        never().await;
    }
    #[track_request(method = "GET", endpoint = "/inner")]
    async fn never() {
        pending::<()>().await;
    }

    let capture = capture();
    block_on(outer());
    assert_eq!(counted(&capture, "GET", "/outer", "418"), Some(1.0));
    assert_eq!(counted(&capture, "GET", "/inner", "418"), None);
    assert_eq!(capture.operations().len(), 3, "a test sees them all");
    {
        let mut cancelled = pin!(cancelled());
        assert!(cancelled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(active(&capture), 1.0);
    }
    assert_eq!(active(&capture), 0.0);
    assert_eq!(counted(&capture, "GET", "/outer", "499"), Some(1.0));
    assert_eq!(counted(&capture, "GET", "/inner", "499"), None);
    // Afterwards, and beside it, each counts for itself.
    block_on(inner());
    assert_eq!(counted(&capture, "GET", "/inner", "418"), Some(1.0));
    block_on(async {
        let mut pending = pin!(cancelled());
        assert!(futures::poll!(pending.as_mut()).is_pending());
        inner().await;
    });
    assert_eq!(counted(&capture, "GET", "/inner", "418"), Some(2.0), "a sibling is not inside");
}

#[test]
fn every_shape_of_a_handler() {
    struct Service;
    impl Service {
        #[track_request(method = "PATCH", endpoint = "/shapes/{id}")]
        fn boxed(&self) -> Pin<Box<dyn Future<Output = StatusCode> + Send + '_>> {
            Box::pin(async { StatusCode::CREATED })
        }
        #[track_request(method = "PATCH", endpoint = "/shapes/{id}", crate = ::arc_obs)]
        fn future<B: Default>(&self) -> impl Future<Output = Result<http::Response<B>, io::Error>> {
            async { Ok::<_, io::Error>(http::Response::builder().status(201).body(B::default()).unwrap()) }
        }
    }
    #[track_request(method = "PATCH", endpoint = "/shapes/{id}")]
    fn generic<T>(value: T) -> (StatusCode, T) {
        (StatusCode::CREATED, value)
    }
    #[async_trait::async_trait]
    trait Handler {
        #[track_request(method = "PATCH", endpoint = "/shapes/{id}")]
        async fn handle(&self) -> StatusCode {
            StatusCode::CREATED
        }
    }
    impl Handler for Service {}
    #[track_agent("request_agent")]
    async fn agent() -> StatusCode {
        Service.boxed().await
    }

    let capture = capture();
    block_on(Service.boxed());
    block_on(Service.future::<Vec<u8>>()).unwrap();
    generic(1);
    block_on(Service.handle());
    block_on(agent());
    assert_eq!(counted(&capture, "PATCH", "/shapes/{id}", "201"), Some(5.0));
    assert_eq!(capture.operations()[4].agent.as_deref(), Some("request_agent"));
}

#[test]
fn an_axum_handler_is_a_handler_still() {
    #[track_request(method = "GET", endpoint = "/tea/{pot}")]
    async fn tea(axum::extract::Path(pot): axum::extract::Path<u32>) -> Result<String, StatusCode> {
        if pot < 3 { Ok("tea".to_owned()) } else { Err(StatusCode::NOT_FOUND) }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let capture = capture();
    runtime.block_on(async {
        let app: axum::Router = axum::Router::new().route("/tea/{pot}", axum::routing::get(tea));
        for (path, code) in [("/tea/1", 200), ("/tea/9", 404)] {
            use tower_service::Service;
            let request = http::Request::builder().uri(path).body(axum::body::Body::empty()).unwrap();
            let answer = app.clone().call(request).await.unwrap();
            assert_eq!(answer.status(), code);
        }
    });
    assert_eq!(counted(&capture, "GET", "/tea/{pot}", "200"), Some(1.0));
    assert_eq!(counted(&capture, "GET", "/tea/{pot}", "404"), Some(1.0));
}

#[test]
fn the_summary_has_requests() {
    #[track_request(method = "GET", endpoint = "/summary")]
    fn ask(code: u16) -> StatusCode {
        StatusCode::from_u16(code).unwrap()
    }
    let capture = capture();
    for code in [200, 404, 500, 504] {
        ask(code);
    }
    let summary = capture.summary();
    let row = &summary.requests[0];
    assert_eq!((row.name.as_str(), row.calls, row.errors, row.timeouts), ("GET /summary", 4, 2, 1));
    assert!(summary.to_string().contains("GET /summary"), "{summary}");
}

#[test]
fn a_span_has_the_attributes_of_http() {
    #[track_request(method = "DELETE", endpoint = "/spans/{id}")]
    fn remove() -> StatusCode {
        StatusCode::GONE
    }
    let page = crate::spans::Page::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(page.clone())
        .with_ansi(false)
        .without_time()
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        remove();
        arc_obs::tool("spans by name").run_sync(|| ());
    });
    let text = page.text();
    for part in [
        "DELETE /spans/{id}{http.request.method=\"DELETE\" http.route=\"/spans/{id}\" status=\"success\" http.response.status_code=410}",
        "arc_obs: close",
        "tool.spans by name{tool=\"spans by name\" status=\"success\"}",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}
