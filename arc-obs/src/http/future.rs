//! The future of an answer, until its head is there.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::ObsBody;
use super::grpc;
use super::request_id::RequestId;
use super::running::Running;

pin_project! {
    /// The future of an observed request; see [`ObsLayer`](super::ObsLayer).
    #[must_use = "futures do nothing unless polled"]
    pub struct ObsFuture<F> {
        // Dropped before the request ends, so that its destructors are part of it.
        #[pin]
        future: F,
        // And whether the method has bodies in its answers.
        running: Option<(Box<Running>, bool)>,
        id: Option<RequestId>,
    }
}

impl<F> ObsFuture<F> {
    pub(super) fn new(future: F, running: Option<(Box<Running>, bool)>, id: Option<RequestId>) -> Self {
        Self { future, running, id }
    }
}

impl<F, R, E> Future for ObsFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
{
    type Output = Result<Response<ObsBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(match this.running {
            Some((running, _)) => running.run(|| this.future.poll(task)),
            None => this.future.poll(task),
        });
        let running = this.running.take();
        Poll::Ready(match result {
            Ok(mut response) => {
                if let Some(id) = this.id.take() {
                    id.write(response.headers_mut());
                }
                Ok(with_body(response, running))
            }
            Err(error) => {
                if let Some((mut running, _)) = running {
                    running.served.failed::<E>();
                }
                Err(error)
            }
        })
    }
}

/// The request goes on in the body, if one is sent.
fn with_body<R: Body>(response: Response<R>, running: Option<(Box<Running>, bool)>) -> Response<ObsBody<R>> {
    let status = response.status();
    let counted = grpc::http_status(response.headers()).unwrap_or(status.as_u16());
    let length = response.headers().get(http::header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let running = running.and_then(|(mut running, has_body)| {
        // Servers drop the bodies of these without a look.
        let has_body = has_body
            && !status.is_informational()
            && status != StatusCode::NO_CONTENT
            && status != StatusCode::NOT_MODIFIED
            && !response.body().is_end_stream();
        if !has_body {
            running.served.answered(counted);
        }
        has_body.then_some(running)
    });
    response.map(|body| ObsBody::new(body, running, counted, length))
}

impl<F> fmt::Debug for ObsFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObsFuture").field("id", &self.id).finish_non_exhaustive()
    }
}
