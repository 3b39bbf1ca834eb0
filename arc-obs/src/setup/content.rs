//! What leaves the process with spans, and what does not, as the builder is told.

use super::Builder;
use crate::redact::Redaction;

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
}
