//! What every builder of a request offers. Macros, so that the methods show on the page
//! of each builder. No method is an `async fn`: a hundred of them are a tenth of what it takes to build this crate.

/// Makes a builder `struct $builder(Call)` a request: `request!(RetrieveBot, Bot,
/// data)`.
///
/// The last word is where the response has its payload: `data`, `list` (a list of
/// `$output` in `data`), `flat` (at the root) or `empty`. A payload that may be absent is in
/// `optional_data` or `optional_flat`.
macro_rules! request {
    ($builder:ident, $item:ty, list) => {
        $crate::wire::request::request!($builder, ::std::vec::Vec<$item>, optional_data);
    };
    ($builder:ident, $output:ty, $kind:ident) => {
        $crate::wire::request::sendable!($builder, $output, $crate::wire::envelope::$kind);
    };
}

/// Makes a builder `struct $builder(Call)` a request for a file, which is read while it
/// comes: `binary!(CreateSpeech)`.
macro_rules! binary {
    ($builder:ident) => {
        $crate::wire::request::options!($builder);

        impl $builder {
            /// Sends the request. Awaiting the builder does the same.
            ///
            /// [`with_timeout`](Self::with_timeout) is the time in which the file has to
            /// begin, and [`with_idle_timeout`](Self::with_idle_timeout) that in which
            /// something more has to come.
            pub fn send(self) -> $crate::BoxFuture<'static, $crate::Result<$crate::Download>> {
                ::std::boxed::Box::pin(self.0.download())
            }

            /// How long the server may be silent in the midst of the file. 120 seconds by
            /// default.
            pub fn with_idle_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_idle_timeout(timeout))
            }
        }

        impl ::std::future::IntoFuture for $builder {
            type Output = $crate::Result<$crate::Download>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                self.send()
            }
        }
    };
}

/// Makes a builder `struct $builder(Call)` a request for pages: `paged!(ListBots, Bot,
/// BotList, data)`.
///
/// `$payload` is what the reply holds, a [`Paged`](crate::page::Paged).
macro_rules! paged {
    ($builder:ident, $item:ty, $payload:ty, $kind:ident) => {
        $crate::wire::request::sendable!(
            $builder,
            $crate::wire::page::Page<$item>,
            $crate::wire::page::$kind::<$payload>
        );

        impl $builder {
            /// Requests one page after the other, from the one that this request asks
            /// for.
            pub fn pages(self) -> $crate::wire::page::Pages<$item> {
                let paging = <$payload as $crate::wire::page::Paged>::PAGING;
                $crate::wire::page::Pages::new(self.0, paging, |call| {
                    call.send_with_body($crate::wire::page::$kind::<$payload>)
                })
            }

            /// Requests one page after the other and gives their items one by one.
            pub fn items(self) -> $crate::wire::page::Items<$item> {
                $crate::wire::page::Items::new(self.pages())
            }
        }
    };
}

/// Sending, awaiting, and the options of a call.
macro_rules! sendable {
    ($builder:ident, $output:ty, $decode:expr) => {
        $crate::wire::request::options!($builder);

        impl $builder {
            /// Sends the request. Awaiting the builder does the same.
            pub fn send(self) -> $crate::BoxFuture<'static, $crate::Result<$output>> {
                self.0.send($decode)
            }

            /// Resolves to the value together with the status, headers and log id of the
            /// reply.
            pub fn with_response(self) -> $crate::wire::request::WithResponse<$output> {
                $crate::wire::request::WithResponse::new(self.0, $decode)
            }
        }

        impl ::std::future::IntoFuture for $builder {
            type Output = $crate::Result<$output>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                self.send()
            }
        }
    };
}

/// Adds the events of a reply to a builder that is a request already:
/// `streamed!(CreateChat, ChatEvent)`.
macro_rules! streamed {
    ($builder:ident, $event:ty) => {
        $crate::wire::request::streamed!($builder, $event, Some("stream"));
    };
    ($builder:ident, $event:ty, $switch:expr) => {
        impl $builder {
            /// Sends the request and streams the events of the reply, while the server works.
            ///
            /// [`with_timeout`](Self::with_timeout) is then the time in which the stream has to
            /// begin, and [`with_idle_timeout`](Self::with_idle_timeout) that in which something
            /// more has to come. The request is repeated as any other until the stream begins, and
            /// never after that.
            pub fn stream(
                self,
            ) -> $crate::BoxFuture<'static, $crate::Result<$crate::EventStream<$event>>> {
                ::std::boxed::Box::pin(self.0.stream($switch))
            }

            /// How long the stream may be silent. 120 seconds by default.
            pub fn with_idle_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_idle_timeout(timeout))
            }
        }
    };
}

/// Makes a builder a request whose reply can only be streamed: `stream_only!(StreamRun, WorkflowEvent)`. A third word
/// `switch` says that the body has to ask for events.
macro_rules! stream_only {
    ($builder:ident, $event:ty) => {
        $crate::wire::request::stream_only!($builder, $event => None);
    };
    ($builder:ident, $event:ty, switch) => {
        $crate::wire::request::stream_only!($builder, $event => Some("stream"));
    };
    ($builder:ident, $event:ty => $switch:expr) => {
        $crate::wire::request::options!($builder);
        $crate::wire::request::streamed!($builder, $event, $switch);

        /// Awaiting the builder is the same as [`stream`](Self::stream).
        impl ::std::future::IntoFuture for $builder {
            type Output = $crate::Result<$crate::EventStream<$event>>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                self.stream()
            }
        }
    };
}

/// The options of a call, which start with `with_`.
macro_rules! options {
    ($builder:ident) => {
        impl $builder {
            /// How long one attempt may take, in place of the client's
            /// [`timeout`](crate::ClientBuilder::timeout).
            pub fn with_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_timeout(timeout))
            }

            /// When and how often the call is repeated, in place of the client's policy.
            pub fn with_retry(self, retry: $crate::Retry) -> Self {
                Self(self.0.with_retry(retry))
            }

            /// Calls with this access token in place of the client's.
            pub fn with_token(self, token: impl Into<$crate::SecretString>) -> Self {
                Self(self.0.with_token(token.into()))
            }

            /// Sends a further header.
            pub fn with_header(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                Self(self.0.with_header(name.as_ref(), value.as_ref()))
            }
        }
    };
}

pub(crate) use {binary, options, paged, request, sendable, stream_only, streamed};
