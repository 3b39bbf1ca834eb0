//! The attributes as functions: for blocks of code, and for names that are known only at
//! run time.
//!
//! Each makes a small value that says what is to be recorded, and `run` or `run_sync`
//! does the work inside of it. The call site is resolved by then (`named`); from there on
//! everything is as in an annotated function.

use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};

use crate::hub;
use crate::operation::{OperationKind, Status};

use super::by_type::{SaysStatus, SaysUsage};
use super::callsite::Callsite;
use super::cost::{IntoCost, SaidCost, charged, cost_said};
use super::future::track_future;
use super::guard::track_sync;
use super::named::{At, Given, ModelSource, site};
use super::outcome::Outcome;
use super::usage::{IntoUsage, usage_of, usage_recorded, usage_skipped};

/// What is recorded, and for whom.
#[derive(Clone, Copy, Debug)]
struct Facts<'a> {
    kind: OperationKind,
    name: &'a str,
    given: Given<'a>,
    cost: SaidCost,
    caller: &'static Location<'static>,
}

impl<'a> Facts<'a> {
    fn new(kind: OperationKind, name: &'a str, given: Given<'a>, caller: &'static Location<'static>) -> Self {
        Self { kind, name, given, cost: SaidCost::NONE, caller }
    }

    fn cost(mut self, cost: impl IntoCost) -> Self {
        self.given.costs = true;
        self.cost = cost_said(|| cost);
        self
    }

    fn site(self) -> &'static Callsite {
        site(At::Caller(self.caller), self.kind, self.name, self.given)
    }
}

/// Records a block of code as an execution of an agent: what
/// [`#[track_agent]`](macro@crate::track_agent) does for a function.
///
/// The name may be one that is known only at run time. Of those the first 200 become label
/// values, the others are counted as `other` (spans and tests see the name in any case).
///
/// ```
/// use arc_obs::testing;
///
/// async fn answer(name: &str, question: &str) -> Result<String, std::io::Error> {
///     arc_obs::agent(name).kind("react").run(async { Ok(question.to_uppercase()) }).await
/// }
///
/// let capture = testing::capture();
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answer("oracle-7", "2 + 2?")).unwrap();
/// assert_eq!(capture.operations()[0].name, "oracle-7");
/// ```
#[track_caller]
pub fn agent(name: &str) -> AgentBlock<'_> {
    AgentBlock(Facts::new(OperationKind::Agent, name, Given::default(), Location::caller()))
}

/// Records a block of code as a call of a tool: what
/// [`#[track_tool]`](macro@crate::track_tool) does for a function.
///
/// ```
/// fn call(tool: &str, argument: u64) -> Result<u64, String> {
///     arc_obs::tool(tool).run_sync(|| match tool {
///         "double" => Ok(argument * 2),
///         _ => Err(format!("there is no tool `{tool}`")),
///     })
/// }
/// # let capture = arc_obs::testing::capture();
/// assert_eq!(call("double", 21), Ok(42));
/// call("halve", 21).unwrap_err();
/// # let failed = [("tool", "halve"), ("status", "error")];
/// # assert_eq!(capture.value("arc_tool_calls_total", &failed), Some(1.0));
/// ```
#[track_caller]
pub fn tool(name: &str) -> Block<'_> {
    Block(Facts::new(OperationKind::Tool, name, Given::default(), Location::caller()))
}

/// Records a block of code as an execution of a workflow: what
/// [`#[track_workflow]`](macro@crate::track_workflow) does for a function.
///
/// ```
/// # let capture = arc_obs::testing::capture();
/// for region in ["eu", "us"] {
///     arc_obs::workflow(&format!("import {region}")).run_sync(|| { /* import it */ });
/// }
/// # assert_eq!(capture.operations()[1].name, "import us");
/// ```
#[track_caller]
pub fn workflow(name: &str) -> Block<'_> {
    Block(Facts::new(OperationKind::Workflow, name, Given::default(), Location::caller()))
}

/// Records a block of code as an operation: what [`#[traced]`](macro@crate::traced) does
/// for a function.
///
/// ```
/// # let capture = arc_obs::testing::capture();
/// let page = arc_obs::operation("load").run_sync(|| std::fs::read_to_string("no such file"));
/// assert!(page.is_err());
/// # let failed = [("operation", "load"), ("status", "error")];
/// # assert_eq!(capture.value("arc_operations_total", &failed), Some(1.0));
/// ```
#[track_caller]
pub fn operation(name: &str) -> Block<'_> {
    Block(Facts::new(OperationKind::Operation, name, Given::default(), Location::caller()))
}

