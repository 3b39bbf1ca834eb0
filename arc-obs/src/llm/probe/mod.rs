//! Reads token usage off any `Serialize` value, without building JSON.
//!
//! A `serde` serializer that walks only where usage can stand and keeps only
//! numbers: sequences and unknown fields are not visited, so an embeddings answer
//! with 300 000 floats costs as little as a chat answer. No client crate is
//! named, so none is coupled to a version. What it reads now is the shape of
//! OpenAI's chat completions (`usage` at the root with `prompt_tokens` and
//! `completion_tokens`), which most servers speak; a shape is one row in
//! [`Place::child`].
//!
//! A number that cannot be a count is flagged and not used.

mod key;

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser;

use self::key::Key;
use crate::operation::{Reading, Usage, UsageFlaw, UsageFlaws};

/// Reads what `value` reports.
pub(crate) fn probe<T: Serialize + ?Sized>(value: &T) -> Reading {
    let mut found = Found::default();
    // A failing `Serialize` keeps what was found before it failed.
    let _ = value.serialize(Node { found: &mut found, place: Place::Root });
    found.into_reading()
}

/// Counts as they stand in the response.
#[derive(Default)]
struct Found {
    input: Option<u64>,
    output: Option<u64>,
    total: Option<u64>,
    cache_read: Option<u64>,
    reasoning: Option<u64>,
    flaws: UsageFlaws,
    /// Input or output is there and cannot be used: what is left is not the usage.
    broken: bool,
}

impl Found {
    fn slot(&mut self, count: Count) -> &mut Option<u64> {
        match count {
            Count::Input => &mut self.input,
            Count::Output => &mut self.output,
            Count::Total => &mut self.total,
            Count::CacheRead => &mut self.cache_read,
            Count::Reasoning => &mut self.reasoning,
        }
    }

    fn into_reading(mut self) -> Reading {
        if self.broken {
            return Reading { usage: None, flaws: self.flaws };
        }
        // An answer without output is whole (embeddings, moderation); one without
        // input is none, for it would be billed at a part of its price.
        let Some(input) = self.input else { return Reading { usage: None, flaws: self.flaws } };
        let output = self.output.unwrap_or(0);
        if self.total.is_some_and(|total| total != input.saturating_add(output)) {
            self.flaws.add(UsageFlaw::Contradiction);
        }
        let usage =
            Usage::new(input, output).cache_read(self.cache_read.unwrap_or(0)).reasoning(self.reasoning.unwrap_or(0));
        let usage = self.flaws.admit(usage);
        Reading { usage, flaws: self.flaws }
    }
}

#[derive(Clone, Copy)]
enum Count {
    Input,
    Output,
    Total,
    CacheRead,
    Reasoning,
}

/// Where in a response we are.
#[derive(Clone, Copy)]
enum Place {
    Root,
    Usage,
    InputDetails,
    OutputDetails,
    Number(Count),
    /// Nothing of interest can stand below.
    Elsewhere,
}

impl Place {
    /// What stands under `key` at this place.
    fn child(self, key: &str) -> Self {
        match (self, key) {
            (Self::Root, "usage") => Self::Usage,
            (Self::Usage, "prompt_tokens") => Self::Number(Count::Input),
            (Self::Usage, "completion_tokens") => Self::Number(Count::Output),
            (Self::Usage, "total_tokens") => Self::Number(Count::Total),
            (Self::Usage, "prompt_tokens_details") => Self::InputDetails,
            (Self::Usage, "completion_tokens_details") => Self::OutputDetails,
            (Self::InputDetails, "cached_tokens") => Self::Number(Count::CacheRead),
            (Self::OutputDetails, "reasoning_tokens") => Self::Number(Count::Reasoning),
            // serde_json with `arbitrary_precision` writes a number as a struct with this one field.
            (Self::Number(count), "$serde_json::private::Number") => Self::Number(count),
            _ => Self::Elsewhere,
        }
    }

    fn is_elsewhere(self) -> bool {
        matches!(self, Self::Elsewhere)
    }
}

/// The serializer at one place.
struct Node<'a> {
    found: &'a mut Found,
    place: Place,
}

impl Node<'_> {
    fn unsigned(self, number: u128) -> Result<(), Stop> {
        let Place::Number(count) = self.place else { return Ok(()) };
        match u64::try_from(number) {
            Ok(number) => *self.found.slot(count) = Some(number),
            Err(_) => return self.flaw(UsageFlaw::Overflow),
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
            self.found.broken |= matches!(count, Count::Input | Count::Output);
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
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_str(self, text: &str) -> Result<(), Stop> {
        // Only a number that `arbitrary_precision` keeps as text is of interest.
        match (self.place, text.parse::<i128>()) {
            (Place::Number(_), Ok(number)) => self.signed(number),
            (Place::Number(_), Err(_)) => self.float(text.parse().unwrap_or(f64::NAN)),
            _ => Ok(()),
        }
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
        Ok(Fields { found: self.found, place: self.place, next: Place::Elsewhere })
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
