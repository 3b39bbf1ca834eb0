//! What is current, as it goes from one process to the next.
//!
//! It is OpenTelemetry's `Context`, so that code that uses OpenTelemetry's own API sees the same
//! trace and the same baggage. Where its `TraceState` refuses what the specification allows (a
//! vendor of 14 characters, in 0.33), the text itself is kept beside it.

use std::fmt;
use std::future::Future;

use opentelemetry::baggage::{Baggage, BaggageExt, BaggageMetadata};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceState};
use opentelemetry::{Context, ContextGuard};

use super::carrier::{Extractor, Injector};
use super::future::InContext;
use super::incoming::Incoming;
use super::propagator::Chosen;
use super::trace_context::{self, Parent};
use super::{b3, baggage};
use crate::operation::{SpanId, TraceId};
use crate::self_telemetry::{RefusedHeader, header_refused};
use crate::settings::{ENABLED, Propagator};
use crate::trace::engine;

/// Of which trace something is, and what it carries along.
///
/// Cheap to clone. It is read off a request by [`extract`], or is what is current here.
#[derive(Clone, Default)]
pub struct TraceContext(Context);

/// A `tracestate` that `TraceState` cannot hold, of this trace.
struct Verbatim {
    trace_id: opentelemetry::TraceId,
    state: String,
}

/// Reads of which trace a request is, and what it carries along.
///
/// In the headers that [`Builder::propagators`](crate::Builder::propagators) names. Where they name no
/// trace, or more than one, the result has none, and what begins in it begins a trace.
///
/// ```
/// use arc_obs::propagation::extract;
///
/// let headers = vec![
///     ("traceparent".to_owned(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
///     ("tracestate".to_owned(), "vendor=opaque".to_owned()),
///     ("baggage".to_owned(), "tenant=acme%20corp".to_owned()),
/// ];
/// let context = extract(&headers);
/// # if cfg!(feature = "enabled") {
/// assert_eq!(context.span_id().unwrap().to_string(), "b7ad6b7169203331");
/// assert!(context.is_sampled());
/// assert_eq!(context.baggage("tenant"), Some("acme corp"));
/// # }
/// ```
#[must_use]
pub fn extract(carrier: &impl Extractor) -> TraceContext {
    if ENABLED { extract_by(Chosen::now(), carrier) } else { TraceContext::default() }
}

/// Writes what is current into the headers of a request.
///
/// In the headers that [`Builder::propagators`](crate::Builder::propagators) names. Where nothing is
/// current, they are left as they are.
///
/// ```
/// use std::collections::HashMap;
/// use arc_obs::propagation::inject;
///
/// let mut headers = HashMap::new();
/// inject(&mut headers);
/// assert!(headers.is_empty(), "no span is open here");
/// ```
pub fn inject(carrier: &mut impl Injector) {
    TraceContext::current().inject(carrier);
}

pub(super) fn extract_by(chosen: Chosen, carrier: &impl Extractor) -> TraceContext {
    let mut context = Context::new();
    let mut state = Vec::new();
    let mut parent = None;
    if chosen.has(Propagator::TraceContext) {
        parent = trace_context::read_parent(carrier);
        if parent.is_some() {
            state = trace_context::read_state(carrier);
        }
    }
    if chosen.has(Propagator::B3) {
        parent = parent.or_else(|| b3::read_single(carrier));
    }
    if chosen.has(Propagator::B3Multi) {
        parent = parent.or_else(|| b3::read_multi(carrier));
    }
    if let Some(Parent { trace_id, span_id, flags }) = parent {
        let known = TraceState::from_key_value(state.iter().map(|(key, value)| (key, value)));
        if known.is_err() {
            let state: Vec<_> = state.iter().map(|(key, value)| format!("{key}={value}")).collect();
            context = context.with_value(Verbatim { trace_id, state: state.join(",") });
        }
        let known = known.unwrap_or_default();
        context = context.with_remote_span_context(SpanContext::new(trace_id, span_id, flags, true, known));
    }
    if chosen.has(Propagator::Baggage) {
        let baggage = baggage::read(carrier);
        if !baggage.is_empty() {
            context = context.with_baggage(baggage);
        }
    }
    TraceContext(context)
}

pub(super) fn inject_by(chosen: Chosen, context: &Context, carrier: &mut impl Injector) {
    let span = context.span();
    let span = span.span_context();
    if span.is_valid() {
        let parent = Parent { trace_id: span.trace_id(), span_id: span.span_id(), flags: span.trace_flags() };
        if chosen.has(Propagator::TraceContext) {
            carrier.set(trace_context::PARENT, trace_context::write_parent(&parent));
            match state(context, span) {
                Some(state) => carrier.set(trace_context::STATE, state),
                None => carrier.remove(trace_context::STATE),
            }
        }
        if chosen.has(Propagator::B3) {
            carrier.set(b3::SINGLE, b3::write_single(&parent));
        }
        if chosen.has(Propagator::B3Multi) {
            b3::write_multi(&parent).into_iter().for_each(|(name, value)| carrier.set(name, value));
            b3::STALE.into_iter().for_each(|name| carrier.remove(name));
        }
    }
    if chosen.has(Propagator::Baggage) {
        if let Some(baggage) = baggage::write(context.baggage()) {
            carrier.set(baggage::HEADER, baggage);
        }
    }
}

