//! Enums of events: one variant per event with its name on the wire, and one for every other event.

use serde::Deserialize;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use serde_json::Value;

use super::Frame;

/// Defines the enum of the events that the server sends, from the variants, their data and their
/// names on the wire:
///
/// ```ignore
/// event_union! {
///     /// The events of a talk.
///     pub enum TalkEvent {
///         /// A piece of the answer.
///         Delta(Text) = "message.delta",
///         /// The stream is over.
///         #[ends(stream)]
///         Done = "done" | "talk.done",
///     }
/// }
/// ```
///
/// The first name is the usual one. The macro adds the variant `Unknown`, the method `name`,
/// [`StreamEvent`](crate::stream::StreamEvent), whose `ENDS` are the events marked
/// `#[ends(stream)]`, and `Serialize`. `#[derive(Eq, Hash)]` on the enum adds these traits, which
/// not all data have; `#[tag("type")]` names the member of the data that has the name of the event,
/// and `#[code("/code")]` on a variant the place of a code in its data that reports a failure.
macro_rules! event_union {
    (
        $(#[doc = $about:literal])*
        $(#[derive($($derive:ident),*)])?
        $(#[tag($tag:literal)])?
        pub enum $name:ident {
            $(
                $(#[doc = $doc:literal])*
                $(#[code($code:literal)])?
                $(#[ends($ends:ident)])?
                $variant:ident $(($data:ty $(,)?))? = $wire:literal $(| $alias:literal)*,
            )*
        }
    ) => {
        $(#[doc = $about])*
        ///
        /// As JSON it is an object with the name of the event in `event` and its data, if it has
        /// any, in `data`. It can be read from that again.
        #[derive(Clone, Debug, PartialEq $($(, $derive)*)?)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $doc])* $variant $(($data))?,)*
            /// An event that this version does not know.
            Unknown {
                /// The name of the event.
                event: ::std::string::String,
                /// The data of the event, unchanged.
                data: ::std::string::String,
            },
        }

        impl $name {
            /// Returns the name of the event on the wire.
            #[inline]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant { .. } => $wire,)*
                    Self::Unknown { event, .. } => event,
                }
            }
        }

        impl $crate::wire::stream::StreamEvent for $name {
            const ENDS: &'static [&'static str] =
                $crate::wire::stream::event_union!(@ends [] $(($($ends)? $wire $(| $alias)*))*);
            $(const TAG: ::std::option::Option<&'static str> = ::std::option::Option::Some($tag);)?

            #[inline]
            fn decode(frame: &$crate::wire::stream::Frame) -> $crate::base::error::Result<Self> {
                match frame.variant_name() {
                    $($wire $(| $alias)* => {
                        $($crate::wire::stream::check_code(frame, $code)?;)?
                        $crate::wire::stream::event_union!(@decode frame $variant $($data)?)
                    })*
                    _ => {
                        let (event, data) = (frame.event().to_owned(), frame.text());
                        ::std::result::Result::Ok(Self::Unknown { event, data })
                    }
                }
            }
        }

        impl ::serde::Serialize for $name {
            #[inline]
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant { $(0: $crate::wire::stream::data_of!(data $data))? } => {
                        let data = $crate::wire::stream::data_of!($(data, $data)?);
                        $crate::wire::stream::serialize_event(serializer, "event", $wire, data)
                    })*
                    Self::Unknown { event, data } => {
                        $crate::wire::stream::serialize_event(serializer, "event", event, Some(data))
                    }
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            #[inline]
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let written: $crate::wire::stream::WrittenEvent =
                    ::serde::Deserialize::deserialize(deserializer)?;
                let event = $crate::wire::stream::StreamEvent::decode(&written.frame())
                    .map_err(::serde::de::Error::custom)?;
                ::std::result::Result::Ok(match event {
                    Self::Unknown { event, .. } => Self::Unknown { event, data: written.text() },
                    known => known,
                })
            }
        }
    };
    (@ends [$($end:literal)*]) => { &[$($end),*] };
    (@ends [$($end:literal)*] (stream $($name:literal)|+) $($rest:tt)*) => {
        $crate::wire::stream::event_union!(@ends [$($end)* $($name)+] $($rest)*)
    };
    (@ends [$($end:literal)*] ($($name:literal)|+) $($rest:tt)*) => {
        $crate::wire::stream::event_union!(@ends [$($end)*] $($rest)*)
    };
    (@decode $frame:ident $variant:ident) => { ::std::result::Result::Ok(Self::$variant) };
    (@decode $frame:ident $variant:ident $data:ty) => {
        $frame.decode::<$data>().map(Self::$variant)
    };
}

/// The data of an event, of which a repetition knows only the type, as a pattern and as an
/// `Option`.
macro_rules! data_of {
    () => {
        ::std::option::Option::None::<&()>
    };
    ($data:ident $type:ty) => {
        $data
    };
    ($data:ident, $type:ty) => {
        ::std::option::Option::Some($data)
    };
}

pub(crate) use {data_of, event_union};

/// Serializes an event as an object of its name and its data.
pub(crate) fn serialize_event<S: Serializer, T: Serialize + ?Sized>(
    serializer: S,
    tag: &'static str,
    name: &str,
    data: Option<&T>,
) -> Result<S::Ok, S::Error> {
    let mut event = serializer.serialize_struct("Event", 1 + usize::from(data.is_some()))?;
    event.serialize_field(tag, name)?;
    match data {
        Some(data) => event.serialize_field("data", data)?,
        None => event.skip_field("data")?,
    }
    event.end()
}

/// An event as [`serialize_event`] writes it.
#[derive(Deserialize)]
pub(crate) struct WrittenEvent {
    event: String,
    data: Option<Value>,
}

impl WrittenEvent {
    /// Returns the event as a server would have sent it.
    pub(crate) fn frame(&self) -> Frame {
        let data = self.data.as_ref().map(Value::to_string);
        Frame::new(&self.event, data.unwrap_or_default())
    }

    /// Returns the data of an event that this version does not know, which is written as a text.
    pub(crate) fn text(self) -> String {
        match self.data {
            Some(Value::String(text)) => text,
            Some(data) => data.to_string(),
            None => String::new(),
        }
    }
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro is for public enums")]
mod tests {
    use serde_json::json;

    use crate::wire::stream::{Frame, StreamEvent};

    event_union! {
        /// The events of a talk.
        pub enum Talk {
            /// A piece.
            Delta(Box<Vec<i32>>) = "talk.delta",
            /// The end.
            #[ends(stream)]
            Done = "done" | "talk.stop",
        }
    }

    fn decoded(event: &str, data: &str) -> Talk {
        Talk::decode(&Frame::new(event, data.to_owned())).expect(event)
    }

    #[test]
    fn events_keep_their_names_and_data() {
        for (name, data, event) in [
            ("talk.delta", "[1,2]", Talk::Delta(Box::new(vec![1, 2]))),
            ("done", "[DONE]", Talk::Done),
            ("new", "{}", Talk::Unknown { event: "new".into(), data: "{}".into() }),
        ] {
            assert_eq!(decoded(name, data), event);
            assert_eq!(event.name(), name);
        }
        assert_eq!(decoded("talk.stop", "").name(), "done");
        assert_eq!(Talk::ENDS, ["done", "talk.stop"]);
    }

    #[test]
    fn events_are_written_with_their_names() {
        for (name, data, json) in [
            ("talk.delta", "[1,2]", json!({"event": "talk.delta", "data": [1, 2]})),
            ("done", "", json!({"event": "done"})),
            ("new", "{}", json!({"event": "new", "data": "{}"})),
        ] {
            assert_eq!(serde_json::to_value(decoded(name, data)).expect(name), json);
            let read: Talk = serde_json::from_value(json).expect(name);
            assert_eq!(read, decoded(name, data));
        }
        for wrong in [json!({"event": "talk.delta", "data": {}}), json!({"data": [1]}), json!([])] {
            serde_json::from_value::<Talk>(wrong.clone()).expect_err(&wrong.to_string());
        }
    }
}
