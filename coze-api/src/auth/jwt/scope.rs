//! Permissions of tokens, and attribution of their usage.

use serde::Serialize;

/// The device or consumer to which the usage of a token is attributed. One of them is enough.
///
/// ```
/// use coze_api::auth::SessionContext;
///
/// let context = SessionContext::new().device_id("device-7").custom_consumer("customer-42");
/// ```
#[derive(Clone, Debug, Default, Serialize)]
pub struct SessionContext {
    device_info: DeviceInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    connector_info: Option<ConnectorInfo>,
}

#[derive(Clone, Debug, Serialize)]
struct ConnectorInfo {
    connector_id: String,
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

    /// Sets the publishing channel, such as `2001` for the Web SDK of AI-generated projects.
    pub fn connector_id(mut self, connector_id: impl Into<String>) -> Self {
        self.connector_info = Some(ConnectorInfo { connector_id: connector_id.into() });
        self
    }
}

/// The permissions of a token for a publishing channel (connector).
///
/// Without a scope, a token has all permissions of its app.
///
/// ```
/// use coze_api::auth::Scope;
///
/// let scope = Scope::permissions(["Connector.botChat"]).bots(["7493066380997012345"]);
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Scope {
    account_permission: AccountPermission,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_permission: Option<WorkspacePermission>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow_permission: Option<WorkflowPermission>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_constraint: Option<AttributeConstraint>,
}

#[derive(Clone, Debug, Serialize)]
struct WorkspacePermission {
    workspace_id_list: Vec<String>,
    permission_list: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct WorkflowPermission {
    workflow_id_list: Vec<String>,
    permission_list: Vec<String>,
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
            workspace_permission: None,
            workflow_permission: None,
            attribute_constraint: None,
        }
    }

    /// Adds permissions in these workspaces. Undocumented; the official Go SDK sends them.
    pub fn workspaces<W: Into<String>, P: Into<String>>(
        mut self,
        workspace_ids: impl IntoIterator<Item = W>,
        permissions: impl IntoIterator<Item = P>,
    ) -> Self {
        self.workspace_permission = Some(WorkspacePermission {
            workspace_id_list: texts(workspace_ids),
            permission_list: texts(permissions),
        });
        self
    }

    /// Adds permissions for these workflows. Undocumented; the official Go SDK sends them.
    pub fn workflows<W: Into<String>, P: Into<String>>(
        mut self,
        workflow_ids: impl IntoIterator<Item = W>,
        permissions: impl IntoIterator<Item = P>,
    ) -> Self {
        self.workflow_permission = Some(WorkflowPermission {
            workflow_id_list: texts(workflow_ids),
            permission_list: texts(permissions),
        });
        self
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

fn texts<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_channel_and_further_permissions_are_written_as_documented() {
        let context = SessionContext::new().connector_id("2001");
        let json = serde_json::to_value(context).expect("JSON");
        assert_eq!(json, json!({"device_info": {}, "connector_info": {"connector_id": "2001"}}));

        let scope = Scope::permissions(["Connector.botChat"]);
        let scope = scope.workspaces(["7"], ["listBot"]).workflows(["8", "9"], ["run"]);
        let json = serde_json::to_value(scope).expect("JSON");
        let expected = json!({
            "account_permission": {"permission_list": ["Connector.botChat"]},
            "workspace_permission": {"workspace_id_list": ["7"], "permission_list": ["listBot"]},
            "workflow_permission": {"workflow_id_list": ["8", "9"], "permission_list": ["run"]},
        });
        assert_eq!(json, expected);
    }
}
