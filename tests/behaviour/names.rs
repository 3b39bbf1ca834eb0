//! One name, one series.

use arc_obs::testing::capture;
use arc_obs::{traced, track_agent, track_tool};
use arc_obs_tests::page;

#[test]
fn two_functions_with_one_name_share_a_series() {
    #[track_agent("names_shared")]
    fn one() {}
    #[track_agent("names_shared", kind = "other")]
    async fn two() -> Result<(), String> {
        Ok(())
    }
    one();
    futures::executor::block_on(two()).unwrap();
    assert_eq!(page::agent("names_shared", "success"), 2.0);
    let text = arc_obs::prometheus::TextEncoder::new().encode_to_string(&arc_obs::registry().gather()).unwrap();
    let line = r#"arc_agent_executions_total{agent_name="names_shared",status="success"} 2"#;
    assert_eq!(text.lines().filter(|found| *found == line).count(), 1, "{text}");
}

#[test]
fn a_never_called_generic_function_has_no_series_before_init_and_one_name_after_its_call() {
    #[track_tool("names_generic")]
    fn generic<T>(value: T) -> T {
        value
    }
    generic(1);
    generic("x");
    let tool = page::value("arc_tool_calls_total", &[("tool", "names_generic"), ("status", "success")]);
    assert_eq!(tool, Some(2.0), "statics of a generic function are shared");
    let failed = page::value("arc_tool_calls_total", &[("tool", "names_generic"), ("status", "error")]);
    assert_eq!(failed, Some(0.0), "`error` exists beside it");
    assert_eq!(page::value("arc_tool_calls_total", &[("tool", "names_generic"), ("status", "panic")]), None);
}

#[test]
fn a_name_has_up_to_64_characters_of_any_script() {
    #[track_agent("ÄäÖöÜüßé東京エージェント_an_agent_of_64_characters_and_of_more_bytes____")]
    fn agent() {}
    // Nobody chose this one to be a label: it is taken as it is.
    #[traced]
    fn a_function_whose_name_is_longer_than_what_somebody_may_choose_as_a_name() {}

    let capture = capture();
    agent();
    a_function_whose_name_is_longer_than_what_somebody_may_choose_as_a_name();
    let lengths: Vec<_> = capture.operations().iter().map(|it| it.name.chars().count()).collect();
    assert_eq!(lengths, [64, 71]);
}
