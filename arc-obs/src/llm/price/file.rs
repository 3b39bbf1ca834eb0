//! The file in which users write prices of their own: reading it, and nothing half.
//!
//! JSON with a version, so that it can grow. Strict: a key that is not known may be
//! one that changes what something costs, so it is an error, as is whatever stands
//! twice. Numbers stay text until they are whole nano-dollars, for a price must not
//! pass through a float. `deserialize` says what is wrong, and `serde_json` adds where.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::decimal;
use super::own::{self, OwnPrice, OwnPrices, Terms};
use crate::error::PricesError;
use crate::operation::TokenKind;

/// The version that is read here.
const VERSION: u32 = 1;

/// No price file is larger; a larger one is something else.
const MOST_BYTES: u64 = 8 << 20;

const EXAMPLE: &str = r#"{"version": 1, "prices": [{"model": "my-model", "input": 0.5, "output": 1.5}]}"#;

/// Reads a file of prices.
pub(super) fn read(path: &Path) -> Result<OwnPrices, PricesError> {
    let failed = |error| PricesError::reading(path, error);
    // Not opened before it is known to be a file: opening a pipe waits for its writer.
    let about = std::fs::metadata(path).map_err(failed)?;
    let fault = |problem: String| PricesError::new(Some(path), None, problem);
    let too_large = |bytes: &dyn fmt::Display| {
        fault(format!("it has {bytes} bytes, and a price file at most {MOST_BYTES}; is it another file?"))
    };
    if !about.is_file() {
        return Err(fault("it is no file; give the path of a price file".to_owned()));
    }
    if about.len() > MOST_BYTES {
        return Err(too_large(&about.len()));
    }
    // It may grow while it is read, and some files say that they have no bytes.
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    let file = File::open(path).map_err(failed)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large(&format_args!("more than {MOST_BYTES}")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        failed(io::Error::new(io::ErrorKind::InvalidData, format!("it is no UTF-8 text: {}", error.utf8_error())))
    })?;
    parse(&text, Some(path))
}

/// Reads prices from the text of such a file.
pub(super) fn parse(text: &str, path: Option<&Path>) -> Result<OwnPrices, PricesError> {
    if text.len() as u64 > MOST_BYTES {
        let problem = format!("it has {} bytes, and prices at most {MOST_BYTES}", text.len());
        return Err(PricesError::new(path, None, problem));
    }
    // Editors of Windows begin a file with a mark.
    let mut json = serde_json::Deserializer::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let prices = json.deserialize_map(Whole).and_then(|prices| json.end().map(|()| prices));
    prices.map_err(|error| {
        // The place is kept by itself, and written before what is wrong.
        let (line, column) = (error.line(), error.column());
        let problem = error.to_string();
        let place = format!(" at line {line} column {column}");
        let problem = problem.strip_suffix(&place).unwrap_or(&problem);
        let problem = match error.classify() {
            serde_json::error::Category::Syntax | serde_json::error::Category::Eof => {
                format!("it is not JSON: {problem}; the shape is {EXAMPLE}")
            }
            _ => problem.to_owned(),
        };
        PricesError::new(path, (line > 0).then_some(line), problem)
    })
}

/// `{"version": 1, "prices": […]}`
struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = OwnPrices;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object like {EXAMPLE}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OwnPrices, A::Error> {
        let (mut version, mut prices) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" if version.is_none() => {
                    let given = map.next_value::<&RawValue>()?.get();
                    if given != VERSION.to_string() {
                        let given = shortened(given);
                        return Err(de::Error::custom(format!("version {given} is not known; write \"version\": 1")));
                    }
                    version = Some(VERSION);
                }
                "prices" if prices.is_none() => prices = Some(map.next_value_seed(List)?),
                "version" | "prices" => return Err(twice(&key)),
                _ => return Err(unknown(&key, "the keys here are version and prices")),
            }
        }
        if version.is_none() {
            return Err(de::Error::custom("`version` is missing; write \"version\": 1"));
        }
        prices.ok_or_else(|| de::Error::custom(format!("`prices` is missing; the shape is {EXAMPLE}")))
    }
}

/// The list of prices.
struct List;

