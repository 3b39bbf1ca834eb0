//! Where the content of LLM calls goes.

/// Where the prompts and answers of LLM calls go, and what tools are given and find.
///
/// Where nobody says anything, that of the functions whose attribute says `capture` goes onto their spans,
/// and that of others is never read. Whoever says where it goes, asks for that of all annotated LLM calls and
/// tools but those that say `capture = none`: with
/// [`Builder::capture_content`](crate::Builder::capture_content), or
/// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`, which the builder's word comes before.
/// [`Off`](Self::Off) is for all of them.
///
/// ```
/// use arc_obs::ContentCapture;
///
/// let builder = arc_obs::builder().capture_content(ContentCapture::Off);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentCapture {
    /// Nowhere, whatever an attribute says.
    Off,
    /// Onto the span: `gen_ai.input.messages`, `gen_ai.system_instructions` and
    /// `gen_ai.output.messages`, of tools `gen_ai.tool.call.arguments` and `gen_ai.tool.call.result`, each a
    /// text of JSON (a result that is text, as it is).
    #[default]
    Span,
    /// The same, into events of the span, `gen_ai.client.inference.operation.details`.
    Event,
    /// Onto the span, and into events.
    SpanAndEvent,
}

/// The words of OpenTelemetry's own instrumentation, the older `true` and `false` among them.
pub(super) fn parse(text: &str) -> Option<ContentCapture> {
    let known = [
        ("NO_CONTENT", ContentCapture::Off),
        ("false", ContentCapture::Off),
        ("SPAN_ONLY", ContentCapture::Span),
        ("true", ContentCapture::Span),
        ("EVENT_ONLY", ContentCapture::Event),
        ("SPAN_AND_EVENT", ContentCapture::SpanAndEvent),
    ];
    known.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, capture)| capture)
}
