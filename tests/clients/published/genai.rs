//! From genai 0.7.2, `examples/x99-cache-experiment.rs`: Copyright (c) 2026 Jeremy Chone,
//! MIT OR Apache-2.0, here under MIT (`LICENSE-MIT` beside this file). Left out are its
//! command line and the arms that are not run here; the document that it sends is ours.

use arc_obs::{Status, Usage, testing, traced, track_agent, track_llm, track_tool};
use arc_obs_tests::responses;
use genai::Client;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest, ChatResponse, Tool, ToolResponse};
use serde_json::{Value, json};

use crate::{pure_genai, server};

/// Default is the Interactions API. Set `MODEL=gemini::gemini-3.7-flash` to run the identical
/// arms against `generateContent` instead — same model, different API surface.
#[traced("their_model")]
fn model() -> String {
	std::env::var("MODEL_NAME").unwrap_or_else(|_| "gemini_ix::gemini-3.7-flash".to_string())
}

const QUESTIONS: [&str; 5] = [
	"In one sentence: what is the ChatRequest type for?",
	"In one sentence: what does ChatOptions::capture_usage do?",
	"In one sentence: what is an AdapterKind?",
	"In one sentence: what is a ServiceTarget?",
	"In one sentence: what does StopReason represent?",
];

#[derive(Debug, Default, Clone, Copy)]
struct TurnUsage {
	input: i64,
	cached: i64,
	output: i64,
	thought: i64,
}

/// Reads token counts straight off the raw body, so the numbers are the provider's own.
/// The two APIs report usage under different roots and different key names, so try both:
/// Interactions `usage.total_input_tokens`, generateContent `usageMetadata.promptTokenCount`.
#[traced("read_usage")]
fn read_usage(res: &ChatResponse) -> TurnUsage {
	let get = |ix_key: &str, gc_key: &str| -> i64 {
		let body = res.captured_raw_body.as_ref();
		body.and_then(|b| b.pointer(&format!("/usage/{ix_key}")))
			.or_else(|| body.and_then(|b| b.pointer(&format!("/usageMetadata/{gc_key}"))))
			.and_then(Value::as_i64)
			.unwrap_or(0)
	};
	TurnUsage {
		input: get("total_input_tokens", "promptTokenCount"),
		cached: get("total_cached_tokens", "cachedContentTokenCount"),
		output: get("total_output_tokens", "candidatesTokenCount"),
		thought: get("total_thought_tokens", "thoughtsTokenCount"),
	}
}

#[track_tool("print_turn", cost = 0.001)]
fn print_turn(arm: &str, turn: usize, usage: TurnUsage) {
	let pct = if usage.input > 0 {
		(usage.cached as f64 / usage.input as f64) * 100.0
	} else {
		0.0
	};
	println!(
		"  [{arm}] turn {turn}: input={:>6}  cached={:>6} ({pct:>5.1}%)  output={:>4}  thought={:>4}",
		usage.input, usage.cached, usage.output, usage.thought
	);
}

/// Ours: theirs reads a file of their repository.
fn big_document(run_marker: &str) -> String {
	format!("[run {run_marker}]")
}

/// Arm C: the *same* request, fired back to back. Not a conversation — a control that maximises
/// every condition Google lists for an implicit cache hit: an identical large prefix, repeated,
/// in quick succession. If caching does not engage here it will not engage in a real chat.
#[track_llm(model = "gemini-2.5-flash", provider = "gcp.gemini", usage = |usages| usages.as_ref().ok().map(|usages| sum(usages)))]
async fn run_repeat_probe(
	client: &Client,
	options: &ChatOptions,
	marker: &str,
	iterations: usize,
) -> Result<Vec<TurnUsage>, Box<dyn std::error::Error>> {
	println!("Arm C — identical request repeated (control, store=false)");
	let mut usages = Vec::new();
	let prompt = format!("{}\n\n{}", big_document(marker), QUESTIONS[0]);

	for turn in 0..iterations {
		let chat_req = ChatRequest::from_user(prompt.clone()).with_store(false);
		let res = client.exec_chat(&model(), chat_req, Some(options)).await?;
		let usage = read_usage(&res);
		print_turn("C", turn + 1, usage);
		usages.push(usage);
	}

	Ok(usages)
}

