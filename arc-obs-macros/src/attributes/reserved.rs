//! What arc-obs has for itself of a span's fields: their names, and their number.
//!
//! Plain data: a test of arc-obs reads this file, too, and compares it with the spans.

/// How many fields of its own one function may declare. A new span is made from an array
/// of a fixed length.
pub(crate) const MOST: usize = 16;

/// On every span.
pub(crate) const ALWAYS: &[&str] = &["status", "error.type"];

/// On none yet, and kept for what it is in the conventions.
pub(crate) const KEPT: &[&str] = &["error.message"];

/// What begins all names of the GenAI conventions, which arc-obs fills as they come.
pub(crate) const PREFIX: &str = "gen_ai.";

/// Those of them that only the function knows, and so may declare, by attribute.
pub(crate) const SAID_BY_IT: &[(&str, &[&str])] = &[
    (
        "track_llm",
        &[
            "gen_ai.output.type",
            "gen_ai.prompt.name",
            "gen_ai.prompt.version",
            "gen_ai.request.choice.count",
            "gen_ai.request.frequency_penalty",
            "gen_ai.request.max_tokens",
            "gen_ai.request.presence_penalty",
            "gen_ai.request.previous_response.id",
            "gen_ai.request.reasoning.level",
            "gen_ai.request.seed",
            "gen_ai.request.temperature",
            "gen_ai.request.top_k",
            "gen_ai.request.top_p",
        ],
    ),
    ("track_agent", &["gen_ai.agent.description", "gen_ai.agent.id", "gen_ai.agent.version", "gen_ai.provider.name"]),
    ("track_tool", &["gen_ai.tool.call.id", "gen_ai.tool.description", "gen_ai.tool.type"]),
];

/// By attribute.
pub(crate) const BY_ATTRIBUTE: &[(&str, &[&str])] = &[
    ("track_agent", &["agent.name", "agent.type"]),
    ("track_llm", &["model"]),
    ("track_tool", &["tool"]),
    ("track_workflow", &["workflow"]),
    ("track_cache", &["cache.type", "cache.hit"]),
    ("track_request", &["http.request.method", "http.route", "http.response.status_code"]),
];
