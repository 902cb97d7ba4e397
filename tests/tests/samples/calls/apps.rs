//! Apps, channels, callbacks and copies.

use coze_api::{Collaborator, ConnectorAuditStatus, connectors};

use super::{Sample, value};

pub(super) const SAMPLES: &[Sample] = &[
    ("add_app_collaborator", 0, |coze| {
        value(
            coze.apps()
                .collaborators()
                .create("753538611401234", [Collaborator::new("4114791485511234")]),
        )
    }),
    ("bind_connector_config", 0, |coze| {
        value(coze.connectors().bind(
            "745264392345123456",
            [connectors::ConnectorUserConfig::new(
                "device_id",
                [
                    connectors::ConnectorUserConfigOption::new("Text 1", "51237824123"),
                    connectors::ConnectorUserConfigOption::new("Text 2", "51237825123"),
                ],
            )],
        ))
    }),
    ("copy_resource_task", 0, |coze| {
        value(
            coze.entities()
                .copy_tasks()
                .create("753093880875067123", "bot")
                .to_workspace_id("7498204883280123"),
        )
    }),
    ("create_callback_app", 0, |coze| {
        value(coze.api_apps().create("normal").name("sample api app"))
    }),
    ("delete_callback_app", 0, |coze| value(coze.api_apps().delete("7526881536956712345"))),
    ("install_channel", 0, |coze| {
        value(coze.connectors().install("745264392345123456", "7361638276870531234"))
    }),
    ("list_callback_app", 0, |coze| value(coze.api_apps().list())),
    ("list_subscribed_callback_message", 0, |coze| {
        value(coze.api_apps().events().list("7526903225329381234"))
    }),
    ("published_apps_list", 0, |coze| {
        value(coze.apps().list("751543725346123").publish_status("all"))
    }),
    ("query_resource_copy_execution_result", 0, |coze| {
        value(coze.entities().copy_tasks().retrieve("567456700123"))
    }),
    ("remove_app_collaborator", 0, |coze| {
        value(coze.apps().collaborators().delete("753538611401234", "4114791485511234"))
    }),
    ("subscribe_callback_message", 0, |coze| {
        value(
            coze.api_apps()
                .events()
                .create("7526903225329381234", ["bot.published", "bot.deleted"]),
        )
    }),
    ("unsubscribe_callback_message", 0, |coze| {
        value(coze.api_apps().events().delete("75269032253293851234", ["bot.published"]))
    }),
    ("update_callback_app", 0, |coze| {
        value(coze.api_apps().update("7526881536956711234").name("Text 1"))
    }),
    ("update_review_result", 0, |coze| {
        value(
            coze.connectors()
                .bots()
                .update("74202797123456", "7342866812345")
                .audit_status(ConnectorAuditStatus::Approved)
                .reason("Text 1"),
        )
    }),
];
