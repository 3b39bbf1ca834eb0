//! The exporter of spans.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use super::Target;
use super::encode;
use super::send::Sender;
use super::{Refusal, Signal};
use crate::export::{ExportError, Exporting, Span, SpanExporter, Stopping, patience};
use crate::self_telemetry::SpanDrop;
use crate::settings::Resource;
use crate::transport::{Retry, TransportError};

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
    retry: Retry,
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
        let retry = Retry::within(budget).stopped_by(stopping);
        Ok(Self { sender: Sender::new(target, Signal::Traces)?, budget, largest: LARGEST, retry })
    }

    /// Sends what may go in one request, otherwise the halves of it.
    async fn deliver(&mut self, spans: &[Span], resource: &Resource, may_halve: bool) -> Delivery {
        let request = encode::request(spans, resource);
        let mut delivery = Delivery::default();
        let size = request.encoded_len();
        let refusal = if size > self.largest {
            let message = format!("{size} bytes are more than a request may have ({})", self.largest);
            // However often it has to be halved.
            Refusal { reason: SpanDrop::TooLarge, message, is_too_large: spans.len() > 1 }
        } else {
            match self.sender.send(request.encode_to_vec().into(), &mut self.retry).await {
                Ok(answer) => return delivery.accepted(&answer, spans.len(), &self.sender),
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
            let part = Box::pin(self.deliver(half, resource, may_halve)).await;
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
    fn accepted(mut self, answer: &[u8], spans: usize, sender: &Sender) -> Self {
        let partial = ExportTraceServiceResponse::decode(answer).ok().and_then(|response| response.partial_success);
        let Some(partial) = partial else { return self };
        let rejected = usize::try_from(partial.rejected_spans).unwrap_or(0).min(spans);
        let said = sender.said(&partial.error_message);
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
            self.retry.renewed(self.budget).patient(patience::pauses());
            let delivery = self.deliver(&batch, resource, true).await;
            match delivery.trouble {
                Some((reason, message)) => Err(ExportError { reason, message, spans: Some(delivery.lost) }),
                None => Ok(()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::export::otlp::answering::server;
    use crate::export::tell::{Tell, Troubles};
    use crate::export::worker::Line;
    use crate::export::worker_tests::span;

    /// X13: what is larger than a request may be is split, and what cannot be split is lost alone.
    #[tokio::test]
    async fn what_is_too_large_for_one_request_is_split() {
        let (target, requests, server) = server(&[]).await;
        let mut exporter =
            OtlpSpans::new(target, Duration::from_secs(10), tokio::sync::watch::channel(None).1).unwrap();
        exporter.largest = 4_096;
        let mut batch: Vec<Span> = (0..9).map(|_| span(&"ä".repeat(500))).collect();
        batch.insert(3, span(&"x".repeat(5_000)));
        let error = exporter.export(batch.into(), &Resource::default()).await.unwrap_err();
        assert_eq!((error.reason, error.spans), (SpanDrop::TooLarge, Some(1)), "{error}");
        drop(exporter);
        server.await.unwrap();
        let requests = requests.lock().unwrap();
        assert!(requests.len() >= 3 && requests.iter().all(|(_, size)| (1..=4_096).contains(size)), "{requests:?}");
    }

    /// X04: a receiver that says when to come again gets no request before, though a batch has less
    /// time than that. What it is to take waits, and so does what comes then.
    #[tokio::test]
    async fn a_receiver_is_left_alone_for_as_long_as_it_says() {
        const LATER: &str = "503 Later\r\nretry-after: 1";
        let (target, requests, server) = server(&[LATER, LATER, "200 OK", LATER]).await;
        let (stop, stopping) = tokio::sync::watch::channel(None);
        let limit = Duration::from_millis(300);
        let exporter = OtlpSpans::new(target, limit, stopping).unwrap();
        let tell = Tell { info: |_| {}, warn: |_| {}, error: |_| {} };
        let line =
            Line::start(Box::new(exporter), Arc::new(Resource::default()), limit, 5, |who| Troubles::new(who, tell));
        let counts = line.counts;
        for spans in [2, 3, 1] {
            line.give((0..spans).map(|_| span("x")).collect(), 0);
        }
        // Then the second batch is told to wait for longer than there is.
        for _ in 0..1_000 {
            if requests.lock().unwrap().len() == 4 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let end = Instant::now() + Duration::from_millis(500);
        stop.send(Some(end.into())).unwrap();
        line.end(end).await;
        assert!(Instant::now() < end + Duration::from_millis(100));
        let (accepted, delivered, dropped) = counts.read();
        let lost: u64 = dropped.iter().map(|(_, spans)| spans).sum();
        assert_eq!((accepted, delivered, lost), (6, 2, 4), "{dropped:?}");
        let lost = |reason| dropped.iter().find(|(known, _)| *known == reason).map_or(0, |(_, spans)| *spans);
        assert_eq!((lost(SpanDrop::QueueFull), lost(SpanDrop::Unreachable)), (1, 3), "{dropped:?}");
        server.abort();
        let requests = requests.lock().unwrap();
        let waits: Vec<_> = requests.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert_eq!(requests.len(), 4, "{waits:?}");
        let a_second = Duration::from_millis(990);
        assert!(waits[0] >= a_second && waits[1] >= a_second && waits[2] < a_second, "{waits:?}");
    }
}
