//! The value that is being decoded, behind a trait object: so the code that reads JSON is compiled
//! once for all generated types, and not once for each.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::Value;

/// A type that is decoded in place. What the input lacks stays as it is.
pub(crate) trait Decode {
    /// Replaces the value with that of `input`, unless that is `null`.
    fn decode(&mut self, input: &mut dyn Input) -> Decoded;
}

/// The result of decoding a value.
pub(crate) type Decoded = Result<(), Failed>;

/// The input could not be decoded. It keeps the error, whose type differs from format to format.
#[derive(Debug)]
pub(crate) struct Failed;

/// A value of any format, which can be read once. Each method states the type to read.
///
/// A value that is `null` leaves the target as it is.
pub(crate) trait Input {
    /// Passes a string to `set`, borrowed if possible.
    fn text(&mut self, set: &mut dyn FnMut(Cow<'_, str>)) -> Decoded;
    /// Reads a boolean.
    fn boolean(&mut self, value: &mut bool) -> Decoded;
    /// Reads an integer that has 32 bits. One that is out of range is an error.
    fn int32(&mut self, value: &mut i32) -> Decoded;
    /// Reads an integer that has 64 bits. One that is out of range is an error.
    fn int64(&mut self, value: &mut i64) -> Decoded;
    /// Reads a number.
    fn double(&mut self, value: &mut f64) -> Decoded;
    /// Reads any JSON as it is, without conversions.
    fn json(&mut self, value: &mut Value) -> Decoded;
    /// Decodes a value that may be absent, and returns `true` if there is one.
    fn option(&mut self, value: &mut dyn Decode) -> Result<bool, Failed>;
    /// Passes the elements of a list to `list`, after the list was cleared.
    fn list(&mut self, list: &mut dyn List) -> Decoded;
    /// Passes the members of an object to `object`, one by one and in their order.
    fn object(&mut self, object: &mut dyn Object) -> Decoded;
    /// Returns `true` once the value has been read.
    fn is_read(&self) -> bool;
}

/// A target that receives the elements of a list one by one.
pub(crate) trait List {
    /// Removes all elements.
    fn clear(&mut self);
    /// Appends an element.
    fn add(&mut self, element: &mut dyn Input) -> Decoded;
}

/// A target that receives the members of an object one by one.
pub(crate) trait Object {
    /// Returns the description of a struct, or `None` for a map.
    fn shape(&self) -> Option<&'static Shape>;
    /// Sets the initial value.
    fn clear(&mut self);
    /// Sets a member. Does not read the value if the object has no such member.
    fn set(&mut self, name: &str, value: &mut dyn Input) -> Decoded;
}

/// The names of a struct and its fields.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// The usual names, in the order of the fields.
    pub(crate) fields: &'static [&'static str],
}

/// Decodes `target` from any format. If the input is `LENIENT`, `null` may stand for any type.
pub(crate) fn read<'de, D: Deserializer<'de>, const LENIENT: bool>(
    target: &mut dyn Decode,
    deserializer: D,
) -> Result<(), D::Error> {
    Member::<LENIENT>(&mut |input| target.decode(input)).deserialize(deserializer)
}

/// Makes an implementation of [`Deserialize`] out of one of [`Decode`].
pub(crate) fn deserialize<'de, T: Decode + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let mut value = T::default();
    read::<D, false>(&mut value, deserializer)?;
    Ok(value)
}

/// A value, and the error once it could not be read.
struct Slot<'de, D: Deserializer<'de>, const LENIENT: bool> {
    unread: Option<D>,
    error: Option<D::Error>,
}

impl<'de, D: Deserializer<'de>, const LENIENT: bool> Slot<'de, D, LENIENT> {
    fn read<T>(&mut self, read: impl FnOnce(D) -> Result<T, D::Error>) -> Result<T, Failed> {
        let result = match self.unread.take() {
            Some(deserializer) => read(deserializer),
            None => Err(D::Error::custom("a value cannot be read twice")),
        };
        result.map_err(|error| {
            self.error = Some(error);
            Failed
        })
    }

    fn store<T: Deserialize<'de>>(&mut self, target: &mut T) -> Decoded {
        *target = self.read(T::deserialize)?;
        Ok(())
    }
}

impl<'de, D: Deserializer<'de>, const LENIENT: bool> Input for Slot<'de, D, LENIENT> {
    fn text(&mut self, set: &mut dyn FnMut(Cow<'_, str>)) -> Decoded {
        self.read(|deserializer| deserializer.deserialize_string(TextVisitor(set)))
    }

    fn boolean(&mut self, value: &mut bool) -> Decoded {
        self.store(value)
    }

    fn int32(&mut self, value: &mut i32) -> Decoded {
        self.store(value)
    }

    fn int64(&mut self, value: &mut i64) -> Decoded {
        self.store(value)
    }

    fn double(&mut self, value: &mut f64) -> Decoded {
        self.store(value)
    }

    fn json(&mut self, value: &mut Value) -> Decoded {
        self.store(value)
    }

    fn option(&mut self, value: &mut dyn Decode) -> Result<bool, Failed> {
        if LENIENT {
            // The value is not `null`, which was found out before.
            return value.decode(self).map(|()| true);
        }
        self.read(|deserializer| deserializer.deserialize_option(OptionVisitor(value)))
    }

    fn list(&mut self, list: &mut dyn List) -> Decoded {
        self.read(|deserializer| deserializer.deserialize_seq(ListVisitor::<LENIENT>(list)))
    }

    fn object(&mut self, object: &mut dyn Object) -> Decoded {
        let shape = object.shape();
        let visitor = ObjectVisitor::<LENIENT>(object);
        self.read(|deserializer| match shape {
            Some(shape) if !LENIENT => {
                deserializer.deserialize_struct(shape.name, shape.fields, visitor)
            }
            _ => deserializer.deserialize_map(visitor),
        })
    }

    fn is_read(&self) -> bool {
        self.unread.is_none()
    }
}

