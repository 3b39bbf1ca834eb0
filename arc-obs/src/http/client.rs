//! Requests that are made with reqwest.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;

use http::Extensions;
use reqwest::{Request, RequestBuilder, Response};
use reqwest_middleware::{Middleware, Next};

use crate::labels::OTHER;
use crate::metrics::method_name;
use crate::propagation::inject;
use crate::settings::ENABLED;
use crate::trace::ClientSpan;

/// Whether requests to a host say of which trace they are.
type ToHost = dyn Fn(&str) -> bool + Send + Sync;

/// Makes a span of each request of a client of `reqwest-middleware`, and names it in the request's
/// headers.
///
/// The span says the method, the host and the port, and the status of the answer: nothing of the
/// path, the query, the headers or the bodies, in which there may be secrets. It ends with the
/// head of the answer. Beside a middleware that tries again, add it after that: each try then is
/// a span.
///
/// ```
/// use arc_obs::http::TraceMiddleware;
/// use reqwest_middleware::ClientBuilder;
///
/// # fn client(client: reqwest::Client) -> reqwest_middleware::ClientWithMiddleware {
/// ClientBuilder::new(client).with(TraceMiddleware::new()).build()
/// # }
/// ```
#[derive(Clone, Default)]
pub struct TraceMiddleware {
    to: Option<Arc<ToHost>>,
}

impl TraceMiddleware {
    /// One whose requests say of which trace they are, whoever they are to.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says it to these hosts only: what a request carries along is for services of one's own.
    ///
    /// A redirect that the client follows by itself is not asked about: the headers go along, but
    /// for credentials. Where a service of your own may send elsewhere, build the client with
    /// `redirect(reqwest::redirect::Policy::none())`.
    ///
    /// ```
    /// use arc_obs::http::TraceMiddleware;
    ///
    /// let middleware = TraceMiddleware::new().only_to(|host| host.ends_with(".internal"));
    /// ```
    #[must_use]
    pub fn only_to(mut self, is_told: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.to = Some(Arc::new(is_told));
        self
    }

    fn tells(&self, request: &Request) -> bool {
        self.to.as_ref().is_none_or(|to| to(request.url().host_str().unwrap_or_default()))
    }
}

impl fmt::Debug for TraceMiddleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceMiddleware").field("only_to", &self.to.is_some()).finish()
    }
}

#[async_trait::async_trait]
impl Middleware for TraceMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        if !ENABLED {
            return next.run(request, extensions).await;
        }
        let is_told = self.tells(&request);
        let span = open(&mut request, is_told);
        observed(span, next.run(request, extensions), |error| match error {
            reqwest_middleware::Error::Reqwest(error) => error_type(error),
            reqwest_middleware::Error::Middleware(_) => "reqwest_middleware::Error",
        })
        .await
    }
}

/// Sends a request of reqwest's, in a span that its headers name: what [`TraceMiddleware`] does,
/// for a single one.
///
/// # Errors
///
/// Those of [`reqwest::RequestBuilder::send`].
///
/// ```
/// # async fn ask(client: reqwest::Client) -> Result<(), reqwest::Error> {
/// let answer = arc_obs::http::send(client.get("http://prices.internal/tea")).await?;
/// # Ok(())
/// # }
/// ```
pub async fn send(request: RequestBuilder) -> Result<Response, reqwest::Error> {
    if !ENABLED {
        return request.send().await;
    }
    let (client, request) = request.build_split();
    let mut request = request?;
    let span = open(&mut request, true);
    observed(span, client.execute(request), error_type).await
}

fn open(request: &mut Request, is_told: bool) -> ClientSpan {
    let method = Some(method_name(request.method().as_str())).filter(|method| *method != OTHER);
    let url = request.url();
    let span = ClientSpan::open(method, url.host_str().unwrap_or_default(), url.port_or_known_default());
    if is_told {
        span.run(|| inject(request.headers_mut()));
    }
    span
}

async fn observed<E>(
    span: ClientSpan,
    answer: impl Future<Output = Result<Response, E>>,
    error_type: impl FnOnce(&E) -> &'static str,
) -> Result<Response, E> {
    let mut answer = pin!(answer);
    let answer = poll_fn(|task| span.run(|| answer.as_mut().poll(task))).await;
    match &answer {
        Ok(answer) => span.answered(answer.status().as_u16()),
        Err(error) => span.failed(error_type(error)),
    }
    answer
}

fn error_type(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() { "timeout" } else { "reqwest::Error" }
}