/// Records a block of code as a call to a model: what
/// [`#[track_llm]`](macro@crate::track_llm) does for a function.
///
/// The model is a name, or a [`Model`](crate::Model) with a price of its own. Nothing is
/// checked when the program is compiled: the calls of a model that has no price are counted
/// in `arc_llm_unpriced_calls_total`.
///
/// ```
/// use serde_json::{Value, json};
///
/// async fn ask(model: &str, prompt: &str) -> Result<Value, std::io::Error> {
///     let request = async { Ok(json!({ "usage": { "prompt_tokens": 1000, "completion_tokens": 500 } })) };
///     arc_obs::llm(model).provider("openai").run(request).await
/// }
/// # let capture = arc_obs::testing::capture();
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(ask("gpt-4o", "x")).unwrap();
/// # assert_eq!(capture.llm_calls()[0].cost.unwrap().to_string(), "$0.0075");
/// ```
#[track_caller]
pub fn llm<'a, M: ModelSource<By> + ?Sized, By>(model: &'a M) -> LlmBlock<'a> {
    let asked = model.asked();
    let facts = Facts::new(OperationKind::Llm, asked.name, asked.given, Location::caller());
    LlmBlock { facts, usage: OfResponse }
}

/// What is recorded of a block of code; made by [`tool`], [`workflow`] and [`operation`].
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is recorded before it runs: call `run` or `run_sync`"]
pub struct Block<'a>(Facts<'a>);

/// What is recorded of a block of code that is an agent; made by [`agent`].
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is recorded before it runs: call `run` or `run_sync`"]
pub struct AgentBlock<'a>(Facts<'a>);

impl<'a> AgentBlock<'a> {
    /// The agent's kind, a span attribute; `react` unless said otherwise.
    pub fn kind(mut self, kind: &'a str) -> Self {
        self.0.given.detail = Some(kind);
        self
    }
}

macro_rules! runs {
    ($block:ident) => {
        impl $block<'_> {
            /// What it costs, charged if it succeeds: dollars as an `f64`, a
            /// [`Usd`](crate::Usd), or an `Option` of one of them, as in
            /// [`#[track_tool]`](macro@crate::track_tool#what-it-costs).
            pub fn cost(self, cost: impl IntoCost) -> Self {
                Self(self.0.cost(cost))
            }

            /// Runs a future inside of it.
            ///
            /// It begins at the first poll, and is cancelled where the future is dropped
            /// before its end. The status is told by the type of the output: see
            /// [`SaysStatus`]. The future that this returns keeps nothing of the name.
            pub fn run<F, By>(self, work: F) -> impl Future<Output = F::Output> + use<F, By>
            where
                F: Future,
                F::Output: SaysStatus<By>,
            {
                let (site, cost) = (self.0.site(), self.0.cost);
                track_future(site, work, move |output: &F::Output| charged(output.says_status(), cost))
            }

            /// Runs a closure inside of it: [`run`](Self::run) for code that is not async.
            pub fn run_sync<R: SaysStatus<By>, By>(self, work: impl FnOnce() -> R) -> R {
                let cost = self.0.cost;
                track_sync(self.0.site(), work, |output: &R| charged(output.says_status(), cost))
            }

            /// Runs a future inside of it whose output says how it ended in a way of its
            /// own, or not at all.
            ///
            /// ```
            /// # struct Page(u16);
            /// # async fn fetch() -> Page { Page(404) }
            /// # let capture = arc_obs::testing::capture();
            /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            /// use arc_obs::Status;
            ///
            /// let ended = |page: &Page| if page.0 < 400 { Status::Success } else { Status::Error };
            #[doc = concat!("let page = arc_obs::", runs!(@made_by $block), "(\"fetch\").run_with(fetch(), ended).await;")]
            /// # page.0
            /// # });
            /// # assert_eq!(capture.operations()[0].status, arc_obs::Status::Error);
            /// ```
            ///
            /// Should `ended` panic, the status is `error`, and it is counted in
            /// `arc_obs_status_panics_total`.
            pub fn run_with<F, S>(self, work: F, ended: S) -> impl Future<Output = F::Output> + use<F, S>
            where
                F: Future,
                S: FnOnce(&F::Output) -> Status,
            {
                let (site, cost) = (self.0.site(), self.0.cost);
                track_future(site, work, move |output: &F::Output| charged(ended_with(ended, output), cost))
            }

            /// Runs a closure inside of it: [`run_with`](Self::run_with) for code that is
            /// not async.
            pub fn run_sync_with<R>(self, work: impl FnOnce() -> R, ended: impl FnOnce(&R) -> Status) -> R {
                let cost = self.0.cost;
                track_sync(self.0.site(), work, |output: &R| charged(ended_with(ended, output), cost))
            }
        }
    };
    (@made_by Block) => { "tool" };
    (@made_by AgentBlock) => { "agent" };
}
runs!(Block);
runs!(AgentBlock);

