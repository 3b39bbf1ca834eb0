//! The same over gRPC.

use std::error::Error;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use prost::Message;
use tokio::time;
use tonic::client::Grpc as Caller;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};

use super::Target;
use super::refusal::{LET_IN, Refusal, RpcStatus, failure};
use super::signal::Signal;
use crate::self_telemetry::SpanDrop;
use crate::transport::{Fault, Retry, TransportError, sanitised, tls_fault};

/// Within this much of a try's time there has to be a connection, TLS included.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);

/// A connection on which nothing is heard for so long is asked whether it is still there, by the
/// system; so often again, and then it is none any more. As reqwest has it. HTTP/2 could ask itself,
/// but servers cut off who does that as often as it would take.
const ALIVE: Duration = Duration::from_secs(15);
const ALIVE_TRIES: u32 = 3;

/// Calls one method of one target.
#[derive(Debug)]
pub(super) struct Grpc {
    endpoint: Endpoint,
    method: PathAndQuery,
    /// Made when it is first used: it belongs to the runtime that it is made in.
    channel: Option<Channel>,
}

impl Grpc {
    /// # Errors
    ///
    /// If the target's certificates or key can be none.
    pub(super) fn new(target: &Target, signal: Signal) -> Result<Self, TransportError> {
        let wrong = |error: &dyn Error| TransportError::new(Fault::Configuration, sanitised(&error.to_string()));
        // Tells in the same words as over HTTP what is wrong with them.
        target.tls.check()?;
        let mut endpoint = Endpoint::from_shared(target.url.origin())
            .map_err(|error| wrong(&error))?
            .connect_timeout(target.timeout.min(LONGEST_CONNECT))
            .tcp_keepalive(Some(ALIVE))
            .tcp_keepalive_interval(Some(ALIVE))
            .tcp_keepalive_retries(Some(ALIVE_TRIES));
        endpoint =
            endpoint.user_agent(concat!("arc-obs/", env!("CARGO_PKG_VERSION"))).map_err(|error| wrong(&error))?;
        if target.url.is_https() {
            let mut tls = ClientTlsConfig::new();
            if let Some((certificate, key)) = &target.tls.identity {
                tls = tls.identity(Identity::from_pem(certificate, key));
            }
            let bare = endpoint.clone();
            endpoint = match &target.tls.authorities {
                Some(pem) => bare.tls_config(tls.ca_certificate(Certificate::from_pem(pem))),
                // A container without any certificates trusts nobody, as over HTTP: that is told when
                // something is to be sent, and the program starts.
                None => bare.tls_config(tls.clone().with_native_roots()).or_else(|_| endpoint.tls_config(tls)),
            }
            .map_err(|error| wrong(&error))?;
        }
        Ok(Self { endpoint, method: PathAndQuery::from_static(signal.method()), channel: None })
    }

    /// Calls until it is taken, or refused for good, or there is no time left.
    pub(super) async fn send(&mut self, target: &Target, message: Bytes, retry: &mut Retry) -> Result<Bytes, Refusal> {
        loop {
            let limit = target.timeout.min(retry.left());
            let (refusal, again) = match time::timeout(limit, self.call(target, message.clone())).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(status)) => judged(&status, target),
                Err(_) => {
                    // Perhaps nobody is at its other end any more; the next batch is not to wait for that.
                    self.channel = None;
                    let error = TransportError::new(Fault::Timeout, format!("no whole answer within {limit:?}"));
                    (failure(&error), None)
                }
            };
            let Some(Again(told)) = again else { return Err(refusal) };
            if !retry.wait(told).await {
                return Err(refusal);
            }
        }
    }

    async fn call(&mut self, target: &Target, message: Bytes) -> Result<Bytes, Status> {
        let channel = self.channel.get_or_insert_with(|| self.endpoint.connect_lazy()).clone();
        let mut caller = Caller::new(channel);
        if target.gzip {
            caller = caller.send_compressed(CompressionEncoding::Gzip).accept_compressed(CompressionEncoding::Gzip);
        }
        caller.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let mut request = tonic::Request::new(message);
        *request.metadata_mut() = MetadataMap::from_headers(target.headers.map().clone());
        caller.unary(request, self.method.clone(), Raw).await.map(tonic::Response::into_inner)
    }
}

