//! Whatever a stream does, and wherever it is left: it ends once, as it should, and what
//! is counted is exact.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// What a stream does when it is polled.
#[derive(Clone, Debug)]
enum Step {
    Text,
    /// Usage until now, beside text.
    Usage(u64, u64),
    /// Usage in a chunk of its own.
    LastUsage(u64, u64),
    Finish,
    Pending,
    Error,
    Panic,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Text),
        3 => (0..1_000_u64, 0..1_000_u64).prop_map(|(input, output)| Step::Usage(input, output)),
        2 => (0..1_000_u64, 0..1_000_u64).prop_map(|(input, output)| Step::LastUsage(input, output)),
        2 => Just(Step::Finish),
        4 => Just(Step::Pending),
        1 => Just(Step::Error),
        1 => Just(Step::Panic),
    ]
}

/// Which function returns it.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Open,
    Boxed,
    Async,
    Observed,
    /// One function that passes another one's stream on.
    Nested,
    ObservedNested,
    Summed,
}

#[derive(Clone, Debug)]
struct Case {
    shape: Shape,
    steps: Vec<Step>,
}

fn case() -> impl Strategy<Value = Case> {
    use Shape::{Async, Boxed, Nested, Observed, ObservedNested, Open, Summed};
    let shape = prop::sample::select(vec![Open, Boxed, Async, Observed, Nested, ObservedNested, Summed]);
    (shape, vec(step(), 0..12)).prop_map(|(shape, steps)| Case { shape, steps })
}

type Item = Result<Value, fmt::Error>;

/// The stream that does these steps.
fn play(steps: Vec<Step>) -> BoxStream<'static, Item> {
    let mut steps = steps.into_iter();
    let counts = |input: u64, output: u64| json!({"prompt_tokens": input, "completion_tokens": output});
    stream::poll_fn(move |_| match steps.next() {
        None => Poll::Ready(None),
        Some(Step::Pending) => Poll::Pending,
        Some(Step::Text) => Poll::Ready(Some(Ok(text("tea")))),
        Some(Step::Usage(input, output)) => {
            let mut chunk = text("tea");
            chunk["usage"] = counts(input, output);
            Poll::Ready(Some(Ok(chunk)))
        }
        Some(Step::LastUsage(input, output)) => Poll::Ready(Some(Ok(used(input, output)))),
        Some(Step::Finish) => Poll::Ready(Some(Ok(stop()))),
        Some(Step::Error) => Poll::Ready(Some(Err(fmt::Error))),
        // Without the message that a panic leaves in a test's output.
        Some(Step::Panic) => std::panic::resume_unwind(Box::new("a step")),
    })
    .boxed()
}

#[track_llm(model = "gpt-4o", stream)]
fn open(steps: Vec<Step>) -> impl Stream<Item = Item> + Send {
    play(steps)
}

#[track_llm(model = "gpt-4o", stream)]
fn boxed(steps: Vec<Step>) -> BoxStream<'static, Item> {
    play(steps)
}

#[track_llm(model = "gpt-4o", stream)]
async fn asynchronous(steps: Vec<Step>) -> Result<impl Stream<Item = Item> + Send, fmt::Error> {
    Ok(play(steps))
}

#[track_llm(model = "gpt-4o", stream = observed)]
fn observed(steps: Vec<Step>) -> ObservedStream<BoxStream<'static, Item>> {
    observe_stream(play(steps))
}

#[track_llm(model = "gpt-4o", stream)]
fn nested(steps: Vec<Step>) -> impl Stream<Item = Item> + Send {
    boxed(steps).map(|item| item)
}

#[track_llm(model = "gpt-4o", stream = observed)]
fn observed_nested(steps: Vec<Step>) -> ObservedStream<BoxStream<'static, Item>> {
    observe_stream(boxed(steps))
}

#[track_llm(model = "gpt-4o", stream, chunks = summed)]
fn summed(steps: Vec<Step>) -> BoxStream<'static, Item> {
    play(steps)
}

fn begin(case: &Case) -> BoxStream<'static, Item> {
    let steps = case.steps.clone();
    match case.shape {
        Shape::Open => open(steps).boxed(),
        Shape::Boxed => boxed(steps),
        Shape::Async => block_on(asynchronous(steps)).unwrap().boxed(),
        Shape::Observed => observed(steps).boxed(),
        Shape::Nested => nested(steps).boxed(),
        Shape::ObservedNested => observed_nested(steps).boxed(),
        Shape::Summed => summed(steps),
    }
}

