//! Prices and the conditions on them, as whole numbers.
//!
//! A decimal is shifted by nine digits, not multiplied as a float. One that
//! then still has digits behind the point is refused, unless it is listed here.

use super::data::Constraint;

/// Prices of the data that are no whole number of nano-dollars, and what the
/// table has for each: the nearest one.
///
/// They are quotients that somebody's script took in binary floating point:
/// a twelfth and a twenty-fourth of a dollar, which no decimal writes, and
/// plain decimals that came out beside themselves. No finer unit would make
/// them exact, and the nearest nano-dollar per million tokens is off by less
/// than one nano-dollar in two million tokens.
pub(super) const ROUNDED: [(&str, u64); 9] = [
    ("0.041666666666666664", 41_666_667),
    ("0.04166666666666665", 41_666_667),
    ("0.0416666666666667", 41_666_667),
    ("0.0833333333333333", 83_333_333),
    ("0.08333333333333334", 83_333_333),
    ("0.13999999999999999", 140_000_000),
    ("0.18000000000000002", 180_000_000),
    ("0.27999999999999997", 280_000_000),
    ("1.0399999999999998", 1_040_000_000),
];

/// The digits of a nano-dollar behind the point of a dollar.
const DIGITS: i32 = 9;

/// Dollars, as JSON writes the number, in nano-dollars.
pub(super) fn nano_dollars(text: &str) -> Result<u64, String> {
    if let Some((_, nanos)) = ROUNDED.iter().find(|(listed, _)| *listed == text) {
        return Ok(*nanos);
    }
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{text} is not a price"));
    }
    let too_large = || format!("the price {text} is too large for nano-dollars in 64 bits");
    let exponent: i32 = exponent.parse().map_err(|_| format!("{text} is not a price"))?;
    let behind = i32::try_from(fraction.len()).map_err(|_| too_large())?;
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    let zeros = i32::try_from(digits.len() - significant.len()).map_err(|_| too_large())?;
    let shift = DIGITS + exponent - behind + zeros;
    let shift = u32::try_from(shift).map_err(|_| {
        format!(
            "the price {text} is no whole number of nano-dollars per million tokens; if it is \
             right, list it in ROUNDED (tests/src/prices/rate.rs) with the value to use"
        )
    })?;
    let number: u64 = significant.parse().map_err(|_| too_large())?;
    10_u64.checked_pow(shift).and_then(|factor| number.checked_mul(factor)).ok_or_else(too_large)
}

/// When a price is in force, as the table has it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum When {
    Always,
    /// From this second since 1970 on, and the date that it begins.
    Since {
        second: u64,
        date: String,
    },
    /// From one second of the day until before another, and how they were written.
    Daily {
        from: u64,
        until: u64,
        times: String,
    },
}

/// The condition of a price.
pub(super) fn when(constraint: Option<&Constraint>) -> Result<When, String> {
    let Some(constraint) = constraint else {
        return Ok(When::Always);
    };
    match (&constraint.start_date, &constraint.start_time, &constraint.end_time) {
        (Some(date), None, None) => Ok(When::Since { second: midnight(date)?, date: date.clone() }),
        (None, Some(from), Some(until)) => Ok(When::Daily {
            from: second_of_day(from)?,
            until: second_of_day(until)?,
            times: format!("{from} to {until}"),
        }),
        _ => Err("a condition that is neither a start date nor a time of day".into()),
    }
}

/// `YYYY-MM-DD` as the second of its midnight UTC since 1970.
fn midnight(date: &str) -> Result<u64, String> {
    let fault = || format!("{date:?} is not a date like 2026-12-31");
    let [year, month, day] = numbers(date, ["-", "-"], [4, 2, 2]).ok_or_else(fault)?;
    if year < 1970 {
        return Err(format!("the date {date} is before 1970"));
    }
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = |month: u64| match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if !(1..=length(month)).contains(&day) {
        return Err(fault());
    }
    let years: u64 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let months: u64 = (1..month).map(length).sum();
    Ok((years + months + day - 1) * 86_400)
}

/// `HH:MM:SSZ` as the second of the day. The data writes no other zone.
fn second_of_day(time: &str) -> Result<u64, String> {
    let fault = || format!("{time:?} is not a time like 16:30:00Z");
    let local = time.strip_suffix('Z').ok_or_else(fault)?;
    let [hour, minute, second] = numbers(local, [":", ":"], [2, 2, 2]).ok_or_else(fault)?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err(fault());
    }
    Ok(hour * 3_600 + minute * 60 + second)
}

/// Three numbers of these lengths with these separators between them.
fn numbers(text: &str, separators: [&str; 2], lengths: [usize; 3]) -> Option<[u64; 3]> {
    let (first, rest) = text.split_once(separators[0])?;
    let (second, third) = rest.split_once(separators[1])?;
    let mut numbers = [0; 3];
    for ((number, part), length) in numbers.iter_mut().zip([first, second, third]).zip(lengths) {
        if part.len() != length || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_becomes_nano_dollars() {
        for (text, nanos) in [
            ("0", 0),
            ("0.0", 0),
            ("0.15", 150_000_000),
            ("2.50", 2_500_000_000),
            ("600", 600_000_000_000),
            ("0.003625", 3_625_000),
            ("2e-7", 200),
            ("1.5E+1", 15_000_000_000),
            ("0.000000001", 1),
            ("18446744073.709551615", u64::MAX),
        ] {
            assert_eq!(nano_dollars(text), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for text in ["", "-1", "x", "1.2.3", "null", "1e", "\"1\""] {
            assert!(nano_dollars(text).is_err_and(|error| error.contains("is not a price")), "{text}");
        }
        for text in ["0.0000000001", "1e-10", "0.1234567891"] {
            assert!(nano_dollars(text).is_err_and(|error| error.contains("ROUNDED")), "{text}");
        }
        for text in ["18446744073.709551616", "1e30"] {
            assert!(nano_dollars(text).is_err_and(|error| error.contains("too large")), "{text}");
        }
    }

    #[test]
    fn the_rounded_prices_are_the_nearest() {
        for (text, nanos) in ROUNDED {
            let exact: f64 = text.parse().unwrap();
            assert_eq!((exact * 1e9).round() as u64, nanos, "{text}");
        }
    }

    #[test]
    fn dates_become_seconds() {
        assert_eq!(midnight("1970-01-01"), Ok(0));
        assert_eq!(midnight("2024-02-29"), Ok(1_709_164_800));
        assert_eq!(midnight("2026-01-01"), Ok(1_767_225_600));
        assert_eq!(midnight("2026-12-31"), Ok(1_798_675_200));
        for date in ["2025-02-29", "2026-13-01", "2026-00-01", "2026-1-01", "1969-12-31", "", "2026-01-0x"] {
            assert!(midnight(date).is_err(), "{date}");
        }
    }

    #[test]
    fn times_become_seconds() {
        assert_eq!(second_of_day("00:30:00Z"), Ok(1_800));
        assert_eq!(second_of_day("16:30:05Z"), Ok(59_405));
        for time in ["24:00:00Z", "12:60:00Z", "12:00:00", "12:00Z", "12:00:00+01:00", "12:00:00.5Z"] {
            assert!(second_of_day(time).is_err(), "{time}");
        }
    }
}
