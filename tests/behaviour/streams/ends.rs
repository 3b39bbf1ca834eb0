//! Every way in which a stream ends.

use super::*;

#[track_llm(model = "gpt-4o", stream)]
fn ask<S: Stream>(chunks: S) -> impl Stream<Item = S::Item>
where
    S::Item: Serialize,
{
    chunks
}

fn poll<S: Stream>(stream: Pin<&mut S>) -> Poll<Option<S::Item>> {
    stream.poll_next(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn completion_once_and_what_comes_after_passes_through() {
    let capture = capture();
    let mut chunks = answer().into_iter();
    let mut given = 0;
    let mut stream = pin!(ask(stream::poll_fn(move |_| {
        given += 1;
        Poll::Ready(if given == 5 { None } else { chunks.next().or_else(|| Some(text("again"))) })
    })));
    for _ in 0..4 {
        assert!(matches!(poll(stream.as_mut()), Poll::Ready(Some(_))));
    }
    assert!(capture.llm_calls().is_empty());
    assert_eq!(poll(stream.as_mut()), Poll::Ready(None));
    answered(&only(&capture));
    assert_eq!(poll(stream.as_mut()), Poll::Ready(Some(text("again"))));
    answered(&only(&capture));
}

#[test]
fn the_first_error_is_the_end() {
    #[track_llm(model = "gpt-4o", stream)]
    fn ask(error: std::io::ErrorKind) -> impl Stream<Item = Chunk> {
        stream::iter([Ok(text("tea")), Err(error.into()), Ok(used(9, 9))])
    }
    for (error, status) in
        [(std::io::ErrorKind::TimedOut, Status::Timeout), (std::io::ErrorKind::ConnectionReset, Status::Error)]
    {
        let capture = capture();
        assert_eq!(block_on(ask(error).count()), 3);
        let call = only(&capture);
        assert_eq!((call.status, call.chunks, call.usage), (status, Some(1), None));
        assert_eq!(call.error_type.as_deref(), Some("std::io::error::Error"));
        assert!(!call.usage_missing);
    }
}

#[test]
fn what_an_error_cuts_off_is_counted() {
    #[track_llm(model = "claude-sonnet-4-5", stream)]
    fn ask() -> impl Stream<Item = Result<Value, anyhow::Error>> {
        let usage = json!({"input_tokens": 1_000, "output_tokens": 1});
        let start = json!({"type": "message_start", "message": {"model": "claude-sonnet-4-5", "usage": usage}});
        stream::iter([Ok(start), Err(anyhow::anyhow!("overloaded"))])
    }
    let capture = capture();
    block_on(ask().count());
    let call = only(&capture);
    assert_eq!((call.status, call.usage), (Status::Error, Some(Usage::new(1_000, 1))));
    assert_eq!(call.cost, Some(Usd::from_nanos(3_015_000)));
}

#[test]
fn a_dropped_stream_is_cancelled_unless_all_has_come() {
    for (chunks, status, usage) in [
        (0, Status::Cancelled, None),
        (1, Status::Cancelled, None),
        (2, Status::Cancelled, None),
        (3, Status::Success, None),
        (4, Status::Success, Some(Usage::new(1_000, 500))),
    ] {
        let capture = capture();
        let mut stream = Box::pin(ask(stream::iter(answer())));
        for _ in 0..chunks {
            assert!(poll(stream.as_mut()).is_ready());
        }
        drop(stream);
        let call = only(&capture);
        assert_eq!((call.status, call.chunks), (status, Some(chunks)), "{chunks}");
        assert_eq!(call.usage, usage, "{chunks}");
        assert_eq!(call.usage_missing, chunks == 3);
    }
}

#[test]
fn a_final_usage_without_a_reason_is_the_end_too() {
    #[derive(Serialize)]
    struct Own {
        usage: Option<Value>,
    }
    let usage = || Some(json!({"prompt_tokens": 1, "completion_tokens": 2}));
    let status = |chunks: Vec<Own>| {
        let capture = capture();
        let mut stream = Box::pin(ask(stream::iter(chunks)));
        while let Poll::Ready(Some(Own { usage: None })) = poll(stream.as_mut()) {}
        drop(stream);
        only(&capture).status
    };
    assert_eq!(status(vec![Own { usage: None }, Own { usage: None }, Own { usage: usage() }]), Status::Success);
    // One alone may be a ping before the usage of the prompt.
    assert_eq!(status(vec![Own { usage: None }, Own { usage: usage() }]), Status::Cancelled);
    // Of one that reports usage from the start nobody can say whether more would come.
    assert_eq!(status(vec![Own { usage: usage() }, Own { usage: None }]), Status::Cancelled);
}

#[test]
fn a_panic_in_a_poll_is_the_end() {
    let capture = capture();
    let chunks = stream::iter(answer()).enumerate().map(|(place, chunk)| {
        assert!(place != 2, "third chunk");
        chunk
    });
    let mut stream = Box::pin(ask(chunks));
    assert!(poll(stream.as_mut()).is_ready());
    assert!(poll(stream.as_mut()).is_ready());
    assert!(catch_unwind(AssertUnwindSafe(|| poll(stream.as_mut()))).is_err());
    let call = only(&capture);
    assert_eq!((call.status, call.chunks), (Status::Panic, Some(2)));
    assert_eq!(poll(stream.as_mut()), Poll::Ready(Some(used(1_000, 500))), "passes through");
    drop(stream);
    only(&capture);
}

#[test]
fn a_call_that_panics_or_is_dropped_before_it_has_a_stream() {
    #[track_llm(model = "gpt-4o", stream)]
    async fn ask(panic: bool) -> BoxStream<'static, Value> {
        assert!(!panic);
        futures::future::pending().await
    }
    #[track_llm(model = "gpt-4o", stream)]
    fn ask_sync() -> BoxStream<'static, Value> {
        panic!()
    }
    let capture = capture();
    assert!(catch_unwind(|| block_on(async { ask(true).await.count().await })).is_err());
    assert!(catch_unwind(|| drop(ask_sync())).is_err());
    assert!(ask(false).now_or_never().is_none());
    drop(ask(false));
    let statuses: Vec<_> = capture.llm_calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Status::Panic, Status::Panic, Status::Cancelled]);
}

