//! How an operation ended.

use std::fmt;

/// How an operation ended; the value of the label `status`.
///
/// ```
/// use arc_obs::Status;
///
/// assert_eq!(Status::Timeout.as_str(), "timeout");
/// assert!(!Status::Timeout.is_success());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Status {
    /// It returned, and not an `Err`.
    Success,
    /// It returned an `Err`.
    Error,
    /// It returned an `Err` that says that a deadline passed.
    Timeout,
    /// Its future was dropped before it returned.
    Cancelled,
    /// It unwound.
    Panic,
}

impl Status {
    /// Every status, in the order of the variants.
    ///
    /// ```
    /// assert_eq!(arc_obs::Status::ALL.map(|status| status.as_str()).join(" "), "success error timeout cancelled panic");
    /// ```
    pub const ALL: [Self; 5] = [Self::Success, Self::Error, Self::Timeout, Self::Cancelled, Self::Panic];

    /// The word that stands in the label `status`.
    ///
    /// ```
    /// assert_eq!(arc_obs::Status::Cancelled.as_str(), "cancelled");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Panic => "panic",
        }
    }

    /// Whether the operation did what it was called for.
    ///
    /// ```
    /// assert!(arc_obs::Status::Success.is_success());
    /// ```
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Success)
    }
}

impl Status {
    /// The HTTP status of a request that ended so and says no other.
    pub(crate) const fn http_status(self) -> u16 {
        match self {
            Self::Success => 200,
            Self::Error | Self::Panic => 500,
            Self::Timeout => 504,
            // What servers log for a client that went away.
            Self::Cancelled => 499,
        }
    }

    /// How a request ended that was answered with an HTTP status: a mistake of the client's
    /// is no error of the server's.
    pub(crate) const fn of_http(status: u16) -> Self {
        match status {
            504 => Self::Timeout,
            500.. => Self::Error,
            _ => Self::Success,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
