//! Sending them.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse};
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message;

use super::worker::{MetricsSender, Sending, Taken, points};
use crate::export::Stopping;
use crate::export::otlp::Refusal;
use crate::export::otlp::send::Sender;
use crate::export::otlp::{Signal, Target};
use crate::self_telemetry::SpanDrop;
use crate::transport::{Retry, TransportError};

/// No request is larger: what receivers refuse anyway is split before it is sent.
const LARGEST: usize = 64 * 1024 * 1024;

/// Sends metrics to a receiver of OTLP.
#[derive(Debug)]
pub(crate) struct OtlpMetrics {
    sender: Sender,
    retry: Retry,
    /// How many bytes a request may have.
    largest: usize,
}

impl OtlpMetrics {
    /// # Errors
    ///
    /// If the target's certificates or key can be none.
    pub(crate) fn new(target: Target, stopping: Stopping) -> Result<Self, TransportError> {
        let retry = Retry::within(Duration::ZERO).stopped_by(stopping);
        Ok(Self { sender: Sender::new(target, Signal::Metrics)?, retry, largest: LARGEST })
    }

    /// Sends what may go in one request, otherwise the halves of it.
    async fn deliver(&mut self, request: ExportMetricsServiceRequest, may_halve: bool) -> Result<Taken, Refusal> {
        let size = request.encoded_len();
        let refusal = if size > self.largest {
            let message = format!("{size} bytes are more than a request may have ({})", self.largest);
            // However often it has to be halved.
            Refusal { reason: SpanDrop::TooLarge, message, is_too_large: true }
        } else {
            match self.sender.send(request.encode_to_vec().into(), &mut self.retry).await {
                Ok(answer) => return Ok(taken(&answer, |text| self.sender.said(text))),
                Err(refusal) => Refusal { is_too_large: refusal.is_too_large && may_halve, ..refusal },
            }
        };
        if !refusal.is_too_large {
            return Err(refusal);
        }
        let Some(halves) = halves(request) else { return Err(refusal) };
        let may_halve = may_halve && size > self.largest;
        let (mut all, mut none_is_taken) = (Taken::default(), true);
        for half in halves {
            let points = metrics(&half).iter().map(points).sum();
            let part = Box::pin(self.deliver(half, may_halve)).await;
            none_is_taken &= part.is_err();
            all.add(part.unwrap_or_else(|Refusal { reason, message, .. }| Taken {
                refused: points,
                reason: Some(reason),
                said: message,
            }));
        }
        match all {
            Taken { reason: Some(reason), said, .. } if none_is_taken => {
                Err(Refusal { reason, message: said, is_too_large: true })
            }
            all => Ok(all),
        }
    }
}

impl Taken {
    /// What has become of another part.
    fn add(&mut self, part: Self) {
        self.refused += part.refused;
        self.reason = part.reason.or(self.reason);
        if !part.said.is_empty() {
            self.said = part.said;
        }
    }
}

fn metrics(request: &ExportMetricsServiceRequest) -> &[Metric] {
    let scope = request.resource_metrics.first().and_then(|resource| resource.scope_metrics.first());
    scope.map_or(&[], |scope| &scope.metrics)
}

/// One half of the metrics and the other, or of the points of the only one; `None` of one point.
fn halves(request: ExportMetricsServiceRequest) -> Option<[ExportMetricsServiceRequest; 2]> {
    fn split<T>(points: &mut Vec<T>) -> Option<Vec<T>> {
        (points.len() > 1).then(|| points.split_off(points.len() / 2))
    }
    let mut all = metrics(&request).to_vec();
    let rest = match split(&mut all) {
        Some(rest) => rest,
        None => {
            let first = all.first_mut()?;
            let mut second = first.clone();
            match (first.data.as_mut()?, second.data.as_mut()?) {
                (Data::Gauge(first), Data::Gauge(second)) => second.data_points = split(&mut first.data_points)?,
                (Data::Sum(first), Data::Sum(second)) => second.data_points = split(&mut first.data_points)?,
                (Data::Histogram(first), Data::Histogram(second)) => {
                    second.data_points = split(&mut first.data_points)?;
                }
                _ => return None,
            }
            vec![second]
        }
    };
    let with = |metrics| {
        let mut half = request.clone();
        if let Some(scope) = half.resource_metrics.first_mut().and_then(|resource| resource.scope_metrics.first_mut()) {
            scope.metrics = metrics;
        }
        half
    };
    Some([with(all), with(rest)])
}

