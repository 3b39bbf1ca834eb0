//! `fields(..)`, `on_success(..)`, `on_error(..)` and `set_field!`.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, ready};
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use arc_obs::testing::{self, Capture, FinishedOperation};
use arc_obs::{Usage, set_field, traced, track_agent, track_cache, track_llm, track_tool, track_workflow};
use futures::executor::block_on;
use tracing::field::{Field, Visit};
use tracing::span;
use tracing_subscriber::layer::{self, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

fn last(capture: &Capture) -> FinishedOperation {
    capture.operations().pop().unwrap()
}

/// `a=1 b=x`, as they were declared.
fn fields(operation: &FinishedOperation) -> String {
    let fields = operation.fields.iter().map(|(name, value)| format!("{name}={value}"));
    fields.collect::<Vec<_>>().join(" ")
}

/// The fields of what one call records.
fn of<R>(call: impl FnOnce() -> R) -> String {
    let capture = testing::capture();
    call();
    fields(&last(&capture))
}

fn losses(capture: &Capture, reason: &str) -> f64 {
    capture.value("arc_obs_field_losses_total", &[("reason", reason)]).unwrap()
}

/// A subscriber that writes down what it is told of spans.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn during<R>(&self, call: impl FnOnce() -> R) {
        tracing::subscriber::with_default(tracing_subscriber::registry().with(self.clone()), call);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!(" {}={value:?}", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0 += &format!(" {}={value:?}str", field.name());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0 += &format!(" {}={value}u64", field.name());
    }
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Seen {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: layer::Context<'_, S>) {
        let mut line = Line(format!("new {}", attributes.metadata().name()));
        attributes.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn on_record(&self, _: &span::Id, values: &span::Record<'_>, _: layer::Context<'_, S>) {
        let mut line = Line("record".into());
        values.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: layer::Context<'_, S>) {
        self.0.lock().unwrap().push(format!("event {}", event.metadata().name().len().min(1)));
    }

    fn on_close(&self, _: span::Id, _: layer::Context<'_, S>) {
        self.0.lock().unwrap().push("close".into());
    }
}

#[derive(Debug)]
struct User {
    id: String,
    plan: Option<&'static str>,
}

fn ann() -> User {
    User { id: "ann".into(), plan: None }
}

#[traced(fields(user.id = user.id, user.plan = user.plan, limit, whole = ?user, big = u128::MAX, answer.len = _))]
fn ask(user: User, limit: usize) -> String {
    set_field!(answer.len = user.id.len());
    user.id
}

#[test]
fn fields_are_said_before_the_body_which_then_has_the_arguments() {
    let told = of(|| assert_eq!(ask(ann(), 3), "ann"));
    let whole = "User { id: \"ann\", plan: None }";
    assert_eq!(told, format!("user.id=ann limit=3 whole={whole} big={} answer.len=3", u128::MAX));
}

#[test]
fn a_span_is_made_with_what_is_known_and_told_the_rest_at_once() {
    #[track_tool(
        "fields_span",
        fields(text, %shown, ?debugged, on = true, unset = None::<u8>, later = _),
        on_success(len = |text: &String| text.len()),
        on_error(code = |error: &io::Error| error.raw_os_error())
    )]
    fn annotated(text: &str, shown: &str, debugged: &str) -> io::Result<String> {
        tracing::info!("before");
        set_field!(later = 1_u8, text = %"again");
        tracing::info!("after");
        if text.is_empty() { Err(io::Error::from_raw_os_error(5)) } else { Ok(text.to_owned()) }
    }

    let seen = Seen::default();
    seen.during(|| {
        annotated("a", "b", "c").unwrap();
        annotated("", "b", "c").unwrap_err();
    });
    let lines = seen.lines();
    assert_eq!(
        lines[..6],
        [
            "new tool.fields_span tool=\"fields_span\"str text=\"a\"str shown=b debugged=\"c\" on=true",
            "event 1",
            "record later=1u64",
            "record text=again",
            "event 1",
            "record len=1u64",
        ]
    );
    assert_eq!(lines[6..8], ["record status=\"success\"str", "close"]);
    assert_eq!(lines[13], "record code=5", "{lines:#?}");
    assert_eq!(lines.last().unwrap(), "close");
}

