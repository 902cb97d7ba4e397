//! The enums of client events.

/// Defines the enum of a channel's client events from the variants, their data and their names on
/// the wire:
///
/// ```ignore
/// command_union! {
///     /// An event of the client.
///     pub enum TalkClientEvent {
///         /// Changes the settings.
///         TalkUpdate(TalkSettings) = "talk.update",
///         /// Marks the text as complete.
///         TextComplete = "text.complete",
///     }
/// }
/// ```
///
/// It also implements `name`, and `Serialize` in the server's format.
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