fn state(context: &Context, span: &SpanContext) -> Option<String> {
    let known = span.trace_state().header();
    let verbatim = context.get::<Verbatim>().filter(|verbatim| verbatim.trace_id == span.trace_id());
    Some(known).filter(|known| !known.is_empty()).or_else(|| verbatim.map(|verbatim| verbatim.state.clone()))
}

impl TraceContext {
    /// What is current here.
    ///
    /// ```
    /// use arc_obs::propagation::TraceContext;
    ///
    /// assert_eq!(TraceContext::current().trace_id(), None, "no span is open here");
    /// ```
    #[must_use]
    pub fn current() -> Self {
        if ENABLED { Self(Context::current()) } else { Self::default() }
    }

    /// Its trace; `None` if it is of none.
    #[must_use]
    pub fn trace_id(&self) -> Option<TraceId> {
        engine::trace_id(self.0.span().span_context().trace_id())
    }

    /// The span of that trace that is the parent of what begins in it.
    #[must_use]
    pub fn span_id(&self) -> Option<SpanId> {
        engine::span_id(self.0.span().span_context().span_id())
    }

    /// Whether its trace is recorded.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.0.span().span_context().is_sampled()
    }

    /// Whether the span is in another process.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.0.span().span_context().is_remote()
    }

    /// An entry of the baggage.
    #[must_use]
    pub fn baggage(&self, name: &str) -> Option<&str> {
        self.0.baggage().get(name).map(opentelemetry::StringValue::as_str)
    }

    /// Adds an entry to the baggage, which every request carries along that is made inside.
    ///
    /// It is for everybody to read who takes part in the trace: put nothing secret into it. A
    /// name that is no token of HTTP's, and what is more than 64 entries or 8192 bytes, is left
    /// out and counted.
    ///
    /// ```
    /// use arc_obs::propagation::TraceContext;
    ///
    /// let context = TraceContext::current().with_baggage("tenant", "acme").with_baggage("no name", "x");
    /// # if cfg!(feature = "enabled") {
    /// assert_eq!(context.baggage("tenant"), Some("acme"));
    /// # }
    /// assert_eq!(context.baggage("no name"), None);
    /// ```
    #[must_use = "it is only in place inside of `wrap` and `run`"]
    pub fn with_baggage(self, name: &str, value: impl Into<String>) -> Self {
        if !ENABLED {
            return self;
        }
        let mut all = Baggage::new();
        for (key, (value, metadata)) in self.0.baggage() {
            all.insert_with_metadata(key.clone(), value.clone(), metadata.clone());
        }
        if !baggage::insert(&mut all, name, value.into(), BaggageMetadata::default()) {
            header_refused(RefusedHeader::Baggage);
            return self;
        }
        Self(self.0.with_baggage(all))
    }

    /// The same, as far as it is believed.
    pub fn under(self, incoming: Incoming) -> Self {
        let span = self.0.span().span_context().clone();
        match incoming {
            // No trace was named that is known; what came along with it is as foreign.
            Incoming::Restart if !span.is_valid() => Self(Context::new()),
            _ if !span.is_remote() => self,
            Incoming::Trust => self,
            Incoming::Resample => {
                let flags = engine::sampled_anew(span.trace_id());
                let (trace_id, span_id, state) = (span.trace_id(), span.span_id(), span.trace_state().clone());
                Self(self.0.with_remote_span_context(SpanContext::new(trace_id, span_id, flags, true, state)))
            }
            Incoming::Restart => Self(Context::new().with_value(engine::Restarted(span))),
        }
    }

    /// Writes it into the headers of a request: what [`inject`] does with what is current.
    pub fn inject(&self, carrier: &mut impl Injector) {
        if ENABLED {
            inject_by(Chosen::now(), &self.0, carrier);
        }
    }

    /// Has it in place while a future is polled: what begins in there is part of its trace.
    ///
    /// ```
    /// use arc_obs::propagation::extract;
    ///
    /// # async fn answer() {}
    /// async fn serve(headers: Vec<(String, String)>) {
    ///     extract(&headers).wrap(answer()).await
    /// }
    /// ```
    pub fn wrap<F: Future>(self, future: F) -> InContext<F> {
        InContext::new(future, self)
    }

    /// Has it in place while a closure runs.
    pub fn run<T>(&self, run: impl FnOnce() -> T) -> T {
        let _in_place = self.attach();
        run()
    }

    /// Has it in place on this thread until what is handed back is dropped.
    pub(crate) fn attach(&self) -> Option<ContextGuard> {
        ENABLED.then(|| self.0.clone().attach())
    }
}

impl fmt::Debug for TraceContext {
    /// Its ids: what it carries along is nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceContext")
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .field("is_sampled", &self.is_sampled())
            .finish_non_exhaustive()
    }
}
