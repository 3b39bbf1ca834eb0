//! What is recorded by hand takes the same way, and run-time strings are bounded.

use std::time::Duration;

use arc_obs::testing::capture;
use arc_obs::{Status, Usage, record_agent_execution, record_cache_operation, record_llm_call, record_request};

const MS: Duration = Duration::from_millis(1);

#[test]
fn each_record_function_fills_its_families() {
    let capture = capture();
    record_request("get", "/records", 200, 3 * MS);
    let request = [("method", "GET"), ("endpoint", "/records"), ("status", "200")];
    assert_eq!(capture.value("arc_requests_total", &request), Some(1.0));
    assert_eq!(capture.value("arc_request_duration_seconds", &request[..2]), Some(1.0));

    record_llm_call("claude-3-haiku", Status::Success, 20 * MS, Usage::new(1_000_000, 1_000_000));
    record_llm_call("claude-3-haiku", Status::Timeout, 20 * MS, None);
    assert_eq!(capture.value("arc_llm_cost_dollars", &[("model", "claude-3-haiku")]), Some(1.5));
    assert_eq!(capture.value("arc_llm_calls_total", &[("model", "claude-3-haiku"), ("status", "timeout")]), Some(1.0));

    record_agent_execution("records", Status::Cancelled, 5 * MS);
    assert_eq!(
        capture.value("arc_agent_executions_total", &[("agent_name", "records"), ("status", "cancelled")]),
        Some(1.0)
    );

    record_cache_operation("records", true, 4_096);
    record_cache_operation("records", false, None);
    let cache = [("cache_type", "records")];
    assert_eq!(capture.value("arc_cache_hits_total", &cache), Some(1.0));
    assert_eq!(capture.value("arc_cache_misses_total", &cache), Some(1.0));
    assert_eq!(capture.value("arc_cache_size_bytes", &cache), Some(4096.0));
}

#[test]
fn the_guides_prices_are_as_the_guide_has_them() {
    let capture = capture();
    let million = Usage::new(1_000_000, 0);
    for (model, input, output) in [
        ("gpt-4o", 2.5, 10.0),
        ("gpt-4o-mini", 0.15, 0.6),
        ("gpt-4-turbo-2024-04-09", 10.0, 30.0),
        ("claude-3-5-sonnet", 3.0, 15.0),
    ] {
        let cost = || capture.value("arc_llm_cost_dollars", &[("model", model)]).unwrap_or(0.0);
        let before = cost();
        record_llm_call(model, Status::Success, MS, million);
        let after_input = cost();
        record_llm_call(model, Status::Success, MS, Usage::new(0, 1_000_000));
        assert!((after_input - before - input).abs() < 1e-9, "{model}: {after_input}");
        assert!((cost() - after_input - output).abs() < 1e-9, "{model}");
    }
}

#[test]
fn run_time_label_values_are_capped_and_sums_stay_exact() {
    let capture = capture();
    for n in 0..5_000 {
        record_request("GET", &format!("/capped/{n}"), 200, MS);
    }
    let families = capture.registry().gather();
    let durations = families.iter().find(|family| family.name() == "arc_request_duration_seconds").unwrap();
    assert_eq!(durations.get_metric().len(), 201);
    let other = [("method", "GET"), ("endpoint", "other"), ("status", "200")];
    assert_eq!(capture.value("arc_requests_total", &other), Some(4_800.0));
    assert_eq!(capture.value("arc_obs_label_overflow_total", &[("reason", "cap")]), Some(4_800.0));
    let labels = [("method", "other"), ("endpoint", "other"), ("status", "other")];
    record_request("BREW\r\n", "/one/more/endpoint", 7, MS);
    assert_eq!(capture.value("arc_requests_total", &labels), Some(1.0));
}

#[test]
fn hostile_label_values_make_a_page_that_parses() {
    let capture = capture();
    let long = "é".repeat(32 * 1024);
    for name in ["\"quoted\"", "back\\slash", "line\nbreak", "", "🦀", long.as_str()] {
        record_agent_execution(name, Status::Success, MS);
    }
    let text = arc_obs::prometheus::TextEncoder::new().encode_to_string(&capture.registry().gather()).unwrap();
    assert!(text.contains(r#"agent_name="\"quoted\"""#), "quotes are escaped");
    assert!(text.contains(r#"agent_name="back\\slash""#), "backslashes are escaped");
    assert!(text.contains(r#"agent_name="line\nbreak""#), "newlines are escaped");
    assert!(text.lines().all(|line| line.len() < 1_024), "64 KB values are cut");
    assert!(capture.value("arc_obs_label_overflow_total", &[("reason", "too_long")]).unwrap() >= 1.0);
}

#[test]
fn impossible_counts_by_hand_are_flagged() {
    let capture = capture();
    record_llm_call("gpt-4o-2024-11-20", Status::Success, MS, Usage::new(u64::MAX, u64::MAX));
    assert_eq!(capture.value("arc_obs_usage_inconsistent_total", &[("reason", "overflow")]), Some(1.0));
    assert_eq!(capture.value("arc_llm_tokens_total", &[("model", "gpt-4o-2024-11-20"), ("type", "prompt")]), Some(0.0));
    record_llm_call("gpt-4o-2024-11-20", Status::Success, Duration::MAX, Usage::new(1 << 39, 1 << 39));
    let cost = capture.value("arc_llm_cost_dollars", &[("model", "gpt-4o-2024-11-20")]).unwrap();
    assert!(cost > 0.0 && cost.is_finite());
}
