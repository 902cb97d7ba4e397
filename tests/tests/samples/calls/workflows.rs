//! Workflows.

use coze_api::{Collaborator, EnterMessage, workflows};
use serde_json::json;

use super::{Sample, events, value};

pub(super) const SAMPLES: &[Sample] = &[
    ("add_workflow_collaborator", 0, |coze| {
        value(
            coze.workflows()
                .collaborators()
                .create("73505836754923123", [Collaborator::new("4114791485511234")]),
        )
    }),
    ("get_node_execute_history_response", 0, |coze| {
        value(coze.workflows().runs().run_histories().execute_nodes().retrieve(
            "747304231234702316",
            "751423051238428",
            "63c7f12346d2",
        ))
    }),
    ("get_workflow_info", 0, |coze| {
        value(coze.workflows().retrieve("749312345453978").include_input_output(true))
    }),
    ("get_workflow_list", 0, |coze| value(coze.workflows().list("744961234562844844").page_num(1))),
    ("list_workflow_version", 0, |coze| {
        value(
            coze.workflows()
                .versions()
                .list("7480071412345684300")
                .page_size(1)
                .page_token("1752666071230")
                .include_input_output(true),
        )
    }),
    ("remove_workflow_collaborator", 0, |coze| {
        value(coze.workflows().collaborators().delete("73505836754923123", "4114791485511234"))
    }),
    ("resume_workflow", 0, |coze| {
        value(coze.workflows().runs().resume_unstreamed(
            "73505836754923123",
            "7568340468412345/250420983671234",
            workflows::WorkflowInterruptType::Question,
            "{\"file_id\":\"1456234123\"}",
        ))
    }),
    ("switch_workflow_develop_mode", 0, |coze| {
        value(coze.workflows().collaboration_modes().update("73505836754923123", "collaboration"))
    }),
    ("workflow_chat", 0, |coze| {
        events(
            coze.workflows()
                .chat()
                .stream("74423123", [EnterMessage::new("user", "Text 2", "text")])
                .parameters([("image", json!("{\"file_id\":\"1122334455\"}"))])
                .app_id("7439828073123")
                .stream(),
        )
    }),
    ("workflow_chat", 1, |coze| {
        events(
            coze.workflows()
                .chat()
                .stream("74423123", [EnterMessage::new("user", "Text 2", "text")])
                .parameters([("image", json!("{\"file_id\":\"1122334455\"}"))])
                .bot_id("7439828073123")
                .conversation_id("7237029123")
                .stream(),
        )
    }),
    ("workflow_history", 0, |coze| {
        value(
            coze.workflows()
                .runs()
                .run_histories()
                .retrieve("7429635394645391234", "7431040978805851234"),
        )
    }),
    ("workflow_resume", 0, |coze| {
        events(
            coze.workflows()
                .runs()
                .resume(
                    "7397395079142351234",
                    "7404837275294591234/4338021995674341234",
                    workflows::WorkflowInterruptType::Question,
                    "Text 1",
                )
                .stream(),
        )
    }),
    ("workflow_run", 0, |coze| {
        value(
            coze.workflows()
                .runs()
                .create("7366468917055112345")
                .parameters([("user_name", json!("George"))]),
        )
    }),
    ("workflow_run", 1, |coze| {
        value(
            coze.workflows()
                .runs()
                .create("7366468917055112345")
                .parameters([("user_name", json!("George"))])
                .is_async(true),
        )
    }),
    ("workflow_stream_run", 0, |coze| {
        events(
            coze.workflows()
                .runs()
                .stream("7366468917055112345")
                .parameters([("user_name", json!("George"))])
                .stream(),
        )
    }),
];
