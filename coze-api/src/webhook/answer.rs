//! What Coze wants to hear.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;

use crate::base::error::{Error, Result};

/// The answer to a delivery.
///
/// ```
/// use coze_api::webhook::Answer;
///
/// let response: http::Response<Vec<u8>> = Answer::ok().into();
/// assert_eq!(response.status(), 200);
/// ```
///
/// It turns into an [`http::Response`] with any body that is made of [`Bytes`], which are those of hyper, axum, warp and
/// others; with the feature `webhook-axum` handlers return it as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "Coze waits for it"]
pub struct Answer {
    status: StatusCode,
    /// JSON, or nothing.
    body: Bytes,
}

impl Answer {
    /// The delivery has been received: status 200. For all events but `bot.published` of a channel.
    pub fn ok() -> Self {
        Self::of(StatusCode::OK)
    }

    /// The delivery could not be handled: status 500. Coze will repeat it.
    ///
    /// Tell the [`Deduplicator`](super::Deduplicator) to forget it before.
    pub fn failed() -> Self {
        Self::of(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Anything else, with status 200.
    ///
    /// # Errors
    ///
    /// [`is_request`](Error::is_request) if it does not fit into JSON.
    pub fn json(value: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(value)
            .map_err(|e| Error::request(format!("the answer does not fit into JSON: {e}")))?;
        Ok(Self { status: StatusCode::OK, body: body.into() })
    }

    pub(super) fn challenge(value: &str) -> Self {
        let body = serde_json::json!({ "challenge": value });
        Self { status: StatusCode::OK, body: body.to_string().into() }
    }

    pub(super) fn refusal(status: StatusCode) -> Self {
        Self::of(status)
    }

    fn of(status: StatusCode) -> Self {
        Self { status, body: Bytes::new() }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body: JSON, or nothing.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl<B: From<Bytes>> From<Answer> for Response<B> {
    fn from(answer: Answer) -> Self {
        let typed = !answer.body.is_empty();
        let mut response = Self::new(answer.body.into());
        *response.status_mut() = answer.status;
        if typed {
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
        }
        response
    }
}