/// What the user's code says of the end.
fn ended_with<R>(ended: impl FnOnce(&R) -> Status, output: &R) -> Outcome {
    let status = catch_unwind(AssertUnwindSafe(|| ended(output))).unwrap_or_else(|payload| {
        // Its destructor is the user's, too, and may panic.
        std::mem::forget(payload);
        hub::metrics().health.status_panicked();
        Status::Error
    });
    Outcome::without_error(status)
}

/// What is recorded of a block of code that is a call to a model; made by [`llm`].
///
/// `U` says where the token usage comes from: from the response, unless
/// [`usage_recorded`](Self::usage_recorded) or [`usage_none`](Self::usage_none) says
/// otherwise.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is recorded before it runs: call `run` or `run_sync`"]
pub struct LlmBlock<'a, U = OfResponse> {
    facts: Facts<'a>,
    usage: U,
}

/// The usage of an [`LlmBlock`] is read off the response.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct OfResponse;

/// The usage of an [`LlmBlock`] is not read off the response.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct NotOfResponse(fn(Outcome) -> super::usage::LlmOutcome);

impl<'a, U> LlmBlock<'a, U> {
    /// Who sells the model, as an OpenTelemetry `gen_ai.provider.name`: whose price
    /// applies; inferred from the model otherwise.
    pub fn provider(mut self, provider: &'a str) -> Self {
        self.facts.given.provider = Some(provider);
        self
    }

    /// What is asked of the model, a span attribute: `chat`, unless said otherwise, or
    /// `text_completion`, `generate_content`, `embeddings`, `retrieval`.
    pub fn operation(mut self, operation: &'a str) -> Self {
        self.facts.given.detail = Some(operation);
        self
    }

    /// How the provider handles the call, where the response names no service tier:
    /// `batch`, `flex`, `priority` or `fast`. Any other word is the standard rate.
    pub fn tier(mut self, tier: &'a str) -> Self {
        self.facts.given.tier = Some(tier);
        self
    }

    /// What the whole call costs if it succeeds, in place of its price: dollars as an
    /// `f64`, a [`Usd`](crate::Usd), or an `Option` of one of them.
    pub fn cost(self, cost: impl IntoCost) -> Self {
        Self { facts: self.facts.cost(cost), ..self }
    }
}

impl<'a> LlmBlock<'a> {
    /// The work says itself what it used, by [`record_usage`](crate::record_usage): for
    /// one that keeps the response to itself.
    ///
    /// ```
    /// # async fn send(_: &str) -> Result<serde_json::Value, std::io::Error> {
    /// #     Ok(serde_json::json!({ "text": "4", "usage": { "prompt_tokens": 10, "completion_tokens": 1 } }))
    /// # }
    /// # let capture = arc_obs::testing::capture();
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let model = String::from("gpt-4o");
    /// let text: Result<String, std::io::Error> = arc_obs::llm(&model)
    ///     .usage_recorded()
    ///     .run(async {
    ///         let response = send("2 + 2?").await?;
    ///         arc_obs::record_usage(&response);
    ///         Ok(response["text"].to_string())
    ///     })
    ///     .await;
    /// # text.unwrap();
    /// # });
    /// # assert_eq!(capture.llm_calls()[0].usage.unwrap().input_tokens, 10);
    /// ```
    pub fn usage_recorded(mut self) -> LlmBlock<'a, NotOfResponse> {
        self.facts.given.recorded = true;
        LlmBlock { facts: self.facts, usage: NotOfResponse(usage_recorded) }
    }

    /// Calls are counted without their tokens and cost.
    pub fn usage_none(self) -> LlmBlock<'a, NotOfResponse> {
        LlmBlock { facts: self.facts, usage: NotOfResponse(usage_skipped) }
    }
}

