//! Tries of an operation that failed, and after which it tried again.

use std::any::type_name;
use std::fmt::Display;

#[cfg(feature = "traces")]
use crate::operation::FieldValue;
#[cfg(feature = "traces")]
use crate::semconv;
#[cfg(feature = "traces")]
use crate::trace::add_try;

#[cfg(feature = "traces")]
use super::failure;
#[cfg(feature = "traces")]
use super::outcome::Says;

/// Says that a try has failed with this error, and that there will be another one: an event
/// `retry` on the span of the operation that is running.
///
/// For whoever makes the retries, inside of an annotated function: a call is one operation with
/// all its tries, as is its duration. The event has the `attempt` that failed (from 1),
/// `error.type` and `error.message`, as the module `export` says of them. Nothing is asked of the error where no span is recorded.
///
/// ```
/// use arc_obs::{record_retry, track_llm};
/// # #[derive(Debug)] struct Busy;
/// # impl std::fmt::Display for Busy {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("429 Too Many Requests") }
/// # }
/// # impl std::error::Error for Busy {}
/// # fn send(attempt: u32) -> Result<serde_json::Value, Busy> {
/// #     if attempt < 2 { Err(Busy) } else { Ok(serde_json::json!({ "usage": { "prompt_tokens": 1, "completion_tokens": 1 } })) }
/// # }
///
/// #[track_llm(model = "gpt-4o")]
/// fn ask() -> Result<serde_json::Value, Busy> {
///     for attempt in 0..2 {
///         match send(attempt) {
///             Err(error) => record_retry(&error),
///             answer => return answer,
///         }
///     }
///     send(2)
/// }
/// # assert!(ask().is_ok());
/// ```
pub fn record_retry<E: Display + ?Sized>(error: &E) {
    #[cfg(feature = "traces")]
    add_try("retry", |attempt| {
        let said = failure::of(type_name::<E>(), false, Says::Shown(&error));
        let class = said.class.map_or(type_name::<E>(), |class| class.as_str());
        let mut attributes = vec![
            ("attempt".into(), FieldValue::from(attempt)),
            (semconv::ERROR_TYPE.into(), FieldValue::Text(class.to_owned())),
        ];
        attributes.extend(said.message.map(|message| (semconv::ERROR_MESSAGE.into(), FieldValue::Text(message))));
        attributes
    });
    #[cfg(not(feature = "traces"))]
    let _ = (type_name::<E>(), error);
}
