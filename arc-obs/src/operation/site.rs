//! What an annotated function is, as its attribute says it: plain data that an
//! expansion writes into a `static`.

use super::DeclaredFields;

/// One annotated function: what it is and where it stands.
#[derive(Debug)]
pub(crate) struct Site {
    /// What the attribute says.
    pub(crate) kind: SiteKind,
    /// Names and values of the user's own labels, by name.
    pub(crate) labels: &'static [(&'static str, &'static str)],
    /// Whether its name arrived at run time, so that its label value is one of a bounded
    /// number.
    pub(crate) named_at_run_time: bool,
    /// The function's name.
    pub(crate) function: &'static str,
    /// `module_path!()` of the function.
    pub(crate) module: &'static str,
    /// `file!()` of the function.
    pub(crate) file: &'static str,
    /// `line!()` in the expansion: the line of the attribute.
    pub(crate) line: u32,
    /// The user's own fields.
    pub(crate) fields: Option<&'static DeclaredFields>,
}

/// What only some functions' attributes say.
#[derive(Clone, Copy, Debug)]
pub struct Extras {
    /// `price(..)`
    pub price: Option<StatedPrice>,
    /// `tier = "batch"`
    pub tier: Option<&'static str>,
    /// `unpriced`
    pub unpriced: bool,
    /// `fields(..)`, `on_success(..)` and `on_error(..)`
    pub fields: Option<&'static DeclaredFields>,
    /// `name = expression`, `model = expression`: the name arrives at run time.
    pub named_at_run_time: bool,
    /// `stream`
    pub streamed: bool,
}

impl Extras {
    /// Nothing of it.
    pub const NONE: Self =
        Self { price: None, tier: None, unpriced: false, fields: None, named_at_run_time: false, streamed: false };
}

/// What the attribute says that a million tokens cost, in nano-dollars.
///
/// Of the four parts, those without a rate of their own are billed as what they are
/// part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StatedPrice {
    /// A million input tokens.
    pub input: u64,
    /// A million output tokens.
    pub output: u64,
    /// A million of the input tokens that were read from a cache.
    pub cache_read: Option<u64>,
    /// A million of the input tokens that were written to a cache.
    pub cache_write: Option<u64>,
    /// A million of the tokens written to a cache that are kept for an hour.
    pub cache_write_1h: Option<u64>,
    /// A million of the output tokens that were spent on reasoning.
    pub reasoning: Option<u64>,
}

/// What kind of operation a function is, with the facts that its attribute gives.
#[derive(Debug)]
pub(crate) enum SiteKind {
    /// `#[track_agent("name", kind = "react")]`
    Agent {
        /// Label `agent_name`.
        name: &'static str,
        /// The guide's `agent.type`, `react` unless said otherwise.
        agent_type: &'static str,
    },
    /// `#[track_llm(model = "…")]`
    Llm {
        /// The model that is asked for; label `model`.
        model: &'static str,
        /// `gen_ai.provider.name`, if the attribute names it.
        provider: Option<&'static str>,
        /// `gen_ai.operation.name`, `chat` unless said otherwise.
        operation: &'static str,
        /// Whether the body records the token usage: `usage = recorded`.
        recorded: bool,
        /// What the tokens cost, if the attribute says it: `price(..)`.
        price: Option<&'static StatedPrice>,
        /// The service tier, if the attribute names it: `tier = "batch"`. What the
        /// response says comes first.
        tier: Option<&'static str>,
        /// Whether the attribute says that there may be no price: `unpriced`.
        unpriced: bool,
        /// Whether the attribute says what a call costs: `cost = …`.
        costs: bool,
        /// Whether the answer comes in chunks: `stream`.
        streamed: bool,
    },
    /// `#[track_tool("name")]`
    Tool {
        /// Label `tool`.
        name: &'static str,
        /// Whether the attribute says what a call costs: `cost = …`.
        costs: bool,
    },
    /// `#[track_workflow("name")]`
    Workflow {
        /// Label `workflow`.
        name: &'static str,
        /// Whether the attribute says what an execution costs: `cost = …`.
        costs: bool,
    },
    /// `#[track_cache("name")]`
    Cache {
        /// Label `cache_type`.
        name: &'static str,
    },
    /// `#[track_request(method = "POST", endpoint = "/ask")]`
    Request {
        /// Method and endpoint.
        name: &'static str,
        /// Label `method`, one of those that HTTP defines.
        method: &'static str,
        /// Label `endpoint`, a route's template.
        endpoint: &'static str,
    },
    /// `#[traced]`
    Operation {
        /// Label `operation`.
        name: &'static str,
        /// Whether the attribute says what it costs: `cost = …`.
        costs: bool,
    },
}
