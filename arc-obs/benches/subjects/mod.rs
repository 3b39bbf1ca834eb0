//! What both benches measure: one small function, bare, recorded by hand, and
//! recorded by an attribute.
//!
//! By hand means what a program has without arc-obs: the `prometheus` crate with
//! a counter by status, a histogram and a gauge, looked up by label values on
//! each call, and `#[tracing::instrument]` where it wants a span, too. It is the
//! cheapest form of it: unlike the attributes it records nothing of a call that
//! panics, nor of a future that is dropped.
//!
//! Nothing is inlined into the loop that calls it, so that every subject costs
//! at least a call, as in a program.

use std::fmt;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use arc_obs::{LabelValue, Observability, traced, track_agent, track_llm, track_tool};
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// One way to write the function.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Calls it this often.
    pub(crate) run: fn(calls: u64),
}

macro_rules! subjects {
    ($($name:literal: $call:expr;)*) => {
        &[$(Subject {
            name: $name,
            run: |calls| {
                let call = $call;
                for number in 0..calls {
                    // What the call does is of no interest, but it has to be done.
                    let _ = black_box(call(black_box(number)));
                }
            },
        }),*]
    };
}

/// All of them: those that are async are named like the others, and `-async`.
///
/// A `static`, for a `const` is compiled once per use, and two compilations of one
/// subject were measured to differ by half.
pub(crate) static SUBJECTS: &[Subject] = subjects! {
    "bare": bare;
    "bare-labels": |number| bare_labels(number, Tier::of(number), Region::of(number));
    "hand": hand;
    "hand-tracing": hand_tracing;
    "agent": agent;
    "agent-labels": |number| agent_labels(number, Tier::of(number), Region::of(number));
    "tool": tool;
    "traced": operation;
    "llm": llm;
    "bare-async": |number| ready(bare_async(number));
    "bare-labels-async": |number| ready(bare_labels_async(number, Tier::of(number), Region::of(number)));
    "hand-async": |number| ready(hand_async(number));
    "hand-tracing-async": |number| ready(hand_tracing_async(number));
    "agent-async": |number| ready(agent_async(number));
    "agent-labels-async": |number| ready(agent_labels_async(number, Tier::of(number), Region::of(number)));
    "tool-async": |number| ready(tool_async(number));
    "traced-async": |number| ready(operation_async(number));
    "llm-async": |number| ready(llm_async(number));
};

/// The subject of this name.
pub(crate) fn subject(name: &str) -> Option<&'static Subject> {
    SUBJECTS.iter().find(|subject| subject.name == name)
}

/// Starts arc-obs, and comes back once it reads its fast clock, which it
/// calibrates on a thread that nobody waits for but a shutdown.
pub(crate) fn start() -> Observability {
    let install = || {
        let builder = arc_obs::builder().service_name("bench").no_server().terminal(arc_obs::Terminal::Off);
        builder.install().expect("nothing else in this process starts arc-obs")
    };
    install().shutdown_blocking(Duration::from_secs(60)).expect("calibrating takes 200 ms at most");
    install()
}

/// Polls a future that is ready at once, as an executor does.
#[inline]
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("no subject waits for anything"),
    }
}

/// The error of the function; the numbers that it is called with never meet it.
#[derive(Debug)]
pub(crate) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

#[inline(always)]
fn work(number: u64) -> Result<u64, Refused> {
    if number == u64::MAX { Err(Refused) } else { Ok(number.rotate_left(7)) }
}

#[inline(never)]
fn bare(number: u64) -> Result<u64, Refused> {
    work(number)
}

#[inline(never)]
async fn bare_async(number: u64) -> Result<u64, Refused> {
    work(number)
}

/// With the arguments that others take labels from.
#[inline(never)]
fn bare_labels(number: u64, tier: Tier, region: Region) -> Result<u64, Refused> {
    black_box((tier, region));
    work(number)
}

#[inline(never)]
async fn bare_labels_async(number: u64, tier: Tier, region: Region) -> Result<u64, Refused> {
    black_box((tier, region));
    work(number)
}

// By hand.

const NAME: &str = "researcher";

static EXECUTIONS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    let opts = Opts::new("hand_executions_total", "Executions");
    IntCounterVec::new(opts, &["agent_name", "status"]).expect("the names are valid")
});
static DURATION: LazyLock<HistogramVec> = LazyLock::new(|| {
    let opts = HistogramOpts::new("hand_duration_seconds", "Duration")
        .buckets(vec![0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0]);
    HistogramVec::new(opts, &["agent_name"]).expect("the names are valid")
});
static ACTIVE: LazyLock<IntGauge> =
    LazyLock::new(|| IntGauge::new("hand_active", "Executions that run").expect("the name is valid"));

#[inline]
fn begun() -> Instant {
    ACTIVE.inc();
    Instant::now()
}

#[inline]
fn ended(begun: Instant, result: &Result<u64, Refused>) {
    let status = if result.is_ok() { "success" } else { "error" };
    DURATION.with_label_values(&[NAME]).observe(begun.elapsed().as_secs_f64());
    EXECUTIONS.with_label_values(&[NAME, status]).inc();
    ACTIVE.dec();
}

#[inline(never)]
fn hand(number: u64) -> Result<u64, Refused> {
    let begun = begun();
    let result = work(number);
    ended(begun, &result);
    result
}

#[inline(never)]
#[tracing::instrument(name = "agent.researcher", skip_all, fields(agent.name = NAME, agent.type = "react"))]
fn hand_tracing(number: u64) -> Result<u64, Refused> {
    let begun = begun();
    let result = work(number);
    ended(begun, &result);
    result
}

