//! `stream = observed` and `observe_stream`.

use super::*;

/// A client's stream, of a type of its own.
struct ChatStream<S: Stream> {
    inner: ObservedStream<S>,
}

impl<S: Stream + Unpin> Stream for ChatStream<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.inner.poll_next_unpin(context)
    }
}

type Chunks = stream::Iter<std::vec::IntoIter<Value>>;

#[track_llm(model = "gpt-4o", stream = observed)]
async fn ask(fail: bool) -> Result<ChatStream<Chunks>, fmt::Error> {
    let stream = ChatStream { inner: observe_stream(stream::iter(answer())) };
    if fail { Err(fmt::Error) } else { Ok(stream) }
}

#[test]
fn the_call_lives_on_in_the_stream() {
    let capture = capture();
    block_on(async {
        let mut stream = ask(false).await.unwrap();
        assert!(capture.llm_calls().is_empty());
        assert_eq!(stream.next().await, Some(text("tea")));
        assert_eq!(stream.by_ref().count().await, 3);
        answered(&only(&capture));
        assert_eq!(stream.next().await, None);
    });
    answered(&only(&capture));
}

#[test]
fn sync_functions_and_futures_too() {
    #[track_llm(model = "gpt-4o", stream = observed)]
    fn ask_sync() -> ChatStream<Chunks> {
        ChatStream { inner: observe_stream(stream::iter(answer())) }
    }
    #[track_llm(model = "gpt-4o", stream = observed)]
    fn boxed() -> Pin<Box<dyn Future<Output = ObservedStream<Chunks>> + Send>> {
        Box::pin(async { observe_stream(stream::iter(answer())) })
    }
    #[track_llm(model = "gpt-4o", stream = observed)]
    fn future() -> impl Future<Output = ObservedStream<Chunks>> {
        async { observe_stream(stream::iter(answer())) }
    }
    let capture = capture();
    block_on(async {
        ask_sync().count().await;
        boxed().await.count().await;
        future().await.count().await;
    });
    assert_eq!(capture.llm_calls().len(), 3);
    capture.llm_calls().iter().for_each(answered);
}

#[test]
fn it_ends_with_the_stream_however_that_ends() {
    for (chunks, status) in [(0, Status::Cancelled), (1, Status::Cancelled), (3, Status::Success)] {
        let capture = capture();
        block_on(async {
            let mut stream = ask(false).await.unwrap();
            for _ in 0..chunks {
                stream.next().await;
            }
        });
        assert_eq!((only(&capture).status, only(&capture).chunks), (status, Some(chunks)));
    }
}

#[test]
fn an_error_of_the_function_is_the_end() {
    let capture = capture();
    assert!(block_on(ask(true)).is_err());
    let call = only(&capture);
    assert_eq!((call.status, call.chunks), (Status::Error, Some(0)));
    assert_eq!(call.error_type.as_deref(), Some("core::fmt::Error"));
}

#[test]
fn a_function_that_never_hands_one_over_ends_as_usual() {
    #[track_llm(model = "gpt-4o", stream = observed)]
    fn ask() -> u32 {
        7
    }
    let capture = capture();
    assert_eq!(ask(), 7);
    assert!(only(&capture).usage_missing && only(&capture).status.is_success());
}

#[test]
fn a_body_may_read_the_stream_to_its_end() {
    #[track_llm(model = "gpt-4o", stream = observed)]
    async fn whole() -> String {
        let chunks: Vec<_> = observe_stream(stream::iter(answer())).collect().await;
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect()
    }
    let capture = capture();
    assert_eq!(block_on(whole()), "tea leaves");
    answered(&only(&capture));
}

#[test]
fn a_body_may_read_a_part_and_return_the_rest() {
    #[track_llm(model = "gpt-4o", stream = observed)]
    async fn ask() -> (Value, ObservedStream<Chunks>) {
        let mut stream = observe_stream(stream::iter(answer()));
        let first = stream.next().await.unwrap();
        (first, stream)
    }
    let capture = capture();
    let (first, rest) = block_on(ask());
    assert_eq!(first, text("tea"));
    assert!(capture.llm_calls().is_empty());
    block_on(rest.count());
    answered(&only(&capture));
}

#[test]
fn what_a_second_try_uses_is_added() {
    #[track_llm(model = "gpt-4o", stream = observed)]
    async fn ask() -> ObservedStream<Chunks> {
        observe_stream(stream::iter(vec![used(10, 1)])).count().await;
        drop(observe_stream(stream::iter(vec![used(10, 2)])));
        observe_stream(stream::iter(vec![used(10, 3)]))
    }
    let capture = capture();
    block_on(async { ask().await.count().await });
    assert_eq!(only(&capture).usage, Some(Usage::new(20, 4)), "one was never polled");
}

