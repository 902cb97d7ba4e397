//! The calls of the widget, one file for each subject.

pub(crate) mod agents;
pub(crate) mod chat;
pub(crate) mod conversations;
pub(crate) mod media;
pub(crate) mod messages;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use coze_api::Client;
use http::StatusCode;
use http::request::Parts;

use crate::limits::Running;
use crate::reply::Refusal;
use crate::state::State;
use crate::users::User;

/// A call of a user.
pub(crate) struct Call {
    pub(crate) state: Arc<State>,
    pub(crate) user: User,
    pub(crate) client: Client,
    /// The language in which names and greetings are wanted, if it is one of the widget's.
    pub(crate) language: Option<&'static str>,
}

impl FromRequestParts<Arc<State>> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<State>,
    ) -> Result<Self, Self::Rejection> {
        // The middleware has added the user to every call.
        let user = parts.extensions.get::<User>().cloned();
        let user = user.ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "log in to chat"))?;
        let accepted = parts.headers.get(http::header::ACCEPT_LANGUAGE);
        let language = match accepted.map(|value| value.as_bytes().get(..2)) {
            Some(Some(b"zh")) => Some("zh"),
            Some(Some(b"en")) => Some("en"),
            _ => None,
        };
        Ok(Self { client: state.client(&user), state: state.clone(), user, language })
    }
}

impl Call {
    /// Refuses a conversation of another user.
    pub(crate) async fn check(&self, conversation: &str) -> Result<(), Refusal> {
        self.state.owners.check(&self.client, conversation, &self.user).await
    }

    /// Counts a call that costs something, until the result is dropped.
    pub(crate) fn start(&self) -> Result<Running, Refusal> {
        self.state.limiter.start(&self.user.tag)
    }
}