#[test]
fn every_attribute_takes_them() {
    #[track_agent("fields_agent", fields(a), on_success(b = |n| *n))]
    fn agent(a: u8) -> u8 {
        a
    }
    #[track_workflow("fields_workflow", fields(a), on_success(b = |n| *n))]
    fn workflow(a: u8) -> u8 {
        a
    }
    #[track_cache("fields_cache", fields(a), on_success(b = |n| *n))]
    fn cache(a: u8) -> Option<u8> {
        Some(a)
    }
    #[track_llm(model = "gpt-4o", usage = |_| Usage::new(1, 2), cost = 0.5, fields(a), on_success(b = |n| *n))]
    async fn llm(a: u8) -> u8 {
        a
    }
    let told = |call: &dyn Fn() -> u8| {
        let told = of(call);
        let seen = Seen::default();
        seen.during(call);
        assert!(seen.lines()[0].ends_with(" a=1u64"), "{:?}", seen.lines());
        assert_eq!(seen.lines()[1], "record b=1u64");
        told
    };
    assert_eq!(told(&|| agent(1)), "a=1 b=1");
    assert_eq!(told(&|| workflow(1)), "a=1 b=1");
    assert_eq!(told(&|| block_on(llm(1))), "a=1 b=1");
    assert_eq!(told(&|| cache(1).unwrap()), "a=1 b=1");
}