/// Arm E: a real agentic loop — big system prompt, tools, and a conversation that *strictly
/// grows*: every request contains the previous one entirely as its prefix, then appends the
/// assistant's tool call and the tool result. This is the shape that should be maximally
/// prefix-cache friendly, and it is what arms C and D do not cover.
///
/// `MODE=stateful` runs the same loop over `previous_interaction_id` instead of resending.
#[track_agent("cache_probe", kind = "tool_loop")]
async fn run_agentic_probe(
	client: &Client,
	options: &ChatOptions,
	marker: &str,
	stateful: bool,
	max_rounds: usize,
) -> Result<Vec<TurnUsage>, Box<dyn std::error::Error>> {
	println!(
		"Arm E — agentic tool loop, {} (system prompt + tools, history grows every round)",
		if stateful { "stateful" } else { "stateless" }
	);

	let tool = Tool::new("lookup_population")
		.with_description("Look up the population of a single city.")
		.with_schema(json!({
			"type": "object",
			"properties": { "city": { "type": "string" } },
			"required": ["city"],
		}));

	// The large, unchanging prefix lives in the system instruction — the usual agent shape.
	let system = big_document(marker);
	let task = "Using the lookup_population tool, get the population of Tokyo, then Paris, then 	            Cairo, then Lima, then Oslo. Call the tool for exactly one city per turn and wait 	            for each result before the next. Finish with a one-sentence summary.";

	let mut usages = Vec::new();
	let mut messages: Vec<ChatMessage> = vec![ChatMessage::user(task)];
	let mut previous_id: Option<String> = None;

	for round in 0..max_rounds {
		// `system` and `tools` are interaction-scoped — re-sent every round in both modes.
		let chat_req = match (&previous_id, stateful) {
			// Stateful: only the newest turn travels.
			(Some(id), true) => ChatRequest::new(vec![
				messages.last().cloned().ok_or("stateful round needs a message to send")?,
			])
			.with_previous_response_id(id)
			.with_store(true),
			// Stateless (and the first stateful round): the whole transcript so far.
			_ => ChatRequest::new(messages.clone()).with_store(stateful),
		}
		.with_system(&system)
		.append_tool(tool.clone());

		let res = client.exec_chat(&model(), chat_req, Some(options)).await?;
		previous_id = res.response_id.clone();
		let usage = read_usage(&res);
		print_turn("E", round + 1, usage);
		usages.push(usage);

		// Grow the transcript: assistant turn, then the tool results.
		let tool_calls = res.into_tool_calls();
		if tool_calls.is_empty() {
			println!("      (no more tool calls — loop finished)");
			break;
		}
		let tool_responses: Vec<ToolResponse> = tool_calls
			.iter()
			.map(|call| {
				let city = call.fn_arguments["city"].as_str().unwrap_or("unknown");
				// `from_tool_call` carries the tool name. In stateful mode the adapter cannot
				// recover it — the function_call lives server-side — and the API rejects a
				// function_result that lacks the real name.
				ToolResponse::from_tool_call(call, format!(r#"{{"city":"{city}","population":"9,733,000"}}"#))
			})
			.collect();
		messages.push(ChatMessage::from(tool_calls));
		messages.push(ChatMessage::from(tool_responses));
	}

	Ok(usages)
}
// From here on it is ours.

fn sum(usages: &[TurnUsage]) -> Usage {
    let total = |tokens: fn(&TurnUsage) -> i64| usages.iter().map(|usage| tokens(usage).unsigned_abs()).sum();
    Usage::new(total(|usage| usage.input), total(|usage| usage.output + usage.thought)).cache_read(total(|usage| usage.cached))
}

fn client(files: &[&str]) -> (Client, ChatOptions) {
    let server = server::answering_each(files.iter().map(|file| responses::of(file).text()));
    let client = pure_genai::client(AdapterKind::Gemini, format!("{server}/v1beta/"));
    (client, ChatOptions::default().with_capture_raw_body(true))
}

#[tokio::test]
async fn the_loop_of_genai() {
    let (client, options) = client(&["gemini/function_call.json", "gemini/generate_content.json"]);
    let capture = testing::capture();
    let usages = run_agentic_probe(&client, &options, "E-1", false, 8).await.unwrap();
    assert_eq!(usages.iter().map(|usage| usage.input).collect::<Vec<_>>(), [154, 8]);

    let operations = capture.operations();
    let ended: Vec<_> = operations.iter().map(|operation| operation.name.as_str()).collect();
    let turn = ["their_model", "read_usage", "print_turn"];
    assert_eq!(ended, [&turn[..], &turn, &["cache_probe"]].concat());
    assert!(operations.iter().all(|operation| operation.status == Status::Success));
    assert_eq!(operations[2].agent.as_deref(), Some("cache_probe"));
    assert_eq!(operations[6].cost, arc_obs::Usd::from_dollars(0.002), "what its tools cost");
}

#[tokio::test]
async fn the_probe_of_genai() {
    let (client, options) = client(&["gemini/generate_content.json", "gemini/generate_content.json"]);
    let capture = testing::capture();
    let usages = run_repeat_probe(&client, &options, "C-1", 2).await.unwrap();
    assert_eq!(usages.len(), 2);
    let call = &capture.llm_calls()[0];
    assert_eq!((call.status, call.usage), (Status::Success, Some(Usage::new(16, 10))));
    assert!(call.cost.is_some());
}

/// The server has gone: `?` leaves the loop with the client's own error.
#[tokio::test]
async fn the_probe_of_genai_fails() {
    let (client, options) = client(&["gemini/generate_content.json"]);
    let capture = testing::capture();
    assert!(run_repeat_probe(&client, &options, "C-1", 2).await.is_err());
    let call = &capture.llm_calls()[0];
    assert_eq!((call.status, call.usage), (Status::Error, None));
}
