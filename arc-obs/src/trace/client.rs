//! The span of a request that this process makes.

use tracing::Span;
use tracing::field::Empty;

use super::telling::tell_server;
use crate::semconv;

/// The span of a request that is being made. Dropped before it is answered, it was given up.
pub(crate) struct ClientSpan {
    span: Span,
    has_ended: bool,
}

impl ClientSpan {
    /// Opens one under what is current, which is told whom it asks. A method that is not known is no part of its name.
    pub(crate) fn open(method: Option<&'static str>, host: &str, port: Option<u16>) -> Self {
        tell_server(host, port);
        let span = tracing::info_span!(
            target: "arc_obs::http",
            "http.request",
            otel.name = method.unwrap_or("HTTP"),
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = method.unwrap_or("_OTHER"),
            server.address = host,
            server.port = port,
            http.response.status_code = Empty,
            error.type = Empty,
        );
        Self { span, has_ended: false }
    }

    /// Runs something inside of it.
    pub(crate) fn run<T>(&self, run: impl FnOnce() -> T) -> T {
        self.span.in_scope(run)
    }

    /// It is answered with this status. To a client, a mistake of its own is an error, too.
    pub(crate) fn answered(mut self, status: u16) {
        self.span.record(semconv::HTTP_STATUS, status);
        if status >= 400 {
            self.end(&status.to_string());
        }
        self.has_ended = true;
    }

    /// There was no answer, for this reason.
    pub(crate) fn failed(mut self, error_type: &str) {
        self.end(error_type);
    }

    fn end(&mut self, error_type: &str) {
        self.has_ended = true;
        self.span.record("otel.status_code", "error");
        self.span.record(semconv::ERROR_TYPE, error_type);
    }
}

impl Drop for ClientSpan {
    fn drop(&mut self) {
        if !self.has_ended {
            self.end("cancelled");
        }
    }
}
