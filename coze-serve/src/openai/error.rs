//! Errors in the form and with the HTTP status of OpenAI.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use coze_api::{Error, ErrorCategory, ErrorKind};
use serde_json::{Value, json};

/// The header with which OpenAI's clients are told not to repeat a request.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
/// The header with the ID of a request, which OpenAI's clients show.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An error of the endpoint.
#[derive(Debug)]
pub(super) struct ApiError(Box<Details>);

#[derive(Debug)]
struct Details {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
    /// The code of Coze.
    coze_code: Option<i64>,
    log_id: Option<String>,
    retry: Option<bool>,
    retry_after: Option<Duration>,
}

const INVALID_REQUEST: &str = "invalid_request_error";
const SERVER: &str = "server_error";

impl ApiError {
    fn new(
        status: StatusCode,
        kind: &'static str,
        code: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self(Box::new(Details {
            status,
            kind,
            code,
            message: message.into(),
            param: None,
            coze_code: None,
            log_id: None,
            retry: None,
            retry_after: None,
        }))
    }

    /// The request is wrong, in this member if it is known.
    pub(super) fn invalid(param: impl Into<Option<String>>, message: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::BAD_REQUEST, INVALID_REQUEST, None, message);
        error.0.param = param.into();
        error
    }

    /// There are more messages than the platform accepts.
    pub(super) fn too_many_messages(member: &str, limit: usize) -> Self {
        let message = format!(
            "a request can have at most {limit} messages: send the header x-coze-conversation-id of \
             an earlier response, so that the bot remembers them, or fewer messages",
        );
        let code = Some("context_length_exceeded");
        let mut error = Self::new(StatusCode::BAD_REQUEST, INVALID_REQUEST, code, message);
        error.0.param = Some(member.to_owned());
        error
    }

    pub(super) fn unauthorized(message: &str) -> Self {
        let code = Some("invalid_api_key");
        Self::new(StatusCode::UNAUTHORIZED, INVALID_REQUEST, code, message)
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, INVALID_REQUEST, Some("forbidden"), message)
    }

    pub(super) fn unknown_model(name: &str) -> Self {
        let message = format!("the model `{name}` does not exist");
        let code = Some("model_not_found");
        let mut error = Self::new(StatusCode::NOT_FOUND, INVALID_REQUEST, code, message);
        error.0.param = Some("model".to_owned());
        error
    }

    /// There are as many chats as the endpoint allows.
    pub(super) fn busy() -> Self {
        let message = "the server has as many chats as it allows; try again later";
        let code = Some("rate_limit_exceeded");
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "requests", code, message);
        error.0.retry_after = Some(Duration::from_secs(1));
        error
    }

    /// Returns the error as the one of a response, which has no place for more.
    pub(super) fn to_response_error(&self) -> Value {
        let Details { kind, code, message, .. } = &*self.0;
        json!({"code": code.unwrap_or(kind), "message": message})
    }

    /// Returns the error as JSON.
    pub(super) fn to_json(&self) -> Value {
        let Details { kind, code, message, param, coze_code, log_id, .. } = &*self.0;
        let mut error = json!({"message": message, "type": kind, "param": param, "code": code});
        if let Some(code) = coze_code {
            error["coze_code"] = (*code).into();
        }
        if let Some(id) = log_id {
            error["log_id"] = id.as_str().into();
        }
        json!({"error": error})
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.0.status, Json(self.to_json())).into_response();
        let Details { status, log_id, retry, retry_after, .. } = *self.0;
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(delay) = retry_after {
            let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(retry) = retry {
            let value = if retry { "true" } else { "false" };
            headers.insert(SHOULD_RETRY, HeaderValue::from_static(value));
        }
        if let Some(id) = log_id.and_then(|id| HeaderValue::try_from(id).ok()) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }
}

/// The body of a request could not be read.
impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        let message = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "the body of the request is too large".to_owned(),
            _ => rejection.body_text(),
        };
        Self::new(rejection.status(), INVALID_REQUEST, None, message)
    }
}

/// An error of Coze.
///
/// A token of Coze that is not accepted is a fault of this server, not of its client, whose own key
/// is valid.
impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let (status, kind, code) = match error.kind() {
            ErrorKind::RateLimited => (429, "requests", Some("rate_limit_exceeded")),
            ErrorKind::Quota => (429, "insufficient_quota", Some("insufficient_quota")),
            ErrorKind::Auth | ErrorKind::Credentials | ErrorKind::Config => {
                (502, SERVER, Some("coze_authentication"))
            }
            ErrorKind::PermissionDenied => (403, INVALID_REQUEST, Some("permission_denied")),
            ErrorKind::NotFound => (404, INVALID_REQUEST, Some("not_found")),
            ErrorKind::Conflict => (409, INVALID_REQUEST, Some("conflict")),
            ErrorKind::ContentRefused => (400, INVALID_REQUEST, Some("content_filter")),
            ErrorKind::Request | ErrorKind::Upload => (400, INVALID_REQUEST, None),
            ErrorKind::Api if is_of_request(&error) => (400, INVALID_REQUEST, None),
            ErrorKind::Timeout => (504, SERVER, Some("timeout")),
            _ => (502, SERVER, None),
        };
        let mut message = error.to_string();
        if let Some(explanation) = error.explanation() {
            message = format!("{message}. {explanation}");
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
        let mut converted = Self::new(status, kind, code, message);
        converted.0.coze_code = error.code();
        converted.0.log_id = error.log_id().map(str::to_owned);
        // A chat of the conversation that is in progress ends at some time.
        converted.0.retry = Some(error.is_retryable() || status == StatusCode::CONFLICT);
        converted.0.retry_after = error.retry_after();
        converted
    }
}

/// Returns `true` if the API says that the request is at fault.
fn is_of_request(error: &Error) -> bool {
    let known = error.explanation().map(|known| known.category);
    let status = error.status().is_some_and(|status| status.is_client_error());
    known == Some(ErrorCategory::Request) || status
}

/// Answers requests to unknown paths in OpenAI's form. Use it as the fallback of a router that has
/// only an [`Endpoint`](super::Endpoint).
///
/// ```no_run
/// # use coze_serve::openai::{self, Endpoint};
/// # fn example(endpoint: Endpoint) {
/// let router = endpoint.router().fallback(openai::not_found);
/// # }
/// ```
pub async fn not_found(method: Method, uri: Uri) -> Response {
    let message = format!("unknown request: {method} {}", uri.path());
    let code = Some("unknown_url");
    ApiError::new(StatusCode::NOT_FOUND, INVALID_REQUEST, code, message).into_response()
}

/// Answers requests to known paths with another method.
pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    let message = format!("{} does not accept {method} requests", uri.path());
    let (status, code) = (StatusCode::METHOD_NOT_ALLOWED, Some("method_not_supported"));
    ApiError::new(status, INVALID_REQUEST, code, message).into_response()
}
