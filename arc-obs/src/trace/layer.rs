//! The layer that makes traces of `tracing` spans: our own operations' and the user's.
//!
//! What is current is OpenTelemetry's `Context`, so that spans made through its own API
//! find their parents among ours, and ours among them. It is attached while a span is
//! entered.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::ptr;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, ContextGuard};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Span, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context as LayerContext, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::active::{self, ActiveSpan};
use super::ended::{Facts, SpanEvent};
use super::engine::{self, Begun, Engine};
use super::foreign;
use super::nested::{self, Open};
use super::recording::{Fields, Recorder, Recording, read};
use crate::operation::{Failure, FieldValue, Ids, Said};
use crate::self_telemetry::{self, SpanDrop};

/// Makes traces of spans, for a subscriber of your own: see [`layer`].
#[derive(Debug)]
pub struct TraceLayer(());

/// The layer that makes traces of `tracing` spans, for a subscriber that you set yourself.
///
/// [`init`](crate::init) sets one with this layer alone, where the program has none. Where
/// it has its own (for logs, say), this layer is to be in it; it does nothing before `init`
/// and after shutdown. Give it a filter, as in the example, or one for the whole subscriber:
/// HTTP clients make a span of every frame at the finer levels.
///
/// Where the program asks `opentelemetry::global` for spans, and has set no provider of its own
/// there, those are part of the same traces, and ours are the active ones for it.
///
/// ```
/// use tracing_subscriber::filter::LevelFilter;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(LevelFilter::INFO).with(arc_obs::layer());
/// tracing::subscriber::set_global_default(subscriber)?;
/// let obs = arc_obs::builder().service_name("shop").no_server().install()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a layer does nothing by itself: add it to a subscriber"]
pub fn layer() -> TraceLayer {
    TraceLayer(())
}

/// How many spans may be entered on a thread for another one to be made: what is deeper is no
/// trace that anybody could read, and OpenTelemetry's contexts have an end, too.
const MOST_ENTERED: usize = 1_024;

/// A span that is open.
#[derive(Clone)]
pub(super) struct Live {
    /// What is current inside of it.
    context: Context,
    /// Where it is recorded; nothing of one that is not sampled.
    recorder: Option<Arc<Recorder>>,
    /// So many of its first fields are not: of an operation of ours the facts say it all.
    skip: usize,
    /// What it is, or may tell of, where the GenAI spans of others are adopted.
    open: Option<Arc<Open>>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("is_recorded", &self.recorder.is_some()).finish_non_exhaustive()
    }
}

impl Live {
    /// Where something can be said of the span that nobody else hears; holds nothing open.
    pub(super) fn recorder(&self) -> Option<Arc<Recorder>> {
        self.recorder.clone()
    }

