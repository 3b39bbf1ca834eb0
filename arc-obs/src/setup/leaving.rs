//! What leaves the process, and what does not, as the builder is told.

use super::Builder;
#[cfg(feature = "otlp")]
use crate::export::Otlp;
use crate::export::SpanExporter;
use crate::propagation::Propagator;
use crate::redact::Redaction;
use crate::semconv::Conventions;
use crate::settings::ContentCapture;
use crate::trace::Sampling;

impl Builder {
    /// Gives the spans of traces to an exporter of your own, beside others that there are.
    ///
    /// See [`SpanExporter`](crate::export::SpanExporter). Where the program has a `tracing`
    /// subscriber of its own, that has to have [`layer`](crate::layer) in it.
    #[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
    pub fn span_exporter(mut self, exporter: impl SpanExporter) -> Self {
        self.traces.exporters.push(Box::new(exporter));
        self
    }

    /// Turns operations that other libraries tell of by spans of their own into ours, with metrics
    /// and cost, without any attribute.
    ///
    /// Adopted is each span of `tracing` that says `gen_ai.operation.name`: with
    /// `gen_ai.request.model` as an LLM call, `invoke_agent` with `gen_ai.agent.name`, `execute_tool`
    /// with `gen_ai.tool.name` and `invoke_workflow` with `gen_ai.workflow.name`, as
    /// [rig](https://docs.rs/rig-core) and [genai](https://docs.rs/genai) (feature `otel`) make them; and,
    /// where traces are made, each one that says so through `opentelemetry::global`.
    /// Its duration is the span's, its status by `error.type` and `otel.status_code`, its
    /// tokens by `gen_ai.usage.*`. A call of which nothing says that it failed counts as a success.
    /// Cost and tokens are those of the annotated agent around it, else of the one that a span
    /// around it tells of.
    ///
    /// Each is counted once, whoever tells of it, through whichever of the two, in whatever task or
    /// thread:
    ///
    /// - What is inside of an annotated LLM call is that call, but for tools, and what those do; a
    ///   call directly around an annotated one is the same, too. So is a tool in or around an
    ///   annotated one.
    /// - Of LLM calls directly inside of each other the innermost counts that knows its tokens. (What
    ///   embeds is never the same as what answers.)
    /// - Tools, agents and workflows of one name directly inside of each other are one. Agents inside
    ///   of an annotated agent, and workflows inside of an annotated workflow, are part of that.
    ///
    /// Where the program has a `tracing` subscriber of its own, that has to have
    /// [`layer`](crate::layer) in it, and let these spans through. Nothing has to be exported.
    ///
    /// ```
    /// let obs = arc_obs::builder().service_name("shop").no_server().adopt_genai_spans().install()?;
    ///
    /// // As another library does it.
    /// let call = tracing::info_span!(
    ///     "chat",
    ///     gen_ai.operation.name = "chat",
    ///     gen_ai.request.model = "gpt-4o",
    ///     gen_ai.usage.input_tokens = 1_000_u64,
    ///     gen_ai.usage.output_tokens = 500_u64,
    /// );
    /// drop(call);
    /// assert_eq!(arc_obs::summary().models[0].cost.unwrap().to_string(), "$0.0075");
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
    pub fn adopt_genai_spans(mut self) -> Self {
        self.traces.adopts = true;
        self
    }

    /// Sends traces to a receiver of OTLP: a collector, or a back end that takes it.
    ///
    /// Called again it adds another. Without it, the environment's `OTEL_EXPORTER_OTLP_*` say where
    /// they go; where neither does, nothing leaves the process. Where the program has a `tracing`
    /// subscriber of its own, that has to have [`layer`](crate::layer) in it.
    ///
    /// ```
    /// use arc_obs::export::Otlp;
    ///
    /// let builder = arc_obs::builder().otlp(Otlp::http("http://localhost:4318"));
    /// ```
    #[cfg(feature = "otlp")]
    #[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
    pub fn otlp(mut self, receiver: Otlp) -> Self {
        self.traces.otlp.push(receiver);
        self
    }

    /// Sends all metrics to a receiver of OTLP, beside being there to be scraped.
    ///
    /// These are those of the [`registry`](crate::registry), under the same names, and those of
    /// OpenTelemetry's GenAI conventions with the buckets that those advise:
    /// `gen_ai.client.operation.duration`, `gen_ai.client.operation.time_to_first_chunk`,
    /// `gen_ai.client.token.usage`, `gen_ai.invoke_agent.duration`, `gen_ai.execute_tool.duration` and
    /// `gen_ai.invoke_workflow.duration`; their attributes have the names that spans have, and `error.type`
    /// is the same, whether the span is sampled or not. They are sent every minute, and a last time at shutdown;
    /// `OTEL_METRIC_EXPORT_INTERVAL` says otherwise.
    ///
    /// Called again it adds another receiver. Without it, the environment's `OTEL_EXPORTER_OTLP_*`
    /// say where they go; where neither does, nothing leaves the process.
    ///
    /// ```
    /// use arc_obs::export::Otlp;
    ///
    /// let collector = Otlp::http("http://localhost:4318");
    /// let builder = arc_obs::builder().otlp(collector.clone()).otlp_metrics(collector);
    /// ```
    #[cfg(feature = "otlp")]
    #[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
    pub fn otlp_metrics(mut self, receiver: Otlp) -> Self {
        self.otlp_metrics.push(receiver);
        self
    }

    /// Says which traces are kept.
    ///
    /// ```
    /// let builder = arc_obs::builder().sampling(arc_obs::Sampling::ratio(0.1));
    /// # drop(builder);
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.traces.sampling = Some(sampling);
        self
    }

    /// Says in which headers requests name their trace, and carry along what is to be carried.
    ///
    /// Preset are [`TraceContext`](crate::propagation::Propagator::TraceContext) and
    /// [`Baggage`](crate::propagation::Propagator::Baggage). Of several that name a trace, the first
    /// one counts that is there, in the order of [`Propagator`](crate::propagation::Propagator); all of
    /// them are written.
    ///
    /// ```
    /// use arc_obs::propagation::Propagator;
    ///
    /// let builder = arc_obs::builder().propagators([Propagator::TraceContext, Propagator::B3Multi]);
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
    pub fn propagators(mut self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        self.traces.propagators = Some(propagators.into_iter().collect());
        self
    }

    /// Chooses the names under which spans, and the attributes of the GenAI metrics, leave the process:
    /// [`Conventions::GenAi`](crate::Conventions::GenAi) unless said otherwise.
    #[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
    pub fn conventions(mut self, conventions: Conventions) -> Self {
        self.traces.conventions = Some(conventions);
        self
    }

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
    #[cfg_attr(docsrs, doc(cfg(feature = "traces")))]
    pub fn capture_content(mut self, content: ContentCapture) -> Self {
        self.traces.content = Some(content);
        self
    }
}
