//! What the value of a span field may be, and how it becomes one.

use std::borrow::Cow;
use std::fmt::{self, Debug, Display, Write};
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use crate::hub;
use crate::operation::{BoundedText, FieldValue, MOST_TEXT, Said};
#[cfg(feature = "traces")]
use crate::redact::edge;
use crate::self_telemetry::FieldLoss;

/// Nothing leaves the process, and so nothing is secret.
#[cfg(not(feature = "traces"))]
const fn edge(_: &str, end: usize) -> usize {
    end
}

/// What the value of a field may be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a span field as it is",
    label = "write `?` before it to record its `Debug`, or `%` for its `Display`",
    note = "as they are: text, `bool`, integers and floats, references and boxes of them, and an `Option` whose `None` leaves the field unset"
)]
pub trait AsField {
    /// The value, if there is one.
    fn field_value(&self) -> Option<FieldValue>;
}

impl AsField for str {
    fn field_value(&self) -> Option<FieldValue> {
        // Mostly it fits: then it need not grow into its place.
        Some(FieldValue::Text(if self.len() <= MOST_TEXT {
            self.to_owned()
        } else {
            bounded(|text| text.write_str(self))
        }))
    }
}

impl AsField for String {
    fn field_value(&self) -> Option<FieldValue> {
        self.as_str().field_value()
    }
}

impl AsField for char {
    fn field_value(&self) -> Option<FieldValue> {
        self.encode_utf8(&mut [0; 4]).field_value()
    }
}

impl AsField for fmt::Arguments<'_> {
    fn field_value(&self) -> Option<FieldValue> {
        Some(FieldValue::Text(bounded(|text| text.write_fmt(*self))))
    }
}

impl<T: AsField> AsField for Option<T> {
    fn field_value(&self) -> Option<FieldValue> {
        self.as_ref()?.field_value()
    }
}

impl<T: AsField + ToOwned + ?Sized> AsField for Cow<'_, T> {
    fn field_value(&self) -> Option<FieldValue> {
        (**self).field_value()
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl AsField for $number {
            fn field_value(&self) -> Option<FieldValue> {
                Some((*self).into())
            }
        }
    )*};
}
numbers!(bool i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64);

macro_rules! not_zero {
    ($($number:ty)*) => {$(
        impl AsField for NonZero<$number> {
            fn field_value(&self) -> Option<FieldValue> {
                Some(self.get().into())
            }
        }
    )*};
}
not_zero!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

macro_rules! pointers {
    ($($pointer:ty)*) => {$(
        impl<T: AsField + ?Sized> AsField for $pointer {
            fn field_value(&self) -> Option<FieldValue> {
                (**self).field_value()
            }
        }
    )*};
}
pointers!(&T &mut T Box<T> Rc<T> Arc<T>);

/// Text that was written, and cut where it was too long.
fn bounded(write: impl FnOnce(&mut BoundedText) -> fmt::Result) -> String {
    let mut text = BoundedText::default();
    // It refuses what does not fit; a `Display` that fails by itself has said what it could.
    let _ = write(&mut text);
    let (text, is_cut) = text.finish(edge);
    if is_cut {
        hub::metrics().health.field_lost(FieldLoss::TooLong);
    }
    text
}

/// A value, if there is one; a type of its own, so that no `?` ends a closure that says one.
#[derive(Debug)]
pub struct Told(pub(super) Option<Said>);

fn formatted(write: impl FnOnce(&mut BoundedText) -> fmt::Result) -> Told {
    Told(Some(Said { value: FieldValue::Text(bounded(write)), is_formatted: true }))
}

/// `key = x`
pub fn value<T: AsField + ?Sized>(value: &T) -> Told {
    Told(value.field_value().map(|value| Said { value, is_formatted: false }))
}

/// `key = ?x`
pub fn debug<T: Debug + ?Sized>(value: &T) -> Told {
    formatted(|text| write!(text, "{value:?}"))
}

/// `key = %x`
pub fn display<T: Display + ?Sized>(value: &T) -> Told {
    formatted(|text| write!(text, "{value}"))
}

/// `key = |result| …`; what the closure returns may borrow from the result.
pub fn value_of<'a, T: ?Sized, V: AsField>(result: &'a T, read: impl FnOnce(&'a T) -> V) -> Told {
    value(&read(result))
}

/// `key = ?|result| …`
pub fn debug_of<'a, T: ?Sized, V: Debug>(result: &'a T, read: impl FnOnce(&'a T) -> V) -> Told {
    debug(&read(result))
}

/// `key = %|result| …`
pub fn display_of<'a, T: ?Sized, V: Display>(result: &'a T, read: impl FnOnce(&'a T) -> V) -> Told {
    display(&read(result))
}
