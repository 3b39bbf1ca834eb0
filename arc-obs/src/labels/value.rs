//! What a value of a label is, and what a key's type may be.

use super::capped::Admitted;
use super::key::Label;
use crate::self_telemetry::LabelOverflow;

/// A type whose values are all known at compile time, each with its text: what a label of
/// a metric may be.
///
/// Derive it on an enum without fields. The text of a variant is its name in snake case;
/// `#[label("…")]` on the variant says another, `#[label(rename_all = "kebab-case")]` on the
/// enum another rule (those of `serde`).
///
/// ```
/// use arc_obs::LabelValue;
///
/// #[derive(LabelValue)]
/// enum Tier {
///     Free,
///     #[label("pro+")]
///     ProPlus,
///     InvitedByUs,
/// }
///
/// assert_eq!(Tier::COUNT, 3);
/// assert_eq!(Tier::name(Tier::ProPlus.index()), "pro+");
/// assert_eq!(Tier::name(2), "invited_by_us");
/// ```
///
/// `bool` is one, too, as `false` and `true`. By hand it is a bijection to the numbers below
/// `COUNT`: a value whose `index` is not one of them is counted in
/// `arc_obs_label_overflow_total{reason="out_of_range"}`, and recorded without its labels.
pub trait LabelValue: 'static {
    /// How many values there are.
    const COUNT: usize;

    /// Which of them this one is: a number below [`COUNT`](Self::COUNT).
    fn index(&self) -> usize;

    /// The text of the value at a place, as it stands on the page.
    fn name(index: usize) -> &'static str;
}

impl LabelValue for bool {
    const COUNT: usize = 2;

    #[inline]
    fn index(&self) -> usize {
        usize::from(*self)
    }

    fn name(index: usize) -> &'static str {
        if index == 0 { "false" } else { "true" }
    }
}

/// What the type of a key may be: a [`LabelValue`], or what bounds its values at run time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a metric label: its set of values is not known at compile time",
    label = "any value of this type would be a series of its own",
    note = "use an enum without fields that derives `arc_obs::LabelValue`, or `bool`",
    note = "or bound it: `arc_obs::Capped<20>` admits 20 strings and counts the others as `other`, `arc_obs::InRange<0, 5>` takes whole numbers"
)]
pub trait LabelType: 'static {
    /// How many values there are at most.
    const COUNT: usize;
    /// What is wrong with the type, which only its parameters show.
    const FAULT: Option<&'static str> = None;

    /// The text of the value at a place.
    fn text(index: usize, admitted: &'static Admitted) -> &'static str;
}

#[diagnostic::do_not_recommend]
impl<T: LabelValue> LabelType for T {
    const COUNT: usize = <T as LabelValue>::COUNT;

    fn text(index: usize, _: &'static Admitted) -> &'static str {
        T::name(index)
    }
}

/// Which of its key's values a value is; opaque to everybody else.
#[derive(Debug)]
pub struct Placed {
    /// `None` for what is none of them.
    pub(crate) index: Option<usize>,
    /// Whether its text was cut.
    pub(crate) too_long: bool,
    /// Why it is not a value of its own.
    pub(crate) folded: Option<LabelOverflow>,
}

impl Placed {
    #[inline]
    pub(super) const fn at(index: usize) -> Self {
        Self { index: Some(index), too_long: false, folded: None }
    }
}

/// What can be given as a value of a key.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is not a value of the metric label type `{T}`",
    label = "expected a `{T}`",
    note = "each value of a label is a series of its own, so that a key takes values of the type that it is declared with; put free text on the span"
)]
pub trait IntoLabel<T> {
    /// How many values the key has.
    #[doc(hidden)]
    const COUNT: usize;

    /// Which of the key's values it is.
    #[doc(hidden)]
    fn place(self, label: &'static Label<T>) -> Placed;
}

#[diagnostic::do_not_recommend]
impl<T: LabelValue> IntoLabel<T> for T {
    const COUNT: usize = <T as LabelType>::COUNT;

    #[inline]
    fn place(self, label: &'static Label<T>) -> Placed {
        (&self).place(label)
    }
}

#[diagnostic::do_not_recommend]
impl<T: LabelValue> IntoLabel<T> for &T {
    const COUNT: usize = <T as LabelType>::COUNT;

    #[inline]
    fn place(self, _: &'static Label<T>) -> Placed {
        let index = self.index();
        if index < <T as LabelValue>::COUNT {
            return Placed::at(index);
        }
        Placed { index: None, too_long: false, folded: Some(LabelOverflow::OutOfRange) }
    }
}
