//! What kind of error an operation ended with, and what it says of itself.
//!
//! Asked only where the operation's span is recorded. The kind is one of a closed list, and is
//! found without naming any client's crate: by the names of types, by the status codes of
//! HTTP and the providers' own codes, and by the sentences that go with them, in the error and
//! in what it was caused by. [`export`](crate::export) tells users of it.

use std::error::Error;
use std::fmt::{self, Display, Write};
use std::iter::successors;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::operation::{BoundedText, ErrorClass, Failure};
use crate::redact::edge;

use super::outcome::Says;

/// How many errors of a chain are read.
const LONGEST_CHAIN: usize = 8;

/// What an error of this type says of itself.
pub(super) fn of(type_name: &'static str, timeout: bool, says: Says<'_>) -> Failure {
    let class = timeout.then_some(ErrorClass::Timeout);
    // Asking an error of the user's must not break the user's program.
    let asked = catch_unwind(AssertUnwindSafe(|| match says {
        Says::Error(error) => of_error(error),
        Says::Shared(error) => of_error(error.as_ref()),
        Says::Local(error) => of_error(error.as_ref()),
        Says::Shown(shown) => {
            let message = bounded(shown);
            (class_of_text(&message), Some(message))
        }
        Says::Nothing => (None, None),
    }));
    match asked {
        Ok((said, message)) => Failure { class: class.or_else(|| class_of_type(type_name)).or(said), message },
        Err(payload) => {
            // Its destructor is the user's, too, and may panic.
            std::mem::forget(payload);
            Failure { class: class.or_else(|| class_of_type(type_name)), message: None }
        }
    }
}

fn of_error(error: &dyn Error) -> (Option<ErrorClass>, Option<String>) {
    let message = bounded(error);
    let causes = successors(error.source(), |&cause| cause.source()).take(LONGEST_CHAIN);
    let class = class_of_text(&message).or_else(|| causes.map(bounded).find_map(|text| class_of_text(&text)));
    (class, Some(message))
}

fn bounded(says: &(impl Display + ?Sized)) -> String {
    let mut text = BoundedText::default();
    // It refuses what does not fit.
    let _: fmt::Result = write!(text, "{says}");
    text.finish(edge).0
}

/// By what its type is called, without its path and what it is generic over.
fn class_of_type(type_name: &str) -> Option<ErrorClass> {
    use ErrorClass::{Cancelled, RateLimited, Timeout};
    const NAMES: [(ErrorClass, &[&str]); 3] = [
        (Timeout, &["timeout", "timedout", "elapsed", "deadlineexceeded"]),
        (RateLimited, &["ratelimit", "toomanyrequests"]),
        (Cancelled, &["cancelled", "canceled", "cancellation"]),
    ];
    let path = type_name.split('<').next().unwrap_or(type_name);
    let name = letters(path.rsplit("::").next().unwrap_or(path));
    find(&NAMES, &name)
}

/// By what it says.
fn class_of_text(text: &str) -> Option<ErrorClass> {
    find(&PHRASES, &letters(text)).or_else(|| class_of_code(text))
}

/// What providers call an error, and say of it, in small letters and without what joins words:
/// `rate_limit_exceeded`, `RateLimitError` and `rate limit reached` are all of the first kind
/// here. In their order: what is wrong with a prompt has a status of its own with nobody.
const PHRASES: [(ErrorClass, &[&str]); 7] = {
    use ErrorClass::{Auth, Cancelled, ContentFilter, ContextLengthExceeded, Overloaded, RateLimited, Timeout};
    [
        (
            ContextLengthExceeded,
            &[
                "contextlengthexceeded",
                "contextwindowexceeded",
                "maximumcontextlength",
                "exceedsthecontextwindow",
                "exceedcontextlimit",
                "availablecontextsize",
                "maximumpromptlength",
                "maximumnumberoftokens",
                "toomanyinputtokens",
                "promptistoolong",
                "inputistoolong",
            ],
        ),
        (
            ContentFilter,
            &[
                "contentfilter",
                "contentpolicyviolation",
                "contentmanagementpolicy",
                "responsibleaipolicy",
                "guardrailintervened",
                "prohibitedcontent",
                "datainspectionfailed",
            ],
        ),
        (
            RateLimited,
            &[
                "ratelimit",
                "toomanyrequests",
                "throttl",
                "resourceexhausted",
                "insufficientquota",
                "quotaexceeded",
                "exceededyourcurrentquota",
            ],
        ),
        (
            Overloaded,
            &["overloaded", "serviceunavailable", "serviceiscurrentlyunavailable", "serverbusy", "serverisbusy"],
        ),
        (
            Auth,
            &[
                "unauthorized",
                "unauthenticated",
                "authenticationerror",
                "authenticationfailed",
                "invalidauthentication",
                "invalidapikey",
                "invalidxapikey",
                "incorrectapikey",
                "apikeynotvalid",
                "permissionerror",
                "accessdenied",
                "unrecognizedclient",
                "expiredtoken",
                "403forbidden",
            ],
        ),
        (Timeout, &["timedout", "deadlineexceeded", "deadlinehaselapsed", "gatewaytimeout", "requesttimeout"]),
        (
            Cancelled,
            &[
                "operationwascancel",
                "requestwascancel",
                "oneshotcancel",
                "operationcancel",
                "requestcancel",
                "futurehasbeenaborted",
            ],
        ),
    ]
};

