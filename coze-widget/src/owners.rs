//! The owners of conversations.
//!
//! The platform stores the pseudonym of the user with each conversation. What this server has seen
//! is remembered, so that most calls need no further request.

use std::sync::{Mutex, PoisonError};

use coze_api::Client;
use coze_api::conversations::Conversation;

use crate::cache::Cache;
use crate::reply::Refusal;
use crate::users::User;

/// The number of conversations whose owners are remembered.
const REMEMBERED: usize = 50_000;

/// The member of a conversation's `meta_data` that has the pseudonym of its user.
pub(crate) const TAG: &str = "widget_user";

/// Knows the owners of conversations.
pub(crate) struct Owners(Mutex<Cache<String, String>>);

impl Default for Owners {
    fn default() -> Self {
        Self(Mutex::new(Cache::new(REMEMBERED)))
    }
}

impl Owners {
    /// Returns `true` if a conversation of the platform is one of the user, and remembers it.
    pub(crate) fn recognize(&self, conversation: &Conversation, user: &User) -> bool {
        let owned = conversation.meta_data.get(TAG).is_some_and(|tag| *tag == user.tag)
            || self.owner(&conversation.id).is_some_and(|tag| tag == user.tag);
        if owned {
            self.remember(&conversation.id, user);
        }
        owned
    }

    pub(crate) fn remember(&self, conversation: &str, user: &User) {
        let mut owners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        owners.insert(conversation.to_owned(), user.tag.clone());
    }

    pub(crate) fn forget(&self, conversation: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(conversation);
    }

    fn owner(&self, conversation: &str) -> Option<String> {
        let mut owners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        owners.get(conversation).cloned()
    }

    /// Refuses a conversation that is not one of the user.
    pub(crate) async fn check(
        &self,
        client: &Client,
        conversation: &str,
        user: &User,
    ) -> Result<(), Refusal> {
        if !is_id(conversation) {
            return Err(Refusal::unknown_conversation());
        }
        if let Some(tag) = self.owner(conversation) {
            return if tag == user.tag { Ok(()) } else { Err(Refusal::unknown_conversation()) };
        }
        let found = match client.conversations().retrieve(conversation).await {
            Ok(found) => found,
            Err(error) if error.is_api() && !error.is_auth() && !error.is_rate_limited() => {
                return Err(Refusal::unknown_conversation());
            }
            Err(error) => return Err(error.into()),
        };
        if found.id == conversation && self.recognize(&found, user) {
            Ok(())
        } else {
            Err(Refusal::unknown_conversation())
        }
    }
}

/// Returns `true` for text that has the form of an id, and so is a single segment of a path.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Refuses text that does not have the form of an id.
pub(crate) fn check_id(name: &str, text: &str) -> Result<(), Refusal> {
    is_id(text).then_some(()).ok_or_else(|| Refusal::bad_request(format!("`{name}` is not an id")))
}
