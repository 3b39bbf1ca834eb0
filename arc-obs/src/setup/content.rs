//! What leaves the process with spans, and what does not, as the builder is told.

use super::Builder;
use crate::redact::Redaction;
use crate::settings::ContentCapture;

impl Builder {
    /// Says what is taken out of all that leaves the process with traces, beside or instead of
    /// what is preset; of several calls the last one holds.
    ///
    /// Every text of a span passes through it before any exporter sees it: names, attributes and
    /// their names, events, the status, and what is said of the process.
    ///
    /// ```
    /// use arc_obs::{Redaction, SecretKind};
    ///
    /// let redaction = Redaction::new().pattern(r"\bEMP-\d{6}\b")?.keep(SecretKind::Email);
    /// let builder = arc_obs::builder().redact(redaction);
    /// # Ok::<(), arc_obs::InvalidPattern>(())
    /// ```
    #[cfg(feature = "traces")]
    #[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
    pub fn redact(mut self, redaction: Redaction) -> Self {
        self.traces.redaction = redaction;
        self
    }

    /// Asks for the prompts and answers of all LLM calls, and for what tools are given and find, and says
    /// where that goes; with [`ContentCapture::Off`] that none of it leaves, whatever an attribute says.
    ///
    /// Without it, that of the functions goes onto their spans whose attribute says `capture`, unless
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` says otherwise; that of others is never read.
    /// It is content: what is said in it may be personal, and [`redact`](Self::redact) takes out of it
    /// what it knows, and no more. `capture = none` keeps that of one function where it is.
    ///
    /// ```
    /// use arc_obs::{ContentCapture, track_llm};
    ///
    /// #[track_llm(model = "gpt-4o", usage = none)]
    /// fn ask(system: &str, prompt: &str) -> String {
    ///     format!("{prompt}? Yes.")
    /// }
    ///
    /// #[track_llm(model = "gpt-4o", usage = none, capture = none)]
    /// fn diagnose(symptoms: &str) -> String {
    ///     format!("{symptoms}? Rest.")
    /// }
    ///
    /// let builder = arc_obs::builder().capture_content(ContentCapture::SpanAndEvent);
    /// ```
    pub fn capture_content(mut self, content: ContentCapture) -> Self {
        self.traces.content = Some(content);
        self
    }
}
