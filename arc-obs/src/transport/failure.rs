//! Why a request has no answer.

use std::error::Error;
use std::fmt;

use crate::self_telemetry::SpanDrop;

/// What went wrong, as far as it matters for what is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It cannot be tried at all: what it was configured with makes no sense.
    Configuration,
    /// No connection.
    Unreachable,
    /// A connection that broke off.
    BrokeOff,
    /// There was no whole answer in time.
    Timeout,
    /// Who answers is not who is trusted, or does not speak TLS.
    Tls,
    /// The answer is none that can be read, or too long.
    Answer,
}

/// Why a request has no answer, in words without any secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TransportError {
    fault: Fault,
    message: String,
}

impl TransportError {
    pub(crate) fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self { fault, message: message.into() }
    }

    #[cfg(test)]
    pub(crate) fn fault(&self) -> Fault {
        self.fault
    }

    /// Whether it may go better the next time. A request that was not answered in time may have
    /// been heard: it is not made again.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        matches!(self.fault, Fault::Unreachable | Fault::BrokeOff)
    }

    /// Under which reason it is counted what was not delivered.
    pub(crate) fn reason(&self) -> SpanDrop {
        match self.fault {
            Fault::Configuration | Fault::Answer => SpanDrop::Failed,
            Fault::Unreachable | Fault::BrokeOff => SpanDrop::Unreachable,
            Fault::Timeout => SpanDrop::Timeout,
            Fault::Tls => SpanDrop::Tls,
        }
    }

    /// What reqwest says of a request that should have been answered within `limit`.
    pub(super) fn of_reqwest(error: reqwest::Error, limit: std::time::Duration) -> Self {
        // The address may hold a password, and the caller knows it.
        let error = error.without_url();
        if let Some(why) = tls_fault(&error) {
            return Self::new(Fault::Tls, why);
        }
        if error.is_connect() {
            let why = if error.is_timeout() { "no connection in time".to_owned() } else { innermost(&error) };
            return Self::new(Fault::Unreachable, why);
        }
        if error.is_timeout() {
            return Self::new(Fault::Timeout, format!("no whole answer within {limit:?}"));
        }
        if error.is_builder() {
            return Self::new(Fault::Configuration, innermost(&error));
        }
        Self::new(Fault::BrokeOff, innermost(&error))
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for TransportError {}

/// What TLS says of it, if that is what failed.
pub(crate) fn tls_fault(error: &(dyn Error + 'static)) -> Option<String> {
    let of_rustls = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
    let said = of_rustls.map(|error| match error {
        rustls::Error::InvalidMessage(_) => format!("the server does not speak TLS ({error})"),
        error => error.to_string(),
    });
    // HTTP/2 keeps the words alone of what ends a connection: so a server refuses a client's
    // certificate, or that there is none.
    said.or_else(|| Some(innermost(error)).filter(|words| words.starts_with("received fatal alert: ")))
}

/// The last of the causes, which says most.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    super::sanitised(&causes(error).last().map(ToString::to_string).unwrap_or_default())
}

/// The error and all its causes. Also what an `io::Error` is made of, which its `source` leaves
/// out.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    fn next<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
        let inside = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inside.map(|inside| inside as &(dyn Error + 'static)).or_else(|| cause.source())
    }
    std::iter::successors(Some(error), |cause| next(*cause))
}