thread_local! {
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

fn evaluated(value: u32) -> u32 {
    EVALUATED.set(EVALUATED.get() + 1);
    value
}

#[traced(fields(a = evaluated(1), b = _), on_success(c = |()| evaluated(3)))]
fn counting() {
    set_field!(b = evaluated(2), b = ?evaluated(2));
}

#[traced(fields(a = evaluated(1), b = _), on_success(c = |()| evaluated(3)))]
fn counting_future() -> impl Future<Output = ()> {
    set_field!(b = evaluated(2));
    async { set_field!(b = evaluated(2)) }
}

#[test]
fn where_nobody_listens_nothing_is_evaluated() {
    let both = || {
        EVALUATED.set(0);
        counting();
        block_on(counting_future());
        EVALUATED.get()
    };
    assert_eq!(both(), 0, "no subscriber and no capture");
    let never = tracing_subscriber::filter::filter_fn(|metadata| !metadata.name().starts_with("counting"));
    let seen = Seen::default();
    let subscriber = tracing_subscriber::registry().with(seen.clone().with_filter(never));
    assert_eq!(tracing::subscriber::with_default(subscriber, both), 0, "a subscriber that wants other spans");
    assert_eq!(tracing::subscriber::with_default(tracing_subscriber::registry().with(seen), both), 8);
    let capture = testing::capture();
    assert_eq!(both(), 8);
    assert_eq!(losses(&capture, "no_operation"), 0.0);
}

#[test]
fn arguments_of_every_kind() {
    struct Planner {
        name: String,
    }
    trait Plan {
        #[traced(fields(task = %task))]
        fn default(&self, task: &str) -> usize {
            task.len()
        }
    }
    impl Plan for Planner {}
    impl Planner {
        #[traced(fields(name = self.name, steps = steps.len()))]
        fn by_value(self, mut steps: Vec<String>) -> Vec<String> {
            steps.push(self.name);
            steps
        }
        #[traced(fields(name = self.name, after = _))]
        fn by_mut(&mut self, more: &mut String) {
            self.name.push_str(more);
            more.clear();
            set_field!(after = self.name);
        }
        #[traced(fields(a, b, rest.len = rest.len()))]
        fn destructured(&self, (a, b): (u8, char), [_first, rest @ ..]: &[u8; 3]) -> usize {
            self.name.len() + usize::from(a) + b.len_utf8() + rest.len()
        }
        #[traced(fields(?value, N, size = size_of::<T>()))]
        fn generic<'a, T, const N: usize>(&self, value: &'a T) -> (&'a T, usize)
        where
            T: fmt::Debug,
        {
            (value, self.name.len() + N)
        }
    }
    let planner = || Planner { name: "p".into() };
    assert_eq!(of(|| assert_eq!(planner().by_value(vec!["a".into()]), ["a", "p"])), "name=p steps=1");
    assert_eq!(of(|| planner().by_mut(&mut "q".into())), "name=p after=pq");
    assert_eq!(of(|| assert_eq!(planner().destructured((1, 'x'), &[1, 2, 3]), 5)), "a=1 b=x rest.len=2");
    assert_eq!(of(|| assert_eq!(planner().generic::<u16, 7>(&9), (&9, 8))), "value=9 N=7 size=2");
    assert_eq!(of(|| assert_eq!(planner().default("task"), 4)), "task=task");
}

#[test]
fn values_of_every_kind() {
    struct NoDebug;
    impl fmt::Display for NoDebug {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("shown")
        }
    }
    #[traced(fields(
        bool = true, char = 'x', i = -1_i8, u = u64::MAX, i128 = i128::MIN, f32 = 0.5_f32, f64 = 1e300,
        text = "a".to_owned(), boxed = Box::<str>::from("b"), shared = Arc::new(7_u8), cow = std::borrow::Cow::from("c"),
        nested = Some(Some(&&1_u8)), none = Some(None::<u8>), some = std::num::NonZeroU8::MIN, written = format_args!("{}-{}", 1, 2), r#type = %NoDebug,
    ))]
    fn all() {
        set_field!(r#type = ?"again");
    }
    assert_eq!(
        of(all),
        format!(
            "bool=true char=x i=-1 u={} i128={} f32=0.5 f64={} text=a boxed=b shared=7 cow=c nested=1 some=1 \
             written=1-2 type=\"again\"",
            u64::MAX,
            i128::MIN,
            1e300
        )
    );
}

#[derive(Debug)]
struct Report {
    title: String,
}

#[derive(Debug)]
struct Refused(u16);

impl Refused {
    const fn code(&self) -> u16 {
        self.0
    }
}

type Outcome<T> = Result<T, Refused>;

#[test]
fn the_result_says_its_own_fields_by_its_type() {
    #[traced(
        on_success(title = |report| report.title.as_str(), debugged = ?|report| report, shown = %|r: &Report| &r.title),
        on_error(code = Refused::code, title = |_| "none")
    )]
    fn report(refused: u16) -> Outcome<Report> {
        if refused > 0 { Err(Refused(refused)) } else { Ok(Report { title: "tea".into() }) }
    }
    assert_eq!(of(|| report(0)), "title=tea debugged=Report { title: \"tea\" } shown=tea");
    assert_eq!(of(|| report(7)), "title=none code=7");

    #[traced(on_success(len = |text| text.len(), first = |text| text.chars().next()))]
    fn plain(text: &'static str) -> &'static str {
        text
    }
    #[traced(on_success(is_some = Option::is_some, inner = |found| found.as_ref().map(Vec::len)))]
    fn option(found: Option<Vec<u8>>) -> Option<Vec<u8>> {
        found
    }
    assert_eq!(of(|| plain("tea")), "len=3 first=t");
    assert_eq!(of(|| option(None)), "is_some=false");
    assert_eq!(of(|| option(Some(vec![1]))), "is_some=true inner=1");

    #[traced(on_success(shown = %|value| value), on_error(debugged = ?|error| error))]
    fn generic<T: fmt::Display, E: fmt::Debug>(result: Result<T, E>) -> Result<T, E> {
        result
    }
    assert_eq!(of(|| generic::<_, ()>(Ok(1))), "shown=1");
    assert_eq!(of(|| generic::<u8, _>(Err("no"))), "debugged=\"no\"");

    #[traced(on_success(n = |n| *n), on_error(debugged = ?|error| error))]
    async fn later(n: Result<u8, ()>) -> Result<u8, ()> {
        ready(()).await;
        n
    }
    assert_eq!(of(|| block_on(later(Ok(1)))), "n=1");
    assert_eq!(of(|| block_on(later(Err(())))), "debugged=()");
    let dropped = || pin!(cancelled(1)).poll(&mut Context::from_waker(Waker::noop())).is_pending();
    assert_eq!(of(|| assert!(dropped())), "a=1", "cancelled: there is no result");
}

