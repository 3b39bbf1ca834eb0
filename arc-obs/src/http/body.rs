//! The body of an answer: the request ends with it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::grpc;
use super::running::Running;

pin_project! {
    /// The body of an observed answer; see [`ObsLayer`](super::ObsLayer).
    pub struct ObsBody<B> {
        // `None` only while it is dropped: before the request ends, and inside of it.
        #[pin]
        body: Option<B>,
        ending: Ending,
    }

    impl<B> PinnedDrop for ObsBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(mut running) = this.ending.running.take() {
                running.dropped(this.ending.whole(), || this.body.set(None));
            }
        }
    }
}

/// How the request ends.
struct Ending {
    running: Option<Box<Running>>,
    status: u16,
    /// How many bytes there are to be, where it is known; a server asks for no more.
    length: Option<u64>,
    sent: u64,
}

impl<B: Body> ObsBody<B> {
    pub(super) fn new(body: B, running: Option<Box<Running>>, status: u16, length: Option<u64>) -> Self {
        let length = body.size_hint().exact().or(length);
        Self { body: Some(body), ending: Ending { running, status, length, sent: 0 } }
    }
}

impl Ending {
    fn answered(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.served.answered(self.status);
        }
    }

    /// The status, if all of the answer was sent.
    fn whole(&self) -> Option<u16> {
        self.length.is_some_and(|length| self.sent >= length).then_some(self.status)
    }
}

impl<B: Body> Body for ObsBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let Some(mut body) = this.body.as_pin_mut() else { return Poll::Ready(None) };
        let poll = match &mut this.ending.running {
            Some(running) => running.run(|| body.as_mut().poll_frame(task)),
            None => return body.poll_frame(task),
        };
        match &poll {
            Poll::Pending => {}
            Poll::Ready(None) => this.ending.answered(),
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, |data| data.remaining() as u64);
                this.ending.sent = this.ending.sent.saturating_add(bytes);
                if let Some(status) = frame.trailers_ref().and_then(grpc::http_status) {
                    this.ending.status = status;
                }
                // A server asks no further then.
                if body.is_end_stream() {
                    this.ending.answered();
                }
            }
            Poll::Ready(Some(Err(_))) => {
                if let Some(mut running) = this.ending.running.take() {
                    running.served.failed::<B::Error>();
                }
            }
        }
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// Of no request: layers want one for answers of their own.
impl<B: Default> Default for ObsBody<B> {
    fn default() -> Self {
        Self { body: Some(B::default()), ending: Ending { running: None, status: 200, length: None, sent: 0 } }
    }
}

impl<B> fmt::Debug for ObsBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ending { status, length, sent, .. } = self.ending;
        f.debug_struct("ObsBody").field("status", &status).field("length", &length).field("sent", &sent).finish()
    }
}
