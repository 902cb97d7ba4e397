//! The methods that all builders of requests have. They are macros, so that the documentation of
//! each builder shows them. No method is an `async fn`, because a hundred of those take a tenth of
//! the time to build this crate. All are `#[inline]`, so that a program compiles only those that it
//! calls.

/// Makes a builder `struct $builder(Call)` a request: `request!(RetrieveBot, Bot, data)`.
///
/// The last word is the place of the payload in the response: `data`, `list` (a list of `$output`
/// in `data`), `flat` (at the root) or `empty`. A payload that may be absent is in `optional_data`
/// or `optional_flat`.
macro_rules! request {
    ($builder:ident, $item:ty, list) => {
        $crate::wire::request::request!($builder, ::std::vec::Vec<$item>, optional_data);
    };
    ($builder:ident, $output:ty, $kind:ident) => {
        $crate::wire::request::sendable!($builder, $output, $crate::wire::envelope::$kind);
    };
}

/// Makes a builder `struct $builder(Call)` a request for a file, which is read while it arrives:
/// `binary!(CreateSpeech)`.
macro_rules! binary {
    ($builder:ident) => {
        $crate::wire::request::options!($builder);

        impl $builder {
            /// Sends the request. Awaiting the builder does the same.
            ///
            /// [`with_timeout`](Self::with_timeout) limits the time until the file begins, and
            /// [`with_idle_timeout`](Self::with_idle_timeout) the time without data after that.
            #[inline]
            pub fn send(self) -> $crate::BoxFuture<'static, $crate::Result<$crate::Download>> {
                ::std::boxed::Box::pin(self.0.download())
            }

            /// Converts the request to one whose response you read yourself: unchanged, or as
            /// types of yours.
            #[doc(alias = "raw")]
            #[inline]
            pub fn into_raw(self) -> $crate::RawCall {
                ::std::convert::From::from(self.0)
            }

            /// Sets the limit on the time without data while the file is read. The default is 120
            /// seconds.
            #[inline]
            pub fn with_idle_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_idle_timeout(timeout))
            }
        }

        impl ::std::future::IntoFuture for $builder {
            type Output = $crate::Result<$crate::Download>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                self.send()
            }
        }
    };
}

/// Makes a builder `struct $builder(Call)` a request for pages: `paged!(ListBots, Bot, BotList,
/// data)`.
///
/// `$payload` is the payload of the response, a [`Paged`](crate::page::Paged).
macro_rules! paged {
    ($builder:ident, $item:ty, $payload:ty, $kind:ident) => {
        $crate::wire::request::sendable!(
            $builder,
            $crate::wire::page::Page<$item>,
            $crate::wire::page::$kind::<$payload>
        );

        impl $builder {
            /// Returns a stream of pages, which starts with the page of this request.
            #[inline]
            pub fn pages(self) -> $crate::wire::page::Pages<$item> {
                let paging = <$payload as $crate::wire::page::Paged>::PAGING;
                $crate::wire::page::Pages::new(self.0, paging, |call| {
                    call.send($crate::wire::page::$kind::<$payload>)
                })
            }

            /// Returns a stream of the items of all pages, which starts with the page of this
            /// request.
            #[inline]
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
            #[inline]
            pub fn send(self) -> $crate::BoxFuture<'static, $crate::Result<$output>> {
                self.0.send($decode)
            }

            /// Makes the request return the value together with the status, the headers and the log
            /// ID of the response.
            #[inline]
            pub fn with_response(self) -> $crate::wire::request::WithResponse<$output> {
                $crate::wire::request::WithResponse::new(self.0, $decode)
            }

            /// Converts the request to one whose response you read yourself: unchanged, or as
            /// types of yours.
            #[doc(alias = "raw")]
            #[inline]
            pub fn into_raw(self) -> $crate::RawCall {
                ::std::convert::From::from(self.0)
            }
        }

        impl ::std::future::IntoFuture for $builder {
            type Output = $crate::Result<$output>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            #[inline]
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
            /// Sends the request and streams the events of the response, while the server works.
            ///
            /// [`with_timeout`](Self::with_timeout) limits the time until the stream begins, and
            /// [`with_idle_timeout`](Self::with_idle_timeout) the time without data after that. The
            /// request is retried like any other until the stream begins, and never after that.
            #[inline]
            pub fn stream(
                self,
            ) -> $crate::BoxFuture<'static, $crate::Result<$crate::EventStream<$event>>> {
                ::std::boxed::Box::pin(self.0.stream($switch))
            }

            /// Sets the limit on the time without data in the stream. The default is 120 seconds.
            #[inline]
            pub fn with_idle_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_idle_timeout(timeout))
            }
        }
    };
}