#[traced(fields(a), on_success(never = |()| true))]
async fn cancelled(a: u8) {
    std::future::pending::<()>().await;
    drop(a.to_string());
}

#[test]
fn the_last_to_say_a_field_wins() {
    #[traced(fields(a = 1, b = 1, c = 1), on_success(c = |()| 3))]
    fn said() {
        set_field!(b = 2, c = 2);
        set_field!(b = None::<u8>,);
        set_field!(b = 3);
    }
    assert_eq!(of(said), "a=1 b=3 c=3");
}

#[test]
fn a_value_that_panics_is_lost_and_the_call_goes_on() {
    #[traced(fields(n = _, text = _, last = _))]
    async fn parse(text: &str, values: &[u8]) -> usize {
        set_field!(text = %ready(text).into_inner(), n = values[3], last = values.last().copied(),);
        values.len()
    }
    let capture = testing::capture();
    assert_eq!(block_on(parse("7", &[1, 2])), 2);
    assert_eq!(capture.operations().iter().map(fields).collect::<Vec<_>>(), ["text=7 last=2"]);
    assert_eq!(capture.value("arc_obs_field_losses_total", &[("reason", "panicked")]), Some(1.0));
}

#[test]
fn futures_of_every_shape_have_them() {
    #[traced(fields(a, b = _, made = _), on_success(c = |n| *n))]
    async fn native(a: u8) -> u8 {
        set_field!(made = true);
        ready(()).await;
        set_field!(b = a + 1);
        a + 2
    }
    #[traced(fields(a, b = _, made = _), on_success(c = |n| *n))]
    fn returned(a: u8) -> impl Future<Output = u8> {
        set_field!(made = true);
        async move {
            ready(()).await;
            set_field!(b = a + 1);
            a + 2
        }
    }
    #[traced(fields(a, b = _, made = _), on_success(c = |n| *n))]
    fn boxed<'a>(a: &'a u8) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>> {
        set_field!(made = true);
        Box::pin(async move {
            ready(()).await;
            set_field!(b = a + 1);
            a + 2
        })
    }
    #[async_trait::async_trait]
    trait Ask {
        async fn ask(&self, a: u8) -> u8;
    }
    #[async_trait::async_trait]
    impl Ask for u8 {
        #[traced(fields(a = *self + a, b = _, made = _), on_success(c = |n| *n))]
        async fn ask(&self, a: u8) -> u8 {
            set_field!(made = true);
            ready(()).await;
            set_field!(b = self + a + 1);
            a + 2
        }
    }
    for told in [
        of(|| block_on(native(1))),
        of(|| block_on(returned(1))),
        of(|| block_on(boxed(&1))),
        of(|| block_on(0_u8.ask(1))),
    ] {
        assert_eq!(told, "a=1 b=2 made=true c=3");
    }
    let seen = Seen::default();
    seen.during(|| block_on(returned(1)));
    assert_eq!(seen.lines()[..2], ["new returned a=1u64 made=true", "record b=2u64"]);
}

