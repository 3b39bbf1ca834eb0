//! What to expand, decided: attributes write it, `expand` reads it and judges
//! nothing.

use syn::{Expr, LitStr, Path};

/// One annotated function, understood.
pub(crate) struct Plan {
    pub(crate) operation: Operation,
    /// `crate = path`, where the user gave one.
    pub(crate) crate_path: Option<Path>,
}

/// What the function is.
pub(crate) enum Operation {
    Agent { name: LitStr, agent_type: LitStr },
    Llm { model: LitStr, provider: Option<LitStr>, operation: LitStr, usage: Usage },
    Tool { name: LitStr },
    Traced { name: LitStr },
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
