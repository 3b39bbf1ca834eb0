//! The exporter of spans.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use super::Target;
use super::encode;
use super::send::{Refusal, Sender, Signal};
use crate::export::{ExportError, Exporting, Span, SpanExporter};
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
    pub(crate) fn new(target: Target, timeout: Duration) -> Result<Self, TransportError> {
        // So that it is us who say why it took so long, and not whoever waits for us.
        let budget = timeout - (timeout / 10).min(Duration::from_secs(1));
        Ok(Self { sender: Sender::new(target, Signal::Traces)?, budget })
    }

    /// Sends what may go in one request, otherwise the halves of it.
    async fn deliver(&mut self, spans: &[Span], resource: &Resource, retry: &mut Retry, may_halve: bool) -> Delivery {
        let request = encode::request(spans, resource);
        let mut delivery = Delivery::default();
        let size = request.encoded_len();
        let refusal = if size > LARGEST {
            let message = format!("{size} bytes are more than a request may have ({} MiB)", LARGEST >> 20);
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
        let may_halve = may_halve && size > LARGEST;
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
            let mut retry = Retry::within(self.budget);
            let delivery = self.deliver(&batch, resource, &mut retry, true).await;
            match delivery.trouble {
                Some((reason, message)) => Err(ExportError { reason, message, spans: Some(delivery.lost) }),
                None => Ok(()),
            }
        })
    }
}
