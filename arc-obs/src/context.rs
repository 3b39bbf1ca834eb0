//! Carrying what is current to another task or thread.
//!
//! Inside of one task it follows `.await` by itself. A task that is spawned, and another thread,
//! begin with nothing: their work would be in no agent's name and in a trace of its own. So what
//! is current where they are started is taken along, and put in place where they run: the agent,
//! the span, OpenTelemetry's context, and the capture of a test.
//!
//! An LLM call is not taken along: what another task records is another call.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use pin_project_lite::pin_project;

use crate::hub::WatchHere;
use crate::scope::{self, LlmCall, Scope};
use crate::settings::ENABLED;
use crate::trace::{CarriedSpan, EnteredSpan};

/// What is current in one place, to be put in place in another; made by [`context`].
///
/// It costs a few pointers to take and to put in place. It keeps a span of your own open that
/// was current, as a `tracing::Span` does; an operation of ours ends with its function.
#[derive(Clone)]
#[must_use = "what is current is to be put in place where the work is done"]
pub struct Context(Option<Box<Current>>);

#[derive(Clone)]
struct Current {
    scope: Scope,
    is_request_counted: bool,
    watch: WatchHere,
    span: CarriedSpan,
}

/// What is current here and now: the agent in whose name work is done, and the span.
///
/// For what is neither a task nor a blocking closure of tokio's, for which there are
/// [`spawn`] and [`spawn_blocking`]:
///
/// ```
/// use arc_obs::{track_agent, track_tool};
///
/// #[track_tool("search")]
/// fn search(query: &str) {}
///
/// #[track_agent("researcher")]
/// fn research(queries: &[&str]) {
///     let context = arc_obs::context();
///     std::thread::scope(|threads| {
///         for query in queries {
///             // In the trace, each search is inside of the agent.
///             let context = context.clone();
///             threads.spawn(move || context.run_sync(|| search(query)));
///         }
///     });
/// }
/// # research(&["tea"]);
/// ```
pub fn context() -> Context {
    if !ENABLED {
        return Context(None);
    }
    Context(Some(Box::new(Current {
        scope: scope::current(),
        is_request_counted: scope::is_request_counted(),
        watch: WatchHere::current(),
        span: CarriedSpan::current(),
    })))
}

impl Context {
    /// Calls the function with this context in place.
    ///
    /// ```
    /// let context = arc_obs::context();
    /// let answer = std::thread::spawn(move || context.run_sync(|| 42)).join();
    /// assert_eq!(answer.ok(), Some(42));
    /// ```
    pub fn run_sync<R>(&self, function: impl FnOnce() -> R) -> R {
        let _in_place = self.0.as_deref().map(InPlace::new);
        function()
    }

    /// A future that has this context in place while it is polled, wherever that is.
    ///
    /// For executors of your own; the other end of a channel may also be handed a context with
    /// each piece of work.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let context = arc_obs::context();
    /// let answer = tokio::spawn(context.run(async { 42 })).await;
    /// assert_eq!(answer.ok(), Some(42));
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn run<F: Future>(self, future: F) -> InContext<F> {
        InContext { future: Some(future), context: self }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(current) = &self.0 else { return f.debug_struct("Context").finish_non_exhaustive() };
        f.debug_struct("Context").field("span", &current.span).finish_non_exhaustive()
    }
}

/// A context that is in place until this is dropped; then comes back what was.
struct InPlace<'a> {
    // First, since the user's subscriber hears of it.
    _span: EnteredSpan<'a>,
    _scope: Swapped,
}

impl<'a> InPlace<'a> {
    fn new(current: &'a Current) -> Self {
        let scope = Swapped::new(current);
        Self { _span: current.span.enter(), _scope: scope }
    }
}

/// What was current before.
struct Swapped {
    scope: Scope,
    is_request_counted: bool,
    watch: WatchHere,
    llm_call: Option<LlmCall>,
}

impl Swapped {
    fn new(current: &Current) -> Self {
        Self {
            scope: scope::replace(current.scope),
            is_request_counted: scope::replace_request(current.is_request_counted),
            watch: current.watch.clone().replace(),
            llm_call: scope::replace_llm_call(None),
        }
    }
}

impl Drop for Swapped {
    fn drop(&mut self) {
        scope::set(self.scope);
        scope::replace_request(self.is_request_counted);
        std::mem::take(&mut self.watch).replace();
        scope::replace_llm_call(self.llm_call.take());
    }
}

pin_project! {
    /// A future that is polled with a context in place; made by [`Context::run`].
    ///
    /// What the future owns is dropped with it in place, too.
    #[must_use = "futures do nothing unless polled"]
    pub struct InContext<F> {
        #[pin]
        future: Option<F>,
        context: Context,
    }

    impl<F> PinnedDrop for InContext<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                let _in_place = this.context.0.as_deref().map(InPlace::new);
                this.future.set(None);
            }
        }
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let _in_place = this.context.0.as_deref().map(InPlace::new);
        // Polled again after its end it has nothing to say any more.
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let poll = future.poll(context);
        if poll.is_ready() {
            this.future.set(None);
        }
        poll
    }
}

impl<F> fmt::Debug for InContext<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InContext").field("context", &self.context).finish_non_exhaustive()
    }
}

/// Spawns a task that goes on with what is current here: `tokio::spawn`, with the agent and
/// the span taken along.
///
/// A task that `tokio::spawn` spawns begins with nothing current: what it spends is in no
/// agent's name, and what it does is a trace of its own.
///
/// ```
/// use arc_obs::{track_agent, track_tool};
///
/// #[track_tool("search")]
/// async fn search(query: String) -> usize {
///     query.len()
/// }
///
/// #[track_agent("researcher")]
/// async fn research() -> usize {
///     let tea = arc_obs::spawn(search("tea".to_owned()));
///     let coffee = arc_obs::spawn(search("coffee".to_owned()));
///     // In the trace, both are inside of the agent.
///     tea.await.unwrap_or(0) + coffee.await.unwrap_or(0)
/// }
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// assert_eq!(research().await, 9);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
///
/// Outside of a tokio runtime, as `tokio::spawn` does.
#[cfg(any(feature = "server", feature = "traces"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "server", feature = "traces"))))]
#[track_caller]
pub fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(context().run(future))
}

/// Runs blocking work on another thread, with what is current here: `tokio::task::spawn_blocking`,
/// with the agent and the span taken along.
///
/// ```
/// use arc_obs::{track_agent, track_tool};
///
/// #[track_tool("parse")]
/// fn parse(text: &str) -> usize {
///     text.len()
/// }
///
/// #[track_agent("reader")]
/// async fn read(text: String) -> usize {
///     arc_obs::spawn_blocking(move || parse(&text)).await.unwrap_or(0)
/// }
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// assert_eq!(read("tea".to_owned()).await, 3);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
///
/// Outside of a tokio runtime, as `tokio::task::spawn_blocking` does.
#[cfg(any(feature = "server", feature = "traces"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "server", feature = "traces"))))]
#[track_caller]
pub fn spawn_blocking<F, R>(function: F) -> tokio::task::JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let context = context();
    tokio::task::spawn_blocking(move || context.run_sync(function))
}
