//! Whole numbers in a range that is known at compile time.

use super::capped::Admitted;
use super::key::Label;
use super::text::OTHER;
use super::value::{IntoLabel, LabelType, Placed};
use crate::self_telemetry::LabelOverflow;

/// The type of a label whose values are the whole numbers from `MIN` to `MAX`, both
/// included; any other number is `other`.
///
/// What went into `other` is counted in
/// `arc_obs_label_overflow_total{reason="out_of_range"}`. A key of this type takes any
/// integer.
///
/// ```
/// use arc_obs::{InRange, track_tool};
///
/// arc_obs::labels! { attempt: InRange<1, 5> }
///
/// #[track_tool("fetch", labels(attempt = attempt))]
/// fn fetch(attempt: u8) {}
///
/// fn main() {
///     # let capture = arc_obs::testing::capture();
///     fetch(2);
///     # let labels = [("tool", "fetch"), ("status", "success"), ("attempt", "2")];
///     # assert_eq!(capture.value("arc_tool_calls_total", &labels), Some(1.0));
/// }
/// ```
#[derive(Debug)]
pub enum InRange<const MIN: i64, const MAX: i64> {}

impl<const MIN: i64, const MAX: i64> InRange<MIN, MAX> {
    /// How many numbers there are.
    const NUMBERS: usize = {
        let numbers = MAX as i128 - MIN as i128 + 1;
        // What is too many is told where it is used, with the number.
        if numbers > u32::MAX as i128 {
            u32::MAX as usize
        } else if numbers < 0 {
            0
        } else {
            numbers as usize
        }
    };
}

impl<const MIN: i64, const MAX: i64> LabelType for InRange<MIN, MAX> {
    // And `other`.
    const COUNT: usize = Self::NUMBERS.saturating_add(1);
    const FAULT: Option<&'static str> = if MIN > MAX {
        Some("an `InRange<MIN, MAX>` whose `MIN` is above its `MAX` has no numbers; write the smaller one first")
    } else {
        None
    };

    fn text(index: usize, _: &'static Admitted) -> &'static str {
        let number = i64::try_from(index).ok().and_then(|index| MIN.checked_add(index));
        // Made once per label set of a function, and those live as long as the process.
        number.filter(|_| index < Self::NUMBERS).map_or(OTHER, |number| number.to_string().leak())
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<const MIN: i64, const MAX: i64> IntoLabel<InRange<MIN, MAX>> for $integer {
            const COUNT: usize = <InRange<MIN, MAX> as LabelType>::COUNT;

            #[inline]
            fn place(self, _: &'static Label<InRange<MIN, MAX>>) -> Placed {
                let number = i64::try_from(self).ok().filter(|number| (MIN..=MAX).contains(number));
                let index = number.and_then(|number| usize::try_from(number.wrapping_sub(MIN)).ok());
                match index.filter(|index| *index < InRange::<MIN, MAX>::NUMBERS) {
                    Some(index) => Placed::at(index),
                    None => Placed {
                        index: Some(InRange::<MIN, MAX>::NUMBERS),
                        too_long: false,
                        folded: Some(LabelOverflow::OutOfRange),
                    },
                }
            }
        }

        #[diagnostic::do_not_recommend]
        impl<const MIN: i64, const MAX: i64> IntoLabel<InRange<MIN, MAX>> for &$integer {
            const COUNT: usize = <InRange<MIN, MAX> as LabelType>::COUNT;

            #[inline]
            fn place(self, label: &'static Label<InRange<MIN, MAX>>) -> Placed {
                (*self).place(label)
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_places_and_the_others_share_one() {
        type Small = InRange<-1, 2>;
        static LABEL: Label<Small> = Label::new("small");
        assert_eq!(<Small as LabelType>::COUNT, 5);
        let place = |placed: Placed| (placed.index, placed.folded.is_some());
        assert_eq!(
            [-1_i8, 0, 2, 3, -2].map(|n| place(n.place(&LABEL))),
            [(Some(0), false), (Some(1), false), (Some(3), false), (Some(4), true), (Some(4), true)]
        );
        assert_eq!(place(u128::MAX.place(&LABEL)), (Some(4), true));
        assert_eq!(place(i128::MIN.place(&LABEL)), (Some(4), true));
        let texts: Vec<_> = (0..5).map(|index| Small::text(index, LABEL.admitted())).collect();
        assert_eq!(texts, ["-1", "0", "1", "2", "other"]);
    }

    #[test]
    fn the_widest_range_does_not_overflow() {
        type Widest = InRange<{ i64::MIN }, { i64::MAX }>;
        static LABEL: Label<Widest> = Label::new("widest");
        assert!(i64::MAX.place(&LABEL).folded.is_some(), "more numbers than a label can have");
        assert_eq!(i64::MIN.place(&LABEL).index, Some(0));
    }
}
