//! What a token may do, and on whose account.

use serde::Serialize;

/// On whose account the usage of a token goes. One of the two values is enough.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SessionContext {
    device_info: DeviceInfo,
}

#[derive(Clone, Debug, Default, Serialize)]
struct DeviceInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_consumer: Option<String>,
}

impl SessionContext {
    /// A context that says nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of a device.
    pub fn device_id(mut self, device_id: impl Into<String>) -> Self {
        self.device_info.device_id = Some(device_id.into());
        self
    }

    /// A consumer of your own making, such as a customer. Do not use what identifies a
    /// person.
    pub fn custom_consumer(mut self, custom_consumer: impl Into<String>) -> Self {
        self.device_info.custom_consumer = Some(custom_consumer.into());
        self
    }
}

/// What the token of a channel may do.
#[derive(Clone, Debug, Serialize)]
pub struct Scope {
    account_permission: AccountPermission,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_constraint: Option<AttributeConstraint>,
}

#[derive(Clone, Debug, Serialize)]
struct AccountPermission {
    permission_list: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct AttributeConstraint {
    connector_bot_chat_attribute: BotChatAttribute,
}

#[derive(Clone, Debug, Serialize)]
struct BotChatAttribute {
    bot_id_list: Vec<String>,
}

impl Scope {
    /// Chatting with these bots, and nothing else.
    pub fn bot_chat<I: Into<String>>(bot_ids: impl IntoIterator<Item = I>) -> Self {
        Self::permissions(["Connector.botChat"]).bots(bot_ids)
    }

    /// The named permissions, such as `Connector.botChat`.
    pub fn permissions<P: Into<String>>(permissions: impl IntoIterator<Item = P>) -> Self {
        let permission_list = permissions.into_iter().map(Into::into).collect();
        Self {
            account_permission: AccountPermission { permission_list },
            attribute_constraint: None,
        }
    }

    /// Only with these bots.
    pub fn bots<I: Into<String>>(mut self, bot_ids: impl IntoIterator<Item = I>) -> Self {
        let bot_id_list = bot_ids.into_iter().map(Into::into).collect();
        let connector_bot_chat_attribute = BotChatAttribute { bot_id_list };
        self.attribute_constraint = Some(AttributeConstraint { connector_bot_chat_attribute });
        self
    }
}
