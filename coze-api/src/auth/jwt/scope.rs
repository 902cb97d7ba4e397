//! Permissions of tokens, and attribution of their usage.

use serde::Serialize;

/// The device or consumer to which the usage of a token is attributed. One of them is enough.
///
/// ```
/// use coze_api::auth::SessionContext;
///
/// let context = SessionContext::new().device_id("device-7").custom_consumer("customer-42"); ```
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
    /// Creates an empty context.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the ID of a device.
    pub fn device_id(mut self, device_id: impl Into<String>) -> Self {
        self.device_info.device_id = Some(device_id.into());
        self
    }

    /// Sets a consumer of your choice, such as a customer. Do not use a value that identifies a
    /// person.
    pub fn custom_consumer(mut self, custom_consumer: impl Into<String>) -> Self {
        self.device_info.custom_consumer = Some(custom_consumer.into());
        self
    }
}

/// The permissions of a channel's token.
///
/// Without a scope, a token has all permissions of its app.
///
/// ```
/// use coze_api::auth::Scope;
///
/// let scope = Scope::permissions(["Connector.botChat"]).bots(["7493066380997012345"]); ```
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
    /// Permits chats with these bots, and nothing else.
    pub fn bot_chat<I: Into<String>>(bot_ids: impl IntoIterator<Item = I>) -> Self {
        Self::permissions(["Connector.botChat"]).bots(bot_ids)
    }

    /// Permits operations by the names of their permissions, such as `Connector.botChat`.
    ///
    /// The documentation of each operation names the permission that it needs. Names that the
    /// server does not know are refused when the token is requested.
    pub fn permissions<P: Into<String>>(permissions: impl IntoIterator<Item = P>) -> Self {
        let permission_list = permissions.into_iter().map(Into::into).collect();
        Self {
            account_permission: AccountPermission { permission_list },
            attribute_constraint: None,
        }
    }

    /// Limits the permissions to these bots.
    ///
    /// The list replaces one that was set before.
    pub fn bots<I: Into<String>>(mut self, bot_ids: impl IntoIterator<Item = I>) -> Self {
        let bot_id_list = bot_ids.into_iter().map(Into::into).collect();
        let connector_bot_chat_attribute = BotChatAttribute { bot_id_list };
        self.attribute_constraint = Some(AttributeConstraint { connector_bot_chat_attribute });
        self
    }
}