#[test]
fn of_recursive_calls_each_has_its_own() {
    #[traced(fields(n, twice = _, after = _))]
    fn down(n: u32) -> u32 {
        set_field!(twice = n * 2);
        let sum = if n == 0 { 0 } else { n + down(n - 1) };
        set_field!(after = sum);
        sum
    }
    let capture = testing::capture();
    down(2);
    let told: Vec<_> = capture.operations().iter().map(fields).collect();
    assert_eq!(told, ["n=0 twice=0 after=0", "n=1 twice=2 after=1", "n=2 twice=4 after=3"]);
}

#[test]
fn a_call_inside_that_is_not_wanted_does_not_write_to_the_one_around_it() {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    #[traced(fields(n = _), on_success(end = |end| *end))]
    fn sampled(n: u32) -> u32 {
        set_field!(n = n);
        if n > 0 {
            sampled(n - 1);
        }
        n
    }
    // Every other call of it is wanted.
    let sampling = tracing_subscriber::filter::dynamic_filter_fn(|metadata, _| {
        metadata.name() != "sampled" || CALLS.fetch_xor(1, Ordering::Relaxed) == 0
    });
    let seen = Seen::default();
    let subscriber = tracing_subscriber::registry().with(seen.clone().with_filter(sampling));
    tracing::subscriber::with_default(subscriber, || sampled(2));
    let lines = seen.lines();
    let recorded: Vec<_> = lines.iter().filter(|line| line.contains("n=") || line.contains("end=")).collect();
    assert_eq!(recorded, ["record n=2u64", "record n=0u64", "record end=0u64", "record end=2u64"], "{lines:#?}");
}

#[test]
fn an_operation_inside_does_not_hide_the_one_around_it() {
    #[track_tool("fields_inside", fields(steps = _))]
    fn inside(set: impl FnOnce()) {
        set_field!(steps = 1);
        set();
        set_field!(steps = 2);
    }
    #[track_agent("fields_around", fields(steps = _, nested = _))]
    fn around() {
        fn helper() {
            set_field!(nested = "helper");
        }
        inside(|| set_field!(steps = 7));
        helper();
    }
    let capture = testing::capture();
    around();
    let told: Vec<_> = capture.operations().iter().map(fields).collect();
    assert_eq!(told, ["steps=2", "steps=7 nested=helper"]);
}

#[test]
fn operations_that_wait_together_have_their_own() {
    #[traced("fields_joined", fields(n, later = _))]
    async fn one(n: u8) {
        tokio::task::yield_now().await;
        set_field!(later = n * 10);
    }
    #[traced("fields_joining", fields(later = _))]
    async fn all() {
        futures::join!(one(1), one(2), one(3));
        set_field!(later = 60);
    }
    let capture = testing::capture();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(all());
    let told: Vec<_> = capture.operations().iter().map(fields).collect();
    assert_eq!(told, ["n=1 later=10", "n=2 later=20", "n=3 later=30", "later=60"]);
}

#[test]
fn a_field_is_set_on_whatever_thread_the_operation_goes_on() {
    #[track_agent("fields_moving", fields(before = _, after = _))]
    async fn moving(mut poll: futures::channel::oneshot::Receiver<()>) {
        set_field!(before = true);
        (&mut poll).await.unwrap();
        set_field!(after = true);
    }
    let capture = testing::capture();
    let seen = Seen::default();
    seen.during(|| {
        let (send, receive) = futures::channel::oneshot::channel();
        let mut future = Box::pin(moving(receive));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        send.send(()).unwrap();
        std::thread::spawn(move || block_on(future)).join().unwrap();
    });
    assert_eq!(fields(&last(&capture)), "before=true after=true");
    assert!(seen.lines().contains(&"record after=true".to_owned()), "{:?}", seen.lines());
}

