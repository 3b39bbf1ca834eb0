//! One request to a back end, until it is taken, or refused for good, or there is no time left.

use std::time::Duration;

use bytes::Bytes;

use crate::Redaction;
use crate::export::{Stopping, pauses};
use crate::self_telemetry::SpanDrop;
use crate::transport::{Answer, Client, Headers, Retry, Url, sanitised};

/// How long one request may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// As many characters of what a back end says are looked at; fewer are shown.
const MOST_SAID: usize = 1_024;

/// What is to be known of a back end.
pub(super) struct Receiver {
    /// Which statuses may be others the next time.
    pub(super) is_worth_another_try: fn(u16) -> bool,
    /// What to look at, where a request was refused.
    pub(super) hint: fn(u16) -> &'static str,
}

/// The time that there is for a batch.
#[derive(Clone, Debug)]
pub(super) struct Time {
    budget: Duration,
    stopping: Stopping,
}

impl Time {
    /// All tries of a batch within this, and once this says so until then.
    pub(super) fn new(timeout: Duration, stopping: Stopping) -> Self {
        // So that it is us who say why it took so long, and not whoever waits for us.
        Self { budget: timeout - (timeout / 10).min(Duration::from_secs(1)), stopping }
    }

    /// That of a batch that begins now.
    pub(super) fn begin(&self) -> Retry {
        let mut retry = Retry::within(self.budget).stopped_by(self.stopping.clone());
        // As long as a back end wants to be left alone is no time of the batch's.
        retry.patient(pauses());
        retry
    }

    #[cfg(test)]
    pub(super) fn plenty() -> Self {
        Self::new(Duration::from_secs(30), tokio::sync::watch::channel(None).1)
    }
}

/// Why something did not arrive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) reason: SpanDrop,
    pub(super) message: String,
    pub(super) answer: Option<Answer>,
}

/// Where requests go, and what is not shown of what comes back: some show what they were sent.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) url: Url,
    secrets: Redaction,
}

impl Place {
    pub(super) fn new(url: Url) -> Self {
        let secrets = url.secrets().into_iter().fold(Redaction::new(), Redaction::text);
        Self { url, secrets }
    }

    /// With something that goes along.
    #[cfg(feature = "sentry")]
    pub(super) fn secret(self, secret: &str) -> Self {
        Self { secrets: self.secrets.text(secret), ..self }
    }
}

impl Receiver {
    pub(super) async fn deliver(
        &self,
        client: &Client,
        Place { url, secrets }: &Place,
        headers: &Headers,
        body: Bytes,
        retry: &mut Retry,
    ) -> Result<Answer, Failure> {
        loop {
            // In whole milliseconds: it may be told.
            let left = u64::try_from(retry.left().as_millis()).map_or(TIMEOUT, Duration::from_millis);
            let within = TIMEOUT.min(left);
            let (is_worth_another_try, told, failure) =
                match client.post_within(within, url, headers, body.clone()).await {
                    Ok(answer) if answer.is_success() => return Ok(answer),
                    Ok(answer) => {
                        let is_worth_another_try = (self.is_worth_another_try)(answer.status);
                        (is_worth_another_try, answer.retry_after, self.refused(url, secrets, answer))
                    }
                    Err(error) => {
                        let reason = error.reason();
                        let what = if reason == SpanDrop::Unreachable { " cannot be reached" } else { "" };
                        let failure = Failure { reason, message: format!("{url}{what}: {error}"), answer: None };
                        (error.is_worth_another_try(), None, failure)
                    }
                };
            if !is_worth_another_try || !retry.wait(told).await {
                return Err(failure);
            }
        }
    }

    fn refused(&self, url: &Url, secrets: &Redaction, answer: Answer) -> Failure {
        let reason = match answer.status {
            401 | 403 => SpanDrop::Auth,
            413 => SpanDrop::TooLarge,
            408 | 500.. => SpanDrop::Unreachable,
            _ => SpanDrop::Rejected,
        };
        let hint = (self.hint)(answer.status);
        let text = String::from_utf8_lossy(&answer.body);
        let said = sanitised(&secrets.within(&text, MOST_SAID));
        let message = format!("{url} answers {}{hint} {said}", answer.status).trim_end().to_owned();
        Failure { reason, message, answer: Some(answer) }
    }
}
