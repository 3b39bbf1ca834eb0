//! What LLM calls and tools were asked and what they answered: `capture`.
//!
//! It is content that nobody may want to leave the process, so that it is read only where an
//! attribute says `capture`, or whoever runs the program asks for that of all; only while traces are
//! made, and not where it is switched off. It goes to the span in the trace and to no other
//! subscriber, and leaves through the gate of `export`.
//!
//! What is evaluated here is the user's code (`Serialize`, `AsRef<str>`): it may panic without
//! harm to the call.

#[cfg(feature = "traces")]
mod chunks;
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
use crate::redact::is_secret_name;
#[cfg(feature = "traces")]
use crate::self_telemetry::FieldLoss;
#[cfg(feature = "traces")]
use crate::semconv;
#[cfg(feature = "traces")]
use crate::settings::ContentCapture;
use crate::trace::OpenSpan;
#[cfg(feature = "traces")]
use crate::trace::{ContentSink, engine};

/// Where content goes, and by how many it is told.
#[cfg(feature = "traces")]
static MODE: AtomicU8 = AtomicU8::new(ContentCapture::Span as u8);

/// The bit of it that says that all functions tell it, and not only those that say `capture`.
#[cfg(feature = "traces")]
const OF_ALL: u8 = 0x80;

/// Says where content goes from now on: of what is captured, or if that is said, of all.
#[cfg(feature = "traces")]
pub(crate) fn set_mode(said: Option<ContentCapture>) {
    let mode = match said {
        None => ContentCapture::default() as u8,
        Some(ContentCapture::Off) => ContentCapture::Off as u8,
        Some(mode) => mode as u8 | OF_ALL,
    };
    MODE.store(mode, Ordering::Relaxed);
}

/// Where it goes: onto the span, and into an event.
#[cfg(feature = "traces")]
fn mode() -> (bool, bool) {
    let mode = MODE.load(Ordering::Relaxed) & !OF_ALL;
    let is = |other: ContentCapture| mode == other as u8 || mode == ContentCapture::SpanAndEvent as u8;
    (is(ContentCapture::Span), is(ContentCapture::Event))
}

/// Whether all functions tell it: one relaxed load.
#[inline]
pub(super) fn is_of_all() -> bool {
    #[cfg(feature = "traces")]
    return MODE.load(Ordering::Relaxed) & OF_ALL != 0;
    #[cfg(not(feature = "traces"))]
    false
}

/// How many characters one of the texts may have; nothing where none is wanted.
#[cfg(feature = "traces")]
fn most() -> Option<usize> {
    if mode() == (false, false) {
        return None;
    }
    let limit = engine::current().as_ref()?.limits.value_length;
    // The marks of what is taken out of it may be longer than that was; and no more is kept of any.
    Some((limit - limit / 8).min(LONGEST))
}

