//! Prices as people write them, exactly, in nano-dollars.
//!
//! A decimal is shifted by nine digits, never multiplied as a float: 0.07 dollars are
//! 70 000 000 nano-dollars and not one less. Both ways for a user's own price to come
//! in end here, and both refuse the same.

/// More dollars per million tokens than this is a slip of the pen: a dollar a token.
const MOST_DOLLARS: u64 = 1_000_000;
const NANOS_PER_DOLLAR: u64 = 1_000_000_000;

/// The digits of a nano-dollar behind the point of a dollar.
#[cfg(feature = "prices-file")]
const DIGITS: i32 = 9;

/// Dollars as code has them, to the nearest nano-dollar; or what is wrong.
pub(super) fn from_dollars(dollars: f64) -> Result<u64, String> {
    #[expect(clippy::cast_precision_loss, reason = "a million is exact")]
    let most = MOST_DOLLARS as f64;
    if dollars.is_nan() {
        return Err("it is not a number; write dollars per million tokens, as in 2.50".to_owned());
    }
    if dollars < 0.0 {
        return Err(below_zero(&dollars.to_string()));
    }
    if dollars > most {
        return Err(too_much(&dollars.to_string()));
    }
    // At most 10^15, where a float still has eighths: no decimal of nine digits is missed.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "in range"
    )]
    Ok((dollars * NANOS_PER_DOLLAR as f64).round() as u64)
}

/// Dollars as JSON writes a number, in nano-dollars; or what is wrong.
#[cfg(feature = "prices-file")]
pub(super) fn from_json(text: &str) -> Result<u64, String> {
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Err(format!(
            "it is {}; write a number, in dollars per million tokens, as in 2.50",
            match text.chars().next() {
                Some('"') => "text",
                Some('[') => "a list",
                Some('{') => "an object",
                Some('n') => "null",
                _ => "no number",
            }
        ));
    }
    // Only the part that is quoted has a bound: a number may have any number of digits.
    let shown =
        || if text.len() <= 40 { text.to_owned() } else { format!("{}…", text.get(..40).unwrap_or_default()) };
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (negative, number) = number.strip_prefix('-').map_or((false, number), |number| (true, number));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    if negative {
        return Err(below_zero(&shown()));
    }
    // An exponent that is no i32 has a sign that says which of the two it is.
    let exponent: i32 = exponent.parse().unwrap_or(if exponent.starts_with('-') { i32::MIN / 2 } else { i32::MAX / 2 });
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let places = |count: usize| i32::try_from(count).unwrap_or(i32::MAX / 4);
    let shift = DIGITS.saturating_add(exponent).saturating_sub(places(fraction.len())).saturating_add(places(zeros));
    let nanos = u32::try_from(shift).map(|shift| {
        let number: Option<u64> = significant.parse().ok();
        number.and_then(|number| 10_u64.checked_pow(shift)?.checked_mul(number))
    });
    match nanos {
        Ok(Some(nanos)) if nanos <= MOST_DOLLARS * NANOS_PER_DOLLAR => Ok(nanos),
        Ok(_) => Err(too_much(&shown())),
        Err(_) => {
            let near: f64 = text.parse().unwrap_or(0.0);
            if near > 1e6 {
                return Err(too_much(&shown()));
            }
            let near = format!("{near:.9}");
            let near = near.trim_end_matches('0').trim_end_matches('.');
            Err(format!("{} has more than nine digits behind the point; round it, to {near}", shown()))
        }
    }
}

fn below_zero(price: &str) -> String {
    format!("{price} is below zero; a price is 0 (free) or more, in dollars per million tokens")
}

fn too_much(price: &str) -> String {
    format!("{price} is more than {MOST_DOLLARS}, a dollar a token; write dollars per million tokens, as in 2.50")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_of_code_become_nano_dollars() {
        for (dollars, nanos) in [
            (0.0, 0),
            (-0.0, 0),
            (0.07, 70_000_000),
            (0.1 + 0.2, 300_000_000),
            (2.5, 2_500_000_000),
            (1e-9, 1),
            (999_999.999_999_999, 999_999_999_999_999),
            (1e6, 1_000_000_000_000_000),
        ] {
            assert_eq!(from_dollars(dollars), Ok(nanos), "{dollars}");
        }
        for (dollars, what) in [
            (f64::NAN, "not a number"),
            (-1.0, "below zero"),
            (f64::NEG_INFINITY, "below zero"),
            (1e308, "is more than 1000000"),
            (f64::INFINITY, "inf is more than 1000000"),
            (1_000_000.1, "is more than 1000000"),
        ] {
            assert!(from_dollars(dollars).is_err_and(|error| error.contains(what)), "{dollars}");
        }
    }

    #[cfg(feature = "prices-file")]
    #[test]
    fn numbers_of_json_become_nano_dollars_exactly() {
        for (text, nanos) in [
            ("0", 0),
            ("-0", 0),
            ("0.000", 0),
            ("0e999999999999", 0),
            ("0.07", 70_000_000),
            ("2.50", 2_500_000_000),
            ("600", 600_000_000_000),
            ("1.5E+1", 15_000_000_000),
            ("2e-7", 200),
            ("0.000000001", 1),
            ("0.0000000010000000000000000000000000", 1),
            ("999999.999999999", 999_999_999_999_999),
            ("1000000", 1_000_000_000_000_000),
        ] {
            assert_eq!(from_json(text), Ok(nanos), "{text}");
        }
        let endless = format!("0.{}", "3".repeat(1 << 20));
        for (text, what) in [
            ("-1", "-1 is below zero"),
            ("-1e-300", "below zero"),
            ("1000000.000000001", "is more than 1000000"),
            ("1e308", "1e308 is more than 1000000"),
            ("1e99999999999999999999", "is more than 1000000"),
            ("0.0000000001", "more than nine digits behind the point; round it, to 0"),
            ("0.041666666666666664", "round it, to 0.041666667"),
            ("1e-99999999999999999999", "round it, to 0"),
            (endless.as_str(), "round it, to 0.333333333"),
            ("\"2.50\"", "it is text; write a number"),
            ("null", "it is null"),
            ("[1]", "it is a list"),
            ("{}", "it is an object"),
            ("true", "it is no number"),
        ] {
            let error = from_json(text).unwrap_err();
            assert!(error.contains(what) && error.len() < 200, "{what:?} is not in {error:?}");
        }
    }
}
