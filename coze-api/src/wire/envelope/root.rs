//! A payload at the root of a response, beside the envelope.
//!
//! Some operations have no `data`: their fields stand beside `code` and `msg`. The payload is read
//! in one pass, in which the fields of the envelope are taken out, so a type of the caller sees
//! only its own fields. It also shows if there was any of them: a success without a single
//! documented field is an error, and not a payload whose values are all empty.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::CowStrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::base::decode::Elements;

/// Deserializes the payload from the root of a response, and sets `code`.
pub(super) struct Root<'a, D> {
    pub(super) json: D,
    /// The members of the payload, if it is a struct.
    pub(super) fields: &'static [&'static str],
    pub(super) code: &'a mut Option<i64>,
    /// Set to `true` if there is any of the members.
    pub(super) known: &'a mut bool,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Root<'_, D> {
    type Error = D::Error;

    // The root is an object, whatever type is requested.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let Self { json, fields, code, known } = self;
        json.deserialize_map(RootVisitor { visitor, parts: (fields, code, known) })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        Self { fields, ..self }.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The members of the payload, the code, and whether there is any of the members.
type RootParts<'a> = (&'static [&'static str], &'a mut Option<i64>, &'a mut bool);

struct RootVisitor<'a, V> {
    visitor: V,
    parts: RootParts<'a>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for RootVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let (fields, code, known) = self.parts;
        self.visitor.visit_map(RootAccess { map: Elements(map), fields, code, known })
    }
}

struct RootAccess<'a, A> {
    map: Elements<A>,
    fields: &'static [&'static str],
    code: &'a mut Option<i64>,
    known: &'a mut bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for RootAccess<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key_seed(Key)? {
            match &*key {
                "code" => *self.code = self.map.next_value()?,
                "msg" | "detail" => drop(self.map.next_value::<de::IgnoredAny>()?),
                _ => {
                    // Types that are not structs know every member.
                    let known = self.fields.is_empty() || self.fields.contains(&&*key);
                    *self.known |= known;
                    return seed.deserialize(CowStrDeserializer::new(key)).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Reads a key, borrowed from the text unless it contains escapes. `Cow` alone never borrows.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_owned()))
    }
}
