//! What to expand, decided: attributes write it, `expand` reads it and judges
//! nothing.

use syn::{Expr, LitStr, Path};

/// One annotated function, understood.
pub(crate) struct Plan {
    pub(crate) operation: Operation,
    pub(crate) cost: Option<Cost>,
    /// `crate = path`, where the user gave one.
    pub(crate) crate_path: Option<Path>,
}

/// What the function is.
pub(crate) enum Operation {
    Agent {
        name: Name,
        agent_type: LitStr,
    },
    Llm {
        call: LlmCall,
        usage: Usage,
    },
    Tool {
        name: Name,
    },
    Workflow {
        name: Name,
    },
    /// `hit` is a closure (or a path) of the user's that tells a hit from a miss.
    Cache {
        name: Name,
        hit: Option<Box<Expr>>,
    },
    /// Its name is method and endpoint. `status` is a closure (or a path) of the user's that
    /// says the HTTP status.
    Request {
        name: Name,
        method: LitStr,
        status: Option<Box<Expr>>,
    },
    Traced {
        name: Name,
    },
}

impl Operation {
    /// What it is called; of an LLM call, the model.
    pub(crate) fn name(&self) -> &Name {
        match self {
            Self::Llm { call, .. } => &call.model,
            Self::Agent { name, .. }
            | Self::Tool { name }
            | Self::Workflow { name }
            | Self::Cache { name, .. }
            | Self::Request { name, .. }
            | Self::Traced { name } => name,
        }
    }
}

/// What something is called.
pub(crate) enum Name {
    /// It stands in the source.
    Literal(LitStr),
    /// An expression of the user's says it, at each call.
    Said(Box<Expr>),
}

impl Name {
    pub(crate) fn literal(&self) -> Option<&LitStr> {
        if let Self::Literal(text) = self { Some(text) } else { None }
    }

    pub(crate) fn said(&self) -> Option<&Expr> {
        if let Self::Said(expression) = self { Some(expression) } else { None }
    }
}

/// What the attribute says of an LLM call.
pub(crate) struct LlmCall {
    pub(crate) model: Name,
    pub(crate) provider: Option<LitStr>,
    pub(crate) operation: LitStr,
    pub(crate) price: Option<Price>,
    pub(crate) tier: Option<LitStr>,
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
