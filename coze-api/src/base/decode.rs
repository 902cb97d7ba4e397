//! Decodes responses leniently. Types of this crate implement [`Decode`], most of them with
//! [`fields`]; types of callers implement serde's `Deserialize`.
//!
//! The server omits zero values, sends `null` for them, quotes numbers and leaves IDs unquoted, and
//! differs in all that from one operation to the next. [`Lenient`] wraps the deserializer of
//! `serde_json` and converts each value to the requested type:
//!
//! | requested | also accepted |
//! |---|---|
//! | string | a number, boolean, list or object as its JSON text, `null` as `""` |
//! | integer | a quoted number, an integral float, `""` and `null` as 0 |
//! | float | a quoted number, `""` and `null` as 0 |
//! | boolean | 0, 1, `"true"`, `"false"`, `"0"`, `"1"`, `""` and `null` as false |
//! | list, map, struct | `""` and `null` as empty |
//!
//! Faults inside strings, such as invalid UTF-8 or half of a surrogate pair, are
//! [repaired](repair::repair) if the text cannot be parsed otherwise.
//!
//! A type that accepts any JSON, such as `serde_json::Value`, gets the JSON unchanged; so do the
//! contents of untagged and internally tagged enums and of flattened fields, which serde buffers.

mod context;
mod input;
mod reader;
mod repair;
mod scalar;
mod types;

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess,
    SeqAccess, Visitor,
};

pub(crate) use context::Place;
pub(crate) use input::{Decode, Decoded, Input, Object, Shape, deserialize};
pub(crate) use repair::{may_be_object, repair, repair_around_surrogates, trim_start};
use scalar::{Boolean, Float, Integer, Text};
pub(crate) use types::fields;

/// Decodes a whole JSON text as a type of this crate.
pub(crate) fn decode<T: Decode + Default>(json: &[u8]) -> serde_json::Result<T> {
    let mut value = T::default();
    decode_into(&mut value, json)?;
    Ok(value)
}

/// Decodes a whole JSON text into `target`.
pub(crate) fn decode_into(target: &mut dyn Decode, json: &[u8]) -> serde_json::Result<()> {
    parse(json, |text| read_text(target, text))
}

/// Decodes a whole JSON text that is known to be UTF-8 into `target`, without a repair.
pub(crate) fn read_text(target: &mut dyn Decode, json: &str) -> serde_json::Result<()> {
    reader::read(target, json).or_else(|_| convert_text(target, json))
}

#[cold]
fn convert_text(target: &mut dyn Decode, json: &str) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    input::read::<_, true>(target, Lenient(&mut deserializer))?;
    deserializer.end()
}

/// Decodes the members of a JSON object, which is the whole text, into `target`. Other values are
/// errors, even those that stand for nothing.
pub(crate) fn read_members(target: &mut dyn Object, json: &str) -> serde_json::Result<()> {
    reader::read_members(target, json).or_else(|_| convert_members(target, json))
}

#[cold]
fn convert_members(target: &mut dyn Object, json: &str) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    deserializer.deserialize_map(Container::<_, false>(input::ObjectVisitor::<true>(target)))?;
    deserializer.end()
}

/// Decodes a whole JSON text.
#[inline]
pub(crate) fn from_slice<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    parse(json, from_str)
}

/// Parses a JSON text with `parser`, and once more after a [`repair`] if it is not valid.
///
/// Checking first whether all of it is UTF-8 takes a fifth less time than finding out string by
/// string.
#[inline]
pub(crate) fn parse<T>(
    json: &[u8],
    mut parser: impl FnMut(&str) -> serde_json::Result<T>,
) -> serde_json::Result<T> {
    let mut text = match simdutf8::basic::from_utf8(json) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(repair(json)),
    };
    // A loop, so that the parser is compiled in one place.
    loop {
        let result = parser(&text);
        match (&result, &text) {
            // An odd escape near the end of the text looks like its end.
            (Err(error), Cow::Borrowed(_)) if error.is_syntax() || error.is_eof() => {
                text = Cow::Owned(repair(json));
            }
            _ => return result,
        }
    }
}