#[test]
fn outside_of_its_operation_a_field_is_lost_and_counted() {
    #[traced(fields(n = _))]
    fn spawning() -> std::thread::JoinHandle<()> {
        let handle = testing::capture().handle();
        std::thread::spawn(move || handle.run_sync(|| set_field!(n = evaluated(1))))
    }
    #[traced(fields(n = _))]
    async fn keeping() -> impl FnOnce() {
        set_field!(n = 1);
        || set_field!(n = 2)
    }
    let capture = testing::capture();
    let handle = capture.handle();
    block_on(keeping())();
    assert_eq!(losses(&capture, "no_operation"), 1.0);
    assert_eq!(fields(&last(&capture)), "n=1");

    #[traced(fields(n = _))]
    fn on_a_thread(handle: testing::CaptureHandle) {
        std::thread::spawn(move || handle.run_sync(|| set_field!(n = evaluated(1)))).join().unwrap();
    }
    on_a_thread(handle);
    assert_eq!(losses(&capture, "no_operation"), 2.0);
    assert_eq!(fields(&last(&capture)), "");
    spawning().join().unwrap();
    assert_eq!(losses(&capture, "no_operation"), 2.0, "counted where it was lost");
}

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in Debug")
    }
}

impl fmt::Display for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in Display")
    }
}

const fn panics() -> u8 {
    panic!("in an expression")
}

#[test]
fn a_panic_is_counted_and_the_call_goes_on() {
    #[traced(
        fields(a = 1, b = panics(), c = ?Panics, d = %Panics, e = 5, f = _, g = _),
        on_success(h = |_| panics(), i = ?|_| Panics, j = |n| *n)
    )]
    fn call() -> u8 {
        set_field!(f = ?Panics, g = 7);
        10
    }
    let capture = testing::capture();
    assert_eq!(call(), 10);
    assert_eq!(fields(&last(&capture)), "a=1 e=5 g=7 j=10");
    assert_eq!(losses(&capture, "panicked"), 6.0);
}

#[test]
fn a_panic_of_the_body_has_no_result_and_leaves_nothing_in_place() {
    #[traced(fields(a, b = _), on_success(c = |()| 3))]
    fn body(a: u8) {
        set_field!(b = 2);
        assert!(a == 0, "in the body");
    }
    #[traced(fields(b = _))]
    fn around() {
        let _ = std::panic::catch_unwind(|| body(1));
        set_field!(b = 20);
    }
    let capture = testing::capture();
    around();
    let told: Vec<_> = capture.operations().iter().map(fields).collect();
    assert_eq!(told, ["a=1 b=2", "b=20"]);
}

#[test]
fn a_long_text_is_cut() {
    struct Endless;
    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                f.write_str("é")?;
            }
        }
    }
    #[traced(fields(text, %endless, exact = "x".repeat(4_096)))]
    fn long(text: &str, endless: Endless) -> (usize, Endless) {
        (text.len(), endless)
    }
    let capture = testing::capture();
    long(&"a".repeat(10_000), Endless);
    let operation = last(&capture);
    assert_eq!(*operation.field("text").unwrap(), *("a".repeat(4_093) + "…"));
    assert_eq!(*operation.field("endless").unwrap(), *("é".repeat(2_046) + "…"));
    assert_eq!(operation.field("exact").unwrap().as_str().unwrap().len(), 4_096);
    assert_eq!(losses(&capture, "too_long"), 2.0);
}

#[test]
fn a_cost_beside_them_is_said_after_them() {
    #[track_tool("fields_cost", cost = f64::from(pages), fields(pages, n = _), on_success(len = Vec::len))]
    fn value(pages: u32) -> Vec<u8> {
        set_field!(n = 1);
        Vec::new()
    }
    #[track_tool("fields_cost", cost = f64::from(pages), fields(pages, n = _), on_success(len = Vec::len))]
    async fn later(pages: u32) -> Vec<u8> {
        set_field!(n = 1);
        Vec::new()
    }
    #[track_tool("fields_cost", cost = f64::from(pages), fields(pages, n = _), on_success(len = Vec::len))]
    fn made(pages: u32) -> impl Future<Output = Vec<u8>> {
        set_field!(n = 1);
        ready(Vec::new())
    }
    #[track_tool("fields_cost", cost = |_| 2.0, fields(pages, n = _), on_success(len = Vec::len))]
    fn of_result(pages: u32) -> Vec<u8> {
        set_field!(n = 1);
        Vec::with_capacity(pages as usize)
    }
    let capture = testing::capture();
    value(2);
    block_on(later(2));
    block_on(made(2));
    of_result(2);
    for operation in capture.operations() {
        assert_eq!(fields(&operation), "pages=2 n=1 len=0");
        assert_eq!(operation.cost.unwrap().to_string(), "$2.00");
    }
}