/// The input `null`, which leaves targets as they are.
#[derive(Default)]
pub(super) struct Null {
    read: bool,
}

/// Leaves a target as it is.
macro_rules! skip {
    ($($method:ident => $target:ty,)*) => {$(
        fn $method(&mut self, _: $target) -> Decoded {
            self.read = true;
            Ok(())
        }
    )*};
}

impl Input for Null {
    skip! {
        text => &mut dyn FnMut(Cow<'_, str>),
        boolean => &mut bool,
        int32 => &mut i32,
        int64 => &mut i64,
        double => &mut f64,
        json => &mut Value,
        list => &mut dyn List,
        object => &mut dyn Object,
    }

    fn option(&mut self, _: &mut dyn Decode) -> Result<bool, Failed> {
        self.read = true;
        Ok(false)
    }

    fn is_read(&self) -> bool {
        self.read
    }
}

/// Passes a value to a function, and skips it if the function does not read it.
struct Member<'a, const LENIENT: bool>(&'a mut dyn FnMut(&mut dyn Input) -> Decoded);

impl<'de, const LENIENT: bool> Member<'_, LENIENT> {
    fn present<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let mut slot = Slot::<'de, D, LENIENT> { unread: Some(deserializer), error: None };
        let result = (self.0)(&mut slot);
        match (result, slot) {
            (Ok(()), Slot { unread: Some(deserializer), .. }) => {
                IgnoredAny::deserialize(deserializer).map(drop)
            }
            (Ok(()), _) => Ok(()),
            (Err(Failed), Slot { error, .. }) => {
                Err(error.unwrap_or_else(|| D::Error::custom("a value cannot be decoded")))
            }
        }
    }
}

impl<'de, const LENIENT: bool> DeserializeSeed<'de> for Member<'_, LENIENT> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if LENIENT { deserializer.deserialize_option(self) } else { self.present(deserializer) }
    }
}

impl<'de, const LENIENT: bool> Visitor<'de> for Member<'_, LENIENT> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        (self.0)(&mut Null::default()).map_err(|Failed| E::custom("null cannot be decoded"))
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.present(deserializer)
    }
}

/// Visits a value that may be absent, in a format that is not lenient.
struct OptionVisitor<'a>(&'a mut dyn Decode);

impl<'de> Visitor<'de> for OptionVisitor<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("option")
    }

    fn visit_none<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        read::<D, false>(self.0, deserializer).map(|()| true)
    }
}

struct TextVisitor<'a>(&'a mut dyn FnMut(Cow<'_, str>));

impl Visitor<'_> for TextVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        (self.0)(Cow::Borrowed(text));
        Ok(())
    }

    fn visit_string<E>(self, text: String) -> Result<(), E> {
        (self.0)(Cow::Owned(text));
        Ok(())
    }
}

struct ListVisitor<'a, const LENIENT: bool>(&'a mut dyn List);

impl<'de, const LENIENT: bool> Visitor<'de> for ListVisitor<'_, LENIENT> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.clear();
        let mut add = |element: &mut dyn Input| self.0.add(element);
        while seq.next_element_seed(Member::<LENIENT>(&mut add))?.is_some() {}
        Ok(())
    }
}

pub(super) struct ObjectVisitor<'a, const LENIENT: bool>(pub(super) &'a mut dyn Object);

impl<'de, const LENIENT: bool> Visitor<'de> for ObjectVisitor<'_, LENIENT> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.shape() {
            Some(shape) => write!(f, "struct {}", shape.name),
            None => f.write_str("a map"),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.clear();
        while let Some(name) = map.next_key_seed(Name)? {
            map.next_value_seed(Member::<LENIENT>(&mut |value| self.0.set(&name, value)))?;
        }
        Ok(())
    }

    /// Reads the fields by their position, as other implementations of `Deserialize` do.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some(shape) = self.0.shape() else {
            return Err(A::Error::invalid_type(de::Unexpected::Seq, &self));
        };
        self.0.clear();
        for name in shape.fields {
            let mut set = |value: &mut dyn Input| self.0.set(name, value);
            if seq.next_element_seed(Member::<LENIENT>(&mut set))?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

/// Reads the name of a member, borrowed from the text unless it contains escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }

    fn visit_string<E>(self, name: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name))
    }
}
