//! Sending them.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse};
use prost::Message;

use super::worker::{MetricsSender, Sending, Taken};
use crate::export::Stopping;
use crate::export::otlp::send::{Refusal, Sender};
use crate::export::otlp::{Signal, Target};
use crate::self_telemetry::SpanDrop;
use crate::transport::{Retry, TransportError};

/// No request is larger: receivers refuse it anyway.
const LARGEST: usize = 64 * 1024 * 1024;

/// Sends metrics to a receiver of OTLP.
#[derive(Debug)]
pub(crate) struct OtlpMetrics {
    sender: Sender,
    retry: Retry,
}

impl OtlpMetrics {
    /// # Errors
    ///
    /// If the target's certificates or key can be none.
    pub(crate) fn new(target: Target, stopping: Stopping) -> Result<Self, TransportError> {
        let retry = Retry::within(Duration::ZERO).stopped_by(stopping);
        Ok(Self { sender: Sender::new(target, Signal::Metrics)?, retry })
    }
}

impl MetricsSender for OtlpMetrics {
    fn name(&self) -> &'static str {
        self.sender.name()
    }

    fn send(&mut self, request: ExportMetricsServiceRequest, within: Duration) -> Sending<'_> {
        Box::pin(async move {
            let size = request.encoded_len();
            if size > LARGEST {
                let message = format!("{size} bytes are more than a request may have ({} MiB)", LARGEST >> 20);
                return Err(Refusal { reason: SpanDrop::TooLarge, message, is_too_large: true });
            }
            let retry = self.retry.renewed(within);
            let answer = self.sender.send(request.encode_to_vec().into(), retry).await?;
            Ok(taken(&answer, |text| self.sender.said(text)))
        })
    }
}

/// What the receiver says of a request that it took. An answer that is no such message was still
/// a success.
fn taken(answer: &[u8], said: impl Fn(&str) -> String) -> Taken {
    let partial = ExportMetricsServiceResponse::decode(answer).ok().and_then(|response| response.partial_success);
    partial.map_or_else(Taken::default, |partial| Taken {
        refused: u64::try_from(partial.rejected_data_points).unwrap_or(0),
        said: said(&partial.error_message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::sanitised;
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsPartialSuccess;

    #[test]
    fn what_a_receiver_says_of_what_it_took() {
        let answer = |rejected_data_points, error_message: &str| {
            let error_message = error_message.to_owned();
            let partial_success = Some(ExportMetricsPartialSuccess { rejected_data_points, error_message });
            taken(&ExportMetricsServiceResponse { partial_success }.encode_to_vec(), sanitised)
        };
        assert_eq!(answer(3, "too\nold"), Taken { refused: 3, said: "too old".to_owned() });
        assert_eq!(answer(-1, ""), Taken::default());
        assert_eq!(taken(b"", sanitised), Taken::default());
        assert_eq!(taken(b"\xff<html>", sanitised), Taken::default());
    }
}