#[test]
fn arguments_drop_as_before() {
    struct Noisy<'a>(&'a str, &'a Mutex<Vec<String>>);
    impl Drop for Noisy<'_> {
        fn drop(&mut self) {
            self.1.lock().unwrap().push(self.0.to_owned());
        }
    }
    #[traced(fields(second = second.0, first = first.0))]
    fn order<'a>(first: Noisy<'a>, second: Noisy<'a>, _: Noisy<'a>) {
        let _ = (&second, &first);
    }
    let dropped = Mutex::default();
    let told = of(|| order(Noisy("1", &dropped), Noisy("2", &dropped), Noisy("3", &dropped)));
    assert_eq!(told, "second=2 first=1");
    assert_eq!(*dropped.lock().unwrap(), ["2", "1", "3"]);
}

#[test]
fn as_many_as_a_span_takes() {
    #[track_llm(
        model = "gpt-4o",
        provider = "openai",
        usage = |()| Usage::new(1, 2),
        fields(a = 0, b = 1, c = 2, d = 3, e = 4, f = 5, g = 6, h = 7, i = 8, j = 9, k = 10, l = 11, m = 12, n = 13, o = _),
        on_success(p = |()| 15)
    )]
    fn many() {
        set_field!(o = 14);
    }
    let seen = Seen::default();
    seen.during(many);
    let lines = seen.lines();
    assert!(lines[0].contains(" a=0 b=1 ") && lines[0].ends_with(" m=12 n=13"), "{lines:?}");
    assert_eq!(lines[1..3], ["record o=14", "record p=15"]);
    assert!(of(many).ends_with("n=13 o=14 p=15"));
}

#[test]
fn a_whole_block_declares_them_for_each_function() {
    struct Tools;
    #[traced(fields(query, found = _))]
    impl Tools {
        fn first(query: &str) {
            set_field!(found = query.len());
        }
        async fn second(query: &str) {
            set_field!(found = query.len() + 1);
        }
    }
    assert_eq!(of(|| Tools::first("tea")), "query=tea found=3");
    assert_eq!(of(|| block_on(Tools::second("tea"))), "query=tea found=4");
}

/// Everything by its full path, and another name for arc-obs.
mod without_prelude {
    #![no_implicit_prelude]

    mod facade {
        pub(super) use ::arc_obs;
    }

    #[facade::arc_obs::traced(
        crate = facade::arc_obs,
        fields(a, b = _, c.d = _),
        on_success(n = |n| *n),
        on_error(e = ?|e| e)
    )]
    pub(super) fn annotated(a: u8) -> ::std::result::Result<u8, u8> {
        facade::arc_obs::set_field!(b = a, c.d = ?a);
        ::std::result::Result::Ok(a)
    }
}

#[test]
fn without_a_prelude() {
    assert_eq!(of(|| without_prelude::annotated(1)), "a=1 b=1 c.d=1 n=1");
}

