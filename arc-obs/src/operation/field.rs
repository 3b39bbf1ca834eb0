//! Span fields of the user's own: which ones a function declares, and what a value is.

use std::fmt::{self, Write};

/// How many bytes of a text are kept as the value of a field; it then ends in `…`.
pub(crate) const MOST_TEXT: usize = 4_096;

/// How many bytes behind the place where a text is cut are looked at, for what begins before it:
/// as long as most secrets are, and of a longer one enough to know it.
pub(crate) const LOOK_AHEAD: usize = 4_096;

const ELLIPSIS: char = '…';

/// The fields that one function's attribute declares, in their order.
///
/// A `static` of each function's own, by whose address an operation is found again.
#[derive(Debug)]
pub struct DeclaredFields {
    names: &'static [&'static str],
    tells_content: bool,
}

impl DeclaredFields {
    /// The fields of these names.
    #[must_use]
    pub const fn new(names: &'static [&'static str]) -> Self {
        Self { names, tells_content: false }
    }

    /// The same of a function that tells its content, if it is asked for.
    #[must_use]
    pub const fn with_content(self) -> Self {
        Self { tells_content: true, ..self }
    }

    pub(crate) const fn names(&self) -> &'static [&'static str] {
        self.names
    }

    pub(crate) const fn tells_content(&self) -> bool {
        self.tells_content
    }
}

/// The value of a span field, as `fields(..)`, `on_success(..)`, `on_error(..)` or
/// [`set_field!`](crate::set_field) recorded it.
///
/// It compares with what it was made of, and integers by their value, whatever their type:
///
/// ```
/// #[arc_obs::traced(fields(name, limit))]
/// fn load(name: &str, limit: u8) {}
///
/// let capture = arc_obs::testing::capture();
/// load("tea", 3);
/// let operation = &capture.operations()[0];
/// assert_eq!(*operation.field("name").unwrap(), "tea");
/// assert_eq!(*operation.field("limit").unwrap(), 3);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FieldValue {
    /// `true` or `false`
    Bool(bool),
    /// A signed integer of up to 64 bits.
    I64(i64),
    /// An unsigned integer of up to 64 bits.
    U64(u64),
    /// A signed integer of 128 bits.
    I128(i128),
    /// An unsigned integer of 128 bits.
    U128(u128),
    /// A floating-point number.
    F64(f64),
    /// Text; also what `?x` and `%x` have written.
    Text(String),
    /// Several texts: no field of your own is, but what the conventions have as a list.
    Texts(Vec<String>),
}

impl FieldValue {
    /// The text, if it is one.
    ///
    /// ```
    /// # #[arc_obs::traced(fields(name))] fn load(name: &str) {}
    /// # let capture = arc_obs::testing::capture();
    /// load("tea");
    /// assert_eq!(capture.operations()[0].field("name").unwrap().as_str(), Some("tea"));
    /// ```
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Whether it is below zero, and how far from it.
    fn as_integer(&self) -> Option<(bool, u128)> {
        match *self {
            Self::I64(number) => Some((number < 0, number.unsigned_abs().into())),
            Self::U64(number) => Some((false, number.into())),
            Self::I128(number) => Some((number < 0, number.unsigned_abs())),
            Self::U128(number) => Some((false, number)),
            Self::Bool(_) | Self::F64(_) | Self::Text(_) | Self::Texts(_) => None,
        }
    }
}

impl PartialEq for FieldValue {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(ours), Self::Bool(theirs)) => ours == theirs,
            (Self::F64(ours), Self::F64(theirs)) => ours == theirs || (ours.is_nan() && theirs.is_nan()),
            (Self::Text(ours), Self::Text(theirs)) => ours == theirs,
            (Self::Texts(ours), Self::Texts(theirs)) => ours == theirs,
            _ => self.as_integer().is_some_and(|ours| Some(ours) == other.as_integer()),
        }
    }
}

// No number is unlike itself, for two that are no number are taken for equal.
impl Eq for FieldValue {}

