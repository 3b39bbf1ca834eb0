//! What to expand, decided: attributes write it, `expand` reads it and judges
//! nothing.

use proc_macro2::Span;
use syn::{Expr, LitStr, Path};

/// One annotated function, understood.
pub(crate) struct Plan {
    pub(crate) operation: Operation,
    pub(crate) cost: Option<Cost>,
    /// `crate = path`, where the user gave one.
    pub(crate) crate_path: Option<Path>,
}

impl Plan {
    /// How the answer comes in chunks, if it does.
    pub(crate) fn stream(&self) -> Option<&Stream> {
        if let Operation::Llm { call, .. } = &self.operation { call.stream.as_ref() } else { None }
    }
}

/// What the function is.
pub(crate) enum Operation {
    Agent {
        name: LitStr,
        agent_type: LitStr,
    },
    Llm {
        call: LlmCall,
        usage: Usage,
    },
    Tool {
        name: LitStr,
    },
    Workflow {
        name: LitStr,
    },
    /// `hit` is a closure (or a path) of the user's that tells a hit from a miss.
    Cache {
        name: LitStr,
        hit: Option<Box<Expr>>,
    },
    Traced {
        name: LitStr,
    },
}

/// What the attribute says of an LLM call.
pub(crate) struct LlmCall {
    pub(crate) model: LitStr,
    pub(crate) provider: Option<LitStr>,
    pub(crate) operation: LitStr,
    pub(crate) price: Option<Price>,
    pub(crate) tier: Option<LitStr>,
    pub(crate) stream: Option<Stream>,
}

/// How the answer of an LLM call comes in chunks.
pub(crate) struct Stream {
    pub(crate) from: StreamFrom,
    /// Where it says that the usage of each chunk is its own: `chunks = summed`.
    pub(crate) summed: Option<Span>,
}

/// Which stream it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamFrom {
    /// The one that the function returns: `stream`.
    Result,
    /// The one that the body hands to `observe_stream`: `stream = observed`.
    Body,
}

/// What a million tokens cost, in nano-dollars.
pub(crate) struct Price {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) cache_read: Option<u64>,
    pub(crate) cache_write: Option<u64>,
    pub(crate) cache_write_1h: Option<u64>,
    pub(crate) reasoning: Option<u64>,
}

/// Where the cost of an operation comes from.
pub(crate) enum Cost {
    /// From a closure of the user's that sees the result.
    OfResult(Box<Expr>),
    /// From what a path leads to: a function that sees the result, or a value. Only
    /// its type tells which.
    Path(Box<Expr>),
    /// From an expression of the user's.
    Value(Box<Expr>),
}

/// Where the token usage of an LLM call comes from.
pub(crate) enum Usage {
    /// From the response, by its type.
    Response,
    /// From a closure of the user's.
    Closure(Box<Expr>),
    /// From the body, which calls `record_usage`: `usage = recorded`.
    Body,
    /// `usage = none`
    Nobody,
}