/// What a user's crate may forbid holds for what the attributes write, too.
mod strict {
    #![deny(
        warnings,
        clippy::all,
        clippy::pedantic,
        clippy::nursery,
        dead_code,
        missing_docs,
        missing_debug_implementations,
        missing_copy_implementations,
        non_camel_case_types,
        non_snake_case,
        non_upper_case_globals,
        unreachable_pub,
        unused_qualifications,
        unsafe_code
    )]

    use arc_obs::{set_field, traced};

    #[traced(fields(answer_len = _, answer_id = limit + 1, answer_kind = _, answer_of.user = _, answer_of.plan.isFree = _))]
    pub(super) fn unset(limit: u32) -> u32 {
        limit
    }

    #[traced(
        fields(text, ?text_debug, %limit, is_long = text.len() > 10, set.later = _),
        on_success(len = |text: &String| text.len()),
        on_error(error = %|error| error)
    )]
    pub(super) async fn later(text: &str, text_debug: Option<u8>, limit: u32) -> Result<String, std::fmt::Error> {
        set_field!(set.later = text.len());
        std::future::ready(()).await;
        if limit == 0 {
            return Err(std::fmt::Error);
        }
        set_field!(set.later = ?text_debug, set.later = %limit);
        Ok(text.to_owned())
    }
}

#[test]
fn under_strict_lints() {
    assert_eq!(of(|| strict::unset(1)), "answer_id=2");
    assert_eq!(
        of(|| block_on(strict::later("tea", None, 1))),
        "text=tea text_debug=None limit=1 is_long=false set.later=1 len=3"
    );
}

#[test]
fn functions_of_odd_shapes() {
    #[traced(fields(code = _))]
    fn never(code: u8) -> ! {
        set_field!(code = code);
        std::panic::resume_unwind(Box::new(()))
    }
    #[traced(fields(n), on_success(least = |numbers| numbers.size_hint().0))]
    fn opaque(n: u8) -> impl Iterator<Item = u8> {
        0..n
    }
    /// # Safety
    /// None is needed.
    #[traced(fields(n, later = _))]
    #[allow(unsafe_code)]
    unsafe extern "C" fn foreign(n: u8) -> u8 {
        set_field!(later = n);
        n
    }
    // The first of them is the one inside.
    #[traced("fields_inner", fields(inner = a, set = _))]
    #[track_tool("fields_outer", fields(outer = a))]
    fn stacked(a: u8) -> u8 {
        set_field!(set = a);
        a
    }
    macro_rules! generated {
        ($function:ident, $key:ident, $value:expr) => {
            #[traced(fields($key = $value, other.$key = _, doubled = $value * 2))]
            fn $function() {
                set_field!(other.$key = $value);
            }
        };
    }
    generated!(by_macro, key, 1 + 2);

    assert_eq!(of(|| std::panic::catch_unwind(|| never(3)).is_err()), "code=3");
    assert_eq!(of(|| opaque(3).count()), "n=3 least=3");
    #[allow(unsafe_code)]
    let foreign = || unsafe { foreign(1) };
    assert_eq!(of(foreign), "n=1 later=1");
    assert_eq!(of(by_macro), "key=3 other.key=3 doubled=6");
    let capture = testing::capture();
    stacked(1);
    let told: Vec<_> = capture.operations().iter().map(fields).collect();
    assert_eq!(told, ["inner=1 set=1", "outer=1"]);
}

#[test]
fn the_place_of_a_future_that_is_made_and_never_polled() {
    #[traced(fields(a, made = _))]
    fn made(a: u8) -> impl Future<Output = u8> {
        set_field!(made = true);
        ready(a)
    }
    let capture = testing::capture();
    drop(made(1));
    assert!(capture.operations().is_empty(), "never polled: nothing is recorded");
    // One that is made inside of another is not in place there any more.
    #[traced(fields(made = _))]
    fn around() -> impl Future<Output = u8> {
        let inner = made(1);
        set_field!(made = "around");
        inner
    }
    block_on(around());
    let told: Vec<_> = capture.operations().iter().map(fields).collect();
    assert_eq!(told, ["a=1 made=true", "made=around"]);
    assert_eq!(losses(&capture, "no_operation"), 0.0);
}
