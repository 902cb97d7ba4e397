//! Enumerations that the server may extend: listed values are variants, every other value is kept.
//! Their functions are `#[inline]`, like all that exist once per type: programs compile those that
//! they use.

/// Makes an open enum of strings from its variants and their values on the wire:
///
/// ```ignore
/// string_enum! {
///     /// The speed of an answer.
///     pub enum Speed {
///         /// As fast as possible.
///         Fast = "fast" | "quick",
///     }
/// }
/// ```
///
/// A value is written as the first of its spellings, and read in each of them. The macro adds the
/// variant `Unknown(String)`, `as_str`, an order by the value on the wire, and the conversions from
/// and to text and JSON.
macro_rules! string_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$about:meta])* $variant:ident = $value:literal $(| $alias:literal)*,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant,)*
            /// A value that this version does not know.
            Unknown(::std::string::String),
        }

        impl $name {
            /// Returns the value on the wire.
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Unknown(value) => value,
                }
            }
        }

        impl ::std::cmp::Ord for $name {
            /// Compares the values on the wire.
            #[inline]
            fn cmp(&self, other: &Self) -> ::std::cmp::Ordering {
                // A known value differs from `Unknown` with the same value.
                let is_unknown = |value: &Self| ::std::matches!(value, Self::Unknown(_));
                ::std::cmp::Ord::cmp(self.as_str(), other.as_str())
                    .then(::std::cmp::Ord::cmp(&is_unknown(self), &is_unknown(other)))
            }
        }

        impl ::std::cmp::PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> ::std::option::Option<::std::cmp::Ordering> {
                ::std::option::Option::Some(::std::cmp::Ord::cmp(self, other))
            }
        }

        impl ::std::convert::From<&str> for $name {
            #[inline]
            fn from(value: &str) -> Self {
                match value {
                    $($value $(| $alias)* => Self::$variant,)*
                    _ => Self::Unknown(value.to_owned()),
                }
            }
        }

        impl ::std::default::Default for $name {
            /// An unknown value: the empty string.
            #[inline]
            fn default() -> Self {
                Self::Unknown(::std::string::String::new())
            }
        }

        impl ::std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            #[inline]
            fn from(value: ::std::string::String) -> Self {
                // Known values by way of `From<&str>`, so that none lands in `Unknown`.
                match Self::from(value.as_str()) {
                    Self::Unknown(_) => Self::Unknown(value),
                    known => known,
                }
            }
        }

        impl ::serde::Serialize for $name {
            #[inline]
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            #[inline]
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::base::decode::deserialize(deserializer)
            }
        }

        impl $crate::base::decode::Decode for $name {
            #[inline]
            fn decode(
                &mut self,
                input: &mut dyn $crate::base::decode::Input,
            ) -> $crate::base::decode::Decoded {
                input.text(&mut |value| *self = Self::from(&*value))
            }
        }
    };
}

/// Makes an open enum of integers, as [`string_enum`] makes one of strings. It adds the variant
/// `Unknown(i64)` and `as_i64`.
macro_rules! integer_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$about:meta])* $variant:ident = $value:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant,)*
            /// A value that this version does not know.
            Unknown(i64),
        }

        impl $name {
            /// Returns the value on the wire.
            #[inline]
            pub fn as_i64(&self) -> i64 {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Unknown(value) => *value,
                }
            }
        }

        impl ::std::cmp::Ord for $name {
            /// Compares the values on the wire.
            #[inline]
            fn cmp(&self, other: &Self) -> ::std::cmp::Ordering {
                // A known value differs from `Unknown` with the same value.
                let is_unknown = |value: &Self| ::std::matches!(value, Self::Unknown(_));
                ::std::cmp::Ord::cmp(&self.as_i64(), &other.as_i64())
                    .then(::std::cmp::Ord::cmp(&is_unknown(self), &is_unknown(other)))
            }
        }

        impl ::std::cmp::PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> ::std::option::Option<::std::cmp::Ordering> {
                ::std::option::Option::Some(::std::cmp::Ord::cmp(self, other))
            }
        }

        impl ::std::convert::From<i64> for $name {
            #[inline]
            fn from(value: i64) -> Self {
                match value {
                    $($value => Self::$variant,)*
                    _ => Self::Unknown(value),
                }
            }
        }

        impl ::std::default::Default for $name {
            /// The value zero.
            #[inline]
            fn default() -> Self {
                Self::from(0)
            }
        }

        impl ::std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.as_i64(), f)
            }
        }

        impl ::serde::Serialize for $name {
            #[inline]
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.as_i64())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            #[inline]
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::base::decode::deserialize(deserializer)
            }
        }

        impl $crate::base::decode::Decode for $name {
            #[inline]
            fn decode(
                &mut self,
                input: &mut dyn $crate::base::decode::Input,
            ) -> $crate::base::decode::Decoded {
                let mut value = self.as_i64();
                input.int64(&mut value)?;
                *self = Self::from(value);
                ::std::result::Result::Ok(())
            }
        }
    };
}

pub(crate) use {integer_enum, string_enum};

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro is for public enums")]
mod tests {
    use crate::base::decode;

    string_enum! {
        /// The speed.
        pub enum Mode {
            /// As fast as possible.
            Fast = "fast" | "speed.quick",
        }
    }

    integer_enum! {
        /// The form.
        pub enum Format {
            /// Plain text.
            Text = 0,
            /// Below zero.
            Negative = -1,
        }
    }

    #[test]
    fn strings_known_and_unknown_survive() {
        for (json, mode) in [
            (r#""fast""#, Mode::Fast),
            (r#""f\u0061st""#, Mode::Fast),
            (r#""speed.quick""#, Mode::Fast),
            (r#""new\n""#, Mode::Unknown("new\n".into())),
            ("7", Mode::Unknown("7".into())),
            ("null", Mode::default()),
        ] {
            assert_eq!(decode::from_slice::<Mode>(json.as_bytes()).expect(json), mode);
        }
        assert_eq!(serde_json::to_string(&Mode::Fast).expect("plain"), r#""fast""#);
        assert_eq!(Mode::from("fast".to_owned()), Mode::Fast);
        assert_eq!(format!("{:>6}", Mode::Fast), "  fast");
        assert_eq!(Mode::Unknown("x".into()).as_ref(), "x");
    }

    #[test]
    fn integers_known_and_unknown_survive() {
        for (json, format) in [
            ("0", Format::Text),
            (r#""0""#, Format::Text),
            ("null", Format::Text),
            ("-1", Format::Negative),
            ("-9", Format::Unknown(-9)),
        ] {
            assert_eq!(decode::from_slice::<Format>(json.as_bytes()).expect(json), format);
        }
        assert_eq!(serde_json::to_string(&Format::Unknown(9)).expect("plain"), "9");
        assert_eq!(Format::default(), Format::Text);
        assert_eq!(Format::Unknown(3).to_string(), "3");
    }

    #[test]
    fn values_are_ordered_as_on_the_wire() {
        let mut modes = ["slow", "fast", "eager"].map(Mode::from);
        modes.sort();
        assert_eq!(modes.map(|mode| mode.to_string()), ["eager", "fast", "slow"]);
        let mut formats = [7, 0, -1].map(Format::from);
        formats.sort();
        assert_eq!(formats, [Format::Negative, Format::Text, Format::Unknown(7)]);
        assert!(Mode::Fast < Mode::Unknown("fast".into()), "they are not equal either");
        assert!(Format::Text < Format::Unknown(0));
    }
}
