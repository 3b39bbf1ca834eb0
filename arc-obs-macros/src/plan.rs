//! What to expand, decided: attributes write it, `expand` reads it and judges
//! nothing.

use proc_macro2::{Span, TokenStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Path, Token};

/// One annotated function, understood.
pub(crate) struct Plan {
    pub(crate) operation: Operation,
    pub(crate) cost: Option<Cost>,
    pub(crate) labels: Option<Labels>,
    pub(crate) fields: Fields,
    /// What may be captured of its content, if anything may.
    pub(crate) capture: Option<Capture>,
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

impl Plan {
    /// How the answer comes in chunks, if it does.
    pub(crate) fn stream(&self) -> Option<&Stream> {
        if let Operation::Llm { call, .. } = &self.operation { call.stream.as_ref() } else { None }
    }
}

impl Plan {
    /// Whether its operations are found again while they run.
    pub(crate) fn has_fields(&self) -> bool {
        !self.fields.declared.is_empty() || self.capture.is_some()
    }

    /// Whether that is so because the attribute says it.
    pub(crate) fn says_fields(&self) -> bool {
        !self.fields.declared.is_empty() || self.capture.as_ref().is_some_and(|capture| capture.is_said)
    }
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

    /// What kind of operation it is, as the runtime crate calls it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Agent { .. } => "Agent",
            Self::Llm { .. } => "Llm",
            Self::Tool { .. } => "Tool",
            Self::Workflow { .. } => "Workflow",
            Self::Cache { .. } => "Cache",
            Self::Request { .. } => "Request",
            Self::Traced { .. } => "Operation",
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
    /// `unpriced`
    pub(crate) unpriced: bool,
    pub(crate) stream: Option<Stream>,
}

/// `capture`, and what is captured where nobody says it here but whoever runs the program.
pub(crate) struct Capture {
    /// Where it stands, or the function's name.
    pub(crate) key: Span,
    /// Whether the attribute says it.
    pub(crate) is_said: bool,
    pub(crate) prompts: Vec<Prompt>,
}

/// Something that may say what the model or the tool is asked.
pub(crate) struct Prompt {
    /// What it is called; nothing of what is asked as a whole.
    pub(crate) name: String,
    pub(crate) value: Expr,
    /// `#[cfg(..)]`, without which it may not be there.
    pub(crate) conditions: TokenStream,
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

/// The span fields that the user declares.
#[derive(Default)]
pub(crate) struct Fields {
    /// Each once.
    pub(crate) declared: Vec<FieldName>,
    /// `fields(..)`: those that have a value before the body.
    pub(crate) before: Vec<FieldValue>,
    /// `on_success(..)`: closures that see the result.
    pub(crate) on_success: Vec<FieldValue>,
    /// `on_error(..)`: closures that see the error.
    pub(crate) on_error: Vec<FieldValue>,
    /// Where `on_error` stands.
    pub(crate) on_error_key: Option<Span>,
}

/// `user.id`
pub(crate) type FieldName = Punctuated<Ident, Token![.]>;

/// The value of one field.
pub(crate) struct FieldValue {
    /// Its place among those declared.
    pub(crate) index: usize,
    pub(crate) format: FieldFormat,
    pub(crate) value: Expr,
}

/// How a value becomes one of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldFormat {
    /// `key = x`
    Value,
    /// `key = ?x`
    Debug,
    /// `key = %x`
    Display,
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