/// Makes a builder a request whose response can only be streamed: `stream_only!(StreamRun,
/// WorkflowEvent)`. A third word `switch` means that the body has to ask for events.
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

        impl $builder {
            /// Converts the request to one whose response you read yourself: unchanged, or as
            /// types of yours.
            #[doc(alias = "raw")]
            #[inline]
            pub fn into_raw(self) -> $crate::RawCall {
                ::std::convert::From::from(self.0)
            }
        }

        /// Awaiting the builder is the same as [`stream`](Self::stream).
        impl ::std::future::IntoFuture for $builder {
            type Output = $crate::Result<$crate::EventStream<$event>>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                self.stream()
            }
        }
    };
}

/// The options of a request, which begin with `with_`.
macro_rules! options {
    ($builder:ident) => {
        $crate::base::convert::maybe!($builder);

        impl $builder {
            /// Sets the time after which an attempt without progress is given up, instead of the
            /// client's [`timeout`](crate::ClientBuilder::timeout).
            ///
            /// Bytes that are sent or arrive extend it. Use
            /// [`with_deadline`](Self::with_deadline) to limit the total time.
            #[inline]
            pub fn with_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_timeout(timeout))
            }

            /// Sets a limit on the time of everything that is done for the call: waiting for a
            /// token, all attempts and the waits between them, and reading the response, a stream
            /// or a file included. There is none by default.
            ///
            /// After that, the call ends with an error for which
            /// [`is_timeout`](crate::Error::is_timeout) is true, and whose source is the error of
            /// the last attempt. A retry that cannot begin in time is not waited for.
            #[inline]
            pub fn with_deadline(self, limit: ::std::time::Duration) -> Self {
                Self(self.0.with_deadline(limit))
            }

            /// Sets the retry policy, instead of the client's.
            #[inline]
            pub fn with_retry(self, retry: $crate::Retry) -> Self {
                Self(self.0.with_retry(retry))
            }

            /// Sets the access token, instead of the client's credentials.
            #[inline]
            pub fn with_token(self, token: impl Into<$crate::SecretString>) -> Self {
                Self(self.0.with_token(token.into()))
            }

            /// Adds a header, or replaces the client's of the same name.
            #[inline]
            pub fn with_header(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                Self(self.0.with_header(name.as_ref(), value.as_ref()))
            }

            /// Sets a field of the body to any value, also one that this crate does not know.
            ///
            /// A field that the builder knows is replaced: the later call wins, and lists can be
            /// appended to. In a form it is a part: text, or JSON for objects and lists. A GET
            /// request has no body, so a field is an error when it is sent; use
            /// [`with_query`](Self::with_query). Every page of a list is requested with the field;
            /// in a poll, only the first request has it.
            #[inline]
            pub fn with_field(
                self,
                name: impl Into<String>,
                value: impl ::serde::Serialize,
            ) -> Self {
                Self(self.0.with_field(name.into(), &value))
            }

            /// Sets a query parameter to any value, also one that this crate does not know.
            ///
            /// The value is text, a number, a boolean, or a list of them, for which the parameter
            /// is repeated. It replaces the value that the builder has set for the name. `None`
            /// removes it.
            #[inline]
            pub fn with_query(
                self,
                name: impl Into<String>,
                value: impl ::serde::Serialize,
            ) -> Self {
                Self(self.0.with_query(name.into(), &value))
            }

            /// Sets whether the request is idempotent, so that it is retried even if the server may
            /// have processed it.
            ///
            /// The default is `true` for GET, HEAD, PUT and DELETE, and `false` for POST, unless
            /// its documentation says that it changes nothing.
            #[doc(alias = "idempotent")]
            #[inline]
            pub fn with_idempotent(self, idempotent: bool) -> Self {
                Self(self.0.idempotent(idempotent))
            }
        }
    };
}

pub(crate) use {binary, options, paged, request, sendable, stream_only, streamed};
