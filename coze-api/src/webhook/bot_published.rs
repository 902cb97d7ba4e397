//! The event `bot.published`, to which a channel responds with a review of the bot.

use super::{BotAudit, BotPublished, BotPublishedResponse, WebhookResponse};
use crate::generated::ConnectorAuditStatus;

impl BotPublished {
    /// Returns the ID of the bot, from `bot_id_str` or, in older deliveries, from `bot_id`.
    pub fn bot(&self) -> &str {
        first_set(&self.bot_id_str, &self.bot_id)
    }

    /// Returns the ID of the user who published the bot, from `user_id_str` or, in older
    /// deliveries, from `user_id`.
    pub fn user(&self) -> &str {
        first_set(&self.user_id_str, &self.user_id)
    }
}

/// Returns `new` unless it is unset. Coze writes an unset integer as 0.
fn first_set<'a>(new: &'a str, old: &'a str) -> &'a str {
    if matches!(new, "" | "0") { old } else { new }
}

/// Constructors for the three outcomes of a review.
///
/// ```
/// use coze_api::webhook::{BotPublished, BotPublishedResponse, WebhookResponse};
///
/// fn review(bot: &BotPublished) -> WebhookResponse {
///     if bot.bot_name.is_empty() {
///         return BotPublishedResponse::rejected("The bot needs a name.").into();
///     }
///     let link = format!("https://example.com/bots/{}", bot.bot());
///     BotPublishedResponse::approved().share_link(link).into()
/// }
/// ```
impl BotPublishedResponse {
    /// The channel accepts the bot, which is available there from now on.
    pub fn approved() -> Self {
        Self::new(BotAudit::new(ConnectorAuditStatus::Approved))
    }

    /// The review is in progress. Report its outcome later with
    /// [`connectors.bots.update`](crate::connectors::ConnectorBots::update).
    pub fn reviewing() -> Self {
        Self::new(BotAudit::new(ConnectorAuditStatus::Reviewing))
    }

    /// The channel rejects the bot. Coze shows the reason to the bot's developer.
    pub fn rejected(reason: impl Into<String>) -> Self {
        Self::new(BotAudit::new(ConnectorAuditStatus::Rejected).reason(reason))
    }
}

impl From<BotPublishedResponse> for WebhookResponse {
    fn from(response: BotPublishedResponse) -> Self {
        // Strings and an integer can always be written as JSON.
        Self::json(&response).unwrap_or_else(|_| Self::failed())
    }
}