/// Decodes a whole JSON text that is known to be UTF-8, without a repair.
pub(crate) fn from_str<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let result = T::deserialize(Lenient(&mut deserializer));
    if result.is_ok() {
        deserializer.end()?;
    }
    // Returned unchanged: unwrapping the value and wrapping it again would copy it twice.
    result
}

/// Returns the value of `T` for which the JSON has nothing.
pub(crate) fn from_nothing<T: DeserializeOwned>() -> serde_json::Result<T> {
    // Not from a `Value`: a second kind of source would have all types compiled twice.
    from_str("null")
}

/// A deserializer that converts values to the requested types.
pub(crate) struct Lenient<D>(pub(crate) D);

/// Asks the inner deserializer for any value, which `$visitor` converts.
macro_rules! convert {
    ($($method:ident => $visitor:ident,)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.deserialize_any($visitor(visitor))
        }
    )*};
}

/// Passes the request on unchanged.
macro_rules! pass {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Lenient<D> {
    type Error = D::Error;

    convert! {
        deserialize_str => Text, deserialize_string => Text,
        deserialize_i8 => Integer, deserialize_i16 => Integer, deserialize_i32 => Integer,
        deserialize_i64 => Integer, deserialize_u8 => Integer, deserialize_u16 => Integer,
        deserialize_u32 => Integer, deserialize_u64 => Integer,
        deserialize_f32 => Float, deserialize_f64 => Float,
        deserialize_bool => Boolean,
    }

    pass! {
        deserialize_any deserialize_ignored_any deserialize_identifier deserialize_char
        deserialize_i128 deserialize_u128 deserialize_bytes deserialize_byte_buf
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Container::<V, true>(visitor))
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Container::<V, false>(visitor))
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(Wrapped(visitor))
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        IgnoredAny::deserialize(self.0)?;
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Wrapped(visitor))
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserialize_seq(visitor)
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserialize_seq(visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserialize_map(visitor)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }
}

/// Makes the content of an `Option` or newtype lenient too.
struct Wrapped<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Wrapped<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    #[inline]
    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    #[inline]
    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Lenient(value))
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Lenient(value))
    }

    // `serde_json` passes a `RawValue` as a map.
    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(map)
    }
}

/// Visits a list, or else a map or struct, or an empty value in its place.
struct Container<V, const LIST: bool>(V);

impl<'de, V: Visitor<'de>, const LIST: bool> Visitor<'de> for Container<V, LIST> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Elements(seq))
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Elements(map))
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        // From text: a source of values made for this would have all types compiled twice.
        let nothing = if LIST { "[]" } else { "{}" };
        serde_json::Deserializer::from_str(nothing)
            .deserialize_any(self)
            .map_err(|error| E::custom(without_place(&error)))
    }

    // For example, the list of files of a bill that is still being created is `""`.
    #[inline]
    fn visit_str<E: de::Error>(self, v: &str) -> Result<V::Value, E> {
        if v.is_empty() { self.visit_unit() } else { self.0.visit_str(v) }
    }
}

/// Returns the message of an error without its position, which is one in another text.
#[cold]
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, _)) => what.to_owned(),
        None => text,
    }
}

/// Makes the content of a list or map lenient too. Keys pass unchanged: in JSON they are strings,
/// from which `serde_json` reads numbers by itself.
pub(crate) struct Elements<A>(pub(crate) A);

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        self.0.next_element_seed(LenientSeed(seed))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Elements<A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    #[inline]
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.0.next_value_seed(LenientSeed(seed))
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// Gives a seed a lenient deserializer.
struct LenientSeed<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for LenientSeed<S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Lenient(deserializer))
    }
}

#[cfg(test)]
mod tests;
