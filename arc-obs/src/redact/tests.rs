//! What is found in which texts, and what is not.

use std::fmt::Write;
use std::panic;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::scan::{Found, Scan};
use super::*;
use crate::operation::FieldValue;

fn redacted(text: &str) -> String {
    Redaction::new().apply(text).into_owned()
}

/// A secret of each issuer's, of the shortest length.
fn keys() -> impl Iterator<Item = String> {
    keys::KEYS.iter().map(|key| {
        let body = "aB3dE7gH1jK9mN5pQ2sT8vW4yZ6";
        key.begins.chars().chain(body.chars().cycle().take(key.least)).collect()
    })
}

#[test]
fn the_keys_of_every_issuer() {
    for key in keys() {
        for text in [
            key.clone(),
            format!("the key is {key}, and"),
            format!("({key})"),
            format!("key={key}&x=1"),
            format!("https://example.com/{key}/x"),
            format!("first line\n{key}\nlast"),
            format!(r#"{{"content": "first line\n{key}\nlast"}}"#),
            format!("x%20{key}%0A"),
            format!("x\\u0022{key}\\u0022"),
            format!("日本{key}語"),
            format!("a{}b", ["", &key, ""].join("_/")),
        ] {
            let redacted = redacted(&text);
            assert!(!redacted.contains(&key[key.len() - 8..]), "{text:?} became {redacted:?}");
            assert!(redacted.contains("[REDACTED:"), "{text:?} became {redacted:?}");
        }
    }
}

#[test]
fn what_looks_like_a_key_and_is_none() {
    for text in [
        "sk-learn is a library",
        "scikit sk-some-long-name-of-a-thing",
        "task-4f9a8b7c6d5e4f3a2b1c",
        "the hf_model and npm_config_registry",
        "AKIA is a prefix",
        "gpt-4o-2024-08-06 and claude-3-5-sonnet-20241022",
        "chatcmpl-AbC123def456GHI789jkl012MNO345",
        "call_a1B2c3D4e5F6g7H8i9J0k1L2",
        "0af7651916cd43dd8448eb211c80319c",
        "550e8400-e29b-41d4-a716-446655440000",
        "2026-11-24T02:16:32.123456789Z",
        "password reset",
        "a secret: nobody knows",
        "the token: a unit of text",
        "max_tokens=500, total_tokens: 1234567890123",
        "design: modern",
        "signature: the last page",
        "https://example.com/a@b",
        "http://localhost:9090/metrics",
        "user@localhost",
        "node@20.1.0",
        "bearer of good news",
        "Bearer tokens",
        "4111111111111112",
        "1234567890123456",
        "0.4111111111111111",
        "1111411111111111111111",
        "12:30:45 a=b c==d e:=f",
        "",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn each_kind_with_what_stands_around_it() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N";
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\n-----END RSA PRIVATE KEY-----";
    let json_pem = pem.replace('\n', "\\n");
    for (text, expected) in [
        // tokens
        (format!("jwt {jwt}."), "jwt [REDACTED:token]".to_owned()),
        (format!("jwt {jwt}, and"), "jwt [REDACTED:token], and".to_owned()),
        ("sent Bearer abc123def456 to".into(), "sent Bearer [REDACTED:token] to".into()),
        ("BEARER%20abc123def456".into(), "BEARER%20[REDACTED:token]".into()),
        // private keys
        (format!("a {pem} b"), "a [REDACTED:private_key] b".into()),
        (format!(r#"{{"k":"{json_pem}","l":1}}"#), r#"{"k":"[REDACTED:private_key]","l":1}"#.into()),
        ("-----BEGIN PRIVATE KEY-----\nMIIE".into(), "[REDACTED:private_key]".into()),
        (r#"{"k":"-----BEGIN PRIVATE KEY-----\nMIIE","l":1}"#.into(), r#"{"k":"[REDACTED:private_key]","l":1}"#.into()),
        // credentials
        ("password=hunter2".into(), "password=[REDACTED:credential]".into()),
        ("password = 'hunter two' ok".into(), "password = '[REDACTED:credential]' ok".into()),
        (r#"{"api_key": "abcd efgh", "n": 1}"#.into(), r#"{"api_key": "[REDACTED:credential]", "n": 1}"#.into()),
        (r#"{"api_key":"ab\"cd\\","n":1}"#.into(), r#"{"api_key":"[REDACTED:credential]","n":1}"#.into()),
        (
            r#""{\"api_key\": \"abcd\", \"n\": 1}""#.into(),
            r#""{\"api_key\": \"[REDACTED:credential]\", \"n\": 1}""#.into(),
        ),
        (
            r#"Config { api_key: Some("abcdef"), n: 1 }"#.into(),
            r#"Config { api_key: Some("[REDACTED:credential]"), n: 1 }"#.into(),
        ),
        (
            r#"{\\\"api_key\\\": \\\"ab\\\\\\\"cd\\\", \\\"n\\\": 1}"#.into(),
            r#"{\\\"api_key\\\": \\\"[REDACTED:credential]\\\", \\\"n\\\": 1}"#.into(),
        ),
        ("%22api_key%22%3A%20%22abcd%22%7D".into(), "%22api_key%22%3A%20%22[REDACTED:credential]%22%7D".into()),
        ("my API key: a1b2c3d4 ok".into(), "my API key: [REDACTED:credential] ok".into()),
        ("?api_key=abcd&page=2".into(), "?api_key=[REDACTED:credential]&page=2".into()),
        ("api_key%3Dabcd%26page".into(), "api_key%3D[REDACTED:credential]%26page".into()),
        ("?sig=a1b2c3d4e5%3D&x=1".into(), "?sig=[REDACTED:credential]&x=1".into()),
        ("AccountKey=ab12/+==;End=x".into(), "AccountKey=[REDACTED:credential];End=x".into()),
        ("Authorization: Basic dXNlcjpwYXNz\nHost: x".into(), "Authorization: [REDACTED:credential]\nHost: x".into()),
        (r#""authorization": "Basic dXNlcjpwYXNz""#.into(), r#""authorization": "[REDACTED:credential]""#.into()),
        ("Cookie: a=b; session=1234abcd\r\nX: y".into(), "Cookie: [REDACTED:credential]\r\nX: y".into()),
        ("postgres://app:pa55@db:5432/x".into(), "postgres://[REDACTED:credential]@db:5432/x".into()),
        ("postgres://app:pa/5#5@db/x".into(), "postgres://[REDACTED:credential]@db/x".into()),
        ("postgres%3A%2F%2Fapp%3Apa55%40db%2Fx".into(), "postgres%3A%2F%2F[REDACTED:credential]%40db%2Fx".into()),
        (r"redis:\/\/:pa55@db\/0".into(), r"redis:\/\/[REDACTED:credential]@db\/0".into()),
        // e-mail
        ("to bob.o'hara+x@mail.example.com.".into(), "to [REDACTED:email].".into()),
        (r#""hello\nbob@example.com\n""#.into(), r#""hello\n[REDACTED:email]\n""#.into()),
        ("bob%40example.com".into(), "[REDACTED:email]".into()),
        ("an jürgen@müller.de, bitte".into(), "an [REDACTED:email], bitte".into()),
        ("联系bob@example.com吧".into(), "联系[REDACTED:email]吧".into()),
        ("<bob@a.io>,<eve@b.io>".into(), "<[REDACTED:email]>,<[REDACTED:email]>".into()),
        // cards
        ("card 4111 1111 1111 1111 12/27".into(), "card [REDACTED:card] 12/27".into()),
        ("4111-1111-1111-1111".into(), "[REDACTED:card]".into()),
        ("4111%201111%201111%201111.".into(), "[REDACTED:card].".into()),
        ("amex 3782 822463 10005, ok".into(), "amex [REDACTED:card], ok".into()),
        ("n=4111111111111111;".into(), "n=[REDACTED:card];".into()),
        // of bots
        (format!("123456789:AA{}", "b1C".repeat(11)), "[REDACTED:api_key]".into()),
    ] {
        assert_eq!(redacted(&text), expected, "{text:?}");
    }
}

#[test]
fn what_is_redacted_once_stays_as_it_is() {
    for text in [
        "password=hunter2, api_key: \"abcd\" and bob@example.com",
        "Authorization: Bearer abc123def456",
        "postgres://app:pa55@db",
    ] {
        let once = redacted(text);
        assert_eq!(redacted(&once), once);
    }
}

#[test]
fn json_stays_json() {
    let mut content = String::from("look:\n");
    for (index, key) in keys().enumerate() {
        let _ = writeln!(
            content,
            "{index} \"{key}\" \\ user{index}@example.com\tpassword=\"{key}\\\"\" 4111 1111 1111 1111"
        );
    }
    let inner = serde_json::json!({ "arguments": content, "password": "a\"b\\" }).to_string();
    let text = serde_json::json!([{ "role": "user", "parts": [{ "type": "text", "content": inner }] }]).to_string();
    let redacted = redacted(&text);
    let outer: serde_json::Value = serde_json::from_str(&redacted).unwrap();
    let inner = outer[0]["parts"][0]["content"].as_str().unwrap();
    let _: serde_json::Value = serde_json::from_str(inner).unwrap();
    assert!(!inner.contains("@example.com") && !inner.contains("4111"), "{inner}");
}

#[test]
fn the_time_grows_with_the_length_and_no_faster() {
    let one = 1 << 18;
    let patterns = [
        "a",
        "@",
        "a@",
        "a.",
        "-eyJ",
        "eyJa.",
        "sk-",
        "sk-a",
        "-----BEGIN PRIVATE KEY",
        "-----BEGIN ",
        "password=\"",
        "secret='",
        "://",
        ":a@",
        "http://a:b",
        "1 ",
        "4111 ",
        "1-",
        "%40",
        "%3A%2F%2F",
        "\\",
        "\\\"",
        "\\u0041",
        "bearer ",
        "token:",
        "==",
        "é",
        "\"",
        "123456789:AA",
        "api_key: Some(",
        "key-",
        "authorization: ",
    ];
    // In a debug build it takes a tenth of a second each; what is quadratic takes minutes.
    for pattern in patterns {
        let text = pattern.repeat(one / pattern.len());
        let (done, wait) = mpsc::channel();
        thread::spawn(move || done.send(Redaction::new().apply(&text).len()));
        assert!(wait.recv_timeout(Duration::from_secs(20)).is_ok(), "{pattern:?}");
    }
}

#[test]
fn no_text_is_too_odd() {
    const PARTS: [&str; 40] = [
        "@",
        ":",
        "=",
        "-",
        "%",
        "\\",
        "/",
        "\"",
        "'",
        ".",
        " ",
        "\n",
        "é",
        "日",
        "💡",
        "a",
        "Z",
        "0",
        "9",
        "_",
        "sk-",
        "eyJ",
        "Bearer ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END ",
        "%40",
        "%3A%2F%2F",
        "%20",
        "\\u00",
        "\\n",
        "4111",
        "1111",
        "password",
        "api_key",
        "https://",
        "example.com",
        "Some(",
        "Cookie",
        "aB3dE7gH1jK9mN5pQ2sT",
        "123456789:AA",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    let redaction = Redaction::new().pattern("[0-9é]+").unwrap();
    for _ in 0..20_000 {
        let text: String = (0..random.usize(1..14)).map(|_| PARTS[random.usize(..PARTS.len())]).collect();
        let most = random.usize(..40);
        let cut = redaction.within(&text, most);
        assert!(cut.chars().count() <= most, "{text:?} to {most}: {cut:?}");
        // What is found is in order, and cuts no character.
        let mut end = 0;
        for Found { place, .. } in Scan::new(&text) {
            assert!(
                place.start >= end && !place.is_empty() && text.get(place.clone()).is_some(),
                "{text:?}: {place:?}"
            );
            end = place.end;
        }
    }
}

#[test]
fn a_long_text_is_cut_at_a_character_and_no_secret_with_it() {
    let redaction = Redaction::new();
    assert_eq!(redaction.within("äöü", 3), "äöü");
    assert_eq!(redaction.within("äöüß", 3), "äö…");
    assert_eq!(redaction.within("äöüß", 0), "");
    let secret = "sk-proj-aB3dE7gH1jK9mN5pQ2sT8vW4yZ6";
    // Wherever the cut is, nothing of the secret is before it.
    let text = format!("text before {secret} and behind it {secret}, to the end");
    for most in 0..text.len() + 2 {
        let cut = redaction.within(&text, most);
        assert!(cut.chars().count() <= most, "{most}: {cut}");
        assert!(!cut.contains("sk-") && !cut.contains("B3dE"), "{most}: {cut}");
        assert!(cut == redaction.apply(&text) || cut.is_empty() || cut.ends_with('…'), "{most}: {cut}");
    }
    // Ten megabytes.
    let long = "é".repeat(5 << 20);
    let cut = redaction.within(&long, 1_000);
    assert_eq!(cut.chars().count(), 1_000);
    assert!(cut.ends_with("é…"));
    // What a longer secret pushes out of sight does not come in from behind it.
    let long = format!(
        "{} bob@example.com",
        "-----BEGIN PRIVATE KEY-----\n".to_owned() + &"A".repeat(5_000) + "\n-----END PRIVATE KEY-----"
    );
    assert_eq!(redaction.within(&long, 100), "[REDACTED:private_key]…");
}

#[test]
fn what_the_user_says() {
    let redaction = Redaction::new().pattern("EMP-[0-9]+").unwrap().text("hush").text("").keep(SecretKind::Email);
    assert_eq!(redaction.apply("EMP-1, hush, a@b.io, EMP-23"), "[REDACTED], [REDACTED], a@b.io, [REDACTED]");
    // Overlapping ones become one.
    let redaction = Redaction::new().pattern("b+c").unwrap().pattern("ab+").unwrap();
    assert_eq!(redaction.apply("xabbcx"), "x[REDACTED]x");
    // One that matches without end is stopped.
    let redaction = Redaction::new().pattern("a").unwrap();
    assert_eq!(redaction.apply(&"a".repeat(5_000)), "[REDACTED]".repeat(1_000) + "[REDACTED:error]");
}

#[test]
fn a_redactor_that_panics_lets_nothing_pass() {
    let redaction = Redaction::new().with(|text| if text.contains("bad") { panic!("{text}") } else { None });
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let redacted = redaction.apply("something bad").into_owned();
    panic::set_hook(hook);
    assert_eq!(redacted, "[REDACTED:error]");
    assert_eq!(redaction.apply("fine"), "fine");
}

#[test]
fn patterns_that_cannot_be_used_say_why() {
    for (pattern, why) in [
        ("(", "unclosed group"),
        ("(?=x)", "look-around"),
        ("a*", "where nothing is"),
        ("(a{1000}){1000}", "larger than a mebibyte"),
    ] {
        let error = Redaction::new().pattern(pattern).unwrap_err().to_string();
        assert!(error.contains(why) && error.contains(pattern) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn values_of_attributes() {
    let redaction = Redaction::new().attribute("patient").pattern("^1234$").unwrap();
    let value =
        |name: &str, value: FieldValue| redaction.value(name, &value, usize::MAX).map(|value| value.to_string());
    let text = |text: &str| FieldValue::Text(text.to_owned());
    assert_eq!(value("patient", 3.into()).as_deref(), Some("[REDACTED]"));
    assert_eq!(value("password", text("open sesame")).as_deref(), Some("[REDACTED:credential]"));
    assert_eq!(value("user.api_key", 123_456.into()).as_deref(), Some("[REDACTED:credential]"));
    assert_eq!(value("token", text("a1b2c3d4e5")).as_deref(), Some("[REDACTED:credential]"));
    assert_eq!(value("card", 4_111_111_111_111_111_u64.into()).as_deref(), Some("[REDACTED:card]"));
    assert_eq!(value("card", 4_111_111_111_111_111_i128.into()).as_deref(), Some("[REDACTED:card]"));
    assert_eq!(value("n", 1_234.into()).as_deref(), Some("[REDACTED]"));
    for (name, kept) in
        [("token", text("input")), ("has_password", true.into()), ("n", 12_345.into()), ("n", (-1).into())]
    {
        assert_eq!(value(name, kept), None, "{name}");
    }
}

#[test]
fn a_redaction_shows_none_of_its_texts() {
    let redaction = Redaction::new().text("hush").pattern("EMP-1").unwrap();
    let shown = format!("{redaction:?}");
    assert!(!shown.contains("hush") && !shown.contains("EMP"), "{shown}");
}

#[test]
fn texts_are_cut_where_nothing_secret_is() {
    for (text, end, expected) in [
        ("key sk-proj-4Zk1aB3dE7gH1jK9mN5 and", 15, "key "),
        ("key sk-proj-4Zk1aB3dE7gH1jK9mN5 and", 31, "key sk-proj-4Zk1aB3dE7gH1jK9mN5"),
        ("password=hunter2hunter2", 12, ""),
        ("password = 'hunter two' ok", 16, "password = "),
        ("password = 'hunter two'ok", 24, "password = '"),
        ("to bob@example.com", 7, "to "),
        ("to bob@example.com", 14, "to "),
        ("no secret here", 5, "no "),
        ("no secret here", 9, "no secret"),
        ("no secret here", 10, "no secret "),
        ("日本語", 3, "日"),
        ("", 0, ""),
    ] {
        assert_eq!(&text[..cut::edge(text, end)], expected, "{text} at {end}");
    }
    // What is that long is no word, and may go on for ever.
    let long = "a".repeat(10_000);
    assert_eq!(cut::edge(&long, 5_000), 5_000);
}
