//! The axum extractor for callbacks.

use axum_core::body::Body;
use axum_core::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum_core::extract::{DefaultBodyLimit, FromRef, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_LENGTH;

use super::delivery::{Callback, Challenge, Delivery};
use super::error::VerifyError;
use super::response::WebhookResponse;
use super::verifier::Verifier;

/// The reason why axum does not call a handler that takes a [`Callback`].
///
/// Every rejection is a complete response, so a handler usually need not see it. To log or change
/// it, take `Result<Callback, CallbackRejection>` as the handler's argument.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallbackRejection {
    /// Coze checks the URL. This is not a failure: the response is the one that Coze expects.
    Challenge(Challenge),
    /// The delivery cannot be trusted.
    Verify(VerifyError),
    /// The body could not be read, for example because the connection broke.
    Body(BytesRejection),
}

/// Extracts a verified event from a request.
///
/// The router's state must be a [`Verifier`] or provide one with [`FromRef`]. Requests that are not
/// events are answered without calling the handler.
///
/// ```
/// use axum::Router;
/// use axum::routing::post;
/// use coze_api::webhook::{Callback, Verifier, WebhookEvent, WebhookResponse};
///
/// async fn receive(callback: Callback) -> WebhookResponse {
///     match callback.event {
///         WebhookEvent::Unknown { event, .. } => println!("unknown event: {event}"),
///         event => println!("{event:?}"),
///     }
///     WebhookResponse::ok()
/// }
///
/// let verifier = Verifier::new("token of the callback app")?;
/// let app: Router = Router::new().route("/coze", post(receive)).with_state(verifier);
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// | request | response |
/// |---|---|
/// | a challenge | 200 with the challenge |
/// | a missing header, a wrong signature, a time outside the window | 401 |
/// | a malformed timestamp or body, a repeated header, an incomplete body | 400 |
/// | a body longer than [`Verifier::body_limit`] | 413 |
///
/// Middleware in front of the handler must not change the body. There is no timeout for reading the
/// body; add one as a layer.
impl<S> FromRequest<S> for Callback
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = CallbackRejection;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let verifier = Verifier::from_ref(state);
        // A body that is declared too long is refused without reading it.
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        verifier.check_length(length.unwrap_or(0))?;
        DefaultBodyLimit::max(verifier.limit()).apply(&mut request);
        let headers = request.headers().clone();
        let body =
            Bytes::from_request(request, state).await.map_err(|e| read_failed(e, &verifier))?;
        match verifier.verify(&headers, &body)? {
            Delivery::Event(callback) => Ok(callback),
            Delivery::Challenge(challenge) => Err(CallbackRejection::Challenge(challenge)),
        }
    }
}

fn read_failed(rejection: BytesRejection, verifier: &Verifier) -> CallbackRejection {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            VerifyError::TooLarge { limit: verifier.limit() }.into()
        }
        other => CallbackRejection::Body(other),
    }
}

impl From<VerifyError> for CallbackRejection {
    fn from(error: VerifyError) -> Self {
        tracing::debug!(%error, "refused a webhook delivery");
        Self::Verify(error)
    }
}

impl CallbackRejection {
    /// Returns the response that is sent back.
    pub fn response(&self) -> WebhookResponse {
        match self {
            Self::Challenge(challenge) => challenge.response(),
            Self::Verify(error) => error.response(),
            Self::Body(_) => WebhookResponse::from_status(StatusCode::BAD_REQUEST),
        }
    }
}

impl IntoResponse for CallbackRejection {
    fn into_response(self) -> Response {
        self.response().into_response()
    }
}

impl IntoResponse for VerifyError {
    fn into_response(self) -> Response {
        self.response().into_response()
    }
}

impl IntoResponse for WebhookResponse {
    fn into_response(self) -> Response {
        Response::<Body>::from(self)
    }
}
