//! What is answered to a request: the paths, and who may ask.
//!
//! The `Host` header is not looked at, nor missed: a scrape by any name or address
//! is answered, as HTTP/1.0 is. Whoever needs more than a loopback address sets a
//! token.

use http::{HeaderMap, Method, Response, StatusCode, header};

use super::handler::{MetricsBody, metrics_handler};
use super::token::BearerToken;
use crate::self_telemetry::{self, ServerRefusal};

/// The answer to a request; with a token, only to one that brings it.
pub(super) fn answer(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    token: Option<&BearerToken>,
) -> Response<MetricsBody> {
    if token.is_some_and(|token| !token.is_in(headers)) {
        self_telemetry::server_refused(ServerRefusal::Unauthorized);
        return unauthorized();
    }
    match path {
        "/metrics" => metrics_handler().answer(method, headers),
        "/livez" | "/readyz" => text(method, StatusCode::OK, "ok\n"),
        "/" => text(method, StatusCode::OK, "arc-obs\n\n/metrics\n/livez\n/readyz\n"),
        _ => text(method, StatusCode::NOT_FOUND, "not found; there are /metrics, /livez and /readyz\n"),
    }
}

/// Nothing but that: not even which paths there are.
fn unauthorized() -> Response<MetricsBody> {
    let mut response = Response::new(MetricsBody::default());
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    response
}

fn text(method: &Method, status: StatusCode, text: &'static str) -> Response<MetricsBody> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return MetricsBody::not_allowed();
    }
    let mut response = Response::new(MetricsBody::from(text.as_bytes().to_vec()));
    *response.status_mut() = status;
    let plain = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
