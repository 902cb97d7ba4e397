//! Chats: messages added one by one, and statuses in any spelling.

use crate::base::convert::into;
use crate::generated::chat::CreateChat;
use crate::generated::{ChatStatus, EnterMessage};

impl CreateChat {
    /// Adds a message to the end of [`additional_messages`](Self::additional_messages).
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::Message;
    ///
    /// let chat = coze
    ///     .chat()
    ///     .create("7348293334459318316", "user-42")
    ///     .message(Message::user("My name is Lin."))
    ///     .message(Message::assistant("Nice to meet you, Lin."))
    ///     .message(Message::user("What is my name?"));
    /// let reply = chat.and_poll().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// A text is a message of the user: `.message("Hello")`.
    pub fn message(self, message: impl Into<EnterMessage>) -> Self {
        Self(self.0.push("additional_messages", into::<EnterMessage>(message)))
    }
}

impl ChatStatus {
    /// Returns `true` if the chat has ended: it is complete, failed, or was canceled.
    ///
    /// Statuses that this version does not know count too if their name says so, such as `expired`
    /// or `timed_out`. A chat that [requires action](Self::RequiresAction) has not ended.
    pub fn is_final(&self) -> bool {
        matches!(Phase::of(self), Phase::Ended | Phase::Failed)
    }
}

/// The meaning of a chat's status, however the status is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The chat goes on, or the status means nothing to this version.
    Working,
    RequiresAction,
    /// The chat has ended, well or by a cancellation.
    Ended,
    Failed,
}

impl Phase {
    pub(super) fn of(status: &ChatStatus) -> Self {
        match status {
            ChatStatus::Created | ChatStatus::InProgress => Self::Working,
            ChatStatus::RequiresAction => Self::RequiresAction,
            ChatStatus::Completed | ChatStatus::Canceled => Self::Ended,
            ChatStatus::Failed => Self::Failed,
            ChatStatus::Unknown(status) => Self::of_words(&words(status)),
        }
    }

    fn of_words(words: &[String]) -> Self {
        const FAILED: [&str; 4] = ["failed", "failure", "error", "errored"];
        const ENDED: [&str; 20] = [
            "canceled",
            "cancelled",
            "complete",
            "completed",
            "success",
            "succeeded",
            "successful",
            "finished",
            "done",
            "ended",
            "closed",
            "expired",
            "stopped",
            "terminated",
            "aborted",
            "interrupted",
            "timeout",
            "timedout",
            "rejected",
            "incomplete",
        ];
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&&**word));
        let all: String = words.concat();
        match &*all {
            "requiresaction" | "requireaction" | "actionrequired" => Self::RequiresAction,
            // "not_completed", "in_progress_no_error" and the like.
            _ if has(&["not", "no", "in", "to", "partially"]) => Self::Working,
            _ if has(&FAILED) => Self::Failed,
            _ if has(&ENDED) || all.ends_with("timedout") => Self::Ended,
            _ => Self::Working,
        }
    }
}

/// Splits a name at everything but letters, and where a capital follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (after_small && letter.is_uppercase()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_alphanumeric(), words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
        after_small = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_a_meaning_in_any_spelling() {
        for (phase, statuses) in [
            (
                Phase::Ended,
                &[
                    "completed",
                    "COMPLETED",
                    "Completed",
                    "canceled",
                    "cancelled",
                    "CANCELLED",
                    "userCancelled",
                    "chat-cancelled",
                    "expired",
                    "Expired",
                    "timed_out",
                    "TIMEOUT",
                    "finished",
                    "succeeded",
                    "stopped",
                ][..],
            ),
            (Phase::Failed, &["failed", "FAILED", "Failure", "chat_failed", "error"]),
            (Phase::RequiresAction, &["requires_action", "REQUIRES_ACTION", "RequiresAction"]),
            (
                Phase::Working,
                &[
                    "created",
                    "in_progress",
                    "IN_PROGRESS",
                    "InProgress",
                    "queued",
                    "queued_of_late",
                    "canceling",
                    "cancelling",
                    "not_completed",
                    "pending",
                    "进行中",
                ],
            ),
        ] {
            for status in statuses {
                let status = ChatStatus::from(*status);
                assert_eq!(Phase::of(&status), phase, "{status}");
                let ended = matches!(phase, Phase::Ended | Phase::Failed);
                assert_eq!(status.is_final(), ended, "{status}");
            }
        }
        assert_eq!(Phase::of(&ChatStatus::from("")), Phase::Working);
    }
}
