//! Secrets that nobody has, each with a part by which it is found again wherever it comes out.

/// A secret, in the words that it stands in.
#[derive(Clone, Debug)]
pub struct Canary {
    /// As somebody would put it somewhere.
    pub text: String,
    /// What must not be found.
    pub secret: String,
}

/// The same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        // Knuth's MMIX
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % below
    }

    fn text(&mut self, letters: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(letters[self.next(letters.len())])).collect()
    }
}

const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SMALL: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const HEX: &[u8] = b"0123456789abcdef";
const DIGITS: &[u8] = b"0123456789";

/// Two hundred: each kind in each of the ways in which it comes into a text.
#[must_use]
pub fn canaries() -> Vec<Canary> {
    let mut numbers = Numbers(2_026);
    let mut canaries = Vec::new();
    for index in 0..200 {
        let (text, secret) = secret(&mut numbers, index % 20);
        let text = match index / 20 {
            0 => text,
            1 => format!("please use {text}, and tell nobody"),
            2 => format!("line one\n{text}\nline three"),
            3 => format!(
                "{{\"arguments\": \"{}\"}}",
                text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
            ),
            4 => format!("Config {{ value: {text:?}, other: None }}"),
            5 => format!("https://api.example.com/v1?{}", url_encoded(&format!("q=x {text}"))),
            6 => format!("{}{text}", "日本語のテキスト ".repeat(40)),
            7 => format!("[1] {text} [2] {text}"),
            8 => format!("error: request failed: {text}: status 401"),
            _ => format!("<{text}>"),
        };
        canaries.push(Canary { text, secret });
    }
    canaries
}

/// One of a kind, in its own words, and what of it nobody may see.
fn secret(numbers: &mut Numbers, kind: usize) -> (String, String) {
    let mut of = |letters: &[u8], length: usize| numbers.text(letters, length);
    let named = |begin: &str, secret: String, end: &str| (format!("{begin}{secret}{end}"), secret);
    match kind {
        0 => named("sk-proj-", of(ALNUM, 48), ""),
        1 => named("sk-ant-api03-", of(ALNUM, 80), ""),
        2 => named("AKIA", of(UPPER, 16), ""),
        3 => named("AIza", of(ALNUM, 35), ""),
        4 => named("ghp_", of(ALNUM, 36), ""),
        5 => named("gsk_", of(ALNUM, 52), ""),
        6 => named("hf_", of(ALNUM, 34), ""),
        7 => named("xoxb-123456789012-", of(ALNUM, 24), ""),
        8 => named("Authorization: Bearer ", format!("7{}", of(ALNUM, 30)), ""),
        9 => named("eyJhbGciOiJIUzI1NiJ9.eyJ", of(ALNUM, 40), ".c2lnbmF0dXJl"),
        10 => named("postgres://app:", of(ALNUM, 16), "@db.example.com:5432/shop"),
        11 => named("password=", of(SMALL, 12), ""),
        12 => named("AZURE_OPENAI_API_KEY=", of(HEX, 32), ""),
        13 => named("\"client_secret\": \"", of(ALNUM, 20), "\""),
        14 => named("", of(SMALL, 12), "@example.com"),
        15 => {
            let card = card(&of(DIGITS, 11));
            (card.clone(), card)
        }
        16 => {
            let card = card(&of(DIGITS, 11));
            (format!("{} {} {} {}", &card[..4], &card[4..8], &card[8..12], &card[12..]), card[4..12].to_owned())
        }
        17 => named("-----BEGIN PRIVATE KEY-----\n", of(ALNUM, 64), "\n-----END PRIVATE KEY-----"),
        18 => named("AWS_SECRET_ACCESS_KEY=", of(ALNUM, 40), ""),
        _ => named("https://hooks.slack.com/services/T01ABCDEF/B01ABCDEF/", of(ALNUM, 24), ""),
    }
}

/// With its check digit.
fn card(middle: &str) -> String {
    let digits = format!("4111{middle}");
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(digit - b'0')) {
            (1, digit) => digit,
            (_, digit) => digit * 2 - if digit > 4 { 9 } else { 0 },
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// As in the query of a URL.
fn url_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
