//! Responses to deliveries.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;

use crate::base::error::{Error, Result};

/// A response to a delivery.
///
/// ```
/// use coze_api::webhook::WebhookResponse;
///
/// let response: http::Response<Vec<u8>> = WebhookResponse::ok().into();
/// assert_eq!(response.status(), 200);
/// ```
///
/// It converts into an [`http::Response`] with any body type that can be made from [`Bytes`],
/// such as those of hyper, axum and warp. With the feature `webhook-axum`, axum handlers can
/// return it directly.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "Coze delivers the event again unless the response is sent"]
pub struct WebhookResponse {
    status: StatusCode,
    /// JSON, or empty.
    body: Bytes,
}

impl WebhookResponse {
    /// Creates a response with status 200: the delivery was received.
    ///
    /// It suits every event except `bot.published` when your app is a channel: respond to that
    /// with a [`BotPublishedResponse`](super::BotPublishedResponse).
    pub fn ok() -> Self {
        Self::from_status(StatusCode::OK)
    }

    /// Creates a response with status 500: the delivery could not be handled, and Coze will
    /// deliver it again.
    ///
    /// Call [`Deduplicator::forget`](super::Deduplicator::forget) first, so that the repeated
    /// delivery is handled.
    pub fn failed() -> Self {
        Self::from_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Creates a response with status 200 and `value` as its JSON body.
    ///
    /// # Errors
    ///
    /// [`is_request`](Error::is_request) if `value` cannot be written as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(value)
            .map_err(|e| Error::request(format!("cannot write the response as JSON: {e}")))?;
        Ok(Self { status: StatusCode::OK, body: body.into() })
    }

    pub(super) fn challenge(value: &str) -> Self {
        let body = serde_json::json!({ "challenge": value });
        Self { status: StatusCode::OK, body: body.to_string().into() }
    }

    pub(super) fn from_status(status: StatusCode) -> Self {
        Self { status, body: Bytes::new() }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the body, which is JSON or empty.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl<B: From<Bytes>> From<WebhookResponse> for Response<B> {
    fn from(value: WebhookResponse) -> Self {
        let is_json = !value.body.is_empty();
        let mut response = Self::new(value.body.into());
        *response.status_mut() = value.status;
        if is_json {
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
        }
        response
    }
}