fn find(all: &[(ErrorClass, &[&str])], text: &str) -> Option<ErrorClass> {
    all.iter().find(|(_, phrases)| phrases.iter().any(|phrase| text.contains(phrase))).map(|(class, _)| *class)
}

/// The text in small letters, without what joins words.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '`' | '\'')).map(|c| c.to_ascii_lowercase()).collect()
}

/// By a status code of HTTP, where the words before it say that it is one.
fn class_of_code(text: &str) -> Option<ErrorClass> {
    /// How far before a number it is said what it is.
    const NEAR: usize = 24;
    let text = text.to_ascii_lowercase();
    let mut before = 0;
    // The numbers, each with what stands before it.
    text.split(|c: char| !c.is_alphanumeric()).find_map(|word| {
        let start = before;
        // What splits may be longer than a byte.
        before += word.len();
        before += text[before..].chars().next().map_or(0, char::len_utf8);
        let class = match word {
            "429" => ErrorClass::RateLimited,
            "401" | "403" | "407" => ErrorClass::Auth,
            "408" | "504" => ErrorClass::Timeout,
            "503" | "529" => ErrorClass::Overloaded,
            _ => return None,
        };
        let mut near = start.saturating_sub(NEAR);
        while !text.is_char_boundary(near) {
            near += 1;
        }
        let said = &text[near..start];
        ["status", "http", "code"].iter().any(|word| said.contains(word)).then_some(class)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_providers_and_clients_tell_what_went_wrong() {
        use ErrorClass::{Auth, Cancelled, ContentFilter, ContextLengthExceeded, Overloaded, RateLimited, Timeout};
        for (text, class) in [
            // OpenAI, as async-openai shows it.
            (
                "tokens: Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM) (code: rate_limit_exceeded)",
                Some(RateLimited),
            ),
            (
                "insufficient_quota: You exceeded your current quota, please check your plan and billing details.",
                Some(RateLimited),
            ),
            (
                "invalid_request_error: This model's maximum context length is 128000 tokens. (code: context_length_exceeded)",
                Some(ContextLengthExceeded),
            ),
            ("invalid_request_error: Incorrect API key provided: sk-***. (code: invalid_api_key)", Some(Auth)),
            ("server_error: The engine is currently overloaded, please try again later", Some(Overloaded)),
            // Azure.
            (
                "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
                Some(ContentFilter),
            ),
            // Anthropic.
            (r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Some(Overloaded)),
            (r#"{"type":"error","error":{"type":"rate_limit_error","message":"..."}}"#, Some(RateLimited)),
            (r#"{"error":{"type":"authentication_error","message":"invalid x-api-key"}}"#, Some(Auth)),
            ("prompt is too long: 210000 tokens > 200000 maximum", Some(ContextLengthExceeded)),
            // Gemini.
            ("RESOURCE_EXHAUSTED: Quota exceeded for metric", Some(RateLimited)),
            (
                "The input token count (1196265) exceeds the maximum number of tokens allowed (1048576).",
                Some(ContextLengthExceeded),
            ),
            ("API key not valid. Please pass a valid API key.", Some(Auth)),
            // Bedrock.
            ("ThrottlingException: Too many tokens, please wait before trying again.", Some(RateLimited)),
            ("ValidationException: Input is too long for requested model.", Some(ContextLengthExceeded)),
            ("AccessDeniedException: You don't have access to the model", Some(Auth)),
            // reqwest, genai, tonic, hyper, and those that say only the status.
            ("HTTP status client error (429 Too Many Requests) for url (http://localhost/)", Some(RateLimited)),
            ("HTTP status server error (503 Service Unavailable) for url (http://localhost/)", Some(Overloaded)),
            ("Request failed with status code '401 Unauthorized'", Some(Auth)),
            ("provider answered with HTTP 529", Some(Overloaded)),
            ("error code: 403", Some(Auth)),
            ("unexpected status: 504", Some(Timeout)),
            ("status: 'The operation was cancelled', self: \"\"", Some(Cancelled)),
            ("operation was canceled: connection closed", Some(Cancelled)),
            // What only looks so.
            ("429 rows were read", None),
            ("no file called 401.txt, of 503", None),
            ("Permission denied (os error 13)", None),
            ("a filter without content", None),
            ("é429 status", None),
            ("status: é429é", None),
            ("", None),
        ] {
            assert_eq!(class_of_text(text), class, "{text}");
        }
    }

    #[test]
    fn the_name_of_a_type_tells_it_too() {
        for (name, class) in [
            ("tokio::time::error::Elapsed", Some(ErrorClass::Timeout)),
            ("app::RateLimitedError", Some(ErrorClass::RateLimited)),
            ("app::Wrapped<app::Timeout>", None),
            ("timeout::Refused", None),
            ("app::Cancelled", Some(ErrorClass::Cancelled)),
            ("alloc::string::String", None),
        ] {
            assert_eq!(class_of_type(name), class, "{name}");
        }
    }
}
