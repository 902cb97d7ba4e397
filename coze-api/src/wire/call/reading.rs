//! Reading a request back, for the transport and for paging.
//!
//! Every option has up to three sources: the call, the client, and the documentation of the
//! operation, in this order. The first that states a value decides.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::str::FromStr;
use std::time::Duration;

use http::{HeaderName, Method};
use reqwest::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Call, Deadline};
use crate::base::decode;
use crate::base::error::{Error, Result};
use crate::base::percent::encode;
use crate::base::token::AccessToken;
use crate::wire::body::{Body, Member};
use crate::wire::client::Client;
use crate::wire::middleware::AddedSecrets;
use crate::wire::retry::Retry;

/// The default time for which a stream may be silent.
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);

/// The default limit on the body of a response, in bytes.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

impl Call {
    /// Returns the client that sends the call.
    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    /// Returns the id of the operation, or the method and the path of a raw call.
    pub(crate) fn operation(&self) -> &Cow<'static, str> {
        &self.0.operation
    }

    pub(crate) fn method(&self) -> &Method {
        &self.0.method
    }

    pub(crate) fn body(&self) -> &Body {
        &self.0.body
    }

    /// Returns the headers that the call adds to those of the client.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&HeaderName, &http::HeaderValue)> {
        self.0.headers.iter()
    }

    /// Returns the secrets that the interceptors of the client have added.
    pub(crate) fn added_secrets(&self) -> Option<&AddedSecrets> {
        self.0.added.as_deref()
    }

    /// Returns the token that the call has in place of that of the client.
    pub(crate) fn token(&self) -> Option<&AccessToken> {
        self.0.token.as_ref()
    }

    /// Returns the limit on the time of an attempt: that of the call, of the client, or else of the
    /// operation.
    pub(crate) fn timeout(&self) -> Duration {
        let set = self.0.timeout.or_else(|| self.0.client.timeout());
        set.unwrap_or(self.0.default_timeout)
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        self.0.deadline
    }

    /// Returns the limit on the body of a response, in bytes.
    pub(crate) fn body_limit(&self) -> usize {
        self.0.body_limit.unwrap_or(BODY_LIMIT)
    }

    /// Returns the time for which a stream may be silent.
    pub(crate) fn idle_timeout(&self) -> Duration {
        self.0.idle_timeout.unwrap_or(IDLE_TIMEOUT)
    }

    pub(crate) fn retry(&self) -> &Retry {
        self.0.retry.as_ref().unwrap_or_else(|| self.0.client.retry())
    }

    /// Returns `true` if the server may process the request twice without harm.
    pub(crate) fn is_idempotent(&self) -> bool {
        self.0.idempotent.unwrap_or_else(|| self.0.method.is_idempotent())
    }

    /// Returns an error if the request cannot be sent.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.0.invalid {
            Some(reason) => Err(Error::request(reason.clone())),
            None => self.check_platform(),
        }
    }

    /// Returns the URL with path and query.
    pub(crate) fn url(&self) -> Result<Url> {
        let mut url = match &self.0.base {
            Some(base) => (**base).clone(),
            None => self.0.client.base()?,
        };
        // The base is parsed already.
        let mut path = String::with_capacity(url.path().len() + self.0.path.len() + 64);
        path.push_str(url.path().trim_end_matches('/'));
        if self.0.path_params.is_empty() {
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
            let param = self.0.path_params.iter().find(|(key, _)| *key == name);
            let Some((_, value)) = param else {
                return Err(Error::request(format!("the path lacks {name}")));
            };
            path.push_str(before);
            path.push_str(value);
            rest = after;
        }
        path.push_str(rest);
        Ok(())
    }

    /// Reads back a query parameter or a member of the body.
    pub(crate) fn param<T: FromStr + DeserializeOwned>(&self, name: &str) -> Option<T> {
        if let Some((_, value)) = self.0.query.iter().find(|(key, _)| key == name) {
            return value.parse().ok();
        }
        let Body::Object(members) = &self.0.body else { return None };
        let (_, member) = members.iter().find(|(key, _)| *key == name)?;
        match member {
            Member::Value(json) => decode::from_slice(json.as_bytes()).ok(),
            Member::List(_) => None,
        }
    }

    /// Sets the value that [`param`](Self::param) reads: in the place where it is already, else in
    /// the body of a POST, else in the query.
    pub(crate) fn set(self, name: &'static str, value: impl ToString + Serialize) -> Self {
        let in_query = self.0.query.iter().any(|(key, _)| key == name);
        if !in_query && self.0.method == Method::POST {
            self.field(name, value)
        } else {
            self.query(name, value)
        }
    }
}
