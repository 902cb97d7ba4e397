//! Responses of the server itself, and those of the platform on their way to the browser.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use coze_api::{Error, RawResponse};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// A call that is not made, or that has failed.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    code: i64,
    message: Cow<'static, str>,
    log_id: Option<String>,
    retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        let code = status.as_u16().into();
        Self { status, code, message: message.into(), log_id: None, retry_after: None }
    }

    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn forbidden(message: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// The same for conversations that do not exist and those of other users, so that the response
    /// does not tell them apart.
    pub(crate) fn unknown_conversation() -> Self {
        Self::new(StatusCode::NOT_FOUND, "the conversation does not exist")
    }

    pub(crate) fn too_many(wait: Duration) -> Self {
        let message = "too many requests; wait a moment";
        Self { retry_after: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, message) }
    }

    pub(crate) fn busy() -> Self {
        let message = "too many chats are running; wait until one ends";
        Self::new(StatusCode::TOO_MANY_REQUESTS, message)
    }
}

/// An error of the SDK contains neither tokens nor other secrets. The page must not take a refusal
/// of the program's credentials for one of its own, nor that of a call that Coze Studio lacks.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if error.is_unsupported() {
            let message = "the platform does not have this call";
            return Self::new(StatusCode::NOT_IMPLEMENTED, message);
        }
        let status = match error.status() {
            Some(status) if error.is_api() && !error.is_auth() && status.as_u16() >= 400 => status,
            _ if error.is_rate_limited() => StatusCode::TOO_MANY_REQUESTS,
            // The platform reports most errors with HTTP status 200.
            Some(StatusCode::OK) if error.is_api() && !error.is_auth() => StatusCode::BAD_REQUEST,
            _ => StatusCode::BAD_GATEWAY,
        };
        let message = error.msg().filter(|message| !message.is_empty());
        let message = message.map_or_else(|| error.to_string(), str::to_owned);
        Self {
            code: error.code().map_or(status.as_u16().into(), i64::from),
            log_id: error.log_id().map(str::to_owned),
            ..Self::new(status, message)
        }
    }
}

impl Refusal {
    pub(crate) fn to_json(&self) -> Value {
        let detail = self.log_id.as_ref().map(|log_id| json!({"logid": log_id}));
        json!({"code": self.code, "msg": self.message, "detail": detail})
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.to_json())).into_response();
        if let Some(wait) = self.retry_after {
            // A client that waits the whole number of seconds below would be refused again.
            let seconds = wait.as_secs().saturating_add(1);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The result of a call.
pub(crate) type Reply = Result<Response, Refusal>;

/// Returns a value as the platform does.
pub(crate) fn data(data: &Value) -> Response {
    Json(json!({"code": 0, "msg": "", "data": data})).into_response()
}

/// Passes a response on, unless it is an error. An error is rebuilt, because its text may quote the
/// request.
pub(crate) fn passed(response: RawResponse) -> Reply {
    let response = response.into_result()?;
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(([json], response.into_body()).into_response())
}
