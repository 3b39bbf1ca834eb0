//! Why something was not taken, over either way.

use bytes::Bytes;
use prost::Message;

use crate::self_telemetry::SpanDrop;
use crate::transport::TransportError;

/// Why what was sent was not taken.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: SpanDrop,
    /// In words for who runs the program, without any secret.
    pub(crate) message: String,
    /// A smaller request may be taken.
    pub(crate) is_too_large: bool,
}

/// There was no answer.
pub(super) fn failure(error: &TransportError) -> Refusal {
    let mut message = error.to_string();
    if message.contains("UnknownIssuer") {
        message.push_str(WHOM_TO_TRUST);
    }
    Refusal { reason: error.reason(), message, is_too_large: false }
}

const WHOM_TO_TRUST: &str = "; say whose certificates to trust (`OTEL_EXPORTER_OTLP_CERTIFICATE`, or \
    `.certificate_file(..)` of what `.otlp(..)` is given)";

/// What somebody who is not let in should look at.
pub(super) const LET_IN: &str = "check the headers that say who we are (`OTEL_EXPORTER_OTLP_HEADERS`, or \
    `.header(..)` of what `.otlp(..)` is given)";

/// `google.rpc.Status`, in which OTLP has it that errors are told.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) details: Vec<AnyMessage>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AnyMessage {
    #[prost(string, tag = "1")]
    pub(super) type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) value: Bytes,
}