#[test]
fn a_second_stream_beside_the_first_and_one_outside_are_passed_on_and_counted() {
    #[track_llm(model = "gpt-4o", stream = observed)]
    fn two() -> (ObservedStream<Chunks>, ObservedStream<Chunks>) {
        (observe_stream(stream::iter(answer())), observe_stream(stream::iter(answer())))
    }
    #[track_llm(model = "gpt-4o-mini", usage = none)]
    fn another() -> ObservedStream<Chunks> {
        observe_stream(stream::iter(answer()))
    }
    let capture = capture();
    let unattributed = || capture.value("arc_obs_streams_unattributed_total", &[]);
    let (first, second) = two();
    assert_eq!(unattributed(), Some(1.0));
    assert_eq!(block_on(second.count()), 4);
    assert!(capture.llm_calls().is_empty());
    block_on(first.count());
    answered(&only(&capture));
    assert_eq!(block_on(observe_stream(stream::iter(answer())).count()), 4);
    assert_eq!(unattributed(), Some(2.0));
    block_on(another().count());
    assert_eq!(unattributed(), Some(3.0));
}

#[test]
fn a_function_that_is_dropped_or_unwinds_ends_with_what_was_counted() {
    #[track_llm(model = "gpt-4o", stream = observed)]
    async fn ask(panic: bool) {
        let mut stream = observe_stream(stream::iter(vec![used(10, 1), used(10, 5)]));
        stream.next().await;
        assert!(!panic);
        futures::future::pending().await
    }
    let first = capture();
    assert!(ask(false).now_or_never().is_none());
    assert_eq!((only(&first).status, only(&first).usage), (Status::Cancelled, Some(Usage::new(10, 1))));
    let second = capture();
    assert!(catch_unwind(|| block_on(ask(true))).is_err());
    assert_eq!((only(&second).status, only(&second).usage), (Status::Panic, Some(Usage::new(10, 1))));
}

#[test]
fn a_stream_that_is_read_elsewhere_takes_the_call_along() {
    #[track_llm(model = "gpt-4o", stream = observed)]
    fn ask() -> std::thread::JoinHandle<usize> {
        let stream = observe_stream(stream::iter(answer()));
        std::thread::spawn(move || block_on(stream.count()))
    }
    for _ in 0..50 {
        let capture = capture();
        assert_eq!(ask().join().unwrap(), 4);
        // The stream may have ended before the function did, or after.
        assert_eq!(only(&capture).usage, Some(Usage::new(1_000, 500)));
        assert_eq!(only(&capture).status, Status::Success);
    }
}

#[test]
fn results_of_chunks_by_their_errors() {
    macro_rules! ends {
        ($error:ty, $make:expr, $status:expr) => {{
            #[track_llm(model = "gpt-4o", stream = observed)]
            fn ask() -> ObservedStream<stream::Iter<std::vec::IntoIter<Result<Value, $error>>>> {
                observe_stream(stream::iter(vec![Ok(text("tea")), Err($make)]))
            }
            let capture = capture();
            assert_eq!(block_on(ask().count()), 2);
            let call = only(&capture);
            assert_eq!((call.status, call.chunks), ($status, Some(1)), "{}", stringify!($error));
        }};
    }
    ends!(std::io::Error, std::io::ErrorKind::TimedOut.into(), Status::Timeout);
    ends!(fmt::Error, fmt::Error, Status::Error);
    ends!(anyhow::Error, anyhow::anyhow!("no"), Status::Error);
    ends!(Box<dyn std::error::Error>, "no".into(), Status::Error);
    ends!(Box<dyn std::error::Error + Send + Sync>, "no".into(), Status::Error);
    ends!(String, "no".to_owned(), Status::Error);
}

#[test]
fn nested_in_an_annotated_call_counts_once() {
    #[track_llm(model = "gpt-4o-mini", stream = observed)]
    async fn outer() -> ObservedStream<ChatStream<Chunks>> {
        observe_stream(ask(false).await.unwrap())
    }
    for chunks in [0, 1, 4, 5] {
        let capture = capture();
        block_on(async {
            let mut stream = outer().await;
            for _ in 0..chunks {
                stream.next().await;
            }
        });
        let counted: Vec<_> = capture.llm_calls().iter().filter_map(|call| call.usage).collect();
        assert_eq!(counted.len(), usize::from(chunks > 3), "{chunks}");
        assert_eq!(capture.llm_calls().len(), 2);
    }
}

