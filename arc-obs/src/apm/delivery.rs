//! One request to a back end, until it is taken, or refused for good, or there is no time left.

use std::time::Duration;

use bytes::Bytes;

use crate::self_telemetry::SpanDrop;
use crate::transport::{Answer, Client, Headers, Retry, Url, sanitised};

/// How long one request may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// How long a batch is tried for: less than an exporter has for it.
pub(super) const BUDGET: Duration = Duration::from_secs(25);

/// What is to be known of a back end.
pub(super) struct Receiver {
    /// Which statuses may be others the next time.
    pub(super) is_worth_another_try: fn(u16) -> bool,
    /// What to look at, where a request was refused.
    pub(super) hint: fn(u16) -> &'static str,
}

/// Why something did not arrive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) reason: SpanDrop,
    pub(super) message: String,
    /// The status, where there was an answer, and how long it says to wait.
    pub(super) answer: Option<(u16, Option<Duration>)>,
}

impl Receiver {
    pub(super) async fn deliver(
        &self,
        client: &Client,
        url: &Url,
        headers: &Headers,
        body: Bytes,
        retry: &mut Retry,
    ) -> Result<(), Failure> {
        loop {
            let (is_worth_another_try, told, failure) = match client.post(url, headers, body.clone()).await {
                Ok(answer) if answer.is_success() => return Ok(()),
                Ok(answer) => {
                    ((self.is_worth_another_try)(answer.status), answer.retry_after, self.refused(url, &answer))
                }
                Err(error) => {
                    let message = format!("{url} cannot be reached: {error}");
                    let failure = Failure { reason: error.reason(), message, answer: None };
                    (error.is_worth_another_try(), None, failure)
                }
            };
            if !is_worth_another_try || !retry.wait(told).await {
                return Err(failure);
            }
        }
    }

    fn refused(&self, url: &Url, answer: &Answer) -> Failure {
        let reason = match answer.status {
            401 | 403 => SpanDrop::Auth,
            413 => SpanDrop::TooLarge,
            408 | 500.. => SpanDrop::Unreachable,
            _ => SpanDrop::Rejected,
        };
        let said = sanitised(&String::from_utf8_lossy(&answer.body));
        let message = format!("{url} answers {}{} {said}", answer.status, (self.hint)(answer.status));
        Failure { reason, message: message.trim_end().to_owned(), answer: Some((answer.status, answer.retry_after)) }
    }
}