    /// The fields of its own that are said at its begin, where nobody else is to hear of them;
    /// takes them, unless somebody else wants them later.
    pub(super) fn set_fields(&self, names: &[&'static str], said: &mut [Option<Said>], keeps: bool) {
        let Some(recorder) = &self.recorder else { return };
        recorder.change(|recording| {
            recording.expect_attributes(names.len());
            for (name, said) in names.iter().zip(said) {
                let said = if keeps { said.clone() } else { said.take() };
                if let Some(said) = said {
                    recording.set_field(name, said.value);
                }
            }
        });
    }

    /// The operation that it is the span of has ended, and so has the span in the trace, also
    /// where somebody holds it still; asks what it was only where that is kept. It is asked with what
    /// an error of this type was told to be, and for whom the work was done.
    pub(super) fn end(
        &self,
        error_type: Option<fn() -> &'static str>,
        facts: impl FnOnce(Option<Failure>, Option<Ids>) -> Facts,
    ) {
        if let Some(open) = &self.open {
            open.end(None);
        }
        let Some(recorder) = &self.recorder else { return };
        recorder.end(None, |recording| {
            let failure = recording.take_failure(error_type.map(|name| name()));
            let facts = facts(failure, self.context.get::<Ids>().cloned());
            Some(Box::new(Facts { server: recording.take_server(), ..facts }))
        });
    }
}

/// A span of ours that is being made, on this thread.
enum Making {
    Nothing,
    /// One of this metadata, of which so many first fields are not recorded.
    Asked(&'static Metadata<'static>, usize),
    Made(Id, Live),
}

/// The outermost layer of the subscriber that `init` sets where the program has none, by which
/// that is known: the layers inside of it may be in somebody else's, too.
#[derive(Debug)]
pub(crate) struct Alone(());

impl<S: Subscriber> Layer<S> for Alone {}

/// What hears the spans of a program that has no subscriber, and nobody else does.
pub(crate) fn own_subscriber() -> impl Subscriber + Send + Sync {
    // What is finer are mostly the innards of HTTP clients: every frame of a connection.
    tracing_subscriber::registry().with(LevelFilter::INFO).with(layer()).with(Alone(()))
}

/// Whether nobody but us hears of a span that is made here.
pub(super) fn is_alone_here() -> bool {
    tracing::dispatcher::get_default(|dispatch| dispatch.is::<Alone>())
}

/// Whether nobody but us hears of this one.
pub(super) fn is_alone(span: &Span) -> bool {
    span.with_subscriber(|(_, dispatch)| dispatch.is::<Alone>()).unwrap_or(false)
}

thread_local! {
    /// The contexts that are attached on this thread, by span.
    ///
    /// It is made after OpenTelemetry's own and so torn down before it: while it is there, that
    /// one is, too, which panics when it is not.
    static ATTACHED: RefCell<Vec<(Id, ContextGuard)>> = {
        Context::map_current(|_| ());
        RefCell::new(Vec::new())
    };
    static MAKING: RefCell<Making> = const { RefCell::new(Making::Nothing) };
}

fn replace_making(making: Making) -> Making {
    MAKING.try_with(|current| current.replace(making)).unwrap_or(Making::Nothing)
}

/// What is current, unless the thread is being torn down.
pub(crate) fn current_context() -> Context {
    ATTACHED.try_with(|_| Context::current()).unwrap_or_default()
}

/// Makes this current, unless the thread is being torn down.
pub(crate) fn attach(context: &Context) -> Option<ContextGuard> {
    ATTACHED.try_with(|_| context.clone().attach()).ok()
}

/// Makes a span, of this metadata, of which so many first fields are not recorded; and hands
/// back what the layer has made of it, where there is one.
pub(super) fn made_by(
    metadata: &'static Metadata<'static>,
    skip: usize,
    make: impl FnOnce() -> Span,
) -> (Span, Option<Live>) {
    replace_making(Making::Asked(metadata, skip));
    let span = make();
    let live = match replace_making(Making::Nothing) {
        // Another one was made on the way, by a layer of the user's.
        Making::Made(id, live) if span.id().as_ref() == Some(&id) => Some(live),
        _ => None,
    };
    (span, live)
}

impl Engine {
    fn open(&self, attributes: &Attributes<'_>, parent: Context, skip: usize) -> Live {
        let nothing = |context| Live { context, recorder: None, skip, open: None };
        let Some(Begun { context, place }) = self.begin(&parent) else { return nothing(parent) };
        if !context.is_sampled() && place.is_none() {
            return nothing(parent.with_remote_span_context(context));
        }
        let metadata = attributes.metadata();
        let around = parent.span();
        let (name, scope) = (metadata.name().into(), metadata.target().into());
        let recording = Recording::new(self, &context, around.span_context(), place.clone(), name, scope);
        let Some(mut recording) = recording else { return nothing(parent) };
        // Nobody else has it yet.
        attributes.record(&mut Fields::new(skip, |name, value| recording.set_field(name, value)));
        if let Some(from) = engine::restarted(&parent) {
            recording.add_link(from, Vec::new());
        }
        let recorder = Recorder::new(recording);
        let inside = parent.with_span(ActiveSpan::ours(context, Arc::clone(&recorder)));
        let inside = match place {
            Some(place) => place.inside(inside),
            None => inside,
        };
        Live { context: inside, recorder: Some(recorder), skip, open: None }
    }
}

fn live<S: Subscriber + for<'a> LookupSpan<'a>>(id: &Id, context: &LayerContext<'_, S>) -> Option<Live> {
    context.span(id)?.extensions().get::<Live>().cloned()
}

/// What is current inside of a span, or of the nearest around it of which that is known.
fn context_inside<S: Subscriber + for<'a> LookupSpan<'a>>(id: &Id, context: &LayerContext<'_, S>) -> Option<Context> {
    let mut around = context.span_scope(id)?;
    around.find_map(|span| span.extensions().get::<Live>().map(|live| live.context.clone()))
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TraceLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        let engine = engine::current();
        let is_adopting = foreign::is_adopting();
        if engine.is_none() {
            engine::missed();
            if !is_adopting {
                return;
            }
        }
        let parent = match attributes.parent() {
            Some(parent) => context_inside(parent, &context).unwrap_or_default(),
            None if attributes.is_contextual() => current_context(),
            None => Context::new(),
        };
        // Also one that is told its parent, which is in no trace for the same reason.
        if parent.is_telemetry_suppressed()
            || !attributes.is_contextual() && current_context().is_telemetry_suppressed()
        {
            return;
        }
        if ATTACHED.try_with(|attached| attached.borrow().len() >= MOST_ENTERED).unwrap_or(true) {
            self_telemetry::span_dropped(SpanDrop::TooDeep, 1);
            return;
        }
        let asked = match replace_making(Making::Nothing) {
            Making::Asked(metadata, skip) if ptr::eq(metadata, attributes.metadata()) => Some(skip),
            making => {
                replace_making(making);
                None
            }
        };
        let Some(span) = context.span(id) else { return };
        // In a subscriber twice, it is asked twice: one span is enough, and one that tells of anything.
        let known = span.extensions().get::<Live>().and_then(|live| live.open.clone());
        let around = if is_adopting { nested::around(&parent) } else { Vec::new() };
        let open = match known {
            None if is_adopting && asked.is_some() => Open::ours(attributes, &around),
            None if is_adopting => Open::foreign(attributes, &around),
            known => known,
        };
        let skip = asked.unwrap_or(0);
        let mut opened = match &*engine {
            Some(engine) => engine.open(attributes, parent, skip),
            None => Live { context: parent, recorder: None, skip, open: None },
        };
        opened.context = nested::inside(opened.context, open.as_ref(), around);
        opened.open = open;
        if asked.is_some() {
            replace_making(Making::Made(id.clone(), opened.clone()));
        }
        span.extensions_mut().replace(opened);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let live = span.extensions().get::<Live>().map(|live| (live.open.clone(), live.recorder.clone(), live.skip));
        let Some((open, recorder, skip)) = live else { return };
        if let Some(open) = open {
            open.recorded(values);
        }
        let Some(recorder) = recorder.filter(|recorder| recorder.is_open()) else { return };
        let fields = read(skip, |visit| values.record(visit));
        recorder.change(|recording| {
            for (name, value) in fields {
                recording.set_field(name, value);
            }
        });
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: LayerContext<'_, S>) {
        let (Some(live), Some(other)) = (live(id, &context), self::live(follows, &context)) else { return };
        if let Some(recorder) = &live.recorder {
            recorder.change(|recording| recording.add_link(other.context.span().span_context(), Vec::new()));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: LayerContext<'_, S>) {
        if engine::current().is_none() {
            // Nothing is kept; and a warning of ours may come from where a span of OpenTelemetry's is
            // locked, which is asked below.
            return;
        }
        let inside = context.event_span(event).and_then(|span| span.extensions().get::<Live>().cloned());
        let around = match &inside {
            _ if event.is_contextual() => current_context(),
            Some(live) => live.context.clone(),
            None => return,
        };
        // A span that was made through OpenTelemetry's API may be current inside of this one.
        let is_around = |live: &Live| live.context.span().span_context() == around.span().span_context();
        let recorder = inside.filter(is_around).and_then(|live| live.recorder);
        if recorder.is_none() && !around.span().is_recording() {
            return;
        }
        let mut fields = read(0, |visit| event.record(visit));
        let message = fields.iter().position(|(name, _)| *name == "message");
        let message = message.map(|place| fields.remove(place).1);
        fields.push(("level", FieldValue::Text(event.metadata().level().to_string())));
        let name = match message {
            Some(FieldValue::Text(message)) => Cow::Owned(message),
            _ => Cow::Borrowed(event.metadata().name()),
        };
        match recorder {
            Some(recorder) => {
                let fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
                recorder.change(|recording| recording.add_event(SpanEvent::new(name, SystemTime::now(), fields)));
            }
            None => around.span().add_event(name, active::key_values(fields)),
        }
    }

    fn on_enter(&self, id: &Id, context: LayerContext<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let inside = span.extensions().get::<Live>().map(|live| live.context.clone());
        if let Some(inside) = inside {
            let _ = ATTACHED.try_with(|attached| {
                let guard = inside.attach();
                attached.borrow_mut().push((id.clone(), guard));
            });
        }
    }

    fn on_exit(&self, id: &Id, _: LayerContext<'_, S>) {
        // Mostly the last one; spans may be left in any order.
        let guard = ATTACHED.try_with(|attached| {
            let mut attached = attached.borrow_mut();
            let place = attached.iter().rposition(|(entered, _)| entered == id)?;
            Some(attached.remove(place))
        });
        drop(guard);
    }

    fn on_close(&self, id: Id, context: LayerContext<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let live = span.extensions_mut().remove::<Live>();
        let Some(Live { recorder, open, .. }) = live else { return };
        if let Some(open) = open {
            open.end(None);
        }
        if let Some(recorder) = recorder {
            recorder.end(None, |_| None);
        }
    }
}
