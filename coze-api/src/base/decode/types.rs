//! Decoding of the types of fields.
//!
//! A field is decoded in place, so that the code for a struct is one call per field. Each type asks
//! the input for a value of its kind; the input converts what the server sent instead, as the table
//! of the parent module says. `null` leaves the field as it is: generated structs start with the
//! values that absent fields have.
//!
//! | field | decoded as |
//! |---|---|
//! | boolean, number, JSON | a value of this kind |
//! | `String` | a text, or other JSON as its text |
//! | `Option<T>` | `None` for `null`, or else a `T` |
//! | `Vec<T>` | a list, which replaces that of an earlier field of the same name |
//! | maps | an object with any names |
//! | structs | an object with the names that `fields!` lists |

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::input::{Decode, Decoded, Input, List, Object, Shape};

macro_rules! scalars {
    ($($type:ty => $method:ident,)*) => {$(
        impl Decode for $type {
            fn decode(&mut self, input: &mut dyn Input) -> Decoded {
                input.$method(self)
            }
        }
    )*};
}

scalars! {
    bool => boolean,
    i32 => int32,
    i64 => int64,
    f64 => double,
    Value => json,
}

impl Decode for String {
    fn decode(&mut self, input: &mut dyn Input) -> Decoded {
        input.text(&mut |text| *self = text.into_owned())
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(&mut self, input: &mut dyn Input) -> Decoded {
        (**self).decode(input)
    }
}

impl<T: Decode + Default> Decode for Option<T> {
    fn decode(&mut self, input: &mut dyn Input) -> Decoded {
        let mut value = T::default();
        if input.option(&mut value)? {
            *self = Some(value);
        }
        Ok(())
    }
}

impl<T: Decode + Default> Decode for Vec<T> {
    fn decode(&mut self, input: &mut dyn Input) -> Decoded {
        input.list(self)
    }
}

impl<T: Decode + Default> List for Vec<T> {
    fn clear(&mut self) {
        Vec::clear(self);
    }

    fn add(&mut self, element: &mut dyn Input) -> Decoded {
        let mut value = T::default();
        value.decode(element)?;
        self.push(value);
        Ok(())
    }
}

/// Implements the decoding of a map from strings.
macro_rules! maps {
    ($([$($parameter:ident)?] $map:ty, $value:ty;)*) => {$(
        impl $(<$parameter: Decode + Default>)? Decode for $map {
            fn decode(&mut self, input: &mut dyn Input) -> Decoded {
                input.object(self)
            }
        }

        impl $(<$parameter: Decode + Default>)? Object for $map {
            fn shape(&self) -> Option<&'static Shape> {
                None
            }

            fn clear(&mut self) {
                <$map>::clear(self);
            }

            fn set(&mut self, name: &str, input: &mut dyn Input) -> Decoded {
                let mut value = <$value>::default();
                value.decode(input)?;
                self.insert(name.to_owned(), value);
                Ok(())
            }
        }
    )*};
}

maps! {
    [] Map<String, Value>, Value;
    [T] BTreeMap<String, T>, T;
}

/// Decodes a struct by the names of its fields, and implements `Deserialize`:
/// `fields!(Chat { id, kind = "type", debug_url | "debugUrl" })`.
///
/// A field has its own name unless another one is given, and any aliases after that. All fields may
/// be absent. If one occurs more than once, the last value that is not `null` counts.
macro_rules! fields {
    ($type:ident { $($field:ident $(= $name:literal)? $(| $alias:literal)*),* $(,)? }) => {
        impl $crate::base::decode::Object for $type {
            #[inline]
            fn shape(&self) -> ::std::option::Option<&'static $crate::base::decode::Shape> {
                static SHAPE: $crate::base::decode::Shape = $crate::base::decode::Shape {
                    name: ::std::stringify!($type),
                    fields: &[$($crate::base::decode::fields!(@name $field $($name)?)),*],
                };
                ::std::option::Option::Some(&SHAPE)
            }

            #[inline]
            fn clear(&mut self) {
                *self = ::std::default::Default::default();
            }

            #[inline]
            fn set(
                &mut self,
                name: &str,
                value: &mut dyn $crate::base::decode::Input,
            ) -> $crate::base::decode::Decoded {
                match name {
                    $($crate::base::decode::fields!(@name $field $($name)?) $(| $alias)* => {
                        $crate::base::decode::Decode::decode(&mut self.$field, value)
                    })*
                    _ => ::std::result::Result::Ok(()),
                }
            }
        }

        impl $crate::base::decode::Decode for $type {
            #[inline]
            fn decode(
                &mut self,
                input: &mut dyn $crate::base::decode::Input,
            ) -> $crate::base::decode::Decoded {
                input.object(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $type {
            #[inline]
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::base::decode::deserialize(deserializer)
            }
        }
    };
    (@name $field:ident) => { ::std::stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
}

pub(crate) use fields;

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macros are for public enums")]
mod tests;
