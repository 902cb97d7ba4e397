//! Reading a request back, for the transport and for paging.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};
use std::time::Duration;

use http::{HeaderName, Method};
use percent_encoding::utf8_percent_encode;
use reqwest::Url;
use serde::Serialize;

use super::{Call, ENCODED};
use crate::base::error::{Error, Result};
use crate::base::token::AccessToken;
use crate::wire::body::Body;
use crate::wire::client::Client;
use crate::wire::retry::Retry;
use crate::wire::stream;

impl Call {
    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// What the request is sent with.
    #[cfg_attr(
        not(feature = "realtime"),
        expect(clippy::unnecessary_wraps, reason = "only WebSockets have a client that may fail")
    )]
    pub(crate) fn http(&self) -> Result<&reqwest::Client> {
        #[cfg(feature = "realtime")]
        if self.0.websocket {
            return self.0.client.http1();
        }
        Ok(self.0.client.http())
    }

    pub(crate) fn operation(&self) -> &Cow<'static, str> {
        &self.0.operation
    }

    pub(crate) fn method(&self) -> &Method {
        &self.0.method
    }

    pub(crate) fn body(&self) -> &Body {
        &self.0.body
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&HeaderName, &http::HeaderValue)> {
        self.0.headers.iter()
    }

    pub(crate) fn token(&self) -> Option<&AccessToken> {
        self.0.token.as_ref()
    }

    pub(crate) fn timeout(&self) -> Duration {
        // Of a handshake there is nothing to work on for long.
        const HANDSHAKE: Duration = Duration::from_secs(30);
        let limit = if self.0.websocket { HANDSHAKE } else { Duration::MAX };
        self.0.timeout.unwrap_or_else(|| self.0.client.timeout().min(limit))
    }

    /// How long a stream may be silent.
    pub(crate) fn idle_timeout(&self) -> Duration {
        self.0.idle_timeout.unwrap_or(stream::IDLE_TIMEOUT)
    }

    pub(crate) fn retry(&self) -> &Retry {
        self.0.retry.as_ref().unwrap_or_else(|| self.0.client.retry())
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        self.0.repeatable.unwrap_or_else(|| self.0.method.is_idempotent())
    }

    /// Whether the answer should switch to WebSocket.
    pub(crate) fn is_websocket(&self) -> bool {
        self.0.websocket
    }

    /// What is wrong with the request, if anything is.
    pub(crate) fn check(&self) -> Result<()> {
        self.0.defect.as_ref().map_or(Ok(()), |defect| Err(Error::request(defect.clone())))
    }

    /// The address.
    pub(crate) fn url(&self) -> Result<Url> {
        let client = &self.0.client;
        #[cfg(feature = "realtime")]
        let mut url = if self.0.websocket { client.ws_base()? } else { client.base()? };
        #[cfg(not(feature = "realtime"))]
        let mut url = client.base()?;
        // The base is parsed already. Only what is new is.
        let mut path = String::with_capacity(url.path().len() + self.0.path.len() + 64);
        path.push_str(url.path().trim_end_matches('/'));
        if self.0.segments.is_empty() {
            path.push_str(&self.0.path);
        } else {
            self.write_path(&mut path)?;
        }
        url.set_path(&path);
        if !self.0.query.is_empty() {
            let mut query = String::with_capacity(96);
            for (name, value) in &self.0.query {
                let separator = if query.is_empty() { "" } else { "&" };
                // Writing to a string cannot fail.
                let _ = write!(query, "{separator}{}={}", encode(name), encode(value));
            }
            url.set_query(Some(&query));
        }
        Ok(url)
    }

    fn write_path(&self, path: &mut String) -> Result<()> {
        let mut rest = &*self.0.path;
        while let Some((before, place)) = rest.split_once('{') {
            let (name, after) = place.split_once('}').unwrap_or((place, ""));
            let segment = self.0.segments.iter().find(|(key, _)| *key == name);
            let Some((_, value)) = segment else {
                return Err(Error::request(format!("the path lacks {name}")));
            };
            path.push_str(before);
            path.push_str(value);
            rest = after;
        }
        path.push_str(rest);
        Ok(())
    }

    /// Reads back a query parameter or a member of the body, without the quotes of a
    /// string.
    pub(crate) fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        if let Some((_, value)) = self.0.query.iter().find(|(key, _)| key == name) {
            return Some(Cow::Borrowed(value));
        }
        let Body::Fields(fields) = &self.0.body else { return None };
        let (_, json) = fields.iter().find(|(key, _)| *key == name)?;
        match serde_json::from_str::<serde_json::Value>(json) {
            Ok(serde_json::Value::String(text)) => Some(Cow::Owned(text)),
            _ => Some(Cow::Borrowed(json)),
        }
    }

    /// Sets what [`value`](Self::value) reads: where it is already, else in the body of
    /// a POST, else in the query.
    pub(crate) fn set_value(self, name: &'static str, value: impl ToString + Serialize) -> Self {
        let in_query = self.0.query.iter().any(|(key, _)| key == name);
        if !in_query && self.0.method == Method::POST {
            self.field(name, value)
        } else {
            self.query(name, value)
        }
    }
}

fn encode(text: &str) -> impl Display + '_ {
    utf8_percent_encode(text, ENCODED)
}
