//! What an LLM call was asked and what it answered: `capture`.
//!
//! It is content that nobody may want to leave the process, so that it is read only where an
//! attribute says `capture`, only while traces are made, and not where whoever runs the program
//! has switched it off. It goes to the span in the trace and to no other subscriber, and leaves
//! through the gate of `export`.
//!
//! What is evaluated here is the user's code (`Serialize`, `AsRef<str>`): it may panic without
//! harm to the call.

#[cfg(feature = "traces")]
mod messages;
#[cfg(all(test, feature = "traces"))]
mod tests;

#[cfg(feature = "traces")]
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(feature = "traces")]
use std::sync::atomic::{AtomicU8, Ordering};

#[cfg(feature = "traces")]
use serde_json::Value;

#[cfg(feature = "traces")]
use crate::hub;
#[cfg(feature = "traces")]
use crate::operation::FieldValue;
#[cfg(feature = "traces")]
use crate::self_telemetry::FieldLoss;
#[cfg(feature = "traces")]
use crate::settings::ContentCapture;
use crate::trace::OpenSpan;
#[cfg(feature = "traces")]
use crate::trace::{ContentSink, engine};

#[cfg(feature = "traces")]
mod names {
    /// What the GenAI conventions (v1.42.0, Opt-In) call what was asked, what the model was told
    /// beforehand, and what it answered.
    pub(super) const INPUT: &str = "gen_ai.input.messages";
    pub(super) const SYSTEM: &str = "gen_ai.system_instructions";
    pub(super) const OUTPUT: &str = "gen_ai.output.messages";
    /// The event that has them, where the span does not.
    pub(super) const EVENT: &str = crate::semconv::CONTENT_EVENT;
}

#[cfg(feature = "traces")]
static MODE: AtomicU8 = AtomicU8::new(ContentCapture::Span as u8);

/// Says where content goes from now on, of what is captured.
#[cfg(feature = "traces")]
pub(crate) fn set_mode(mode: ContentCapture) {
    MODE.store(mode as u8, Ordering::Relaxed);
}

/// Where it goes: onto the span, and into an event.
#[cfg(feature = "traces")]
fn mode() -> (bool, bool) {
    let mode = MODE.load(Ordering::Relaxed);
    let is = |other: ContentCapture| mode == other as u8 || mode == ContentCapture::SpanAndEvent as u8;
    (is(ContentCapture::Span), is(ContentCapture::Event))
}

/// How many characters one of the texts may have; nothing where none is wanted.
#[cfg(feature = "traces")]
fn most() -> Option<usize> {
    if mode() == (false, false) {
        return None;
    }
    let limit = engine::current().as_ref()?.limits.value_length;
    // The marks of what is taken out of it may be longer than that was.
    Some(limit - limit / 8)
}

/// What was captured, and where it is told to.
#[derive(Debug, Default)]
pub(super) struct Captured {
    #[cfg(feature = "traces")]
    texts: Vec<(&'static str, String)>,
    #[cfg(feature = "traces")]
    is_wanted: bool,
    /// Once its span is open.
    #[cfg(feature = "traces")]
    sink: ContentSink,
}

#[cfg(feature = "traces")]
impl Captured {
    pub(super) fn prompt(&mut self, say: impl FnOnce(&mut Prompt)) {
        let Some(most) = most() else { return };
        self.is_wanted = true;
        let said = caught(|| {
            let mut prompt = Prompt(messages::Asked::default());
            say(&mut prompt);
            prompt.0
        });
        let messages::Asked { system, messages } = said.unwrap_or_default();
        self.add(names::SYSTEM, system, most);
        self.add(names::INPUT, messages, most);
    }

    pub(super) fn answer(&mut self, say: impl FnOnce() -> Words) {
        let Some(most) = most().filter(|_| self.is_wanted) else { return };
        let said = caught(|| say().0.map(messages::answered)).flatten();
        self.add(names::OUTPUT, said.unwrap_or_default(), most);
    }

    fn add(&mut self, name: &'static str, messages: Vec<Value>, most: usize) {
        if messages.is_empty() {
            return;
        }
        let (text, is_cut) = messages::fitted(messages, most);
        if is_cut {
            hub::metrics().health.field_lost(FieldLoss::TooLong);
        }
        self.texts.extend(text.map(|text| (name, text)));
    }

