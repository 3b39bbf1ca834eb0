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

/// By attribute.
pub(crate) const BY_ATTRIBUTE: &[(&str, &[&str])] = &[
    ("track_agent", &["agent.name", "agent.type"]),
    ("track_llm", &["model"]),
    ("track_tool", &["tool"]),
    ("track_workflow", &["workflow"]),
    ("track_cache", &["cache.type", "cache.hit"]),
    ("track_request", &["http.request.method", "http.route", "http.response.status_code"]),
];
