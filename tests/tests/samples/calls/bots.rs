//! Bots.

use coze_api::{Collaborator, bots};

use super::{Sample, value};

pub(super) const SAMPLES: &[Sample] = &[
    ("add_bot_collaborator", 0, |coze| {
        value(
            coze.bots()
                .collaborators()
                .create("7379462189365191234", [Collaborator::new("4114791485511234")]),
        )
    }),
    ("bots_list_draft_published", 0, |coze| {
        value(coze.bots().list("5123945629123").connector_id("1024").page_num(1).page_size(20))
    }),
    ("create_bot", 0, |coze| {
        value(
            coze.bots()
                .create("7361424235321601234", "Text 1")
                .description("Text 2")
                .icon_file_id("736949598111234")
                .prompt_info(bots::PromptInfo::new().prompt("Text 3"))
                .onboarding_info(
                    bots::OnboardingInfo::new()
                        .prologue("Text 4")
                        .suggested_questions(["Text 5", "Text 6", "Text 7"]),
                )
                .plugin_id_list(bots::PluginIdList::new().id_list([bots::PluginIdInfo::new(
                    "7311989349275531234",
                    "7350575366173621234",
                )]))
                .workflow_id_list(
                    bots::WorkflowIdList::new()
                        .ids([bots::WorkflowIdInfo::new("7460491086110371234")]),
                )
                .model_info_config(bots::ModelInfoConfig::new("1706077826")),
        )
    }),
    ("get_metadata", 0, |coze| {
        #[expect(deprecated, reason = "its page has a sample")]
        let call = coze.bots().retrieve_published("7342866812345");
        value(call)
    }),
    ("get_metadata_draft_published", 0, |coze| {
        value(coze.bots().retrieve("749865007353125123").is_published(true))
    }),
    ("list_bot_versions", 0, |coze| {
        value(
            coze.bots()
                .versions()
                .list("7342866812345")
                .page_num(1)
                .page_size(20)
                .connector_id("1024"),
        )
    }),
    ("publish_bot", 0, |coze| value(coze.bots().publish("7342866812345", ["1024"]))),
    ("publish_bot", 1, |coze| {
        value(coze.bots().publish("7342866812345", ["1024", "74708495147488123"]).connectors([(
            "74708495147488123",
            std::collections::BTreeMap::from([("device_id".into(), "[\"51237825123\"]".into())]),
        )]))
    }),
    ("published_bots_list", 0, |coze| {
        #[expect(deprecated, reason = "its page has a sample")]
        let call = coze.bots().list_published("7376202366292911234");
        value(call)
    }),
    ("remove_bot_collaborator", 0, |coze| {
        value(coze.bots().collaborators().delete("7379462189365191234", "4114791485511234"))
    }),
    ("switch_bot_develop_mode", 0, |coze| {
        value(coze.bots().collaboration_modes().update("7342866812345", "collaboration"))
    }),
    ("unpublish_agent", 0, |coze| {
        value(coze.bots().unpublish("7342866812345", "1024").unpublish_reason("Text 1"))
    }),
    ("update_bot", 0, |coze| {
        value(
            coze.bots()
                .update("7342866812345")
                .name("Text 1")
                .description("Text 2")
                .icon_file_id("736949598111234")
                .prompt_info(bots::PromptInfo::new().prompt("Text 3"))
                .onboarding_info(
                    bots::OnboardingInfo::new()
                        .prologue("Text 4")
                        .suggested_questions(["Text 5", "Text 6", "Text 7"]),
                )
                .knowledge(
                    bots::KnowledgeBinding::new()
                        .dataset_ids(["7385093717923411234"])
                        .auto_call(true)
                        .search_strategy(bots::KnowledgeSearchStrategy::Hybrid),
                )
                .plugin_id_list(bots::PluginIdList::new().id_list([bots::PluginIdInfo::new(
                    "7311989349275531234",
                    "7350575366173621234",
                )]))
                .workflow_id_list(
                    bots::WorkflowIdList::new()
                        .ids([bots::WorkflowIdInfo::new("7460491086110371234")]),
                )
                .model_info_config(bots::ModelInfoConfig::new("1706077826")),
        )
    }),
];