#[test]
fn nothing_is_leaked() {
    struct Counted(Arc<AtomicU32>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    #[track_llm(model = "gpt-4o", stream = observed)]
    fn ask(counted: Counted) -> ObservedStream<impl Stream<Item = Value>> {
        observe_stream(stream::iter(answer()).inspect(move |_| _ = &counted))
    }
    let dropped = Arc::new(AtomicU32::new(0));
    drop(ask(Counted(Arc::clone(&dropped))));
    let mut polled = Box::pin(ask(Counted(Arc::clone(&dropped))));
    block_on(polled.next());
    drop(polled);
    assert_eq!(dropped.load(Ordering::Relaxed), 2);
}

#[test]
fn a_chunk_that_comes_while_the_function_returns_is_counted() {
    use std::sync::mpsc;
    #[track_llm(model = "gpt-4o", stream = observed)]
    fn ask(go_on: mpsc::Receiver<()>, last: Option<Item>) -> std::thread::JoinHandle<usize> {
        let (polls, polled) = mpsc::channel();
        let mut items = vec![Some(Ok(used(10, 5))), last].into_iter();
        let stream = observe_stream(stream::poll_fn(move |_| {
            // From here on until the function has returned.
            if polls.send(()).is_ok() {
                go_on.recv().unwrap();
            }
            Poll::Ready(items.next().flatten())
        }));
        let reading = std::thread::spawn(move || block_on(stream.take(2).count()));
        polled.recv().unwrap();
        reading
    }
    for (last, status) in [(None, Status::Success), (Some(Err(fmt::Error)), Status::Error)] {
        let capture = capture();
        let (sender, receiver) = mpsc::channel();
        let reading = ask(receiver, last);
        assert!(capture.llm_calls().is_empty());
        sender.send(()).unwrap();
        reading.join().unwrap();
        let call = only(&capture);
        assert_eq!((call.status, call.usage, call.chunks), (status, Some(Usage::new(10, 5)), Some(1)));
    }
}

type Item = Result<Value, fmt::Error>;

#[test]
fn an_error_of_the_stream_is_the_calls_unless_another_stream_follows() {
    fn failing() -> impl Stream<Item = Item> {
        stream::iter([Ok(used(10, 1)), Err(fmt::Error)])
    }
    #[track_llm(model = "gpt-4o", stream = observed)]
    async fn whole() -> usize {
        observe_stream(failing()).count().await
    }
    #[track_llm(model = "gpt-4o", stream = observed)]
    async fn again() -> Result<ObservedStream<stream::Iter<std::vec::IntoIter<Item>>>, fmt::Error> {
        assert!(observe_stream(failing()).try_collect::<Vec<_>>().await.is_err());
        Ok(observe_stream(stream::iter(answer().into_iter().map(Ok).collect::<Vec<_>>())))
    }
    let first = capture();
    assert_eq!(block_on(whole()), 2);
    assert_eq!((only(&first).status, only(&first).usage), (Status::Error, Some(Usage::new(10, 1))));
    let second = capture();
    block_on(async { again().await.unwrap().count().await });
    assert_eq!((only(&second).status, only(&second).usage), (Status::Success, Some(Usage::new(1_010, 501))));
}

#[test]
fn usage_that_is_recorded_summed_or_not_wanted() {
    #[track_llm(model = "gpt-4o", stream = observed, usage = recorded)]
    fn recorded() -> ObservedStream<impl Stream<Item = String>> {
        observe_stream(stream::iter(answer()).map(|chunk| {
            record_usage(&chunk);
            chunk.to_string()
        }))
    }
    #[track_llm(model = "gpt-4o", stream = observed, usage = none)]
    fn nobody() -> ObservedStream<Chunks> {
        observe_stream(stream::iter(answer()))
    }
    #[track_llm(model = "gpt-4o", stream = observed, chunks = summed, cost = 0.5)]
    fn summed() -> ObservedStream<impl Stream<Item = Usage>> {
        observe_stream(stream::iter([Usage::new(5, 1), Usage::new(0, 2)]))
    }
    let capture = capture();
    block_on(async {
        recorded().count().await;
        nobody().count().await;
        summed().count().await;
    });
    let calls = capture.llm_calls();
    assert_eq!(calls[0].usage, Some(Usage::new(1_000, 500)));
    assert_eq!((calls[1].usage, calls[1].usage_missing), (None, false));
    assert_eq!((calls[2].usage, calls[2].cost), (Some(Usage::new(5, 3)), Some(Usd::from_nanos(500_000_000))));
}
