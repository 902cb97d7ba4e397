//! Builders that connect channels.

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use serde::Serialize;

use super::handshake;
use super::session::{Limits, Session};
use crate::base::error::{Error, Result};
use crate::wire::call::Call;
use crate::wire::client::Client;
use crate::wire::retry::Retry;
use crate::wire::stream::StreamEvent;
use crate::wire::transport;

/// The default timeout of a handshake, which takes the server little work.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// The request that connects a channel, with the settings of its session.
#[derive(Clone, Debug)]
pub(crate) struct Connect {
    call: Call,
    limits: Limits,
}

impl Connect {
    pub(crate) fn new(client: &Client, operation: &'static str, path: &'static str) -> Self {
        let call = Call::new(client, operation).get(path);
        let timeout = call.timeout().min(HANDSHAKE_TIMEOUT);
        let call = call.with_timeout(timeout);
        // A WebSocket begins as an HTTP request.
        let base = client.ws_url().strip_prefix("ws").map(|rest| format!("http{rest}"));
        let call = match base.and_then(|url| Url::parse(&url).ok()) {
            Some(base) => call.at(base),
            None => call.invalid(|| "the WebSocket URL is not a URL".into()),
        };
        Self { call, limits: Limits::default() }
    }

    /// Sets a query parameter.
    pub(crate) fn query(self, name: &'static str, value: impl ToString) -> Self {
        self.map(|call| call.query(name, value))
    }

    pub(crate) fn with_timeout(self, timeout: Duration) -> Self {
        self.map(|call| call.with_timeout(timeout))
    }

    pub(crate) fn with_deadline(self, limit: Duration) -> Self {
        self.map(|call| call.with_deadline(limit))
    }

    pub(crate) fn with_retry(self, retry: Retry) -> Self {
        self.map(|call| call.with_retry(retry))
    }

    pub(crate) fn with_token(self, token: SecretString) -> Self {
        self.map(|call| call.with_token(token))
    }

    pub(crate) fn with_header(self, name: &str, value: &str) -> Self {
        self.map(|call| call.with_header(name, value))
    }

    pub(crate) fn with_query(self, name: String, value: &impl Serialize) -> Self {
        self.map(|call| call.with_query(name, value))
    }

    pub(crate) fn with_ping_interval(mut self, interval: Duration) -> Self {
        self.limits.pings.interval = interval;
        self
    }

    pub(crate) fn with_ping_timeout(mut self, timeout: Duration) -> Self {
        self.limits.pings.timeout = timeout;
        self
    }

    pub(crate) fn with_close_timeout(mut self, timeout: Duration) -> Self {
        self.limits.close = timeout;
        self
    }

    pub(crate) fn with_queue(mut self, events: usize) -> Self {
        self.limits.queue = events;
        if events == 0 {
            return self
                .map(|call| call.invalid(|| "the capacity of a queue must be at least 1".into()));
        }
        self
    }

    pub(crate) fn with_event_limit(mut self, bytes: usize) -> Self {
        self.limits.event = bytes;
        self
    }

    fn map(mut self, change: impl FnOnce(Call) -> Call) -> Self {
        self.call = change(self.call);
        self
    }

    pub(crate) async fn connect<C: Serialize, S: StreamEvent>(&self) -> Result<Session<C, S>> {
        // Spawning the task of the session would panic without a runtime.
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::config("a session needs a Tokio runtime"));
        }
        let opened = transport::upgrade(&self.call, handshake::begin).await?;
        Ok(Session::start(opened, &self.limits, &self.call).await)
    }
}

/// Implements the methods of a channel's builder, which is a `struct $builder(Connect)`:
/// `channel!(ConnectChat, ChatClientEvent, ChatServerEvent)`.
macro_rules! channel {
    ($builder:ident, $client:ty, $server:ty) => {
        $crate::base::convert::maybe!($builder);

        impl $builder {
            /// Opens a session with a fresh token. Awaiting the builder does the same.
            ///
            /// Call it again for another session.
            ///
            /// # Errors
            ///
            /// Those of any request, retried by the same policy, and
            /// [`is_config`](crate::Error::is_config) outside of a Tokio runtime.
            pub async fn connect(
                &self,
            ) -> $crate::Result<$crate::realtime::Session<$client, $server>> {
                self.0.connect().await
            }

            /// Sets the timeout of each attempt to connect. The default is 30 seconds, or the
            /// client's [`timeout`](crate::ClientBuilder::timeout) if that is shorter.
            pub fn with_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_timeout(timeout))
            }

            /// Sets a limit on the time to connect, with the wait for a token, all attempts and the
            /// waits between them. There is none by default. It does not limit the session.
            pub fn with_deadline(self, limit: ::std::time::Duration) -> Self {
                Self(self.0.with_deadline(limit))
            }

            /// Sets the policy by which connecting is retried, instead of the client's policy.
            pub fn with_retry(self, retry: $crate::Retry) -> Self {
                Self(self.0.with_retry(retry))
            }

            /// Connects with this access token instead of the client's credentials.
            pub fn with_token(self, token: impl Into<$crate::SecretString>) -> Self {
                Self(self.0.with_token(token.into()))
            }

            /// Adds a header to the handshake.
            pub fn with_header(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                Self(self.0.with_header(name.as_ref(), value.as_ref()))
            }

            /// Sets a query parameter of the handshake to any value, also one that this crate does
            /// not know.
            pub fn with_query(
                self,
                name: impl Into<String>,
                value: impl ::serde::Serialize,
            ) -> Self {
                Self(self.0.with_query(name.into(), &value))
            }

            /// Sets the time of silence after which the server is pinged. The default is 20
            /// seconds; [`Duration::MAX`](::std::time::Duration::MAX) switches pings off.
            #[doc(alias = "keepalive")]
            pub fn with_ping_interval(self, interval: ::std::time::Duration) -> Self {
                Self(self.0.with_ping_interval(interval))
            }

            /// Sets the time within which the server must respond to a ping, with a pong or
            /// anything else. The default is 20 seconds. After that the session ends with an error
            /// ([`is_timeout`](crate::Error::is_timeout)).
            pub fn with_ping_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_ping_timeout(timeout))
            }

            /// Sets the timeout of closing a session, until all events are sent and the server has
            /// completed the closing handshake. The default is 10 seconds.
            pub fn with_close_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_close_timeout(timeout))
            }

            /// Sets the capacity of each of the two queues, in events. The default is 32.
            ///
            /// One queue holds the events to be sent, the other those that were received. While the
            /// latter is full, the connection is read only once in each ping interval, for as many
            /// events again. If a server dies with more events unread than that, the session
            /// notices it only after events have been received.
            pub fn with_queue(self, events: usize) -> Self {
                Self(self.0.with_queue(events))
            }

            /// Sets the maximum length of an event of the server in bytes. The default is 16 MiB.
            pub fn with_event_limit(self, bytes: usize) -> Self {
                Self(self.0.with_event_limit(bytes))
            }
        }

        impl ::std::future::IntoFuture for $builder {
            type Output = $crate::Result<$crate::realtime::Session<$client, $server>>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                ::std::boxed::Box::pin(async move { self.connect().await })
            }
        }
    };
}

pub(crate) use channel;
