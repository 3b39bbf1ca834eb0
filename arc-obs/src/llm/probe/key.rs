//! Reads a map's key: only text can name a place.

use serde::Serialize;
use serde::ser::{self, Impossible};

use super::{Place, Stop};

/// Reads a map's key and says what stands under it.
pub(super) struct Key {
    place: Place,
    /// How many wrappers are still taken off: one is a type of the user's around a text.
    wrappers: u8,
}

impl Key {
    pub(super) fn at(place: Place) -> Self {
        Self { place, wrappers: 4 }
    }

    fn unwrapped<T: Serialize + ?Sized>(self, key: &T) -> Result<Place, Stop> {
        let wrappers = self.wrappers.checked_sub(1).ok_or(Stop)?;
        key.serialize(Self { wrappers, ..self })
    }
}

macro_rules! no_key {
    ($($method:ident($($argument:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self $(, _: $argument)*) -> Result<$ok, Stop> { Err(Stop) })*
    };
}

impl ser::Serializer for Key {
    type Ok = Place;
    type Error = Stop;
    type SerializeSeq = Impossible<Place, Stop>;
    type SerializeTuple = Impossible<Place, Stop>;
    type SerializeTupleStruct = Impossible<Place, Stop>;
    type SerializeTupleVariant = Impossible<Place, Stop>;
    type SerializeMap = Impossible<Place, Stop>;
    type SerializeStruct = Impossible<Place, Stop>;
    type SerializeStructVariant = Impossible<Place, Stop>;

    fn serialize_str(self, key: &str) -> Result<Place, Stop> {
        Ok(self.place.child(key))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Place, Stop> {
        Ok(self.place.child(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, key: &T) -> Result<Place, Stop> {
        self.unwrapped(key)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, key: &T) -> Result<Place, Stop> {
        self.unwrapped(key)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Place, Stop> {
        Err(Stop)
    }

    no_key! {
        serialize_bool(bool) -> Place;
        serialize_i8(i8) -> Place;
        serialize_i16(i16) -> Place;
        serialize_i32(i32) -> Place;
        serialize_i64(i64) -> Place;
        serialize_u8(u8) -> Place;
        serialize_u16(u16) -> Place;
        serialize_u32(u32) -> Place;
        serialize_u64(u64) -> Place;
        serialize_f32(f32) -> Place;
        serialize_f64(f64) -> Place;
        serialize_char(char) -> Place;
        serialize_bytes(&[u8]) -> Place;
        serialize_none() -> Place;
        serialize_unit() -> Place;
        serialize_unit_struct(&'static str) -> Place;
        serialize_seq(Option<usize>) -> Impossible<Place, Stop>;
        serialize_tuple(usize) -> Impossible<Place, Stop>;
        serialize_tuple_struct(&'static str, usize) -> Impossible<Place, Stop>;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Impossible<Place, Stop>;
        serialize_map(Option<usize>) -> Impossible<Place, Stop>;
        serialize_struct(&'static str, usize) -> Impossible<Place, Stop>;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Impossible<Place, Stop>;
    }
}
