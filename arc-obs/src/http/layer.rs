//! The layer, and the service that it makes of another.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::body::ObsBody;
use super::future::ObsFuture;
use super::request_id::RequestId;
use super::running::Running;
use crate::instrument::Served;
use crate::propagation::{Incoming, extract};
use crate::settings::ENABLED;

/// The template of a request's route.
type Route = dyn for<'a> Fn(&'a Parts) -> Option<&'a str> + Send + Sync;

/// Observes the requests that a server answers, as a `tower` layer.
///
/// - Each request is a span of the trace that its headers name, as far as
///   [`incoming`](Self::incoming) believes them; where they name none, a trace begins.
/// - It is counted in `arc_requests_total{method,endpoint,status}` and its duration, and while it
///   is answered in `arc_active_requests`. It ends with the body of the answer: one whose client
///   goes away is a 499, one that panics or whose body fails a 500, though the head of the answer
///   may have said otherwise.
/// - It has a [`RequestId`], which its span says, too (`http.request.header.x-request-id`).
/// - What gRPC says in `grpc-status` counts as the HTTP status that stands for it (14 as 503).
///
/// What is inside of it, such as a handler with [`track_request`](macro@crate::track_request) or the
/// same layer once more, is part of it and not counted again.
///
/// Nothing of the path, the query, the headers or the body is recorded. The endpoint is the
/// template of the [`route`](Self::route), or `unmatched`.
#[derive(Clone, Default)]
#[must_use = "a layer does nothing by itself: add it to a service"]
pub struct ObsLayer {
    route: Option<Arc<Route>>,
    incoming: Incoming,
}

impl ObsLayer {
    /// One that trusts what the headers of a request say, and knows no routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says how the template of a request's route is found: `/users/{id}`, never the path, of
    /// which there are as many as clients can think of.
    ///
    /// axum tells it to layers that are added to its `Router`:
    ///
    /// ```
    /// use arc_obs::http::ObsLayer;
    /// use axum::extract::MatchedPath;
    ///
    /// let layer = ObsLayer::new().route(|request| request.extensions.get::<MatchedPath>().map(MatchedPath::as_str));
    /// ```
    ///
    /// Of a gRPC server the methods are few and known, but the paths that clients send are not;
    /// of run-time endpoints the first 200 become label values, the others are counted as `other`.
    pub fn route(mut self, route: impl for<'a> Fn(&'a Parts) -> Option<&'a str> + Send + Sync + 'static) -> Self {
        self.route = Some(Arc::new(route));
        self
    }

    /// Says what is believed of the trace that a request says to be part of; preset is
    /// [`Incoming::Trust`].
    ///
    /// ```
    /// use arc_obs::http::ObsLayer;
    /// use arc_obs::propagation::Incoming;
    ///
    /// // Where anybody can send requests.
    /// let layer = ObsLayer::new().incoming(Incoming::Restart);
    /// ```
    pub fn incoming(mut self, incoming: Incoming) -> Self {
        self.incoming = incoming;
        self
    }
}

impl fmt::Debug for ObsLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { route, incoming } = self;
        f.debug_struct("ObsLayer").field("route", &route.is_some()).field("incoming", incoming).finish()
    }
}

impl<S> Layer<S> for ObsLayer {
    type Service = ObsService<S>;

    fn layer(&self, inner: S) -> ObsService<S> {
        ObsService { inner, layer: self.clone() }
    }
}

/// A service whose requests are observed; made by [`ObsLayer`].
#[derive(Clone, Debug)]
pub struct ObsService<S> {
    inner: S,
    layer: ObsLayer,
}

impl<S, B, R> Service<Request<B>> for ObsService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<ObsBody<R>>;
    type Error = S::Error;
    type Future = ObsFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if !ENABLED {
            return ObsFuture::new(self.inner.call(request), None, None);
        }
        let id = RequestId::of(&mut request);
        let (parts, body) = request.into_parts();
        let route = self.layer.route.as_ref().and_then(|route| route(&parts));
        let running = Served::new(parts.method.as_str(), route).map(|served| {
            let context = extract(&parts.headers).under(self.layer.incoming);
            Running::new(served, context)
        });
        let has_body = parts.method != http::Method::HEAD && parts.method != http::Method::CONNECT;
        let request = Request::from_parts(parts, body);
        let inner = &mut self.inner;
        match running {
            None => ObsFuture::new(inner.call(request), None, Some(id)),
            Some(mut running) => {
                // A service may do some of its work here.
                let future = running.run(|| inner.call(request));
                running.served.is_called(id.as_str());
                ObsFuture::new(future, Some((Box::new(running), has_body)), Some(id))
            }
        }
    }
}
