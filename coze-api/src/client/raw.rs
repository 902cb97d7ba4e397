//! The escape hatch: any request, with the same token, retries, and envelope as all
//! others.

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::error::Result;
use crate::wire::call::Call;
use crate::wire::client::Client;
use crate::wire::envelope;
use crate::wire::request::{WithResponse, options};
use crate::wire::stream::{Download, EventStream, StreamEvent};

impl Client {
    /// Calls an operation that this crate does not have.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::Method;
    /// use serde_json::{Value, json};
    ///
    /// let bots: Value = coze
    ///     .request(Method::GET, "/v1/bots")
    ///     .query("workspace_id", "7493066380997012345")
    ///     .data()
    ///     .await?;
    /// let chat: Value = coze
    ///     .request(Method::POST, "/v3/chat")
    ///     .json(&json!({"bot_id": "7493066380997054321", "user_id": "user-42"}))
    ///     .data()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The path begins with a slash and has no query. Encode with `%` whatever is not
    /// meant to be part of its structure.
    pub fn request(&self, method: Method, path: impl Into<String>) -> RawCall {
        let path = path.into();
        let defect = defect(&path);
        // The query does not belong here, and may hold what is not to be shown.
        let shown = path.split(['?', '#']).next().unwrap_or_default();
        let call = Call::new(self, format!("{method} {shown}")).to(method, path);
        RawCall(match defect {
            Some(what) => call.defect(|| what.to_owned()),
            None => call,
        })
    }
}

fn defect(path: &str) -> Option<&'static str> {
    let dots = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        matches!(&*segment, "." | "..")
    };
    if !path.starts_with('/') {
        Some("the path must begin with a slash")
    } else if path.contains(['?', '#']) {
        Some("the path must not have a query; use `query(…)`")
    } else if path.contains('\\') || path.split('/').any(dots) {
        Some("the path must not have segments that change its meaning")
    } else {
        None
    }
}

/// A request that [`Client::request`] made.
///
/// Its reply is read by [`data`](Self::data), [`flat`](Self::flat),
/// [`bytes`](Self::bytes), [`download`](Self::download) or [`stream`](Self::stream).
#[derive(Clone, Debug)]
#[must_use = "a request is sent when its reply is asked for"]
pub struct RawCall(Call);

options!(RawCall);

impl RawCall {
    /// Adds a query parameter.
    #[allow(clippy::needless_pass_by_value, reason = "numbers and texts are given as they are")]
    pub fn query(self, name: impl Into<String>, value: impl ToString) -> Self {
        Self(self.0.query_more(name.into(), value.to_string()))
    }

    /// Sends a JSON body.
    pub fn json(self, body: &impl Serialize) -> Self {
        Self(self.0.json(body))
    }

    /// Whether the request may be repeated when it is not known whether it was done.
    ///
    /// By default GET, PUT and DELETE may, and POST may not.
    pub fn repeatable(self, repeatable: bool) -> Self {
        Self(self.0.repeatable(repeatable))
    }

    /// Sends the request and reads what the reply has in `data`. If that is absent, it
    /// is read as `null`.
    pub async fn data<T: DeserializeOwned + Send>(self) -> Result<T> {
        self.0.send(|_, reply| envelope::data(reply)).await
    }

    /// Sends the request and reads the reply itself, without `code`, `msg` and `detail`.
    pub async fn flat<T: DeserializeOwned + Send>(self) -> Result<T> {
        self.0.send(|_, reply| envelope::flat(reply)).await
    }

    /// Sends the request and returns the reply as it is, unless it is an error.
    pub async fn bytes(self) -> Result<Bytes> {
        self.0.send(|_, reply| envelope::bytes(reply)).await
    }

    /// Sends the request for a file, which is read while it comes.
    pub async fn download(self) -> Result<Download> {
        self.0.download().await
    }

    /// Sends the request and streams the events of the reply.
    ///
    /// `E` says what they are; see [`StreamEvent`]. Set `stream: true` in the body where the operation asks for that.
    pub async fn stream<E: StreamEvent>(self) -> Result<EventStream<E>> {
        self.0.stream(None).await
    }

    /// As [`bytes`](Self::bytes), together with the status, headers and log id of the
    /// reply.
    pub fn with_response(self) -> WithResponse<Bytes> {
        WithResponse::new(self.0, |_, reply| envelope::bytes(reply))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_where_it_seems_to() {
        assert_eq!(defect("/v1/bots/7/.well-known/a..b"), None);
        for path in
            ["v1/bots", "https://elsewhere/v1", "", "/v1?x=1", "/v1/../v2", "/a/%2E%2e/b", "/a\\b"]
        {
            assert!(defect(path).is_some(), "{path}");
        }
    }
}