impl MetricsSender for OtlpMetrics {
    fn name(&self) -> &'static str {
        self.sender.name()
    }

    fn send(&mut self, request: ExportMetricsServiceRequest, within: Duration) -> Sending<'_> {
        Box::pin(async move {
            self.retry.renewed(within);
            self.deliver(request, true).await
        })
    }
}

/// What the receiver says of a request that it took. An answer that is no such message was still
/// a success.
fn taken(answer: &[u8], said: impl Fn(&str) -> String) -> Taken {
    let partial = ExportMetricsServiceResponse::decode(answer).ok().and_then(|response| response.partial_success);
    partial.map_or_else(Taken::default, |partial| Taken {
        refused: u64::try_from(partial.rejected_data_points).unwrap_or(0),
        reason: None,
        said: said(&partial.error_message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Resource;
    use crate::transport::sanitised;
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsPartialSuccess;

    #[test]
    fn what_a_receiver_says_of_what_it_took() {
        let answer = |rejected_data_points, error_message: &str| {
            let error_message = error_message.to_owned();
            let partial_success = Some(ExportMetricsPartialSuccess { rejected_data_points, error_message });
            taken(&ExportMetricsServiceResponse { partial_success }.encode_to_vec(), sanitised)
        };
        assert_eq!(answer(3, "too\nold"), Taken { refused: 3, reason: None, said: "too old".to_owned() });
        assert_eq!(answer(-1, ""), Taken::default());
        assert_eq!(taken(b"", sanitised), Taken::default());
        assert_eq!(taken(b"\xff<html>", sanitised), Taken::default());
    }

    #[test]
    fn a_request_is_halved_down_to_its_points() {
        use super::super::encode::{Span, families, request};

        let registry = prometheus::Registry::new();
        let orders = prometheus::IntCounterVec::new(prometheus::Opts::new("orders", "Orders"), &["tier"]).unwrap();
        (0..5).for_each(|tier| orders.with_label_values(&[&tier.to_string()]).inc());
        registry.register(Box::new(orders)).unwrap();
        registry.register(Box::new(prometheus::Gauge::new("waiting", "Waiting").unwrap())).unwrap();
        let all = request(families(&registry.gather(), Span { start: 1, now: 2 }), &Resource::default());
        let mut parts = vec![all];
        let mut whole = Vec::new();
        while let Some(part) = parts.pop() {
            match halves(part.clone()) {
                Some(halves) => {
                    let before: u64 = metrics(&part).iter().map(points).sum();
                    assert_eq!(before, halves.iter().flat_map(metrics).map(points).sum::<u64>());
                    assert_eq!(halves[0].resource_metrics[0].resource, part.resource_metrics[0].resource);
                    parts.extend(halves);
                }
                None => whole.push(part),
            }
        }
        assert_eq!(whole.len(), 6);
        assert!(whole.iter().all(|part| metrics(part).iter().map(points).sum::<u64>() == 1));
    }

    /// X04: nothing waits for a receiver that says when to come again, and it gets no request before.
    #[tokio::test]
    async fn a_receiver_is_left_alone_for_as_long_as_it_says() {
        use crate::export::otlp::answering::server;

        let (target, requests, server) = server(&["503 Later\r\nretry-after: 1"]).await;
        let (_stop, stopping) = tokio::sync::watch::channel(None);
        let mut metrics = OtlpMetrics::new(target, stopping).unwrap();
        let within = Duration::from_millis(300);
        let began = std::time::Instant::now();
        while let Err(refusal) = metrics.send(ExportMetricsServiceRequest::default(), within).await {
            assert!(began.elapsed() < Duration::from_secs(30), "{}", refusal.message);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        server.abort();
        let requests = requests.lock().unwrap();
        assert_eq!(requests.len(), 2, "{requests:?}");
        assert!(requests[1].0 - requests[0].0 >= Duration::from_millis(990), "{requests:?}");
    }
}
