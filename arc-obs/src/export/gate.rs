//! The one gate before every exporter: what is secret is taken out of every text of a span,
//! and what is too long is cut.
//!
//! It runs on the thread that does I/O, after the names of a convention were given, so that
//! nothing that a convention makes of a text can bring one past it.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{FieldValue, Span, SpanStatus};
use crate::redact::Redaction;
use crate::self_telemetry::{self, SpanDrop};
use crate::settings::Resource;
use crate::trace::ended::Text;
use crate::trace::engine::SpanLimits;

/// What every span passes through on its way out.
#[derive(Debug)]
pub(crate) struct Gate {
    redaction: Redaction,
    limits: SpanLimits,
}

impl Gate {
    pub(crate) fn new(redaction: Redaction, limits: SpanLimits) -> Self {
        Self { redaction, limits }
    }

    /// The span as it may leave. One that cannot be judged does not leave.
    pub(super) fn pass(&self, mut span: Span) -> Option<Span> {
        let judged = catch_unwind(AssertUnwindSafe(|| {
            self.judge(&mut span);
            span
        }));
        judged.inspect_err(|_| self_telemetry::span_lost(SpanDrop::Failed, 1)).ok()
    }

    /// What is taken out of all texts.
    pub(super) fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// What is said of the process, in the same way.
    pub(crate) fn resource(&self, resource: &Resource) -> Resource {
        redacted(resource, &self.redaction)
    }

    fn judge(&self, span: &mut Span) {
        self.text(&mut span.name);
        self.name(&mut span.scope);
        self.attributes(&mut span.attributes);
        if let SpanStatus::Error(message) = &mut span.status {
            self.owned(message);
        }
        for event in &mut span.events {
            self.text(&mut event.name);
            let kept = event.attributes.len().min(self.limits.event_attributes);
            let dropped = event.attributes.split_off(kept).len();
            event.dropped_attributes += u32::try_from(dropped).unwrap_or(u32::MAX);
            self.attributes(&mut event.attributes);
        }
        for link in &mut span.links {
            self.attributes(&mut link.attributes);
        }
        // Of another's making, and not to be changed in part.
        if matches!(self.redaction.within(&span.trace_state, usize::MAX), Cow::Owned(_)) {
            span.trace_state.clear();
        }
    }

    fn attributes(&self, attributes: &mut [(Text, FieldValue)]) {
        for (name, value) in attributes {
            if let Some(redacted) = self.redaction.value(name, value, self.limits.value_length) {
                *value = redacted;
            }
            self.name(name);
        }
    }

    /// A name that is a constant of the program has no secret in it.
    fn name(&self, name: &mut Text) {
        if matches!(name, Cow::Owned(_)) {
            self.text(name);
        }
    }

    fn text(&self, text: &mut Text) {
        if let Cow::Owned(redacted) = self.redaction.within(text, self.limits.value_length) {
            *text = redacted.into();
        }
    }

    fn owned(&self, text: &mut String) {
        if let Cow::Owned(redacted) = self.redaction.within(text, self.limits.value_length) {
            *text = redacted;
        }
    }
}

/// What is said of the process, without what must not leave it.
pub(crate) fn redacted(resource: &Resource, redaction: &Redaction) -> Resource {
    resource.with_values(|name, value| {
        let value = FieldValue::Text(value.to_owned());
        redaction.value(name, &value, usize::MAX).map(|value| value.to_string())
    })
}
