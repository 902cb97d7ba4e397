//! A channel before it is connected.

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

/// How long the server may take to agree, by default. A handshake takes no work.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// A channel before it is connected: a request and what its session is to be like.
#[derive(Clone, Debug)]
pub(crate) struct Connect {
    call: Call,
    limits: Limits,
}

impl Connect {
    pub(crate) fn new(client: &Client, operation: &'static str, path: &'static str) -> Self {
        let call = Call::new(client, operation).get(path);
        let call = call.with_timeout(client.timeout().min(HANDSHAKE_TIMEOUT));
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

    pub(crate) fn with_retry(self, retry: Retry) -> Self {
        self.map(|call| call.with_retry(retry))
    }

    pub(crate) fn with_token(self, token: SecretString) -> Self {
        self.map(|call| call.with_token(token))
    }

    pub(crate) fn with_header(self, name: &str, value: &str) -> Self {
        self.map(|call| call.with_header(name, value))
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
            return self.map(|call| call.invalid(|| "a queue must hold an event".into()));
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
        // Without it there is no task, and the error would be a panic.
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::request("a session needs a Tokio runtime"));
        }
        let (reply, connection) = transport::upgrade(&self.call, handshake::begin).await?;
        Ok(Session::start(connection, &self.limits, &self.call, reply).await)
    }
}

/// Makes a builder `struct $builder(Connect)` a channel: `channel!(ConnectChat, ChatClientEvent, ChatServerEvent)`.
macro_rules! channel {
    ($builder:ident, $client:ty, $server:ty) => {
        impl $builder {
            /// Opens a session, with a fresh token. Awaiting the builder does the same.
            ///
            /// It can be called again, for another session. A handshake that fails is an error as
            /// that of any call, and it is repeated by the same policy.
            pub async fn connect(
                &self,
            ) -> $crate::Result<$crate::realtime::Session<$client, $server>> {
                self.0.connect().await
            }

            /// How long one attempt to connect may take until the server has agreed. 30 seconds by
            /// default, or the client's [`timeout`](crate::ClientBuilder::timeout) if that is less.
            pub fn with_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_timeout(timeout))
            }

            /// When and how often connecting is tried again, in place of the client's policy.
            pub fn with_retry(self, retry: $crate::Retry) -> Self {
                Self(self.0.with_retry(retry))
            }

            /// Connects with this access token in place of the client's.
            pub fn with_token(self, token: impl Into<$crate::SecretString>) -> Self {
                Self(self.0.with_token(token.into()))
            }

            /// Sends a further header with the handshake.
            pub fn with_header(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                Self(self.0.with_header(name.as_ref(), value.as_ref()))
            }

            /// After how long without a sign of the server it is asked for one by a ping. 20
            /// seconds by default; [`Duration::MAX`](::std::time::Duration::MAX) is never.
            pub fn with_ping_interval(self, interval: ::std::time::Duration) -> Self {
                Self(self.0.with_ping_interval(interval))
            }

            /// How long the server may take to answer a ping, by a pong or anything else. 20
            /// seconds by default.
            pub fn with_ping_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_ping_timeout(timeout))
            }

            /// How long closing may take, until all is sent and the server has agreed. 10 seconds
            /// by default.
            pub fn with_close_timeout(self, timeout: ::std::time::Duration) -> Self {
                Self(self.0.with_close_timeout(timeout))
            }

            /// How many events wait at most to be sent, and as many to be received. 32 by default.
            pub fn with_queue(self, events: usize) -> Self {
                Self(self.0.with_queue(events))
            }

            /// How long an event of the server may be, in bytes. 16 MiB by default.
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
