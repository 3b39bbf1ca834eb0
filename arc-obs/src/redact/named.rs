//! Values that are secret by the name that they are given: `password=…`, `"api_key": "…"`.

/// How much of what stands before a value is taken for its name.
pub(super) const LONGEST_NAME: usize = 48;

/// What a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// It is secret, whatever it is.
    Certain,
    /// It is secret if it looks like that.
    Likely,
    /// It is secret to the end of its line: `Authorization`, `Cookie`.
    Line,
}

/// Ends of names, without `_`, `-` and `.`, in small letters.
const ENDS: &[(&str, Secrecy)] = &[
    ("accesskey", Secrecy::Certain),
    ("accesstoken", Secrecy::Certain),
    ("accountkey", Secrecy::Certain),
    ("apikey", Secrecy::Certain),
    ("apitoken", Secrecy::Certain),
    ("authkey", Secrecy::Certain),
    ("authtoken", Secrecy::Certain),
    ("authorization", Secrecy::Line),
    ("connectionstring", Secrecy::Certain),
    ("cookie", Secrecy::Line),
    ("credential", Secrecy::Certain),
    ("credentials", Secrecy::Certain),
    ("encryptionkey", Secrecy::Certain),
    ("idtoken", Secrecy::Certain),
    ("jwt", Secrecy::Likely),
    ("licensekey", Secrecy::Certain),
    ("passphrase", Secrecy::Certain),
    ("passwd", Secrecy::Certain),
    ("password", Secrecy::Certain),
    ("privatekey", Secrecy::Certain),
    ("pwd", Secrecy::Certain),
    ("refreshtoken", Secrecy::Certain),
    ("routingkey", Secrecy::Certain),
    ("secret", Secrecy::Certain),
    ("secretkey", Secrecy::Certain),
    ("securitytoken", Secrecy::Certain),
    ("sessiontoken", Secrecy::Certain),
    ("sharedaccesskey", Secrecy::Certain),
    ("sig", Secrecy::Likely),
    ("signature", Secrecy::Likely),
    ("signingkey", Secrecy::Certain),
    ("subscriptionkey", Secrecy::Certain),
    ("token", Secrecy::Likely),
    ("webhookurl", Secrecy::Certain),
];

/// What the name of a value says of it; `None` if nothing.
///
/// White space in it counts for nothing, as in `api key`.
pub(super) fn secrecy(name: &[u8]) -> Option<Secrecy> {
    // Nearly every name is told by its last two letters.
    let (last, rest) = name.split_last()?;
    let two = [rest.last()?.to_ascii_lowercase(), last.to_ascii_lowercase()];
    if !ENDS.iter().any(|(end, _)| end.as_bytes().ends_with(&two)) {
        return None;
    }
    let mut letters = [0_u8; LONGEST_NAME];
    let mut count = 0;
    for byte in name.iter().rev().filter(|byte| byte.is_ascii_alphanumeric()).take(LONGEST_NAME) {
        count += 1;
        letters[LONGEST_NAME - count] = byte.to_ascii_lowercase();
    }
    let letters = &letters[LONGEST_NAME - count..];
    let ends = ENDS.iter().filter(|(end, secrecy)| {
        // `design` and `spawned` are no `sig` and no `pwd`: a short end is a word.
        letters.ends_with(end.as_bytes())
            && (*secrecy == Secrecy::Certain && end.len() > 3 || is_a_word(name, end.len()))
    });
    ends.map(|(_, secrecy)| *secrecy).next()
}

/// Whether what so many letters at the end of a name spell begins a word of it.
fn is_a_word(name: &[u8], letters: usize) -> bool {
    let mut left = letters;
    for (index, byte) in name.iter().enumerate().rev() {
        if left == 0 {
            let next = name.get(index + 1);
            let is_hump = byte.is_ascii_lowercase() && next.is_some_and(u8::is_ascii_uppercase);
            return !byte.is_ascii_alphanumeric() || is_hump;
        }
        if byte.is_ascii_alphanumeric() {
            left -= 1;
        }
    }
    true
}

/// What stands where a secret would, and is none.
pub(super) fn is_a_placeholder(value: &[u8]) -> bool {
    const NONE: [&str; 9] = ["null", "none", "nil", "true", "false", "undefined", "string", "bearer", "basic"];
    const AROUND: [(&[u8], &[u8]); 3] = [(b"<", b">"), (b"${", b"}"), (b"{{", b"}}")];
    NONE.iter().any(|none| value.eq_ignore_ascii_case(none.as_bytes()))
        || AROUND.iter().any(|(begins, ends)| value.starts_with(begins) && value.ends_with(ends))
        || value.starts_with(b"[REDACTED")
        || value.iter().all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'_' | b'-'))
}

/// Whether a value looks like something that nobody would write as a word.
pub(super) fn looks_secret(value: &[u8], least: usize) -> bool {
    let has = |is: fn(&u8) -> bool| value.iter().any(is);
    let is_mixed = value.windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
    value.len() >= least
        && (value.len() >= 32
            || has(u8::is_ascii_digit)
            || is_mixed
            || has(|byte| matches!(byte, b'!' | b'#' | b'$' | b'%' | b'^' | b'*' | b'+')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_in_every_spelling() {
        for name in [
            "password",
            "PASSWORD",
            "db_password",
            "dbPassword",
            "api_key",
            "api-key",
            "apiKey",
            "API KEY",
            "OPENAI_API_KEY",
            "x-api-key",
            "client_secret",
            "aws_secret_access_key",
            "AWS_SECRET_ACCESS_KEY",
            "AccountKey",
            "private_key",
            "http.request.header.x-api-key",
            "DB_PWD",
            "SLACK_WEBHOOK_URL",
        ] {
            assert_eq!(secrecy(name.as_bytes()), Some(Secrecy::Certain), "{name}");
        }
        for name in ["token", "csrf_token", "csrfToken", "sig", "X-Amz-Signature", "jwt"] {
            assert_eq!(secrecy(name.as_bytes()), Some(Secrecy::Likely), "{name}");
        }
        for name in ["authorization", "Proxy-Authorization", "Set-Cookie"] {
            assert_eq!(secrecy(name.as_bytes()), Some(Secrecy::Line), "{name}");
        }
    }

    #[test]
    fn other_names_say_nothing() {
        for name in [
            "",
            "_",
            "tokens",
            "max_tokens",
            "gen_ai.usage.input_tokens",
            "gen_ai.token.type",
            "design",
            "key",
            "monkey",
            "model",
            "password_hash_rounds",
            "is_secret_known",
            "sspwd",
            "gen_ai.agent.name",
            "error.type",
            "cost",
        ] {
            assert_eq!(secrecy(name.as_bytes()), None, "{name}");
        }
    }
}
