//! One delivery of one message.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use prost::Message;

use super::Target;
use super::refusal::{LET_IN, Refusal, RpcStatus, failure};
use super::signal::Signal;
use crate::self_telemetry::SpanDrop;
use crate::transport::{Answer, Client, Retry, TransportError, gzip};

/// Sends the messages of one signal to one target.
#[derive(Debug)]
pub(crate) struct Sender {
    target: Target,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Http(Client),
    #[cfg(feature = "otlp-grpc")]
    Grpc(Box<super::grpc::Grpc>),
}

impl Sender {
    /// # Errors
    ///
    /// If the target's certificates or key can be none.
    pub(crate) fn new(mut target: Target, signal: Signal) -> Result<Self, TransportError> {
        target.headers.conceal(&target.url);
        #[cfg(feature = "otlp-grpc")]
        if target.is_grpc {
            let way = Way::Grpc(Box::new(super::grpc::Grpc::new(&target, signal)?));
            return Ok(Self { target, way });
        }
        let _ = signal;
        let client = Client::new(&target.tls, target.timeout)?;
        target.headers.preset(CONTENT_TYPE, "application/x-protobuf");
        if target.gzip {
            target.headers.preset(CONTENT_ENCODING, "gzip");
        }
        Ok(Self { target, way: Way::Http(client) })
    }

    /// What the receiver says, in one short line without any secret.
    pub(crate) fn said(&self, text: &str) -> String {
        self.target.said(text)
    }

    /// The name under which it is counted.
    pub(crate) fn name(&self) -> &'static str {
        self.target.name
    }

    /// Sends a message until it is taken, or refused for good, or there is no time left; hands back
    /// the message that is the answer. A receiver that has said when to come again gets no request
    /// before.
    pub(crate) async fn send(&mut self, message: Bytes, retry: &mut Retry) -> Result<Bytes, Refusal> {
        let target = &self.target;
        if !retry.until_welcome().await {
            let message = format!("{}: it wants to be left alone for longer than there is time", target.url);
            return Err(Refusal { reason: SpanDrop::Rejected, message, is_too_large: false });
        }
        let refusal = match &mut self.way {
            Way::Http(client) => {
                let body = if target.gzip { gzip(&message) } else { message };
                match client.deliver(&target.url, &target.headers, body, retry).await {
                    Ok(answer) if answer.is_success() => return Ok(answer.body),
                    Ok(answer) => refusal(&answer, target),
                    Err(error) => failure(&error),
                }
            }
            #[cfg(feature = "otlp-grpc")]
            Way::Grpc(grpc) => match grpc.send(target, message, retry).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            },
        };
        let message = format!("{}: {}", target.url, refusal.message);
        Err(Refusal { message, ..refusal })
    }
}

fn refusal(answer: &Answer, target: &Target) -> Refusal {
    let status = http::StatusCode::from_u16(answer.status).unwrap_or_default();
    let (reason, hint) = match answer.status {
        // What it says of it is not shown: some show what they were sent.
        401 | 403 => (SpanDrop::Auth, LET_IN.to_owned()),
        300..=399 => (SpanDrop::Rejected, "redirects are not followed: give it the address itself".to_owned()),
        404 | 405 => (SpanDrop::Rejected, "is this the address of an OTLP receiver for HTTP?".to_owned()),
        413 => (SpanDrop::TooLarge, "the batch is too large for it".to_owned()),
        502..=504 => (SpanDrop::Unreachable, said(answer, target)),
        _ => (SpanDrop::Rejected, said(answer, target)),
    };
    let separator = if hint.is_empty() { "" } else { "; " };
    let message = format!("it answers {status}{separator}{hint}");
    Refusal { reason, message, is_too_large: answer.status == 413 }
}

/// What the receiver says in words.
fn said(answer: &Answer, target: &Target) -> String {
    let text = match RpcStatus::decode(&*answer.body) {
        Ok(status) if !status.message.is_empty() => status.message,
        _ => String::from_utf8_lossy(&answer.body).into_owned(),
    };
    target.said(&text)
}
