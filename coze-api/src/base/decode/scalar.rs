//! Converts JSON scalars to the requested type, and any JSON to a string.
//!
//! The table of the parent module lists the conversions. A value that has none, such as a list in
//! place of a number, is an error.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::value::RawValue;

/// The key of a number. With the feature `arbitrary_precision`, which any crate of a program may
/// turn on for all, `serde_json` passes a number as a map with this key and the number's text.
const NUMBER: &str = "$serde_json::private::Number";

/// Forwards the description of the expected type, and unpacks numbers of arbitrary precision.
macro_rules! common {
    () => {
        type Value = V::Value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.expecting(f)
        }

        #[cold]
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<V::Value, A::Error> {
            match map.next_key::<Cow<'de, str>>()? {
                Some(key) if key == NUMBER => self.visit_string(map.next_value()?),
                _ => Err(de::Error::invalid_type(Unexpected::Map, &self)),
            }
        }
    };
}

/// Visits a string. Any other value becomes its JSON text, because the server sends objects and
/// lists where its documentation has a string that contains JSON.
pub(super) struct Text<V>(pub(super) V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Text<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    #[cold]
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<V::Value, A::Error> {
        match map.next_key::<Cow<'de, str>>()? {
            Some(key) if key == NUMBER => self.0.visit_string(map.next_value()?),
            first => self.0.visit_string(object_text(first, map)?),
        }
    }

    #[cold]
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<V::Value, A::Error> {
        self.0.visit_string(list_text(seq)?)
    }

    #[inline]
    fn visit_borrowed_str<E: de::Error>(self, v: &'de str) -> Result<V::Value, E> {
        self.0.visit_borrowed_str(v)
    }

    #[inline]
    fn visit_str<E: de::Error>(self, v: &str) -> Result<V::Value, E> {
        self.0.visit_str(v)
    }

    #[inline]
    fn visit_string<E: de::Error>(self, v: String) -> Result<V::Value, E> {
        self.0.visit_string(v)
    }

    #[cold]
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<V::Value, E> {
        self.0.visit_string(v.to_string())
    }

    #[cold]
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<V::Value, E> {
        self.0.visit_string(v.to_string())
    }

    #[cold]
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<V::Value, E> {
        // `Debug`, unlike `Display`, keeps `1.0` and does not write three hundred digits.
        self.0.visit_string(format!("{v:?}"))
    }

    #[cold]
    fn visit_bool<E: de::Error>(self, v: bool) -> Result<V::Value, E> {
        self.0.visit_str(if v { "true" } else { "false" })
    }

    #[inline]
    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_str("")
    }
}

/// Returns the JSON text of an object whose first key has been read. Its values are copied as they
/// are written, so that no digit is lost.
fn object_text<'de, A: MapAccess<'de>>(
    first: Option<Cow<'de, str>>,
    mut map: A,
) -> Result<String, A::Error> {
    let mut text = "{".to_owned();
    let mut next = first;
    while let Some(key) = next {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&serde_json::to_string(&key).map_err(de::Error::custom)?);
        text.push(':');
        text.push_str(map.next_value::<Box<RawValue>>()?.get());
        next = map.next_key()?;
    }
    text.push('}');
    Ok(text)
}

/// Returns the JSON text of a list, with its elements as they are written.
fn list_text<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<String, A::Error> {
    let mut text = "[".to_owned();
    while let Some(element) = seq.next_element::<Box<RawValue>>()? {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(element.get());
    }
    text.push(']');
    Ok(text)
}

/// Visits an integer, or a value that stands for one.
pub(super) struct Integer<V>(pub(super) V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Integer<V> {
    common!();

    #[inline]
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<V::Value, E> {
        self.0.visit_u64(v)
    }

    #[inline]
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<V::Value, E> {
        self.0.visit_i64(v)
    }

    #[cold]
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<V::Value, E> {
        // Beyond 2⁵³ a float is no longer exact, and neither would the integer be.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if v.fract() == 0.0 && v.abs() <= EXACT {
            #[allow(clippy::cast_possible_truncation, reason = "checked in the line above")]
            return self.0.visit_i64(v as i64);
        }
        self.0.visit_f64(v)
    }

    #[cold]
    fn visit_str<E: de::Error>(self, v: &str) -> Result<V::Value, E> {
        let text = v.trim();
        if text.is_empty() {
            return self.0.visit_u64(0);
        }
        if let Ok(integer) = text.parse::<i64>() {
            return self.0.visit_i64(integer);
        }
        if let Ok(integer) = text.parse::<u64>() {
            return self.0.visit_u64(integer);
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => self.visit_f64(float),
            _ => Err(E::invalid_value(Unexpected::Other("a string without a number"), &self)),
        }
    }

    #[inline]
    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_u64(0)
    }
}

/// Visits a floating-point number, quoted or not.
pub(super) struct Float<V>(pub(super) V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Float<V> {
    common!();

    #[inline]
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<V::Value, E> {
        self.0.visit_f64(v)
    }

    #[inline]
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<V::Value, E> {
        self.0.visit_u64(v)
    }

    #[inline]
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<V::Value, E> {
        self.0.visit_i64(v)
    }

    #[cold]
    fn visit_str<E: de::Error>(self, v: &str) -> Result<V::Value, E> {
        let text = v.trim();
        if text.is_empty() {
            return self.0.visit_f64(0.0);
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => self.0.visit_f64(float),
            _ => Err(E::invalid_value(Unexpected::Other("a string without a number"), &self)),
        }
    }

    #[inline]
    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_f64(0.0)
    }
}

/// Visits a boolean, or a value that stands for one.
pub(super) struct Boolean<V>(pub(super) V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Boolean<V> {
    common!();

    #[inline]
    fn visit_bool<E: de::Error>(self, v: bool) -> Result<V::Value, E> {
        self.0.visit_bool(v)
    }

    #[cold]
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<V::Value, E> {
        match v {
            0 => self.0.visit_bool(false),
            1 => self.0.visit_bool(true),
            other => self.0.visit_u64(other),
        }
    }

    #[cold]
    fn visit_str<E: de::Error>(self, v: &str) -> Result<V::Value, E> {
        match v.trim() {
            "" | "0" | "false" | "False" => self.0.visit_bool(false),
            "1" | "true" | "True" => self.0.visit_bool(true),
            _ => Err(E::invalid_value(Unexpected::Other("another string"), &self)),
        }
    }

    #[inline]
    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_bool(false)
    }
}
