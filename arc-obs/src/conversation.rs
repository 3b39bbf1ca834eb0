//! For whom work is done: the conversation that it is part of, and the user.
//!
//! It stands in OpenTelemetry's `Context`, so that it goes wherever that goes. Nothing here is
//! invented: a conversation that nobody names has no name.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use opentelemetry::ContextGuard;
use pin_project_lite::pin_project;

use crate::operation::Ids;
use crate::settings::ENABLED;
use crate::trace::{attach, current_context};

/// Names the conversation that what runs inside of it is part of: `gen_ai.conversation.id`, or
/// what the chosen [`Conventions`](crate::Conventions) call it, on the span of each agent, LLM
/// call, tool and workflow.
///
/// It is an id of your own (of a chat, a thread, a session), never made up, and no label of a
/// metric. It leaves the process with the spans. A task knows it that is
/// spawned by [`arc_obs::spawn`](crate::spawn()), and not one that the runtime's own spawns.
///
/// ```
/// # #[arc_obs::track_agent("support")] async fn answer(question: &str) {}
/// # async fn handle() {
/// arc_obs::conversation("thread-42").user("user-7").run(answer("where is my parcel?")).await;
/// # }
/// ```
pub fn conversation(id: impl Into<Arc<str>>) -> OnBehalf {
    OnBehalf::default().conversation(id)
}

/// Names the user for whom what runs inside of it is done: `user.id`, as
/// [`conversation`] names the conversation. Take a number or a pseudonym: it leaves the process
/// with the spans.
///
/// ```
/// # #[arc_obs::track_agent("support")] fn answer(question: &str) {}
/// arc_obs::user("user-7").run_sync(|| answer("where is my parcel?"));
/// ```
pub fn user(id: impl Into<Arc<str>>) -> OnBehalf {
    OnBehalf::default().user(id)
}

/// For whom work is done; made by [`conversation`] and [`user`].
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is done on behalf of it until `.run(..)`"]
pub struct OnBehalf(Ids);

impl OnBehalf {
    /// Names the conversation; an empty name is none.
    ///
    /// ```
    /// let whom = arc_obs::user("user-7").conversation("thread-42");
    /// ```
    pub fn conversation(mut self, id: impl Into<Arc<str>>) -> Self {
        self.0.conversation = Some(id.into()).filter(|id| !id.is_empty());
        self
    }

    /// Names the user; an empty name is none.
    ///
    /// ```
    /// let whom = arc_obs::conversation("thread-42").user("user-7");
    /// ```
    pub fn user(mut self, id: impl Into<Arc<str>>) -> Self {
        self.0.user = Some(id.into()).filter(|id| !id.is_empty());
        self
    }

    /// Runs a future on behalf of it. What it does not say stays as it is around it.
    ///
    /// ```
    /// # async fn answer() -> u8 { 42 }
    /// # futures::executor::block_on(async {
    /// assert_eq!(arc_obs::conversation("thread-42").run(answer()).await, 42);
    /// # });
    /// ```
    pub fn run<F: Future>(self, work: F) -> RunOnBehalf<F> {
        RunOnBehalf { work, ids: self.0 }
    }

    /// Runs a closure on behalf of it. What it does not say stays as it is around it.
    ///
    /// ```
    /// assert_eq!(arc_obs::conversation("thread-42").run_sync(|| 42), 42);
    /// ```
    pub fn run_sync<T>(self, work: impl FnOnce() -> T) -> T {
        let _inside = ENABLED.then(|| enter(&self.0));
        work()
    }
}

/// Makes it current, until this is dropped, with what is around it of which it says nothing.
fn enter(ids: &Ids) -> Option<ContextGuard> {
    let context = current_context();
    let ids = match context.get::<Ids>() {
        Some(around) => ids.or(around),
        None => ids.clone(),
    };
    attach(&context.with_value(ids))
}

pin_project! {
    /// A future that is run on behalf of somebody; made by [`OnBehalf::run`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RunOnBehalf<F> {
        #[pin]
        work: F,
        ids: Ids,
    }
}

impl<F> fmt::Debug for RunOnBehalf<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOnBehalf").finish_non_exhaustive()
    }
}

impl<F: Future> Future for RunOnBehalf<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        // At each poll: what is around it then may be another span, or none.
        let _inside = ENABLED.then(|| enter(this.ids));
        this.work.poll(task)
    }
}
