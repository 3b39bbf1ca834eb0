//! The exporter of spans.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use super::Target;
use super::encode;
use super::send::{Refusal, Sender, Signal};
use crate::export::{ExportError, Exporting, Span, SpanExporter, Stopping};
use crate::self_telemetry::SpanDrop;
use crate::settings::Resource;
use crate::transport::{Retry, TransportError, sanitised};

/// No request is larger: what receivers refuse anyway is split before it is sent.
const LARGEST: usize = 64 * 1024 * 1024;

/// Sends spans to a collector.
#[derive(Debug)]
pub(crate) struct OtlpSpans {
    sender: Sender,
    /// How long a batch may take, all tries included.
    budget: Duration,
    /// How many bytes a request may have.
    largest: usize,
    /// Says by when everything is to have ended, when it is to.
    stopping: Stopping,
}

/// What became of a batch.
#[derive(Default)]
struct Delivery {
    lost: usize,
    /// The reason and words of what went wrong last.
    trouble: Option<(SpanDrop, String)>,
}

impl OtlpSpans {
    /// # Errors
    ///
    /// If the target's certificates or key can be none.
    pub(crate) fn new(target: Target, timeout: Duration, stopping: Stopping) -> Result<Self, TransportError> {
        // So that it is us who say why it took so long, and not whoever waits for us.
        let budget = timeout - (timeout / 10).min(Duration::from_secs(1));
        Ok(Self { sender: Sender::new(target, Signal::Traces)?, budget, largest: LARGEST, stopping })
    }

    /// Sends what may go in one request, otherwise the halves of it.
    async fn deliver(&mut self, spans: &[Span], resource: &Resource, retry: &mut Retry, may_halve: bool) -> Delivery {
        let request = encode::request(spans, resource);
        let mut delivery = Delivery::default();
        let size = request.encoded_len();
        let refusal = if size > self.largest {
            let message = format!("{size} bytes are more than a request may have ({})", self.largest);
            // However often it has to be halved.
            Refusal { reason: SpanDrop::TooLarge, message, is_too_large: spans.len() > 1 }
        } else {
            match self.sender.send(request.encode_to_vec().into(), retry).await {
                Ok(answer) => return delivery.accepted(&answer, spans.len()),
                Err(refusal) => Refusal { is_too_large: refusal.is_too_large && may_halve, ..refusal },
            }
        };
        if !refusal.is_too_large || spans.len() < 2 {
            delivery.failed(refusal.reason, refusal.message, spans.len());
            return delivery;
        }
        let may_halve = may_halve && size > self.largest;
        let (first, second) = spans.split_at(spans.len() / 2);
        for half in [first, second] {
            let part = Box::pin(self.deliver(half, resource, retry, may_halve)).await;
            delivery.lost += part.lost;
            delivery.trouble = part.trouble.or(delivery.trouble);
        }
        delivery
    }
}

impl Delivery {
    fn failed(&mut self, reason: SpanDrop, message: String, spans: usize) {
        self.lost += spans;
        self.trouble = Some((reason, message));
    }

    /// It was taken, or most of it: what the receiver says of the rest is in its answer. One that
    /// is no such message was still a success.
    fn accepted(mut self, answer: &[u8], spans: usize) -> Self {
        let partial = ExportTraceServiceResponse::decode(answer).ok().and_then(|response| response.partial_success);
        let Some(partial) = partial else { return self };
        let rejected = usize::try_from(partial.rejected_spans).unwrap_or(0).min(spans);
        let said = sanitised(&partial.error_message);
        if rejected > 0 {
            self.failed(SpanDrop::Rejected, format!("the receiver took only a part: {said}"), rejected);
        } else if !said.is_empty() {
            self.failed(SpanDrop::Rejected, format!("the receiver took all, and says: {said}"), 0);
        }
        self
    }
}

impl SpanExporter for OtlpSpans {
    fn name(&self) -> &'static str {
        self.sender.name()
    }

    fn export<'a>(&'a mut self, batch: Arc<[Span]>, resource: &'a Resource) -> Exporting<'a> {
        Box::pin(async move {
            let mut retry = Retry::within(self.budget).stopped_by(self.stopping.clone());
            let delivery = self.deliver(&batch, resource, &mut retry, true).await;
            match delivery.trouble {
                Some((reason, message)) => Err(ExportError { reason, message, spans: Some(delivery.lost) }),
                None => Ok(()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::export::worker_tests::span;
    use crate::transport::{Headers, TlsConfig, Url};

    /// X13: what is larger than a request may be is split, and what cannot be split is lost alone.
    #[tokio::test]
    async fn what_is_too_large_for_one_request_is_split() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sizes = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let seen = Arc::clone(&sizes);
        let server = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while connection.read_buf(&mut asked).await.unwrap() > 0 {
                let text = String::from_utf8_lossy(&asked);
                let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
                let length =
                    head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                let whole = head.len() + 4 + length.unwrap_or(0);
                if asked.len() >= whole {
                    seen.lock().unwrap().push(length.unwrap_or(0));
                    asked.drain(..whole);
                    connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
                }
            }
        });
        let target = Target {
            name: "otlp",
            url: Url::parse(&url).unwrap(),
            is_grpc: false,
            headers: Headers::default(),
            timeout: Duration::from_secs(10),
            gzip: false,
            tls: TlsConfig::default(),
        };
        let mut exporter =
            OtlpSpans::new(target, Duration::from_secs(10), tokio::sync::watch::channel(None).1).unwrap();
        exporter.largest = 4_096;
        let mut batch: Vec<Span> = (0..9).map(|_| span(&"ä".repeat(500))).collect();
        batch.insert(3, span(&"x".repeat(5_000)));
        let error = exporter.export(batch.into(), &Resource::default()).await.unwrap_err();
        assert_eq!((error.reason, error.spans), (SpanDrop::TooLarge, Some(1)), "{error}");
        drop(exporter);
        server.await.unwrap();
        let sizes = sizes.lock().unwrap();
        assert!(sizes.len() >= 3 && sizes.iter().all(|size| (1..=4_096).contains(size)), "{sizes:?}");
    }
}