/// What is known of a stream by looking at its steps.
#[derive(Clone, Debug)]
struct Expected {
    status: Option<Status>,
    chunks: u64,
    usage: Option<(u64, u64)>,
    is_complete: bool,
    /// The last chunk had the first usage, after several without.
    is_at_usage: bool,
}

impl Expected {
    fn new() -> Self {
        Self { status: None, chunks: 0, usage: None, is_complete: false, is_at_usage: false }
    }

    fn polled(&mut self, step: Option<&Step>, summed: bool) {
        if self.status.is_some() {
            return;
        }
        match step {
            None => self.status = Some(Status::Success),
            Some(Step::Error) => self.status = Some(Status::Error),
            Some(Step::Panic) => self.status = Some(Status::Panic),
            Some(Step::Pending) => {}
            Some(step @ (Step::Text | Step::Finish | Step::Usage(..) | Step::LastUsage(..))) => {
                self.is_at_usage = false;
                if let Step::Usage(input, output) | Step::LastUsage(input, output) = *step {
                    self.is_at_usage = self.usage.is_none() && self.chunks > 1 && !summed;
                    let before = self.usage.unwrap_or_default();
                    self.usage = Some(if summed {
                        (before.0 + input, before.1 + output)
                    } else {
                        (before.0.max(input), before.1.max(output))
                    });
                }
                self.is_complete |= matches!(step, Step::Finish | Step::LastUsage(..));
                self.chunks += 1;
            }
        }
    }

    fn dropped(&mut self) {
        let left = if self.is_complete || self.is_at_usage { Status::Success } else { Status::Cancelled };
        self.status.get_or_insert(left);
    }
}

/// A stream under way, what it should have done, and how many calls it is.
struct UnderWay {
    case: Case,
    stream: Option<BoxStream<'static, Item>>,
    polls: usize,
    expected: Expected,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn streams_end_once_and_sums_are_exact(cases in vec(case(), 1..5), schedule in vec((0..5_usize, any::<bool>()), 0..60)) {
        let capture = capture();
        let mut streams: Vec<_> = cases
            .into_iter()
            .map(|case| UnderWay { stream: Some(begin(&case)), case, polls: 0, expected: Expected::new() })
            .collect();
        let count = streams.len();
        for (place, (whose, leaves)) in schedule.into_iter().enumerate() {
            let UnderWay { case, stream, polls, expected } = &mut streams[whose % count];
            // Now and then one is left.
            if leaves && place % 7 == 6 {
                stream.take();
                expected.dropped();
            }
            if let Some(stream) = stream {
                let polled = catch_unwind(AssertUnwindSafe(|| {
                    stream.as_mut().poll_next(&mut Context::from_waker(Waker::noop()))
                }));
                prop_assert_eq!(polled.is_err(), matches!(case.steps.get(*polls), Some(Step::Panic)));
                expected.polled(case.steps.get(*polls), matches!(case.shape, Shape::Summed));
                *polls += 1;
            }
        }
        for under_way in &mut streams {
            under_way.stream.take();
            under_way.expected.dropped();
        }

        let calls = capture.llm_calls();
        let mut statuses: Vec<_> = calls.iter().map(|call| (call.status as u8, call.chunks)).collect();
        let mut wanted: Vec<_> = streams
            .iter()
            .flat_map(|UnderWay { case, expected, .. }| {
                let calls = if matches!(case.shape, Shape::Nested | Shape::ObservedNested) { 2 } else { 1 };
                vec![(expected.status.unwrap() as u8, Some(expected.chunks)); calls]
            })
            .collect();
        statuses.sort_unstable();
        wanted.sort_unstable();
        prop_assert_eq!(statuses, wanted);

        let sum = |part: fn((u64, u64)) -> u64| -> u64 { streams.iter().filter_map(|it| it.expected.usage).map(part).sum() };
        let page = |kind| capture.value("arc_llm_tokens_total", &[("model", "gpt-4o"), ("type", kind)]);
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let sums = (Some(sum(|usage| usage.0) as f64), Some(sum(|usage| usage.1) as f64));
        prop_assert_eq!((page("prompt"), page("completion")), sums);
        let chunks: u64 = calls.iter().filter_map(|call| call.chunks).sum();
        let first = calls.iter().filter(|call| call.time_to_first_chunk.is_some()).count() as f64;
        #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
        let gaps = chunks as f64 - first;
        let observed = |family| capture.value(family, &[("model", "gpt-4o")]);
        prop_assert_eq!(observed("arc_llm_time_to_first_token_seconds"), Some(first));
        prop_assert_eq!(observed("arc_llm_time_per_output_chunk_seconds"), Some(gaps));
    }
}