impl PartialEq<str> for FieldValue {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for FieldValue {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl<const N: usize> PartialEq<[&str; N]> for FieldValue {
    fn eq(&self, other: &[&str; N]) -> bool {
        matches!(self, Self::Texts(ours) if ours == other)
    }
}

macro_rules! number {
    ($($variant:ident($stored:ty): $($number:ty)*;)*) => {$($(
        impl From<$number> for FieldValue {

            fn from(number: $number) -> Self {
                Self::$variant(number as $stored)
            }
        }

        impl PartialEq<$number> for FieldValue {
            fn eq(&self, other: &$number) -> bool {
                let other = Self::from(*other);
                *self == other
            }
        }
    )*)*};
}
number! {
    Bool(bool): bool;
    I64(i64): i8 i16 i32 i64 isize;
    U64(u64): u8 u16 u32 u64 usize;
    I128(i128): i128;
    U128(u128): u128;
    F64(f64): f32 f64;
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::U64(value) => value.fmt(f),
            Self::I128(value) => value.fmt(f),
            Self::U128(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::Texts(values) => fmt::Debug::fmt(values, f),
        }
    }
}

/// A value with what is known of how it was said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) value: FieldValue,
    /// Whether it was written by `Debug` or `Display`: a subscriber then shows it without
    /// quotes, as it shows its own.
    pub(crate) is_formatted: bool,
}

/// Text that takes what fits, and refuses the rest, so that nothing long is ever written
/// out in full.
///
/// It takes a little more than that, for whoever cuts it must see what stands at the cut.
pub(crate) struct BoundedText {
    text: String,
    most: usize,
    is_full: bool,
}

impl Default for BoundedText {
    /// Of so much as a field keeps.
    fn default() -> Self {
        Self::new(MOST_TEXT)
    }
}

impl BoundedText {
    /// Of so many bytes at most.
    pub(crate) const fn new(most: usize) -> Self {
        Self { text: String::new(), most, is_full: false }
    }

    /// The text, and whether it was cut: where `edge` says, of the text and the last place that
    /// it could be cut at.
    pub(crate) fn finish(self, edge: impl FnOnce(&str, usize) -> usize) -> (String, bool) {
        let Self { mut text, most, .. } = self;
        let is_cut = text.len() > most;
        if is_cut {
            let end = floor_char_boundary(&text, most.saturating_sub(ELLIPSIS.len_utf8()));
            let end = edge(&text, end);
            text.truncate(end);
            text.push(ELLIPSIS);
            text.shrink_to_fit();
        }
        (text, is_cut)
    }
}

impl Write for BoundedText {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.is_full {
            return Err(fmt::Error);
        }
        let room = (self.most + LOOK_AHEAD).saturating_sub(self.text.len());
        if more.len() <= room {
            self.text.push_str(more);
            return Ok(());
        }
        // Of what is more, no more than what could fit: it may be very long.
        self.text.push_str(&more[..floor_char_boundary(more, room)]);
        self.is_full = true;
        Err(fmt::Error)
    }
}

/// The last place of a character that is not behind this one.
pub(crate) fn floor_char_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(parts: &[&str]) -> (String, bool) {
        let mut text = BoundedText::default();
        for part in parts {
            let _ = text.write_str(part);
        }
        text.finish(|_, end| end)
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let full = "a".repeat(MOST_TEXT);
        assert_eq!(bounded(&[&full]), (full.clone(), false));
        for text in
            [full.clone() + "b", "é".repeat(MOST_TEXT), "💡".repeat(MOST_TEXT), "x".to_owned() + &"é".repeat(MOST_TEXT)]
        {
            let (cut, is_cut) = bounded(&[&text]);
            assert!(is_cut && cut.len() <= MOST_TEXT && cut.len() > MOST_TEXT - 4, "{}", cut.len());
            assert!(text.starts_with(cut.strip_suffix('…').unwrap()));
        }
        // The mark takes the place of what was already there.
        let (cut, is_cut) = bounded(&[&full, "b", "c"]);
        assert!(is_cut);
        assert_eq!(cut, "a".repeat(MOST_TEXT - 3) + "…");
    }

    #[test]
    fn integers_are_equal_by_their_value() {
        assert_eq!(FieldValue::from(3_u8), 3_i64);
        assert_eq!(FieldValue::from(-3_i128), FieldValue::from(-3_i8));
        assert_eq!(FieldValue::from(u128::MAX), u128::MAX);
        assert_ne!(FieldValue::from(-3), 3);
        assert_ne!(FieldValue::from(1), true);
        assert_ne!(FieldValue::from(1), 1.0);
        assert_eq!(FieldValue::from(f64::NAN), f64::NAN);
        assert_eq!(FieldValue::Text("a".into()), "a");
        assert_eq!(FieldValue::from(0.5).to_string(), "0.5");
        let texts = FieldValue::Texts(vec!["stop".into(), "length".into()]);
        assert_eq!(texts, ["stop", "length"]);
        assert_ne!(texts, ["stop"]);
        assert_eq!(texts.to_string(), r#"["stop", "length"]"#);
    }
}
