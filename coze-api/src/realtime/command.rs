//! Enums of the events that a client sends.

/// Makes the enum of the events that the client sends over a channel, from the variants, their data and their names on the
/// wire:
///
/// ```ignore
/// command_union! {
///     /// What the client sends.
///     pub enum TalkClientEvent {
///         /// Changes the settings.
///         TalkUpdate(TalkSettings) = "talk.update",
///         /// Says that the text is complete.
///         TextComplete = "text.complete",
///     }
/// }
/// ```
///
/// It adds `name`, and `Serialize` as the server reads events.
macro_rules! command_union {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$about:meta])* $variant:ident $(($data:ty $(,)?))? = $wire:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant $(($data))?,)*
        }

        impl $name {
            /// Returns the name of the event on the wire.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $wire,)*
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant { $(0: $crate::wire::stream::data_of!(data $data))? } => {
                        let data = $crate::wire::stream::data_of!($(data, $data)?);
                        $crate::wire::stream::serialize_event(serializer, "event_type", $wire, data)
                    })*
                }
            }
        }
    };
}

pub(crate) use command_union;
