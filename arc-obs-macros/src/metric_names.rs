//! What a metric of the user's own may be called: the rules of Prometheus, which its tools
//! only warn about.

use proc_macro2::{Ident, Span, TokenTree};

use crate::tokens::{self, Mistakes, plain};

/// The type of a metric.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Counter,
    Gauge,
    Histogram,
}

impl Type {
    pub(crate) const ALL: [Self; 3] = [Self::Counter, Self::Gauge, Self::Histogram];

    /// The attribute.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }

    /// What its function returns.
    pub(crate) const fn handle(self) -> &'static str {
        match self {
            Self::Counter => "Counter",
            Self::Gauge => "Gauge",
            Self::Histogram => "Histogram",
        }
    }
}

/// `prefix = "shop"`
pub(crate) fn prefix(value: &[TokenTree], key: Span, mistakes: &mut Mistakes) -> Option<String> {
    let Some(text) = tokens::string(value) else {
        mistakes.over(value, key, "`prefix` takes a string, as in `prefix = \"shop\"`");
        return None;
    };
    let why = if text.is_empty() {
        "it is empty; write what the program or the library is called".to_owned()
    } else if text == "arc" || text.starts_with("arc_") {
        "metrics of arc-obs itself begin with `arc_`; write another one".to_owned()
    } else if text == "process" || text.starts_with("process_") {
        "Prometheus describes processes with it; write another one".to_owned()
    } else if text.ends_with('_') {
        format!("the `_` after it is added; write `{}`", text.trim_end_matches('_'))
    } else if let Some(why) = invalid(&text) {
        why
    } else {
        return Some(text);
    };
    mistakes.over(value, key, format!("`{text}` cannot be the prefix of metrics: {why}"));
    None
}

/// A metric's name on the page; `None` after telling what is wrong with the function's.
pub(crate) fn check(prefix: Option<&str>, name: &Ident, of: Type, mistakes: &mut Mistakes) -> Option<String> {
    let text = plain(name);
    let stem = if of == Type::Counter { text.strip_suffix("_total").unwrap_or(&text) } else { &text };
    let last = stem.rsplit('_').next().unwrap_or(stem);
    let why = if let Some(why) = invalid(&text) {
        Some(why)
    } else if let Some(unit) = base_unit(last) {
        let right = format!("{}{unit}", &stem[..stem.len() - last.len()]);
        let how = if unit == "ratio" { "as a ratio, 1 for 100 %,".to_owned() } else { format!("in {unit}") };
        Some(format!(
            "Prometheus wants base units, so that dashboards can compare; measure it {how} and write `{right}`"
        ))
    } else if ["sum", "count", "bucket", "created", "info"].contains(&last) {
        Some(format!("`_{last}` is added to the names of other metrics; write it without"))
    } else if last == "total" {
        Some("`_total` is for counters, to which it is added; write it without".to_owned())
    } else if let Some(word) = stem.split('_').find(|word| ["counter", "gauge", "histogram", "summary"].contains(word))
    {
        Some(format!("`{word}` is said by its type already; write the name without"))
    } else {
        let doubled = prefix.filter(|prefix| stem.starts_with(&format!("{prefix}_")));
        doubled.map(|prefix| format!("the prefix `{prefix}_` is added; write the name without"))
    };
    if let Some(why) = why {
        mistakes.at(name.span(), format!("`{text}` cannot be the name of a metric: {why}"));
        return None;
    }
    let total = if of == Type::Counter { "_total" } else { "" };
    Some(format!("{}_{stem}{total}", prefix?))
}

fn invalid(name: &str) -> Option<String> {
    if let Some(capital) = name.chars().find(char::is_ascii_uppercase) {
        return Some(format!("names are in small letters, and `{capital}` is none; write `snake_case`"));
    }
    let is_valid = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    (!is_valid).then(|| "it begins with a letter of ASCII, and has such letters, digits and `_`".to_owned())
}

/// The base unit that is to be used instead of a unit; `None` for what is none, or is a base unit.
fn base_unit(word: &str) -> Option<&'static str> {
    const UNITS: &[(&str, &[&str])] = &[
        (
            "seconds",
            &[
                "s",
                "sec",
                "secs",
                "second",
                "ms",
                "msec",
                "msecs",
                "millis",
                "millisecond",
                "milliseconds",
                "us",
                "micros",
                "microsecond",
                "microseconds",
                "ns",
                "nanos",
                "nanosecond",
                "nanoseconds",
                "min",
                "mins",
                "minute",
                "minutes",
                "hour",
                "hours",
                "day",
                "days",
                "week",
                "weeks",
            ],
        ),
        (
            "bytes",
            &[
                "byte",
                "kb",
                "kib",
                "kilobyte",
                "kilobytes",
                "kibibytes",
                "mb",
                "mib",
                "megabyte",
                "megabytes",
                "mebibytes",
                "gb",
                "gib",
                "gigabyte",
                "gigabytes",
                "gibibytes",
                "tb",
                "tib",
                "terabytes",
                "bits",
                "kilobits",
                "megabits",
            ],
        ),
        ("ratio", &["percent", "percents", "percentage", "pct"]),
        ("celsius", &["fahrenheit", "kelvin"]),
        ("meters", &["km", "kilometers", "cm", "centimeters", "mm", "millimeters", "miles", "feet", "inches"]),
        ("grams", &["kg", "kilograms", "milligrams", "pounds"]),
        ("dollars", &["cents", "dollar"]),
    ];
    UNITS.iter().find(|(_, others)| others.contains(&word)).map(|(base, _)| *base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: &str, of: Type) -> Option<String> {
        check(Some("shop"), &Ident::new(name, Span::call_site()), of, &mut Mistakes::default())
    }

    #[test]
    fn names_are_as_prometheus_wants_them() {
        assert_eq!(checked("orders", Type::Counter).as_deref(), Some("shop_orders_total"));
        assert_eq!(checked("orders_total", Type::Counter).as_deref(), Some("shop_orders_total"));
        assert_eq!(checked("sent_bytes", Type::Counter).as_deref(), Some("shop_sent_bytes_total"));
        assert_eq!(checked("checkout_seconds", Type::Histogram).as_deref(), Some("shop_checkout_seconds"));
        assert_eq!(checked("queue_length", Type::Gauge).as_deref(), Some("shop_queue_length"));
        assert_eq!(checked("days_open", Type::Gauge).as_deref(), Some("shop_days_open"), "no unit of the value");
        for (name, of) in [
            ("checkout_ms", Type::Histogram),
            ("sent_kb_total", Type::Counter),
            ("orders_sum", Type::Counter),
            ("orders_count", Type::Gauge),
            ("orders_total", Type::Gauge),
            ("Orders", Type::Counter),
            ("_orders", Type::Counter),
            ("bestellungen_größe", Type::Gauge),
            ("order_counter", Type::Counter),
            ("shop_orders", Type::Counter),
            ("load_percent", Type::Gauge),
        ] {
            assert_eq!(checked(name, of), None, "{name}");
        }
    }

    #[test]
    fn prefixes_are_other_than_ours() {
        let checked = |text: &str| {
            let literal = proc_macro2::Literal::string(text);
            prefix(&[literal.into()], Span::call_site(), &mut Mistakes::default())
        };
        assert_eq!(["shop", "my_shop2"].map(|text| checked(text).is_some()), [true; 2]);
        assert_eq!(
            ["", "arc", "arc_obs", "process", "shop_", "1shop", "my-shop", "Shop"].map(|text| checked(text).is_some()),
            [false; 8]
        );
        assert_eq!(checked("arcade").as_deref(), Some("arcade"));
    }
}
