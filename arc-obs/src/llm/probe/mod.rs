//! Reads token usage off any `Serialize` value, without building JSON.
//!
//! A `serde` serializer that walks only where usage can stand and keeps only
//! numbers and the model's name: sequences and unknown fields are not visited, so
//! an embeddings answer with 300 000 floats costs as little as a chat answer, and
//! what stands in content, tool arguments or a raw body is never read. No client
//! crate is named, so none is coupled to a version. Where what stands is `shape`,
//! what the numbers mean together is `found`.
//!
//! A number that cannot be a count is flagged and not used. A value that fails to
//! serialize, or that is no response (a list, a map without end), ends the walk
//! there, and not that of what stands around it.

mod chunks;
mod found;
mod key;
mod shape;

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser::{self, Impossible};

pub(crate) use self::chunks::{Chunks, Told};

use self::found::Found;
use self::key::Key;
use self::shape::Place;
use crate::operation::{FinishReason, Reading, UsageFlaw};

/// How deep the walk goes at most, wrappers included: a response's usage is within
/// ten, and a value that is built to be deeper must not exhaust the stack.
const DEEPEST_WALK: u8 = 48;
/// How many fields of one map are looked at, and how many elements of one of the few
/// lists that are read: many times what any response has.
const MOST_FIELDS: u32 = 1_024;
const MOST_ELEMENTS: u32 = 256;
/// The longest text that is taken for a number, in bytes.
const LONGEST_NUMBER: usize = 64;

/// Reads what `value` reports; also what only its span tells, if that is recorded.
pub(crate) fn probe<T: Serialize + ?Sized>(value: &T, is_recorded: bool) -> Reading {
    let mut found = Found::default();
    found.details = is_recorded.then(Box::default);
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
            #[expect(clippy::cast_precision_loss, reason = "a price in whole units of money")]
            (Place::Money(money), _) => self.found.set_cost(money, number as f64),
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
        if let Place::Money(money) = self.place {
            self.found.set_cost(money, number);
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
            self.found.flaw(count, flaw);
        }
        Ok(())
    }

    /// Goes on inside, one level deeper.
    fn descend<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        if self.found.level == DEEPEST_WALK {
            return Err(Stop);
        }
        self.found.level += 1;
        let walked = value.serialize(Node { found: &mut *self.found, place: self.place });
        self.found.level -= 1;
        walked
    }

    /// Visits what stands under a name; what fails there is no matter to the rest.
    fn visit<T: Serialize + ?Sized>(found: &mut Found, place: Place, value: &T) {
        let is_unasked = matches!(place, Place::ResponseId(_)) && found.details.is_none();
        if place.is_elsewhere() || is_unasked {
            return;
        }
        // Ollama's counts stand in the response itself.
        let place = match place {
            Place::RootNumber(count) => {
                found.enter(0);
                Place::Number(count)
            }
            place => place,
        };
        let _ = Node { found, place }.descend(value);
    }
}

/// A map or struct at one place.
struct Fields<'a> {
    found: &'a mut Found,
    place: Place,
    next: Place,
    left: u32,
}

impl Fields<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Stop> {
        Node::visit(self.found, self.place.child(key), value);
        self.count()
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop)?;
        Ok(())
    }
}

/// A list that is read: Bedrock's writes to its cache, Anthropic's iterations, or the
/// answers of a response that may have several.
struct Elements<'a> {
    found: &'a mut Found,
    place: Place,
    left: u32,
    /// One of the answers has said why it ended.
    has_ended: bool,
}

/// Why the walk ended early: a `Serialize` of the user's failed, a key was no string,
/// or nothing of interest can stand in what follows.
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
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Impossible<(), Stop>;
    type SerializeTupleStruct = Impossible<(), Stop>;
    type SerializeTupleVariant = Impossible<(), Stop>;
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

    // A client's enum of the service tiers, or of the reasons to stop.
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Stop> {
        match self.place {
            Place::ServiceTier | Place::FinishReason(_) | Place::ResponseStatus(_) => self.serialize_str(variant),
            _ => Ok(()),
        }
    }

    fn serialize_str(self, text: &str) -> Result<(), Stop> {
        match self.place {
            Place::Model { asked, depth } => self.found.set_model(text, asked, depth),
            Place::ResponseId(depth) => self.found.set_response_id(text, depth),
            Place::ServiceTier => self.found.set_service_tier(text),
            Place::FinishReason(depth) => {
                if let Some(reason) = FinishReason::named(text) {
                    self.found.set_finish_reason(reason, depth);
                }
            }
            Place::ResponseStatus(depth) => self.found.set_status(text, depth),
            Place::TimeToLive => self.found.kept_long = text == "1h",
            Place::IterationType => self.found.compacts = text == "compaction",
            Place::Number(_) | Place::Money(_) if text.len() > LONGEST_NUMBER => {
                return self.flaw(UsageFlaw::Overflow);
            }
            // A number that `arbitrary_precision` keeps as text.
            Place::Number(_) | Place::Money(_) => {
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
        self.descend(value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        self.descend(value)
    }

    // An enum of response types is as transparent as the response inside it.
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        if matches!(self.place, Place::Chunk) && (name, variant) == ("Result", "Err") {
            self.found.is_error = true;
            return Err(Stop);
        }
        self.descend(value)
    }

    // A list is refused at once: skipping its elements would still take time for each.
    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'a>, Stop> {
        match self.place {
            Place::CacheDetails | Place::Iterations | Place::Choices(_) => {
                Ok(Elements { found: self.found, place: self.place, left: MOST_ELEMENTS, has_ended: false })
            }
            _ => Err(Stop),
        }
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Stop> {
        Err(Stop)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Stop> {
        Err(Stop)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Stop> {
        Err(Stop)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields<'a>, Stop> {
        match self.place {
            Place::Usage(depth) if !self.found.enter(depth) => return Err(Stop),
            Place::CacheDetail => self.found.kept_long = false,
            _ => {}
        }
        Ok(Fields { found: self.found, place: self.place, next: Place::Elsewhere, left: MOST_FIELDS })
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
        self.next = key.serialize(Key::at(self.place)).unwrap_or(Place::Elsewhere);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        Node::visit(self.found, self.next, value);
        self.count()
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

impl ser::SerializeSeq for Elements<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop)?;
        match self.place {
            Place::Iterations => {
                let mut iteration = Found::default();
                iteration.level = self.found.level;
                Node::visit(&mut iteration, Place::Iteration, value);
                self.found.end_of_iteration(iteration);
            }
            Place::Choices(depth) if self.has_ended => {
                let mut other = Found::default();
                other.level = self.found.level;
                Node::visit(&mut other, Place::Choice(depth), value);
                self.found.end_of_choice(other);
            }
            Place::Choices(depth) => {
                let knew = self.found.has_finish_reason();
                Node::visit(self.found, Place::Choice(depth), value);
                if self.found.has_finish_reason() {
                    // The others stop for reasons of their own, of which mostly one is kept.
                    if knew || self.found.details.is_none() {
                        return Err(Stop);
                    }
                    self.has_ended = true;
                }
            }
            _ => {
                Node::visit(self.found, Place::CacheDetail, value);
                self.found.end_of_cache_detail();
            }
        }
        Ok(())
    }

    fn end(self) -> Result<(), Stop> {
        if matches!(self.place, Place::Choices(_)) && self.left == MOST_ELEMENTS {
            self.found.has_no_choices = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