impl<'de> DeserializeSeed<'de> for List {
    type Value = OwnPrices;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<OwnPrices, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List {
    type Value = OwnPrices;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of prices, as [{\"model\": \"my-model\", \"input\": 0.5, \"output\": 1.5}]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OwnPrices, A::Error> {
        let mut prices = OwnPrices::default();
        while list.next_element_seed(Entry(&mut prices))?.is_some() {}
        Ok(prices)
    }
}

/// One price, which is added to those that are there.
struct Entry<'a>(&'a mut OwnPrices);

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price, as {\"model\": \"my-model\", \"input\": 0.5, \"output\": 1.5}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut model, mut provider) = (None::<String>, None::<String>);
        let mut terms = Terms::default();
        let mut rates = [None; TokenKind::ALL.len()];
        // As it is known until then: the model mostly stands first.
        let of =
            |model: &Option<String>| model.as_ref().map_or(String::new(), |model| format!(" of `{}`", shown(model)));
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "model" if model.is_none() => model = Some(map.next_value()?),
                "provider" if provider.is_none() => provider = Some(map.next_value()?),
                "service_tier" if terms.tier.is_none() => {
                    let name: String = map.next_value()?;
                    terms.tier = Some(own::tier(&name).map_err(de::Error::custom)?);
                }
                "since" if terms.since.is_none() => {
                    let date: String = map.next_value()?;
                    terms.since = Some(midnight(&date).ok_or_else(|| {
                        de::Error::custom(format!(
                            "`since`{} is \"{}\", which is no date; write it as \"2026-12-31\"",
                            of(&model),
                            shown(&date)
                        ))
                    })?);
                }
                "model" | "provider" | "service_tier" | "since" => return Err(twice(&key)),
                word => {
                    let Some(kind) = TokenKind::ALL.into_iter().find(|kind| kind.as_str() == word) else {
                        return Err(unknown(
                            word,
                            "the keys of a price are model, provider, service_tier, since, input, output, cache_read, cache_write, \
                             cache_write_1h and reasoning",
                        ));
                    };
                    let rate = &mut rates[kind as usize];
                    if rate.is_some() {
                        return Err(twice(word));
                    }
                    let number = map.next_value::<&RawValue>()?.get();
                    let nanos = decimal::from_json(number)
                        .map_err(|error| de::Error::custom(format!("`{word}`{}: {error}", of(&model))))?;
                    *rate = Some(nanos);
                }
            }
        }
        let Some(model) = model else {
            return Err(de::Error::custom("a price has no `model`; write the name of the model that it is for"));
        };
        let fault = |error: String| de::Error::custom(format!("the price of `{}`: {error}", shown(&model)));
        let mut price = OwnPrice::new(&model, provider.as_deref()).map_err(fault)?;
        price.terms = terms;
        for (kind, nanos) in TokenKind::ALL.into_iter().zip(rates) {
            if let Some(nanos) = nanos {
                price.rates.set(kind, nanos);
            }
        }
        if self.0.add(price.complete().map_err(fault)?) {
            return Err(fault(
                "it stands twice, with the same provider, tier and date; leave one, or give the newer one a `since`"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

fn twice<E: de::Error>(key: &str) -> E {
    E::custom(format!("the key `{key}` stands twice in one object; leave one of them"))
}

fn unknown<E: de::Error>(key: &str, known: &str) -> E {
    E::custom(format!("the key `{}` is not known; {known}", shown(key)))
}

/// A name of the file as a message shows it.
fn shown(name: &str) -> String {
    shortened(name).escape_debug().to_string()
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// `YYYY-MM-DD` as the second of its midnight UTC since 1970.
fn midnight(date: &str) -> Option<i64> {
    let bytes = date.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |digits: &[u8]| {
        digits
            .iter()
            .try_fold(0_i64, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
    };
    let (year, month, day) = (number(&bytes[..4])?, number(&bytes[5..7])?, number(&bytes[8..])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1970..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Days since 1970 by the civil calendar, in years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<OwnPrices, String> {
        parse(text, Some(Path::new("prices.json"))).map_err(|error| error.to_string())
    }

    #[test]
    fn dates_become_seconds() {
        assert_eq!(midnight("1970-01-01"), Some(0));
        assert_eq!(midnight("2024-02-29"), Some(1_709_164_800));
        assert_eq!(midnight("2026-12-31"), Some(1_798_675_200));
        assert_eq!(midnight("2100-03-01"), Some(4_107_542_400));
        for date in ["2025-02-29", "2100-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "1969-12-31", "2026-1-001"] {
            assert_eq!(midnight(date), None, "{date}");
        }
        for date in ["", "2026-01-0é", "2026/01/01", "２０２６", "+026-01-01", "soon"] {
            assert_eq!(midnight(date), None, "{date}");
        }
    }

    #[test]
    fn a_file_of_prices_is_read() {
        let prices = parsed(
            "\u{feff}{\"prices\": [
                {\"model\": \"m\", \"input\": 0.07, \"output\": 1e-3},
                {\"since\": \"2027-01-01\", \"output\": 0, \"input\": 0, \"model\": \"m\"},
                {\"model\": \"m*\", \"provider\": \"azure.ai.openai\", \"input\": 1, \"output\": 2, \"cache_read\": 3,
                 \"cache_write\": 4, \"cache_write_1h\": 5, \"reasoning\": 6, \"service_tier\": \"batch\"}
            ], \"version\": 1}",
        )
        .unwrap();
        assert_eq!(prices.len(), 3);
        assert!(parsed(r#"{"version": 1, "prices": []}"#).unwrap().is_empty());
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let price = |price: &str| format!("{{\"version\": 1, \"prices\": [\n{price}\n]}}");
        let of_m = |rest: &str| price(&format!("{{\"model\": \"m\", \"input\": 1, \"output\": 1{rest}}}"));
        for (text, line, what) in [
            (String::new(), 1, "it is not JSON: EOF while parsing a value; the shape is {"),
            ("[]".into(), 1, "invalid type: sequence, expected an object like {"),
            ("{\"version\": 1".into(), 1, "it is not JSON: EOF while parsing an object"),
            ("{} {}".into(), 1, "`version` is missing"),
            (r#"{"version": 2, "prices": []}"#.into(), 1, "version 2 is not known; write \"version\": 1"),
            (r#"{"version": "1", "prices": []}"#.into(), 1, "version \"1\" is not known"),
            (r#"{"version": 1}"#.into(), 1, "`prices` is missing"),
            (r#"{"version": 1, "prices": []} x"#.into(), 1, "it is not JSON: trailing characters"),
            (r#"{"version": 1, "version": 1}"#.into(), 1, "the key `version` stands twice"),
            (r#"{"version": 1, "prizes": []}"#.into(), 1, "the key `prizes` is not known; the keys here are"),
            (r#"{"version": 1, "prices": {}}"#.into(), 1, "invalid type: map, expected a list of prices"),
            (price("5"), 2, "invalid type: integer `5`, expected a price, as {"),
            (price(r#"{"input": 1, "output": 1}"#), 2, "a price has no `model`"),
            (price(r#"{"model": "", "input": 1, "output": 1}"#), 2, "the model's name is empty"),
            (price(r#"{"model": 4, "input": 1, "output": 1}"#), 2, "invalid type: integer `4`, expected a string"),
            (price(r#"{"model": "m", "input": 1}"#), 2, "the price of `m`: `output` is missing; where nothing"),
            (price(r#"{"model": "m", "input": -1, "output": 1}"#), 2, "`input` of `m`: -1 is below zero"),
            (price(r#"{"model": "m", "input": NaN, "output": 1}"#), 2, "it is not JSON: expected value"),
            (price(r#"{"model": "m", "input": 1e308, "output": 1}"#), 2, "`input` of `m`: 1e308 is more than 1000000"),
            (price(r#"{"model": "m", "input": "1", "output": 1}"#), 2, "`input` of `m`: it is text; write a number"),
            (of_m(r#", "output": 2"#), 2, "the key `output` stands twice"),
            (of_m(r#", "model": "n""#), 2, "the key `model` stands twice"),
            (of_m(r#", "cached": 2"#), 2, "the key `cached` is not known; the keys of a price are model"),
            (of_m(r#", "provider": """#), 2, "the provider's name is empty"),
            (of_m(r#", "since": "soon""#), 2, "`since` of `m` is \"soon\", which is no date; write it as"),
            (
                of_m(r#", "service_tier": "default""#),
                2,
                "`service_tier` is \"default\"; those that have prices of their",
            ),
            (of_m(r#", "service_tier": "flex", "service_tier": "flex""#), 2, "the key `service_tier` stands twice"),
            (of_m(r#", "cache_write_1h": 2"#), 2, "`cache_write_1h` needs `cache_write`"),
            (
                price(
                    "{\"model\": \"m\", \"input\": 1, \"output\": 1},\n{\"model\": \"M\", \"input\": 2, \"output\": 2}",
                ),
                3,
                "the price of `M`: it stands twice",
            ),
        ] {
            let error = parsed(&text).unwrap_err();
            assert!(error.starts_with(&format!("prices.json, line {line}: ")), "{error}");
            assert!(error.contains(what) && error.len() < 400, "{what:?} is not in {error:?}");
        }
    }

    #[test]
    fn what_is_nested_deeply_is_refused() {
        let deep = |open: &str, close: &str| open.repeat(500_000) + &close.repeat(500_000);
        for text in [
            deep("[", "]"),
            deep("{\"prices\":", "}"),
            format!(r#"{{"version": 1, "prices": {}}}"#, deep("[", "]")),
            format!(r#"{{"version": {}, "prices": []}}"#, deep("[", "]")),
            format!(r#"{{"version": 1, "prices": [{{"model": "m", "input": {}}}]}}"#, deep("[", "]")),
            "[".repeat(4 << 20),
        ] {
            let error = parsed(&text).unwrap_err();
            assert!(error.len() < 400, "{error}");
        }
    }

    #[test]
    fn no_cut_of_a_file_is_taken_for_a_whole_one() {
        let text =
            r#"{"version": 1, "prices": [{"model": "é", "input": 0.07, "output": 1e-3, "since": "2026-01-01"}]}"#;
        assert!(parsed(text).is_ok());
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            assert!(parsed(&text[..end]).is_err(), "{}", &text[..end]);
        }
    }
}