/// It may be taken the next time, after what the receiver says that there is to wait.
struct Again(Option<Duration>);

/// What a failure means, and whether another try is worth it (OTLP, "Failures" of gRPC).
fn judged(status: &Status, target: &Target) -> (Refusal, Option<Again>) {
    if let Some(source) = status.source() {
        if let Some(why) = tls_fault(source) {
            return (failure(&TransportError::new(Fault::Tls, why)), None);
        }
    }
    let said = target.said(status.message());
    let told = retry_info(status.details());
    let refused = |reason, message| Refusal { reason, message, is_too_large: false };
    let answer = format!("it answers {:?}; {said}", status.code());
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => {
            (refused(SpanDrop::Auth, format!("it answers {:?}; {LET_IN}", status.code())), None)
        }
        Code::Unavailable if status.source().is_some() => {
            let why = status.source().map(crate::transport::innermost).unwrap_or_default();
            (refused(SpanDrop::Unreachable, format!("no connection: {why}")), Some(Again(None)))
        }
        // Of our own making: nobody answered. So it ends where a server wants a client's certificate
        // and there is none, if what it says of that comes too late.
        Code::Cancelled | Code::Unknown if status.source().is_some() => {
            let why = status.source().map(crate::transport::innermost).unwrap_or_default();
            (refused(SpanDrop::Unreachable, format!("it broke off: {why}")), Some(Again(None)))
        }
        Code::Cancelled | Code::DeadlineExceeded | Code::Aborted | Code::Unavailable | Code::DataLoss => {
            (refused(SpanDrop::Unreachable, answer), Some(Again(told.flatten())))
        }
        Code::ResourceExhausted | Code::OutOfRange if is_about_size(status.message()) => {
            (Refusal { reason: SpanDrop::TooLarge, message: answer, is_too_large: true }, None)
        }
        Code::OutOfRange => (refused(SpanDrop::Rejected, answer), Some(Again(told.flatten()))),
        Code::ResourceExhausted => (refused(SpanDrop::Rejected, answer), told.map(Again)),
        _ => (refused(SpanDrop::Rejected, answer), None),
    }
}

/// How receivers say that a message is too large for them: grpc-go, and tonic.
fn is_about_size(message: &str) -> bool {
    message.contains("larger than max") || message.contains("too large")
}

/// What a `RetryInfo` among the details says: `Some` if there is one, with how long to wait if that
/// makes sense.
fn retry_info(details: &[u8]) -> Option<Option<Duration>> {
    let status = RpcStatus::decode(details).ok()?;
    let info = status.details.iter().find(|detail| detail.type_url.ends_with("/google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(&*info.value).ok()?.delay;
    let delay = delay.and_then(|delay| {
        let seconds = Duration::from_secs(delay.seconds.try_into().ok()?);
        seconds.checked_add(Duration::from_nanos(delay.nanos.try_into().ok()?))
    });
    Some(delay.filter(|delay| !delay.is_zero()))
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// Messages as they are: they are encoded once, however often they are sent.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_receiver_wants_us_to_wait() {
        let details = |delay: Option<(i64, i32)>| {
            let info = RetryInfo { delay: delay.map(|(seconds, nanos)| Delay { seconds, nanos }) };
            let detail = AnyMessage {
                type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
                value: info.encode_to_vec().into(),
            };
            RpcStatus { code: 8, message: String::new(), details: vec![detail] }.encode_to_vec()
        };
        let wait = |millis| Some(Some(Duration::from_millis(millis)));
        for (delay, expected) in [
            (Some((2, 500_000_000)), wait(2_500)),
            (Some((0, 0)), Some(None)),
            (Some((-1, 0)), Some(None)),
            (Some((1, -1)), Some(None)),
            (Some((i64::MAX, i32::MAX)), Some(Some(Duration::new(i64::MAX as u64 + 2, 147_483_647)))),
            (None, Some(None)),
        ] {
            assert_eq!(retry_info(&details(delay)), expected, "{delay:?}");
        }
        assert_eq!(retry_info(b""), None);
        assert_eq!(retry_info(b"garbage"), None);
    }

    use super::super::refusal::AnyMessage;
}