#[test]
fn a_stream_that_panics_while_it_is_dropped() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }
    let capture = capture();
    let bomb = Bomb;
    let stream = ask(stream::iter(answer()).inspect(move |_| _ = &bomb));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(stream))).is_err());
    assert_eq!(only(&capture).status, Status::Panic);
}

#[tokio::test]
async fn timeouts_and_select() {
    #[track_llm(model = "gpt-4o", stream)]
    fn slow(stops: bool) -> impl Stream<Item = Value> {
        async_stream::stream! {
            yield text("tea");
            if stops {
                futures::future::pending::<()>().await;
            }
            tokio::task::yield_now().await;
            yield used(1, 1);
        }
    }
    let capture = capture();
    let all = tokio::time::timeout(Duration::from_millis(5), slow(true).count());
    assert!(all.await.is_err());
    assert_eq!(only(&capture).status, Status::Cancelled);
    let (mut left, mut right) = (Box::pin(slow(false)).fuse(), Box::pin(slow(true)).fuse());
    let mut chunks = 0;
    loop {
        futures::select! {
            chunk = left.next() => if chunk.is_none() { break } else { chunks += 1 },
            chunk = right.next() => if chunk.is_none() { break } else { chunks += 1 },
        }
    }
    drop((left, right));
    assert!((2..=3).contains(&chunks), "{chunks}");
    let statuses: Vec<_> = capture.llm_calls()[1..].iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Status::Success, Status::Cancelled]);
}

#[test]
fn one_that_never_reports_usage_is_counted_as_missing() {
    let capture = capture();
    block_on(ask(stream::iter([text("tea"), stop()])).count());
    let call = only(&capture);
    assert!(call.usage_missing && call.status.is_success());
    assert_eq!(capture.value("arc_llm_usage_missing_total", &[("model", "gpt-4o")]), Some(1.0));
}

/// A stream of text, whose body records the chunks that it is made of.
#[track_llm(model = "gpt-4o", stream, usage = recorded)]
fn texts(chunks: Vec<Value>) -> impl Stream<Item = String> {
    stream::iter(chunks).map(|chunk| {
        arc_obs::record_usage(&chunk);
        chunk["text"].to_string()
    })
}

#[test]
fn recorded_chunks_are_one_answer_and_say_when_it_ends() {
    let counts = |output: u64, reason: Option<&str>| {
        json!({
            "text": "tea", "usage": {"prompt_tokens": 1_000, "completion_tokens": output},
            "choices": [{"finish_reason": reason}],
        })
    };
    let capture = capture();
    let mut stream = Box::pin(texts((1..=50).map(|n| counts(n * 10, (n == 50).then_some("stop"))).collect()));
    for _ in 0..50 {
        assert!(poll(stream.as_mut()).is_ready());
    }
    drop(stream);
    let call = only(&capture);
    assert_eq!(call.usage, Some(arc_obs::Usage::new(1_000, 500)));
    assert_eq!(call.cost.unwrap().to_string(), "$0.0075");
    assert_eq!((call.status, call.finish_reason), (Status::Success, Some(arc_obs::FinishReason::Stop)));

    drop(capture);
    let capture = arc_obs::testing::capture();
    let mut stream = Box::pin(texts(vec![counts(10, None), counts(20, None)]));
    assert!(poll(stream.as_mut()).is_ready());
    drop(stream);
    assert_eq!(only(&capture).status, Status::Cancelled);
}
