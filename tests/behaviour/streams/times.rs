//! When the chunks came.

use super::*;

#[test]
fn the_first_chunk_and_the_gaps_are_measured_by_the_captures_clock() {
    #[track_llm(model = "gpt-4o", stream)]
    fn ask(clock: &ManualClock) -> impl Stream<Item = Value> {
        stream::iter(answer()).inspect(|_| clock.advance(Duration::from_millis(400)))
    }
    let clock = ManualClock::new();
    let capture = capture().with_clock(&clock);
    let stream = ask(&clock);
    clock.advance(Duration::from_secs(1));
    block_on(stream.count());
    let call = only(&capture);
    assert_eq!(call.time_to_first_chunk, Some(Duration::from_millis(1_400)));
    assert_eq!(call.duration, Duration::from_millis(2_600));
    let page = prometheus::TextEncoder::new().encode_to_string(&capture.registry().gather()).unwrap();
    let has = |line: &str| assert!(page.lines().any(|other| other == line), "{line} in\n{page}");
    has("arc_llm_time_to_first_token_seconds_sum{model=\"gpt-4o\"} 1.4");
    has("arc_llm_time_to_first_token_seconds_count{model=\"gpt-4o\"} 1");
    has("arc_llm_time_per_output_chunk_seconds_sum{model=\"gpt-4o\"} 1.2");
    has("arc_llm_time_per_output_chunk_seconds_count{model=\"gpt-4o\"} 3");
    has("arc_llm_time_per_output_chunk_seconds_bucket{model=\"gpt-4o\",le=\"0.25\"} 0");
    has("arc_llm_time_per_output_chunk_seconds_bucket{model=\"gpt-4o\",le=\"0.5\"} 3");
}

#[test]
fn they_are_there_at_zero_for_streamed_call_sites_only() {
    #[track_llm(model = "gpt-4o", stream)]
    fn streamed() -> BoxStream<'static, Value> {
        stream::empty().boxed()
    }
    #[track_llm(model = "gpt-4o-mini", usage = none)]
    fn whole() {}
    let capture = capture();
    drop(streamed());
    whole();
    for family in ["arc_llm_time_to_first_token_seconds", "arc_llm_time_per_output_chunk_seconds"] {
        assert_eq!(capture.value(family, &[("model", "gpt-4o")]), Some(0.0));
        assert_eq!(capture.value(family, &[("model", "gpt-4o-mini")]), None);
    }
    let calls = capture.llm_calls();
    assert_eq!((calls[0].chunks, calls[0].time_to_first_chunk), (Some(0), None));
    assert_eq!((calls[1].chunks, calls[1].time_to_first_chunk), (None, None));
}
