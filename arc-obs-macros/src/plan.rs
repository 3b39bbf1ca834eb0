//! What to expand, decided: attributes write it, `expand` reads it and judges
//! nothing.

use proc_macro2::{Ident, Span};
use syn::{Expr, LitStr, Path};

/// One annotated function, understood.
pub(crate) struct Plan {
    pub(crate) operation: Operation,
    pub(crate) cost: Option<Cost>,
    pub(crate) labels: Option<Labels>,
    /// `crate = path`, where the user gave one.
    pub(crate) crate_path: Option<Path>,
}

/// `labels(..)`, not empty.
pub(crate) struct Labels {
    /// Where the word stands.
    pub(crate) keyword: Span,
    pub(crate) given: Vec<LabelGiven>,
}

/// `key = value`
pub(crate) struct LabelGiven {
    pub(crate) key: Ident,
    pub(crate) value: Expr,
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
    /// `unpriced`
    pub(crate) unpriced: bool,
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