impl LlmBlock<'_> {
    /// Runs a future inside of it, and reads what it used off the response: see
    /// [`SaysUsage`], and [`SaysStatus`] for the status.
    ///
    /// It begins at the first poll, and is cancelled where the future is dropped before
    /// its end. The future that this returns keeps nothing of the model's name.
    pub fn run<F, T, E, By, ByUsage>(self, work: F) -> impl Future<Output = Result<T, E>> + use<F, T, E, By, ByUsage>
    where
        F: Future<Output = Result<T, E>>,
        Result<T, E>: SaysStatus<By>,
        T: SaysUsage<ByUsage>,
    {
        let (site, cost) = (self.facts.site(), self.facts.cost);
        track_future(site, work, move |output: &Result<T, E>| {
            charged(T::says_usage(output.as_ref().ok(), output.says_status()), cost)
        })
    }

    /// Runs a closure inside of it: [`run`](Self::run) for code that is not async.
    pub fn run_sync<T, E, By, ByUsage>(self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        Result<T, E>: SaysStatus<By>,
        T: SaysUsage<ByUsage>,
    {
        let cost = self.facts.cost;
        track_sync(self.facts.site(), work, |output: &Result<T, E>| {
            charged(T::says_usage(output.as_ref().ok(), output.says_status()), cost)
        })
    }

    /// Runs a future inside of it, where `usage` says what it used: it sees the output, and
    /// returns a [`Usage`](crate::Usage) or an `Option` of one.
    ///
    /// ```
    /// # struct Reply { text: String, read: u64, written: u64 }
    /// # async fn send(_: &str) -> Result<Reply, std::io::Error> { Ok(Reply { text: "4".into(), read: 10, written: 1 }) }
    /// # let capture = arc_obs::testing::capture();
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use arc_obs::Usage;
    ///
    /// let usage = |reply: &Result<Reply, _>| reply.as_ref().ok().map(|reply| Usage::new(reply.read, reply.written));
    /// let reply = arc_obs::llm("gpt-4o").run_with(send("2 + 2?"), usage).await;
    /// # reply.unwrap().text.len()
    /// # });
    /// # assert_eq!(capture.llm_calls()[0].usage.unwrap().input_tokens, 10);
    /// ```
    pub fn run_with<F, By, S, V>(self, work: F, usage: S) -> impl Future<Output = F::Output> + use<F, By, S, V>
    where
        F: Future,
        F::Output: SaysStatus<By>,
        S: FnOnce(&F::Output) -> V,
        V: IntoUsage,
    {
        let (site, cost) = (self.facts.site(), self.facts.cost);
        track_future(site, work, move |output: &F::Output| charged(usage_of(output.says_status(), output, usage), cost))
    }

    /// Runs a closure inside of it: [`run_with`](Self::run_with) for code that is not
    /// async.
    pub fn run_sync_with<R: SaysStatus<By>, By, V: IntoUsage>(
        self,
        work: impl FnOnce() -> R,
        usage: impl FnOnce(&R) -> V,
    ) -> R {
        let cost = self.facts.cost;
        track_sync(self.facts.site(), work, |output: &R| charged(usage_of(output.says_status(), output, usage), cost))
    }
}

impl LlmBlock<'_, NotOfResponse> {
    /// Runs a future inside of it; the status is told by the type of the output: see
    /// [`SaysStatus`].
    pub fn run<F, By>(self, work: F) -> impl Future<Output = F::Output> + use<F, By>
    where
        F: Future,
        F::Output: SaysStatus<By>,
    {
        let (site, cost, NotOfResponse(usage)) = (self.facts.site(), self.facts.cost, self.usage);
        track_future(site, work, move |output: &F::Output| charged(usage(output.says_status()), cost))
    }

    /// Runs a closure inside of it: [`run`](Self::run) for code that is not async.
    pub fn run_sync<R: SaysStatus<By>, By>(self, work: impl FnOnce() -> R) -> R {
        let (cost, NotOfResponse(usage)) = (self.facts.cost, self.usage);
        track_sync(self.facts.site(), work, |output: &R| charged(usage(output.says_status()), cost))
    }
}
