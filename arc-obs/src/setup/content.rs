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

    /// Says where the prompts and answers go of the LLM calls whose attribute says `capture`.
    ///
    /// Preset is the span. Those of other calls are never read. They are content: what is said in
    /// them may be personal, and [`redact`](Self::redact) takes out of it what it knows, and no
    /// more.
    ///
    /// ```
    /// use arc_obs::{ContentCapture, track_llm};
    ///
    /// #[track_llm(model = "gpt-4o", usage = none, capture)]
    /// fn ask(system: &str, prompt: &str) -> String {
    ///     format!("{prompt}? Yes.")
    /// }
    ///
    /// let builder = arc_obs::builder().capture_content(ContentCapture::SpanAndEvent);
    /// ```
    pub fn capture_content(mut self, content: ContentCapture) -> Self {
        self.traces.content = Some(content);
        self
    }
}
