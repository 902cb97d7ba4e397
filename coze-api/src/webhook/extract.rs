//! Callbacks as arguments of axum's handlers.

use axum_core::body::Body;
use axum_core::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum_core::extract::{DefaultBodyLimit, FromRef, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_LENGTH;

use super::answer::Answer;
use super::delivery::{Callback, Challenge, Delivery};
use super::rejected::Rejected;
use super::verifier::Verifier;

/// Why no handler is called.
///
/// All of it answers itself. Take `Result<Callback, CallbackRejection>` as an argument to see it.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallbackRejection {
    /// Coze checks the address. This is no failure, and the answer is what Coze waits for.
    Challenge(Challenge),
    /// The delivery is not to be believed.
    Rejected(Rejected),
    /// The body could not be read: the sender broke off.
    Unread(BytesRejection),
}

/// Reads the body, verifies the delivery with the [`Verifier`] that is the state of the router or a part of it, and answers
/// whatever is no event.
///
/// ```
/// use axum::Router;
/// use axum::routing::post;
/// use coze_api::webhook::{Answer, Callback, Verifier, WebhookEvent};
///
/// async fn receive(callback: Callback) -> Answer {
///     match callback.event {
///         WebhookEvent::Unknown { event, .. } => println!("something new: {event}"),
///         event => println!("{event:?}"),
///     }
///     Answer::ok()
/// }
///
/// let verifier = Verifier::new("token of the callback app")?;
/// let app: Router = Router::new().route("/coze", post(receive)).with_state(verifier);
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// | what comes | the answer |
/// |---|---|
/// | a check of the address | 200 with the challenge |
/// | a missing header, a wrong signature, a time outside of the window | 401 |
/// | a malformed timestamp or body, a repeated header, a body that breaks off | 400 |
/// | a body longer than [`Verifier::body_limit`] | 413 |
///
/// Layers in front of it must not change the body. A limit on the time that reading it may take is up to a layer.
impl<S> FromRequest<S> for Callback
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = CallbackRejection;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let verifier = Verifier::from_ref(state);
        // What is known to be too long is not read at all.
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        verifier.check_length(length.unwrap_or(0))?;
        DefaultBodyLimit::max(verifier.limit()).apply(&mut request);
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, state).await.map_err(|e| unread(e, &verifier))?;
        match verifier.verify(&headers, &body)? {
            Delivery::Event(callback) => Ok(callback),
            Delivery::Challenge(challenge) => Err(CallbackRejection::Challenge(challenge)),
        }
    }
}

fn unread(rejection: BytesRejection, verifier: &Verifier) -> CallbackRejection {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Rejected::TooLarge { limit: verifier.limit() }.into()
        }
        other => CallbackRejection::Unread(other),
    }
}

impl From<Rejected> for CallbackRejection {
    fn from(rejected: Rejected) -> Self {
        tracing::debug!(reason = %rejected, "a callback was refused");
        Self::Rejected(rejected)
    }
}

impl CallbackRejection {
    /// What is sent back.
    pub fn answer(&self) -> Answer {
        match self {
            Self::Challenge(challenge) => challenge.answer(),
            Self::Rejected(rejected) => rejected.answer(),
            Self::Unread(_) => Answer::refusal(StatusCode::BAD_REQUEST),
        }
    }
}

impl IntoResponse for CallbackRejection {
    fn into_response(self) -> Response {
        self.answer().into_response()
    }
}

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        self.answer().into_response()
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        Response::<Body>::from(self)
    }
}
