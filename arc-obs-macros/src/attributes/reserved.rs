//! The names of the span fields that arc-obs writes by itself.
//!
//! Names only: a test of arc-obs reads this file, too, and compares it with the spans.

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
];
