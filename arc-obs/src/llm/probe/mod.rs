//! Reads token usage off any `Serialize` value, without building JSON.
//!
//! A `serde` serializer that walks only where usage can stand and keeps only
//! numbers and the model's name: sequences and unknown fields are not visited, so
//! an embeddings answer with 300 000 floats costs as little as a chat answer, and
//! what stands in content, tool arguments or a raw body is never read. No client
//! crate is named, so none is coupled to a version. Where what stands is `shape`,
//! what the numbers mean together is `found`.
//!
//! A number that cannot be a count is flagged and not used.

mod found;
mod key;
mod shape;

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser;

use self::found::Found;
use self::key::Key;
use self::shape::Place;
use crate::operation::{Reading, UsageFlaw};

/// Reads what `value` reports.
pub(crate) fn probe<T: Serialize + ?Sized>(value: &T) -> Reading {
    let mut found = Found::default();
    // A failing `Serialize` keeps what was found before it failed.
    let _ = value.serialize(Node { found: &mut found, place: Place::Response(0) });
    found.into_reading()
}

/// The serializer at one place.
struct Node<'a> {
    found: &'a mut Found,
    place: Place,
}

impl Node<'_> {
    fn unsigned(self, number: u128) -> Result<(), Stop> {
        match (self.place, u64::try_from(number)) {
            (Place::Number(count), Ok(number)) => self.found.set(count, number),
            (Place::Number(_), Err(_)) => return self.flaw(UsageFlaw::Overflow),
            #[expect(clippy::cast_precision_loss, reason = "a price in whole dollars")]
            (Place::Dollars, _) => self.found.set_cost(number as f64),
            _ => {}
        }
        Ok(())
    }

    fn signed(self, number: i128) -> Result<(), Stop> {
        match u128::try_from(number) {
            Ok(number) => self.unsigned(number),
            Err(_) => self.flaw(UsageFlaw::Negative),
        }
    }

    fn float(self, number: f64) -> Result<(), Stop> {
        if matches!(self.place, Place::Dollars) {
            self.found.set_cost(number);
            return Ok(());
        }
        // Whole floats are counts (some clients parse all JSON numbers so).
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
        match number {
            _ if number.fract() == 0.0 && (0.0..=1e18).contains(&number) => self.unsigned(number as u128),
            _ if number < 0.0 => self.flaw(UsageFlaw::Negative),
            _ => self.flaw(UsageFlaw::Overflow),
        }
    }

    fn flaw(self, flaw: UsageFlaw) -> Result<(), Stop> {
        if let Place::Number(count) = self.place {
            self.found.flaws.add(flaw);
            self.found.broken |= count.is_a_whole();
        }
        Ok(())
    }

    fn visit<T: Serialize + ?Sized>(found: &mut Found, place: Place, value: &T) -> Result<(), Stop> {
        if place.is_elsewhere() { Ok(()) } else { value.serialize(Node { found, place }) }
    }
}

/// A map or struct at one place.
struct Fields<'a> {
    found: &'a mut Found,
    place: Place,
    next: Place,
}

impl Fields<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Stop> {
        Node::visit(self.found, self.place.child(key), value)
    }
}

/// Why the walk ended early: a `Serialize` of the user's failed, or a key was no string.
#[derive(Debug)]
struct Stop;

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value could not be walked")
    }
}

impl std::error::Error for Stop {}

impl ser::Error for Stop {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

macro_rules! nothing {
    ($($method:ident($($argument:ty),*);)*) => {
        $(fn $method(self $(, _: $argument)*) -> Result<(), Stop> { Ok(()) })*
    };
}

macro_rules! numbers {
    ($($method:ident($type:ty) => $to:ident;)*) => {
        $(fn $method(self, number: $type) -> Result<(), Stop> { self.$to(number.into()) })*
    };
}

impl<'a> ser::Serializer for Node<'a> {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Skip;
    type SerializeTuple = Skip;
    type SerializeTupleStruct = Skip;
    type SerializeTupleVariant = Skip;
    type SerializeMap = Fields<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    numbers! {
        serialize_u8(u8) => unsigned;
        serialize_u16(u16) => unsigned;
        serialize_u32(u32) => unsigned;
        serialize_u64(u64) => unsigned;
        serialize_u128(u128) => unsigned;
        serialize_i8(i8) => signed;
        serialize_i16(i16) => signed;
        serialize_i32(i32) => signed;
        serialize_i64(i64) => signed;
        serialize_i128(i128) => signed;
        serialize_f32(f32) => float;
        serialize_f64(f64) => float;
    }

    nothing! {
        serialize_bool(bool);
        serialize_char(char);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
    }

    // A client's enum of the service tiers.
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Stop> {
        match self.place {
            Place::ServiceTier => self.serialize_str(variant),
            _ => Ok(()),
        }
    }

    fn serialize_str(self, text: &str) -> Result<(), Stop> {
        match self.place {
            Place::Model { asked } => self.found.set_model(text, asked),
            Place::ServiceTier => self.found.set_service_tier(text),
            // A number that `arbitrary_precision` keeps as text.
            Place::Number(_) | Place::Dollars => {
                return match text.parse::<i128>() {
                    Ok(number) => self.signed(number),
                    Err(_) => self.float(text.parse().unwrap_or(f64::NAN)),
                };
            }
            _ => {}
        }
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    // An enum of response types is as transparent as the response inside it.
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Skip, Stop> {
        Ok(Skip)
    }

    fn serialize_tuple(self, _: usize) -> Result<Skip, Stop> {
        Ok(Skip)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Skip, Stop> {
        Ok(Skip)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Skip, Stop> {
        Ok(Skip)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'a>, Stop> {
        let place = match self.place {
            Place::Usage(depth) if !self.found.enter(depth) => Place::Elsewhere,
            place => place,
        };
        Ok(Fields { found: self.found, place, next: Place::Elsewhere })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, Stop> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Fields<'a>, Stop> {
        self.serialize_map(None)
    }

    // A value that is only text (a URL, a date) holds no usage: do not format it.
    fn collect_str<T: Display + ?Sized>(self, _: &T) -> Result<(), Stop> {
        Ok(())
    }
}

impl ser::SerializeMap for Fields<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Stop> {
        self.next = key.serialize(Key(self.place)).unwrap_or(Place::Elsewhere);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        Node::visit(self.found, self.next, value)
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Stop> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}

impl ser::SerializeStructVariant for Fields<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Stop> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}

/// A sequence, of which nothing is visited.
struct Skip;

macro_rules! skip {
    ($($trait:ident::$method:ident),*) => {
        $(impl ser::$trait for Skip {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Stop> {
                Ok(())
            }

            fn end(self) -> Result<(), Stop> {
                Ok(())
            }
        })*
    };
}

skip!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

#[cfg(test)]
mod tests;
