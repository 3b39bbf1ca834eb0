//! Agents, spans and other calls around a stream, and inside of it.

use super::*;

#[track_llm(model = "gpt-4o", stream)]
async fn ask() -> Result<BoxStream<'static, Value>, fmt::Error> {
    Ok(stream::iter(answer()).boxed())
}

#[test]
fn cost_is_charged_to_the_agent_of_the_begin() {
    #[track_agent("streaming")]
    async fn agent() -> BoxStream<'static, Value> {
        ask().await.unwrap()
    }
    #[track_agent("reading")]
    async fn read(stream: BoxStream<'static, Value>) -> usize {
        stream.count().await
    }
    let capture = capture();
    block_on(async { read(agent().await).await });
    let of = |name| capture.value("arc_agent_cost_dollars_total", &[("agent_name", name)]);
    assert_eq!((of("streaming"), of("reading")), (Some(0.0075), Some(0.0)));
    let tokens = |name| capture.value("arc_agent_tokens_total", &[("agent_name", name), ("type", "prompt")]);
    assert!(tokens("streaming") > Some(0.0));
    assert_eq!(tokens("reading"), Some(0.0));
    assert_eq!(only(&capture).agent.as_deref(), Some("streaming"));
}

#[test]
fn what_a_stream_calls_while_it_is_polled_is_inside_of_it() {
    #[track_agent("inner")]
    fn inner() {}
    #[track_llm(model = "gpt-4o", stream)]
    fn ask() -> impl Stream<Item = Value> {
        stream::iter(answer()).inspect(|_| inner())
    }
    let capture = capture();
    block_on(ask().count());
    inner();
    let depths: Vec<_> = capture.operations().iter().map(|operation| operation.depth).collect();
    assert_eq!(depths, [1, 1, 1, 1, 0, 0]);
}

#[track_llm(model = "gpt-4o-mini", stream)]
async fn wrapped() -> Result<impl Stream<Item = Value>, fmt::Error> {
    Ok(ask().await?.map(|chunk| chunk))
}

fn tokens(capture: &Capture) -> f64 {
    ["gpt-4o", "gpt-4o-mini"]
        .iter()
        .flat_map(|model| {
            ["prompt", "completion"]
                .map(|kind| [("model", *model), ("type", kind)])
                .map(|labels| capture.value("arc_llm_tokens_total", &labels).unwrap_or(0.0))
        })
        .sum()
}

#[test]
fn nested_streams_count_once_however_they_end() {
    for chunks in 0..=5 {
        let capture = capture();
        block_on(async {
            let mut stream = Box::pin(wrapped().await.unwrap());
            for _ in 0..chunks {
                stream.next().await;
            }
        });
        let calls = capture.llm_calls();
        assert_eq!(calls.len(), 2, "{chunks}");
        assert_eq!(calls[0].status, calls[1].status, "{chunks}");
        assert_eq!(tokens(&capture), if chunks < 4 { 0.0 } else { 1_500.0 }, "{chunks}");
    }
}

#[test]
fn nested_streams_count_once_where_they_are_cut_off() {
    fn started() -> Value {
        let usage = json!({"input_tokens": 1_000, "output_tokens": 1});
        json!({"type": "message_start", "message": {"usage": usage}})
    }
    #[track_llm(model = "gpt-4o", stream)]
    fn inner(end: u32) -> BoxStream<'static, Result<Value, fmt::Error>> {
        let ended = stream::once(async move {
            match end {
                0 => Err(fmt::Error),
                1 => panic!("in a stream"),
                _ => futures::future::pending().await,
            }
        });
        stream::iter([Ok(started())]).chain(ended).boxed()
    }
    #[track_llm(model = "gpt-4o-mini", stream)]
    fn outer(end: u32) -> impl Stream<Item = Result<Value, fmt::Error>> {
        inner(end)
    }
    for (end, status) in [(0, Status::Error), (1, Status::Panic), (2, Status::Cancelled)] {
        let capture = capture();
        let polled = catch_unwind(|| {
            let mut stream = Box::pin(outer(end));
            block_on(stream.next());
            stream.next().now_or_never();
        });
        assert_eq!(polled.is_err(), end == 1);
        let statuses: Vec<_> = capture.llm_calls().iter().map(|call| call.status).collect();
        assert_eq!(statuses, [status, status]);
        assert_eq!(tokens(&capture), 1_001.0, "{end}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_may_be_polled_by_any_thread() {
    let capture = capture();
    let stream = ask().await.unwrap();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    sender.send(stream).await.unwrap();
    for _ in 0..4 {
        let mut stream = receiver.recv().await.unwrap();
        let sender = sender.clone();
        // A thread of its own each time.
        std::thread::spawn(move || {
            block_on(stream.next()).unwrap();
            sender.blocking_send(stream).unwrap();
        })
        .join()
        .unwrap();
    }
    let stream = receiver.recv().await.unwrap();
    tokio::spawn(async move { assert_eq!(stream.count().await, 0) }).await.unwrap();
    answered(&only(&capture));
}

#[test]
fn a_span_is_entered_while_it_is_polled_and_closed_at_the_end() {
    use tracing_subscriber::layer::SubscriberExt as _;
    let output = Output::default();
    let writer = output.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let _capture = capture();
        #[track_llm(model = "gpt-4o", stream)]
        fn ask() -> impl Stream<Item = Value> {
            stream::iter(answer()).inspect(|_| tracing::info!("a chunk"))
        }
        block_on(ask().count());
    });
    let text = output.text();
    assert_eq!(text.lines().filter(|line| line.contains("llm.call") && line.contains("a chunk")).count(), 4, "{text}");
    let closed: Vec<_> = text.lines().filter(|line| line.contains("close")).collect();
    assert_eq!(closed.len(), 1, "{text}");
    for field in [
        "gen_ai.response.finish_reasons=\"stop\"",
        "gen_ai.response.time_to_first_chunk=",
        "gen_ai.usage.output_tokens=500",
        "status=\"success\"",
    ] {
        assert!(closed[0].contains(field), "{field} in {text}");
    }
}

#[derive(Clone, Default)]
struct Output(Arc<std::sync::Mutex<Vec<u8>>>);

impl Output {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
