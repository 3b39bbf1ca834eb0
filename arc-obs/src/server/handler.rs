//! The answer to a scrape: the registry as text, compressed when asked.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use prometheus::{Encoder, TEXT_FORMAT, TextEncoder};

use crate::metrics::registry;
use crate::self_telemetry;

/// Answers scrapes of [`registry`](crate::registry), for a server of your own.
///
/// It is a `tower` service, so `axum` and others take it as a route:
///
/// ```
/// # fn app() -> axum::Router {
/// axum::Router::new().route_service("/metrics", arc_obs::metrics_handler())
/// # }
/// ```
///
/// and [`MetricsHandler::answer`] is the same as a plain function. It answers everybody
/// whom that server lets ask: [`Builder::metrics_token`](crate::Builder::metrics_token)
/// guards the server of arc-obs only.
#[must_use]
pub fn metrics_handler() -> MetricsHandler {
    MetricsHandler { _private: () }
}

/// Answers scrapes; made by [`metrics_handler`].
#[derive(Clone, Copy, Debug)]
pub struct MetricsHandler {
    _private: (),
}

impl MetricsHandler {
    /// The answer to a request: Prometheus text format 0.0.4, compressed with gzip
    /// where the client accepts it; 405 for anything but GET and HEAD.
    ///
    /// ```
    /// use http::{HeaderMap, Method};
    ///
    /// let response = arc_obs::metrics_handler().answer(&Method::GET, &HeaderMap::new());
    /// assert!(response.status().is_success());
    /// ```
    #[must_use]
    pub fn answer(&self, method: &Method, headers: &HeaderMap) -> Response<MetricsBody> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return MetricsBody::not_allowed();
        }
        // Collectors of the user's are asked here, too: one that panics costs a scrape.
        let page = match catch_unwind(AssertUnwindSafe(page)) {
            Ok(Ok(page)) => page,
            failed => {
                self_telemetry::scrape_error();
                let why = match failed {
                    Ok(Err(error)) => format!("the metrics cannot be written out: {error}\n"),
                    _ => "a collector in the registry panicked\n".to_owned(),
                };
                let mut response = Response::new(MetricsBody::from(why.into_bytes()));
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                return response;
            }
        };
        let compressed = if accepts_gzip(headers) { gzip(&page).ok() } else { None };
        let is_compressed = compressed.is_some();
        let mut response = Response::new(MetricsBody::from(compressed.unwrap_or(page)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(TEXT_FORMAT));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if is_compressed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

impl<B> tower_service::Service<Request<B>> for MetricsHandler {
    type Response = Response<MetricsBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(request.method(), request.headers())))
    }
}

/// The body of an answer: one piece of known length.
#[derive(Debug, Default)]
pub struct MetricsBody(Option<Bytes>);

impl MetricsBody {
    /// The bytes of the body.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.map_or_else(Vec::new, Vec::from)
    }

    pub(super) fn not_allowed() -> Response<Self> {
        let mut response = Response::new(Self::from(b"only GET and HEAD\n".to_vec()));
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        response
    }
}

impl From<Vec<u8>> for MetricsBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self((!bytes.is_empty()).then(|| bytes.into()))
    }
}

impl Body for MetricsBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

fn page() -> prometheus::Result<Vec<u8>> {
    let mut page = Vec::new();
    TextEncoder::new().encode(&registry().gather(), &mut page)?;
    Ok(page)
}

/// Whether a client takes gzip (RFC 9110, 12.5.3): named, or by `*`, and not with `q=0`.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut any = false;
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        for coding in value.to_str().unwrap_or_default().split(',') {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let refused = parts
                .filter_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")))
                .any(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
            if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                return !refused;
            }
            any |= name == "*" && !refused;
        }
    }
    any
}

fn gzip(page: &[u8]) -> io::Result<Vec<u8>> {
    // Text with so many repetitions shrinks tenfold at the fastest level already.
    let mut encoder = GzEncoder::new(Vec::with_capacity(page.len() / 8), Compression::fast());
    encoder.write_all(page)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_chosen_as_the_client_says() {
        for (accept, expected) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0, *", false),
            ("gzip; q=0.0", false),
            ("identity", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accept));
            assert_eq!(accepts_gzip(&headers), expected, "{accept}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
