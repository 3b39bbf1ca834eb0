//! Every shape of function that returns a stream.

use super::*;

#[test]
fn sync_impl_stream() {
    #[track_llm(model = "gpt-4o", stream)]
    fn ask(prompt: &str) -> impl Stream<Item = Value> + Send + '_ {
        stream::iter(answer()).inspect(move |_| _ = prompt.len())
    }
    let capture = capture();
    assert_eq!(block_on(ask("x").collect::<Vec<_>>()), answer());
    answered(&only(&capture));
}

#[test]
fn async_impl_stream() {
    #[track_llm(model = "gpt-4o", stream)]
    async fn ask() -> impl Stream<Item = Chunk> + Send {
        stream::iter(answer()).map(Ok)
    }
    let capture = capture();
    block_on(async { ask().await.try_collect::<Vec<_>>().await.unwrap() });
    answered(&only(&capture));
}

#[test]
fn async_result_of_impl_stream() {
    #[track_llm(model = "gpt-4o", stream)]
    async fn ask(fail: bool) -> Result<impl Stream<Item = Chunk> + Unpin, std::io::Error> {
        if fail {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        Ok(stream::iter(answer()).map(Ok))
    }
    let first = capture();
    block_on(async { ask(false).await.unwrap().try_collect::<Vec<_>>().await.unwrap() });
    answered(&only(&first));
    let second = capture();
    assert!(block_on(ask(true)).is_err());
    let call = only(&second);
    assert_eq!((call.status, call.chunks, call.usage_missing), (Status::Timeout, Some(0), false));
    assert_eq!(call.error_type.as_deref(), Some("std::io::error::Error"));
}

#[test]
fn sync_result_and_option_of_impl_stream() {
    #[track_llm(model = "gpt-4o", stream)]
    fn result(fail: bool) -> Result<impl Stream<Item = Value>, String> {
        if fail { Err("no".into()) } else { Ok(stream::iter(answer())) }
    }
    #[track_llm(model = "gpt-4o", stream)]
    fn option(none: bool) -> Option<impl Stream<Item = Value>> {
        (!none).then(|| stream::iter(answer()))
    }
    for (fail, status) in [(false, Status::Success), (true, Status::Error)] {
        let capture = capture();
        if let Ok(stream) = result(fail) {
            block_on(stream.count());
        }
        assert_eq!(only(&capture).status, status);
    }
    for none in [false, true] {
        let capture = capture();
        if let Some(stream) = option(none) {
            block_on(stream.count());
        }
        assert_eq!(only(&capture).status, Status::Success);
        assert!(!only(&capture).usage_missing, "there is nothing that could report any");
    }
}

#[test]
fn boxed_streams_keep_their_type() {
    #[track_llm(model = "gpt-4o", stream)]
    fn send<'a>(prompt: &'a str) -> Pin<Box<dyn Stream<Item = Value> + Send + 'a>> {
        Box::pin(stream::iter(answer()).inspect(move |_| _ = prompt.len()))
    }
    #[track_llm(model = "gpt-4o", stream)]
    fn shared() -> Pin<Box<dyn Stream<Item = Value> + Send + Sync>> {
        Box::pin(stream::iter(answer()))
    }
    #[track_llm(model = "gpt-4o", stream)]
    fn local() -> Pin<Box<dyn Stream<Item = Value>>> {
        let here = std::rc::Rc::new(());
        Box::pin(stream::iter(answer()).inspect(move |_| drop(std::rc::Rc::clone(&here))))
    }
    #[track_llm(model = "gpt-4o", stream)]
    async fn alias(prompt: &str) -> BoxStream<'_, Value> {
        stream::iter(answer()).inspect(move |_| _ = prompt.len()).boxed()
    }
    #[track_llm(model = "gpt-4o", stream)]
    async fn local_alias() -> Option<LocalBoxStream<'static, Value>> {
        Some(stream::iter(answer()).boxed_local())
    }
    #[track_llm(model = "gpt-4o", stream)]
    async fn result() -> Result<Pin<Box<dyn Stream<Item = Chunk> + Send>>, std::io::Error> {
        Ok(stream::iter(answer()).map(Ok).boxed())
    }
    #[track_llm(model = "gpt-4o", stream)]
    fn unpinned() -> Box<dyn Stream<Item = Value> + Unpin + Send> {
        Box::new(stream::iter(answer()))
    }
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    fn is_sync<T: Sync>(value: T) -> T {
        value
    }
    let capture = capture();
    block_on(async {
        is_send(send("x")).count().await;
        is_sync(is_send(shared())).count().await;
        local().count().await;
        alias("x").await.count().await;
        local_alias().await.unwrap().count().await;
        result().await.unwrap().count().await;
        unpinned().count().await;
    });
    assert_eq!(capture.llm_calls().len(), 7);
    capture.llm_calls().iter().for_each(answered);
}

/// What the signature does not show: an alias, as that of async-openai.
type Answer<T> = Result<Pin<Box<dyn Stream<Item = Result<T, std::io::Error>> + Send>>, std::io::Error>;