/// So that a text is not cut again while it waits, which would leave no JSON.
#[cfg(feature = "traces")]
const LONGEST: usize = 1 << 18;

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
    /// What arguments say, if it is wanted: where the attribute says so, or of all.
    fn asked(&mut self, is_said: bool, say: impl FnOnce(&mut Prompt)) -> Option<(Vec<(String, Value)>, usize)> {
        let most = most().filter(|_| is_said || is_of_all())?;
        self.is_wanted = true;
        let said = caught(|| {
            let mut prompt = Prompt(Vec::new());
            say(&mut prompt);
            prompt.0
        })?;
        Some((said, most))
    }

    pub(super) fn prompt(&mut self, is_said: bool, say: impl FnOnce(&mut Prompt)) {
        let Some((said, most)) = self.asked(is_said, say) else { return };
        let mut asked = messages::Asked::default();
        for (name, value) in said {
            match value {
                Value::String(text) if is_system(&name) => asked.system(text),
                // What stands here has no name any more when it leaves.
                _ if is_secret_name(&name) => {}
                value => asked.read(value),
            }
        }
        self.add(semconv::SYSTEM_INSTRUCTIONS, asked.system, most);
        self.add(semconv::INPUT_MESSAGES, asked.messages, most);
    }

    pub(super) fn answer(&mut self, say: impl FnOnce() -> Words) {
        let Some(most) = most().filter(|_| self.is_wanted) else { return };
        let said = caught(|| say().0.map(messages::answered)).flatten();
        self.add(semconv::OUTPUT_MESSAGES, said.unwrap_or_default(), most);
    }

    pub(super) fn arguments(&mut self, is_said: bool, say: impl FnOnce(&mut Prompt)) {
        let Some((mut said, most)) = self.asked(is_said, say) else { return };
        let whole = said.iter().position(|(name, _)| name.is_empty());
        let arguments = match whole {
            Some(whole) => said.swap_remove(whole).1,
            None if said.is_empty() => return,
            None => Value::Object(said.into_iter().collect()),
        };
        self.add_value(semconv::TOOL_CALL_ARGUMENTS, arguments, most);
    }

    pub(super) fn result(&mut self, say: impl FnOnce() -> Words) {
        let Some(most) = most().filter(|_| self.is_wanted) else { return };
        let said = caught(|| say().0).flatten();
        self.add_value(semconv::TOOL_CALL_RESULT, said.unwrap_or_default(), most);
    }

    fn add(&mut self, name: &'static str, messages: Vec<Value>, most: usize) {
        if !messages.is_empty() {
            self.add_fitted(name, messages::fitted(messages, most));
        }
    }

    fn add_value(&mut self, name: &'static str, value: Value, most: usize) {
        if !value.is_null() {
            self.add_fitted(name, messages::fitted_value(value, most));
        }
    }

    fn add_fitted(&mut self, name: &'static str, (text, is_cut): (Option<String>, bool)) {
        if is_cut {
            hub::metrics().health.field_lost(FieldLoss::TooLong);
        }
        self.texts.extend(text.map(|text| (name, text)));
    }

    /// What takes the chunks of an answer, if they are wanted.
    pub(super) fn answer_in_chunks(&self) -> Option<Box<ChunkedAnswer>> {
        let most = most().filter(|_| self.sink.is_recorded())?;
        Some(Box::new(ChunkedAnswer { captured: self.at_end(), said: chunks::Said::new(most), most }))
    }

    /// Its span is open: what was captured until now is told to it.
    pub(super) fn begin(&mut self, span: &OpenSpan, tells: bool) {
        if self.is_wanted || tells {
            self.sink = span.content();
            self.tell();
        }
    }

    /// For what is captured at its end, where its span is recorded.
    pub(super) fn at_end(&self) -> Self {
        Self { is_wanted: self.sink.is_recorded(), sink: self.sink.clone(), ..Self::default() }
    }

    /// Tells its span of what was captured meanwhile, if that is recorded.
    pub(super) fn tell(&mut self) {
        let texts = std::mem::take(&mut self.texts);
        if texts.is_empty() || !self.sink.is_recorded() {
            return;
        }
        let (on_span, in_event) = mode();
        if in_event {
            let texts = texts.iter().map(|(name, text)| (*name, FieldValue::Text(text.clone())));
            self.sink.tell_event(semconv::CONTENT_EVENT, texts.collect());
        }
        if on_span {
            texts.into_iter().for_each(|(name, text)| self.sink.tell(name, FieldValue::Text(text)));
        }
    }
}

/// An answer that comes in chunks, as far as it has come.
#[cfg(feature = "traces")]
#[derive(Debug)]
pub(super) struct ChunkedAnswer {
    captured: Captured,
    said: chunks::Said,
    most: usize,
}

#[cfg(feature = "traces")]
impl ChunkedAnswer {
    pub(super) fn add(&mut self, say: impl FnOnce() -> Words) {
        if let Some(Some(chunk)) = caught(|| say().0) {
            self.said.add(chunk);
        }
    }

    /// All has come that comes: tells the span of it.
    pub(super) fn end(mut self) {
        let (messages, is_cut) = self.said.finish();
        if is_cut {
            hub::metrics().health.field_lost(FieldLoss::TooLong);
        }
        self.captured.add(semconv::OUTPUT_MESSAGES, messages, self.most);
        self.captured.tell();
    }
}

/// There is no trace to tell it to.
#[cfg(not(feature = "traces"))]
#[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "as above")]
impl Captured {
    pub(super) fn prompt(&mut self, _: bool, _: impl FnOnce(&mut Prompt)) {}

    pub(super) fn answer(&mut self, _: impl FnOnce() -> Words) {}

    pub(super) fn arguments(&mut self, _: bool, _: impl FnOnce(&mut Prompt)) {}

    pub(super) fn result(&mut self, _: impl FnOnce() -> Words) {}

    pub(super) fn answer_in_chunks(&self) -> Option<Box<ChunkedAnswer>> {
        None
    }

    pub(super) fn begin(&mut self, _: &OpenSpan, _: bool) {}

    pub(super) fn at_end(&self) -> Self {
        Self::default()
    }

    pub(super) fn tell(&mut self) {}
}

/// There is none.
#[cfg(not(feature = "traces"))]
#[derive(Debug)]
pub(super) enum ChunkedAnswer {}

#[cfg(not(feature = "traces"))]
impl ChunkedAnswer {
    pub(super) fn add(&mut self, _: impl FnOnce() -> Words) {
        match *self {}
    }

    pub(super) fn end(self) {
        match self {}
    }
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
pub struct Prompt(#[cfg(feature = "traces")] Vec<(String, Value)>);

impl Prompt {
    /// The argument of this name.
    pub fn add(&mut self, name: &str, words: Words) {
        #[cfg(feature = "traces")]
        self.0.extend(words.0.map(|value| (name.to_owned(), value)));
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

impl Words {
    /// What anything says that is serializable.
    pub(super) fn of<T: serde::Serialize + ?Sized>(value: &T) -> Self {
        #[cfg(feature = "traces")]
        return Self(serde_json::to_value(value).ok());
        #[cfg(not(feature = "traces"))]
        {
            let _ = value;
            Self()
        }
    }
}

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
