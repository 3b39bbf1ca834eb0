//! What an annotated function is, as its attribute says it: plain data that an
//! expansion writes into a `static`.

/// One annotated function: what it is and where it stands.
#[derive(Debug)]
pub struct Site {
    /// What the attribute says.
    pub kind: SiteKind,
    /// The function's name.
    pub function: &'static str,
    /// `module_path!()` of the function.
    pub module: &'static str,
    /// `file!()` of the function.
    pub file: &'static str,
    /// `line!()` of the function's name.
    pub line: u32,
}

impl SiteKind {
    pub(crate) const fn is_llm(&self) -> bool {
        matches!(self, Self::Llm { .. })
    }
}

/// What kind of operation a function is, with the facts that its attribute gives.
#[derive(Debug)]
pub enum SiteKind {
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
    },
    /// `#[track_tool("name")]`
    Tool {
        /// Label `tool`.
        name: &'static str,
    },
    /// `#[traced]`
    Operation {
        /// Label `operation`.
        name: &'static str,
    },
}
