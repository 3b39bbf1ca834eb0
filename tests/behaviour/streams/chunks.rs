//! What is read off chunks, and what is said instead.

use super::*;

#[test]
fn a_closure_sees_the_chunk() {
    struct Own(u64);
    #[track_llm(model = "gpt-4o", stream, usage = |chunk| Usage::new(1_000, chunk.0))]
    fn ask() -> impl Stream<Item = Result<Own, String>> {
        stream::iter([3, 500, 7]).map(|output| Ok(Own(output)))
    }
    #[track_llm(model = "gpt-4o", stream, usage = |_: &Own| None)]
    async fn nothing() -> BoxStream<'static, Own> {
        stream::iter([Own(1)]).boxed()
    }
    let first = capture();
    block_on(ask().count());
    assert_eq!(only(&first).usage, Some(Usage::new(1_000, 500)));
    let second = capture();
    block_on(async { nothing().await.count().await });
    assert!(only(&second).usage_missing);
}

#[test]
fn a_closure_may_take_an_argument_along() {
    #[track_llm(model = "gpt-4o", stream, usage = |chunk| Usage::new(factor * chunk, 1))]
    fn ask(factor: u64) -> impl Stream<Item = u64> {
        stream::iter([1, 2])
    }
    let capture = capture();
    block_on(ask(7).count());
    assert_eq!(only(&capture).usage, Some(Usage::new(14, 1)));
}

#[test]
fn chunks_of_our_own_trait() {
    struct Own(Option<Usage>);
    impl LlmResponse for Own {
        fn usage(&self) -> Option<Usage> {
            self.0
        }
    }
    #[track_llm(model = "gpt-4o", stream)]
    fn ask() -> impl Stream<Item = Arc<Own>> {
        stream::iter([None, Some(Usage::new(5, 6))]).map(|usage| Arc::new(Own(usage)))
    }
    let capture = capture();
    block_on(ask().count());
    assert_eq!(only(&capture).usage, Some(Usage::new(5, 6)));
}

#[test]
fn increments_are_summed_on_demand() {
    #[track_llm(model = "gpt-4o", stream, chunks = summed)]
    fn probed() -> impl Stream<Item = Value> {
        stream::iter([used(10, 1), text("tea"), used(0, 2), used(0, 3)])
    }
    #[track_llm(model = "gpt-4o", stream, chunks = summed, usage = |output| Usage::new(0, *output))]
    fn stated() -> BoxStream<'static, u64> {
        stream::iter([1, 2, 3]).boxed()
    }
    let capture = capture();
    block_on(async { (probed().count().await, stated().count().await) });
    let usages: Vec<_> = capture.llm_calls().iter().map(|call| call.usage.unwrap()).collect();
    assert_eq!(usages, [Usage::new(10, 6), Usage::new(0, 6)]);
}

#[test]
fn text_with_recorded_usage_and_with_none() {
    #[track_llm(model = "gpt-4o", stream, usage = recorded)]
    fn recorded() -> impl Stream<Item = String> {
        stream::iter(answer()).map(|chunk| {
            record_usage(&chunk);
            chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default().to_owned()
        })
    }
    #[track_llm(model = "gpt-4o", stream, usage = recorded)]
    fn forgotten() -> impl Stream<Item = &'static str> {
        stream::iter(["tea"])
    }
    #[track_llm(model = "gpt-4o", stream, usage = none)]
    async fn nobody() -> BoxStream<'static, &'static str> {
        stream::iter(["tea", "leaves"]).boxed()
    }
    let capture = capture();
    block_on(async {
        recorded().count().await;
        forgotten().count().await;
        nobody().await.count().await;
    });
    let calls = capture.llm_calls();
    assert_eq!((calls[0].usage, calls[0].chunks), (Some(Usage::new(1_000, 500)), Some(4)));
    assert!(calls[1].usage_missing);
    assert_eq!((calls[2].usage_missing, calls[2].chunks), (false, Some(2)));
}

#[test]
fn code_of_the_users_that_reads_a_chunk_may_panic() {
    struct Bomb;
    impl Serialize for Bomb {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("in serialize")
        }
    }
    #[track_llm(model = "gpt-4o", stream)]
    fn ask() -> impl Stream<Item = Bomb> {
        stream::iter([Bomb, Bomb])
    }
    let capture = capture();
    assert_eq!(block_on(ask().count()), 2);
    assert_eq!(only(&capture).status, Status::Success);
    assert!(only(&capture).usage_missing);
    assert_eq!(capture.value("arc_obs_usage_inconsistent_total", &[("reason", "panicked")]), Some(1.0));
}

#[test]
fn a_stated_cost_is_charged_at_a_good_end() {
    #[track_llm(model = "image-maker", stream, usage = none, cost = f64::from(images) * 0.04)]
    fn draw(images: u32) -> impl Stream<Item = &'static str> {
        stream::iter(["one", "two"])
    }
    const PRICE: Usd = Usd::from_nanos(7);
    #[track_llm(model = "image-maker", stream, usage = none, cost = PRICE)]
    async fn again() -> BoxStream<'static, &'static str> {
        stream::iter(["one"]).boxed()
    }
    let capture = capture();
    block_on(async {
        draw(2).count().await;
        drop(draw(2));
        again().await.count().await;
    });
    let costs: Vec<_> = capture.llm_calls().iter().map(|call| call.cost.unwrap().as_nanos()).collect();
    assert_eq!(costs, [80_000_000, 0, 7]);
}