    /// Its span is open: what was captured until now is told to it.
    pub(super) fn begin(&mut self, span: &OpenSpan) {
        if self.is_wanted {
            self.sink = span.content();
            let captured = Self { texts: std::mem::take(&mut self.texts), ..Self::default() };
            self.tell(captured);
        }
    }

    /// For what is captured at its end, where its span is recorded.
    pub(super) fn at_end(&self) -> Self {
        Self { is_wanted: self.sink.is_recorded(), ..Self::default() }
    }

    /// Tells its span of what was captured meanwhile, if that is recorded.
    pub(super) fn tell(&self, captured: Self) {
        if captured.texts.is_empty() || !self.sink.is_recorded() {
            return;
        }
        let (on_span, in_event) = mode();
        if in_event {
            let texts = captured.texts.iter().map(|(name, text)| (*name, FieldValue::Text(text.clone())));
            self.sink.tell_event(names::EVENT, texts.collect());
        }
        if on_span {
            captured.texts.into_iter().for_each(|(name, text)| self.sink.tell(name, FieldValue::Text(text)));
        }
    }
}

/// There is no trace to tell it to.
#[cfg(not(feature = "traces"))]
#[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "as above")]
impl Captured {
    pub(super) fn prompt(&mut self, _: impl FnOnce(&mut Prompt)) {}

    pub(super) fn answer(&mut self, _: impl FnOnce() -> Words) {}

    pub(super) fn begin(&mut self, _: &OpenSpan) {}

    pub(super) fn at_end(&self) -> Self {
        Self::default()
    }

    pub(super) fn tell(&self, _: Self) {}
}

#[cfg(feature = "traces")]
fn caught<T>(say: impl FnOnce() -> T) -> Option<T> {
    let said = catch_unwind(AssertUnwindSafe(say));
    said.map_err(|payload| {
        // Its destructor is the user's, too, and may panic.
        std::mem::forget(payload);
        hub::metrics().health.field_lost(FieldLoss::Panicked);
    })
    .ok()
}

/// Takes what the arguments of a call say.
#[derive(Debug)]
pub struct Prompt(#[cfg(feature = "traces")] messages::Asked);

impl Prompt {
    /// The argument of this name.
    pub fn add(&mut self, name: &str, words: Words) {
        #[cfg(feature = "traces")]
        match words.0 {
            Some(Value::String(text)) if is_system(name) => self.0.system(text),
            Some(value) => self.0.read(value),
            None => {}
        }
        #[cfg(not(feature = "traces"))]
        let _ = (name, words);
    }
}

/// Whether an argument is called as what the model is told beforehand.
#[cfg(feature = "traces")]
fn is_system(name: &str) -> bool {
    name.starts_with("system") || matches!(name, "instructions" | "preamble")
}

/// What an argument or a response says, if it can be asked.
#[derive(Debug)]
pub struct Words(#[cfg(feature = "traces")] Option<Value>);

/// An argument or a response to be asked what it says.
#[derive(Debug)]
pub struct Content<'a, T: ?Sized>(pub Option<&'a T>);

/// The levels, for a glob import where a [`Content`] is asked.
pub mod content_levels {
    use serde::Serialize;

    use super::{Content, Words};

    /// Is text.
    pub trait ViaText {
        /// What it says.
        fn arc_obs_content(&self) -> Words;
    }

    impl<T: AsRef<str> + ?Sized> ViaText for &&Content<'_, T> {
        fn arc_obs_content(&self) -> Words {
            #[cfg(feature = "traces")]
            return Words(self.0.map(|text| text.as_ref().into()));
            #[cfg(not(feature = "traces"))]
            Words()
        }
    }

    /// Is serializable.
    pub trait ViaFields {
        /// What it says.
        fn arc_obs_content(&self) -> Words;
    }

    impl<T: Serialize + ?Sized> ViaFields for &Content<'_, T> {
        fn arc_obs_content(&self) -> Words {
            #[cfg(feature = "traces")]
            return Words(self.0.and_then(|value| serde_json::to_value(value).ok()));
            #[cfg(not(feature = "traces"))]
            Words()
        }
    }

    /// Cannot be asked.
    pub trait ViaNothing {
        /// Nothing.
        fn arc_obs_content(&self) -> Words;
    }

    impl<T: ?Sized> ViaNothing for Content<'_, T> {
        fn arc_obs_content(&self) -> Words {
            Words(
                #[cfg(feature = "traces")]
                None,
            )
        }
    }
}
