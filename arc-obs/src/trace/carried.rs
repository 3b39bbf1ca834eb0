//! The span that is current, carried to another task or thread.

use std::fmt;
use std::marker::PhantomData;

#[cfg(feature = "traces")]
use opentelemetry::{Context, ContextGuard};
use tracing::Span;

/// What is current for `tracing`, and for OpenTelemetry: a span of the latter's may be inside
/// of the former's.
#[derive(Clone)]
pub(crate) struct CarriedSpan {
    span: Span,
    #[cfg(feature = "traces")]
    context: Context,
}

/// A carried span that is entered, on this thread.
pub(crate) struct EnteredSpan<'a> {
    // It is attached last, and so taken away first.
    #[cfg(feature = "traces")]
    context: Option<ContextGuard>,
    span: &'a Span,
    _stays_on_its_thread: PhantomData<*const ()>,
}

impl CarriedSpan {
    pub(crate) fn current() -> Self {
        Self {
            span: Span::current(),
            #[cfg(feature = "traces")]
            context: super::layer::current_context(),
        }
    }

    pub(crate) fn enter(&self) -> EnteredSpan<'_> {
        self.span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
        EnteredSpan {
            #[cfg(feature = "traces")]
            context: super::layer::attach(&self.context),
            span: &self.span,
            _stays_on_its_thread: PhantomData,
        }
    }
}

impl Drop for EnteredSpan<'_> {
    fn drop(&mut self) {
        #[cfg(feature = "traces")]
        drop(self.context.take());
        self.span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
    }
}

impl fmt::Debug for CarriedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.span.metadata() {
            Some(metadata) => metadata.name().fmt(f),
            None => f.write_str("none"),
        }
    }
}
