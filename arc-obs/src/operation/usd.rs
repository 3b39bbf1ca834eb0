//! Money: an exact amount of dollars as a whole number of nano-dollars.
//!
//! No currency but the US dollar, in which every provider lists its prices, and
//! no floating point but for display. Made by `llm::price`, added up by metrics,
//! monitors and budgets, read by users. What a call cost, line by line, is `cost`.

use std::fmt;

const NANOS_PER_DOLLAR: u64 = 1_000_000_000;
/// The digits of a nano-dollar behind the point.
const DIGITS: usize = 9;

/// An exact amount of US dollars.
///
/// Kept as a whole number of nano-dollars, so that sums are exact: a million
/// calls of a tenth of a cent are a thousand dollars, to the last digit. It
/// holds up to 18 billion dollars.
///
/// ```
/// use arc_obs::Usd;
///
/// let amount = Usd::from_nanos(1_234_000);
/// assert_eq!(amount.to_string(), "$0.001234");
/// assert_eq!(amount.saturating_add(amount).as_nanos(), 2_468_000);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd {
    nanos: u64,
}

impl Usd {
    /// Nothing.
    ///
    /// ```
    /// assert_eq!(arc_obs::Usd::ZERO.to_string(), "$0.00");
    /// ```
    pub const ZERO: Self = Self::from_nanos(0);

    /// More than one operation can have cost: a million dollars. What claims more is a
    /// broken number, and adding it once would spoil a counter for good.
    pub(crate) const MOST_OF_ONE: Self = Self::from_nanos(1_000_000 * NANOS_PER_DOLLAR);

    /// This many billionths of a dollar.
    ///
    /// ```
    /// assert_eq!(arc_obs::Usd::from_nanos(2_500_000_000).to_string(), "$2.50");
    /// ```
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self { nanos }
    }

    /// The nearest number of billionths to this many dollars; `None` for what is no
    /// amount of money: less than nothing, infinite, or more than 9 billion dollars.
    ///
    /// ```
    /// use arc_obs::Usd;
    ///
    /// assert_eq!(Usd::from_dollars(0.0015), Some(Usd::from_nanos(1_500_000)));
    /// assert_eq!(Usd::from_dollars(-1.0), None);
    /// assert_eq!(Usd::from_dollars(f64::NAN), None);
    /// ```
    #[must_use]
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        let nanos = (dollars * NANOS_PER_DOLLAR as f64).round();
        // Up to 2^63, which an `f64` has exactly: half of what a `Usd` holds.
        (0.0..9_223_372_036_854_775_808.0).contains(&nanos).then(|| Self::from_nanos(nanos as u64))
    }

    /// The amount in billionths of a dollar, exactly.
    ///
    /// ```
    /// assert_eq!(arc_obs::Usd::from_nanos(42).as_nanos(), 42);
    /// ```
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.nanos
    }

    /// The amount in dollars, as near as an `f64` gets: for charts and ratios,
    /// not for adding up.
    ///
    /// ```
    /// assert_eq!(arc_obs::Usd::from_nanos(1_500_000_000).as_dollars(), 1.5);
    /// ```
    #[must_use]
    pub fn as_dollars(self) -> f64 {
        self.nanos as f64 / NANOS_PER_DOLLAR as f64
    }

    /// Both together, or `None` when that is more than a `Usd` holds.
    ///
    /// ```
    /// use arc_obs::Usd;
    ///
    /// let cent = Usd::from_nanos(10_000_000);
    /// assert_eq!(cent.checked_add(cent), Some(Usd::from_nanos(20_000_000)));
    /// assert_eq!(cent.checked_add(Usd::from_nanos(u64::MAX)), None);
    /// ```
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.nanos.checked_add(other.nanos) {
            Some(nanos) => Some(Self { nanos }),
            None => None,
        }
    }

    /// Both together, or the largest `Usd` when that is more than it holds.
    ///
    /// ```
    /// use arc_obs::Usd;
    ///
    /// let largest = Usd::from_nanos(u64::MAX);
    /// assert_eq!(largest.saturating_add(Usd::from_nanos(1)), largest);
    /// ```
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_add(other.nanos) }
    }
}

/// Writes dollars: every digit there is, and cents at least. A precision rounds
/// to that many digits instead, half up.
///
/// ```
/// use arc_obs::Usd;
///
/// let amount = Usd::from_nanos(12_345_600_000);
/// assert_eq!(format!("{amount}"), "$12.3456");
/// assert_eq!(format!("{amount:.2}"), "$12.35");
/// assert_eq!(format!("{amount:>12.2}"), "      $12.35");
/// ```
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut nanos = u128::from(self.nanos);
        if let Some(digits) = f.precision() {
            // The last digit that stays counts this many nano-dollars.
            let step = (digits..DIGITS).fold(1, |step, _| step * 10);
            nanos = (nanos + step / 2) / step * step;
        }
        let dollars = nanos / u128::from(NANOS_PER_DOLLAR);
        let fraction = format!("{:0DIGITS$}", nanos % u128::from(NANOS_PER_DOLLAR));
        let text = match f.precision() {
            Some(0) => format!("${dollars}"),
            Some(digits) if digits < DIGITS => format!("${dollars}.{}", &fraction[..digits]),
            Some(digits) => format!("${dollars}.{fraction:0<digits$}"),
            None => {
                let digits = fraction.trim_end_matches('0').len().max(2);
                format!("${dollars}.{}", &fraction[..digits])
            }
        };
        // Not `pad`, which would take the precision for a limit on the text.
        f.pad_integral(true, "", &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_is_written_and_no_more() {
        for (nanos, text) in [
            (0, "$0.00"),
            (1, "$0.000000001"),
            (1_234_000, "$0.001234"),
            (100_000_000, "$0.10"),
            (1_000_000_000, "$1.00"),
            (1_000_000_001, "$1.000000001"),
            (u64::MAX, "$18446744073.709551615"),
        ] {
            assert_eq!(Usd::from_nanos(nanos).to_string(), text);
        }
    }

    #[test]
    fn a_precision_rounds_half_up() {
        let amount = Usd::from_nanos(1_995_000_000);
        assert_eq!(format!("{amount:.0}"), "$2");
        assert_eq!(format!("{amount:.2}"), "$2.00");
        assert_eq!(format!("{amount:.3}"), "$1.995");
        assert_eq!(format!("{amount:.9}"), "$1.995000000");
        assert_eq!(format!("{amount:.11}"), "$1.99500000000");
        assert_eq!(format!("{:.0}", Usd::from_nanos(u64::MAX)), "$18446744074");
    }

    #[test]
    fn a_width_aligns() {
        let amount = Usd::from_nanos(1_500_000_000);
        assert_eq!(format!("{amount:8}|{amount:<8}|{amount:^8}"), "   $1.50|$1.50   | $1.50  ");
    }

    #[test]
    fn amounts_are_ordered_and_added() {
        assert!(Usd::from_nanos(1) < Usd::from_nanos(2));
        assert_eq!(Usd::default(), Usd::ZERO);
        let largest = Usd::from_nanos(u64::MAX);
        assert_eq!(largest.checked_add(Usd::ZERO), Some(largest));
        assert_eq!(largest.checked_add(Usd::from_nanos(1)), None);
        assert_eq!(largest.saturating_add(largest), largest);
    }
}
