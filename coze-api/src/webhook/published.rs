//! The one event whose answer matters.

use super::{Answer, BotAudit, BotPublished, BotPublishedAnswer};
use crate::generated::ConnectorAuditStatus;

impl BotPublished {
    /// The id of the bot, whichever field of the delivery holds it.
    pub fn bot(&self) -> &str {
        first(&self.bot_id_str, &self.bot_id)
    }

    /// The id of the user who published the bot, whichever field of the delivery holds it.
    pub fn user(&self) -> &str {
        first(&self.user_id_str, &self.user_id)
    }
}

/// Older deliveries have one field, newer ones the other. Integers that are not set are 0.
fn first<'a>(new: &'a str, old: &'a str) -> &'a str {
    if matches!(new, "" | "0") { old } else { new }
}

/// What a channel answers when a bot is published to it.
///
/// ```
/// use coze_api::webhook::{Answer, BotPublished, BotPublishedAnswer};
///
/// fn review(bot: &BotPublished) -> Answer {
///     if bot.bot_name.is_empty() {
///         return BotPublishedAnswer::rejected("The bot needs a name.").into();
///     }
///     let link = format!("https://example.com/bots/{}", bot.bot());
///     BotPublishedAnswer::approved().share_link(link).into()
/// }
/// ```
impl BotPublishedAnswer {
    /// The bot is in the channel from now on.
    pub fn approved() -> Self {
        Self::new(BotAudit::new(ConnectorAuditStatus::Approved))
    }

    /// The review takes longer than Coze waits. Tell how it ended by
    /// [`connectors.bots.update`](crate::connectors::ConnectorBots::update).
    pub fn reviewing() -> Self {
        Self::new(BotAudit::new(ConnectorAuditStatus::Reviewing))
    }

    /// The bot does not come into the channel. Its developer is told why.
    pub fn rejected(reason: impl Into<String>) -> Self {
        Self::new(BotAudit::new(ConnectorAuditStatus::Rejected).reason(reason))
    }
}

impl From<BotPublishedAnswer> for Answer {
    fn from(answer: BotPublishedAnswer) -> Self {
        // Texts and a number fit into JSON.
        Self::json(&answer).unwrap_or_else(|_| Self::failed())
    }
}
