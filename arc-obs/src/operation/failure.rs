//! What is known of an error, beside the name of its type.

/// What kind of error it was, where that can be told: the closed list of values of
/// `error.type`, beside the names of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorClass {
    Timeout,
    RateLimited,
    ContextLengthExceeded,
    ContentFilter,
    Auth,
    Overloaded,
    Cancelled,
}

impl ErrorClass {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::RateLimited => "rate_limited",
            Self::ContextLengthExceeded => "context_length_exceeded",
            Self::ContentFilter => "content_filter",
            Self::Auth => "auth",
            Self::Overloaded => "overloaded",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What an error said when an operation ended with it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) class: Option<ErrorClass>,
    /// As the error shows itself, cut to a bound; `None` for one that shows nothing.
    pub(crate) message: Option<String>,
}
