//! Enumerations that the server may extend. The generator writes the enum and the
//! conversion of its values; the macros here add what all of them share.

/// Completes an enum of strings that has a variant `Unknown(String)`, `as_str` and
/// `From<&str>`.
macro_rules! string_enum {
    ($name:ident) => {
        impl ::std::default::Default for $name {
            /// No known value: the empty string.
            fn default() -> Self {
                Self::Unknown(::std::string::String::new())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(value: ::std::string::String) -> Self {
                // Known values by way of `From<&str>`, so that none lands in `Unknown`.
                match Self::from(value.as_str()) {
                    Self::Unknown(_) => Self::Unknown(value),
                    known => known,
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                deserializer.deserialize_str($crate::base::open_enum::Text).map(|value| match value
                {
                    ::std::borrow::Cow::Borrowed(value) => Self::from(value),
                    ::std::borrow::Cow::Owned(value) => Self::from(value),
                })
            }
        }
    };
}

/// Completes an enum of integers that has a variant `Unknown(i64)`, `as_i64` and
/// `From<i64>`.
macro_rules! integer_enum {
    ($name:ident) => {
        impl ::std::default::Default for $name {
            /// The value zero.
            fn default() -> Self {
                Self::from(0)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.as_i64(), f)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.as_i64())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                <i64 as ::serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

use std::borrow::Cow;
use std::fmt;

pub(crate) use {integer_enum, string_enum};

/// Reads a string without copying it where the input allows that.
pub(crate) struct Text;

impl<'de> serde::de::Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v))
    }
}

#[cfg(test)]
mod tests {
    use crate::base::decode;

    #[derive(Clone, Debug, PartialEq)]
    enum Mode {
        Fast,
        Unknown(String),
    }

    impl Mode {
        fn as_str(&self) -> &str {
            match self {
                Self::Fast => "fast",
                Self::Unknown(value) => value,
            }
        }
    }

    impl From<&str> for Mode {
        fn from(value: &str) -> Self {
            match value {
                "fast" => Self::Fast,
                other => Self::Unknown(other.to_owned()),
            }
        }
    }

    string_enum!(Mode);

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Format {
        Text,
        Unknown(i64),
    }

    impl Format {
        fn as_i64(self) -> i64 {
            match self {
                Self::Text => 0,
                Self::Unknown(value) => value,
            }
        }
    }

    impl From<i64> for Format {
        fn from(value: i64) -> Self {
            match value {
                0 => Self::Text,
                other => Self::Unknown(other),
            }
        }
    }

    integer_enum!(Format);

    #[test]
    fn strings_known_and_unknown_survive() {
        for (json, mode) in [
            (r#""fast""#, Mode::Fast),
            (r#""f\u0061st""#, Mode::Fast),
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
            ("-9", Format::Unknown(-9)),
        ] {
            assert_eq!(decode::from_slice::<Format>(json.as_bytes()).expect(json), format);
        }
        assert_eq!(serde_json::to_string(&Format::Unknown(9)).expect("plain"), "9");
        assert_eq!(Format::default(), Format::Text);
        assert_eq!(Format::Unknown(3).to_string(), "3");
    }
}