#[inline(never)]
async fn hand_async(number: u64) -> Result<u64, Refused> {
    let begun = begun();
    let result = async move { work(number) }.await;
    ended(begun, &result);
    result
}

#[inline(never)]
#[tracing::instrument(name = "agent.researcher", skip_all, fields(agent.name = NAME, agent.type = "react"))]
async fn hand_tracing_async(number: u64) -> Result<u64, Refused> {
    let begun = begun();
    let result = async move { work(number) }.await;
    ended(begun, &result);
    result
}

// By an attribute.

#[inline(never)]
#[track_agent("researcher")]
fn agent(number: u64) -> Result<u64, Refused> {
    work(number)
}

#[inline(never)]
#[track_agent("researcher")]
async fn agent_async(number: u64) -> Result<u64, Refused> {
    work(number)
}

/// A label of the benches, which declare it at their roots.
#[derive(Clone, Copy, LabelValue)]
pub(crate) enum Tier {
    Pro,
    Enterprise,
}

impl Tier {
    #[inline(always)]
    const fn of(number: u64) -> Self {
        if number.is_multiple_of(2) { Self::Pro } else { Self::Enterprise }
    }
}

/// Another one.
#[derive(Clone, Copy, LabelValue)]
pub(crate) enum Region {
    Eu,
    Us,
}

impl Region {
    #[inline(always)]
    const fn of(number: u64) -> Self {
        if number % 4 < 2 { Self::Eu } else { Self::Us }
    }
}

#[inline(never)]
#[track_agent("labelled", labels(tier = tier, region = region))]
fn agent_labels(number: u64, tier: Tier, region: Region) -> Result<u64, Refused> {
    black_box((tier, region));
    work(number)
}

#[inline(never)]
#[track_agent("labelled", labels(tier = tier, region = region))]
async fn agent_labels_async(number: u64, tier: Tier, region: Region) -> Result<u64, Refused> {
    black_box((tier, region));
    work(number)
}

#[inline(never)]
#[track_tool("search")]
fn tool(number: u64) -> Result<u64, Refused> {
    work(number)
}

#[inline(never)]
#[track_tool("search")]
async fn tool_async(number: u64) -> Result<u64, Refused> {
    work(number)
}

#[inline(never)]
#[traced("rank")]
fn operation(number: u64) -> Result<u64, Refused> {
    work(number)
}

#[inline(never)]
#[traced("rank")]
async fn operation_async(number: u64) -> Result<u64, Refused> {
    work(number)
}

#[inline(never)]
#[track_llm(model = "gpt-4o", provider = "openai")]
fn llm(number: u64) -> Result<ChatCompletion, Refused> {
    work(number).map(ChatCompletion::number)
}

#[inline(never)]
#[track_llm(model = "gpt-4o", provider = "openai")]
async fn llm_async(number: u64) -> Result<ChatCompletion, Refused> {
    work(number).map(ChatCompletion::number)
}

/// Structs that serialize as `#[derive(Serialize)]` would have them, which is not
/// worth a dependency here.
macro_rules! serialized {
    ($($(#[$doc:meta])* $visibility:vis struct $name:ident { $($field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        $visibility struct $name {
            $($field: $type,)*
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut fields = serializer.serialize_struct(stringify!($name), [$(stringify!($field)),*].len())?;
                $(fields.serialize_field(stringify!($field), &self.$field)?;)*
                fields.end()
            }
        }
    )*};
}

serialized! {
    /// OpenAI's chat completion, with all that its SDKs keep. It borrows, so that
    /// making one allocates nothing, which would be measured.
    pub(crate) struct ChatCompletion {
        id: &'static str,
        object: &'static str,
        created: u64,
        model: &'static str,
        service_tier: Option<&'static str>,
        system_fingerprint: Option<&'static str>,
        choices: [Choice; 1],
        usage: Option<CompletionUsage>,
    }

    struct Choice {
        index: u32,
        message: Message,
        finish_reason: Option<&'static str>,
    }

    struct Message {
        role: &'static str,
        content: Option<&'static str>,
        refusal: Option<&'static str>,
    }

    struct CompletionUsage {
        prompt_tokens: u32,
        completion_tokens: u32,
        total_tokens: u32,
        prompt_tokens_details: Option<PromptTokensDetails>,
        completion_tokens_details: Option<CompletionTokensDetails>,
    }

    struct PromptTokensDetails {
        audio_tokens: Option<u32>,
        cached_tokens: Option<u32>,
    }

    struct CompletionTokensDetails {
        accepted_prediction_tokens: Option<u32>,
        audio_tokens: Option<u32>,
        reasoning_tokens: Option<u32>,
        rejected_prediction_tokens: Option<u32>,
    }
}

impl ChatCompletion {
    /// The answer to request `number`.
    #[inline(always)]
    const fn number(number: u64) -> Self {
        Self {
            id: "chatcmpl-123",
            object: "chat.completion",
            created: number,
            model: "gpt-4o-2024-08-06",
            service_tier: Some("default"),
            system_fingerprint: None,
            choices: [Choice {
                index: 0,
                message: Message { role: "assistant", content: Some("42"), refusal: None },
                finish_reason: Some("stop"),
            }],
            usage: Some(CompletionUsage {
                prompt_tokens: 1_000,
                completion_tokens: 200,
                total_tokens: 1_200,
                prompt_tokens_details: Some(PromptTokensDetails { audio_tokens: Some(0), cached_tokens: Some(800) }),
                completion_tokens_details: Some(CompletionTokensDetails {
                    accepted_prediction_tokens: Some(0),
                    audio_tokens: Some(0),
                    reasoning_tokens: Some(150),
                    rejected_prediction_tokens: Some(0),
                }),
            }),
        }
    }
}
