//! Posting, and reading what is answered.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{DATE, RETRY_AFTER};

use super::failure::{Fault, TransportError};
use super::retry::{self, Retry};
use super::{Headers, TlsConfig, Url};

/// No answer that anybody waits for is longer.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Within this much of a try's time there has to be a connection, TLS included.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);

/// Makes requests, over connections that are kept. Proxies are those of the environment
/// (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), and redirects are not followed: they
/// would take secrets elsewhere.
///
/// To be used in one runtime: the connections live in that.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    timeout: Duration,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    /// For what the server says in words of its own.
    pub(crate) headers: http::HeaderMap,
    /// How long to wait, where the server says so in words that make sense.
    pub(crate) retry_after: Option<Duration>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the server may take it the next time: the statuses that OTLP names.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        matches!(self.status, 429 | 502 | 503 | 504)
    }
}

impl Client {
    /// One that waits at most so long for a whole answer, from the connection to its last byte.
    pub(crate) fn new(tls: &TlsConfig, timeout: Duration) -> Result<Self, TransportError> {
        let mut tls = tls.for_rustls()?;
        // One request at a time: HTTP/2 would be no faster, and keeps a connection after a request that
        // had no answer in time, where perhaps nobody is at its other end any more.
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        // The `no_…`: another crate may have switched on that reqwest unpacks what is answered.
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("arc-obs/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .connect_timeout(timeout.min(LONGEST_CONNECT))
            .timeout(timeout)
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|error| TransportError::of_reqwest(error, timeout))?;
        Ok(Self { http, timeout })
    }

    /// Posts until it is taken, or refused for good, or there is no time left; hands back how it
    /// went the last time.
    pub(crate) async fn deliver(
        &self,
        url: &Url,
        headers: &Headers,
        body: Bytes,
        retry: &mut Retry,
    ) -> Result<Answer, TransportError> {
        loop {
            let result = self.post_within(self.timeout.min(retry.left()), url, headers, body.clone()).await;
            let told = match &result {
                Ok(answer) if answer.is_worth_another_try() => answer.retry_after,
                Err(error) if error.is_worth_another_try() => None,
                _ => return result,
            };
            if !retry.wait(told).await {
                return result;
            }
        }
    }

    /// Posts once, within this time; whatever is answered, is handed back.
    pub(crate) async fn post_within(
        &self,
        limit: Duration,
        url: &Url,
        headers: &Headers,
        body: Bytes,
    ) -> Result<Answer, TransportError> {
        let failed = |error| TransportError::of_reqwest(error, limit);
        let request = self.http.post(url.reveal().clone()).headers(headers.map().clone()).body(body).timeout(limit);
        let mut response = request.send().await.map_err(failed)?;
        let header = |name| response.headers().get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let retry_after = header(RETRY_AFTER).and_then(|value| retry::told(value, header(DATE)));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut answer = Answer { status, body: Bytes::new(), headers, retry_after };
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                let status = answer.status;
                let why = format!("the answer (status {status}) is longer than {} MiB", LONGEST_ANSWER >> 20);
                return Err(TransportError::new(Fault::Answer, why));
            }
            body.extend_from_slice(&chunk);
        }
        answer.body = body.freeze();
        Ok(answer)
    }
}