#[test]
fn an_alias_is_seen_through() {
    #[track_llm(model = "gpt-4o", stream)]
    async fn ask() -> Answer<Value> {
        Ok(Box::pin(stream::iter(answer()).map(Ok)))
    }
    let capture = capture();
    block_on(async { ask().await.unwrap().count().await });
    answered(&only(&capture));
}

#[test]
fn futures_of_streams() {
    #[track_llm(model = "gpt-4o", stream)]
    fn open(prompt: &str) -> impl Future<Output = Result<impl Stream<Item = Value>, std::io::Error>> {
        let chunks = answer().len() + prompt.len() - 1;
        async move { Ok(stream::iter(answer()).take(chunks)) }
    }
    #[track_llm(model = "gpt-4o", stream)]
    fn kept() -> impl Future<Output = BoxStream<'static, Value>> + Send {
        async { stream::iter(answer()).boxed() }
    }
    #[async_trait::async_trait]
    trait Model {
        async fn ask(&self) -> Result<BoxStream<'static, Value>, std::io::Error>;
    }
    struct Fake;
    #[async_trait::async_trait]
    impl Model for Fake {
        #[track_llm(model = "gpt-4o", stream)]
        async fn ask(&self) -> Result<BoxStream<'static, Value>, std::io::Error> {
            Ok(stream::iter(answer()).boxed())
        }
    }
    let capture = capture();
    block_on(async {
        open("x").await.unwrap().count().await;
        kept().await.count().await;
        Fake.ask().await.unwrap().count().await;
    });
    assert_eq!(capture.llm_calls().len(), 3);
    capture.llm_calls().iter().for_each(answered);
}

#[test]
fn methods_generics_and_traits() {
    struct Model<T>(T);
    impl<T: Serialize + Clone> Model<T> {
        #[track_llm(model = "gpt-4o", stream)]
        fn relay<'a, const N: usize>(&'a self, more: [T; N]) -> impl Stream<Item = T> + 'a
        where
            T: Unpin,
        {
            stream::iter(more).chain(stream::once(async move { self.0.clone() }))
        }

        #[track_llm(model = "gpt-4o", stream)]
        fn consumed(self) -> impl Stream<Item = T> {
            stream::iter([self.0])
        }
    }
    trait Ask {
        #[track_llm(model = "gpt-4o", stream)]
        async fn ask(&self) -> BoxStream<'_, Value> {
            stream::iter(answer()).boxed()
        }
    }
    impl Ask for () {}
    let capture = capture();
    block_on(async {
        Model(used(1_000, 500)).relay([text("tea"), text(""), stop()]).count().await;
        Model(used(1_000, 500)).consumed().count().await;
        Ask::ask(&()).await.count().await;
    });
    let calls = capture.llm_calls();
    answered(&calls[0]);
    assert_eq!((calls[1].usage, calls[1].chunks), (Some(Usage::new(1_000, 500)), Some(1)));
    answered(&calls[2]);
}

#[test]
fn generators() {
    #[track_llm(model = "gpt-4o", stream)]
    fn ask(prompt: String) -> impl Stream<Item = Chunk> {
        async_stream::try_stream! {
            for chunk in answer() {
                yield chunk;
            }
            drop(prompt);
        }
    }
    let capture = capture();
    block_on(async {
        let stream = pin!(ask("x".into()));
        stream.try_collect::<Vec<_>>().await.unwrap()
    });
    answered(&only(&capture));
}

#[test]
fn a_whole_block() {
    struct Model;
    #[track_llm(model = "gpt-4o", stream)]
    impl Model {
        fn ask(&self) -> impl Stream<Item = Value> + use<> {
            stream::iter(answer())
        }

        async fn ask_boxed(&self) -> Result<BoxStream<'static, Value>, fmt::Error> {
            self.check()?;
            Ok(stream::iter(answer()).boxed())
        }

        #[arc_obs::skip]
        fn check(&self) -> Result<(), fmt::Error> {
            Ok(())
        }
    }
    let capture = capture();
    block_on(async {
        Model.ask().count().await;
        Model.ask_boxed().await.unwrap().count().await;
    });
    assert_eq!(capture.llm_calls().len(), 2);
    capture.llm_calls().iter().for_each(answered);
}

/// What the signature promises of an `impl Stream` holds for the one that is observed.
#[test]
fn other_traits_of_an_open_stream() {
    use futures::stream::FusedStream;
    #[track_llm(model = "gpt-4o", stream)]
    fn fused() -> impl FusedStream<Item = Value> + Unpin + Send + Sync + fmt::Debug {
        stream::iter(answer()).fuse()
    }
    #[track_llm(model = "gpt-4o", stream)]
    fn fallible() -> impl futures::TryStream<Ok = Value, Error = fmt::Error> {
        stream::iter(answer()).map(Ok::<_, fmt::Error>)
    }
    let capture = capture();
    block_on(async {
        let mut stream = fused();
        while stream.next().await.is_some() {}
        assert!(stream.is_terminated());
        fallible().try_collect::<Vec<_>>().await.unwrap();
    });
    assert_eq!(capture.llm_calls().len(), 2);
    capture.llm_calls().iter().for_each(answered);
}
