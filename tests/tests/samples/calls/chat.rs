//! Chats.

use coze_api::{EnterMessage, ToolOutput, chat};
use serde_json::json;

use super::{Sample, events, value};

pub(super) const SAMPLES: &[Sample] = &[
    ("chat_cancel", 0, |coze| value(coze.chat().cancel("739778749439123", "73980486691123"))),
    ("chat_submit_tool_outputs", 0, |coze| {
        value(coze.chat().submit_tool_outputs(
            "7381365856095481234",
            "7381371876397941234",
            [ToolOutput::new("BUJJF0dAQ0NAEBVeQkVKEV5HFURFXhFCEhFeFxdHShcSQEtFSxY1234", "Tokyo")],
        ))
    }),
    ("chat_submit_tool_outputs", 1, |coze| {
        events(
            coze.chat()
                .submit_tool_outputs(
                    "7381365856095481234",
                    "7381371876397941234",
                    [ToolOutput::new(
                        "BUJJF0dAQ0NAEBVeQkVKEV5HFURFXhFCEhFeFxdHShcSQEtFSxY1234",
                        "Tokyo",
                    )],
                )
                .stream(),
        )
    }),
    ("chat_v3", 0, |coze| {
        events(
            coze.chat()
                .create("7348293334459311234", "123456789")
                .conversation_id("7374752000116113452")
                .additional_messages([EnterMessage::new("user", "Text 12", "text")])
                .auto_save_history(true)
                .stream(),
        )
    }),
    ("chat_v3", 1, |coze| {
        events(coze
        .chat()
        .create("7379462189365191234", "123456789")
        .conversation_id("7374752000116113452")
        .additional_messages([
            EnterMessage::new(
                "user",
                "[{\"type\":\"image\",\"file_url\":\"https://example.com/1.png\"},{\"type\":\"text\",\"text\":\"Text 16\"}]",
                "object_string",
            ),
        ])
        .auto_save_history(true)
        .stream())
    }),
    ("chat_v3", 2, |coze| {
        value(
            coze.chat()
                .create("7348293334459311234", "123456789")
                .conversation_id("7374752000116111234")
                .additional_messages([EnterMessage::new("user", "Text 23", "text")])
                .auto_save_history(true),
        )
    }),
    ("chat_v3", 3, |coze| {
        value(coze
        .chat()
        .create("7379462189365191234", "123456789")
        .conversation_id("7374752000116111234")
        .additional_messages([
            EnterMessage::new(
                "user",
                "[{\"type\":\"image\",\"file_url\":\"https://example.com/1.png\"},{\"type\":\"text\",\"text\":\"Text 16\"}]",
                "object_string",
            ),
        ])
        .auto_save_history(true))
    }),
    ("chat_v3", 4, |coze| {
        value(
            coze.chat()
                .create("7379462189365191234", "123456789")
                .conversation_id("7374752000116111234")
                .additional_messages([] as [EnterMessage; 0])
                .auto_save_history(true)
                .shortcut_command(
                    chat::ShortcutCommandDetail::new("7457010833525571234")
                        .parameters([("news_query", "[{\"type\":\"text\",\"text\":\"Text 24\"}]")]),
                ),
        )
    }),
    ("chat_v3", 5, |coze| {
        events(
            coze.chat()
                .create("7348293334459311234", "123456789")
                .conversation_id("7374752000116113452")
                .additional_messages([EnterMessage::new("user", "Text 12", "text")])
                .auto_save_history(true)
                .parameters([("user", json!([{ "user_id" : "123456", "user_name" : "user" }]))])
                .stream(),
        )
    }),
    ("chat_v3", 7, |coze| {
        value(coze
        .chat()
        .create("7348293334459311234", "123456789")
        .conversation_id("7373638344934341234")
        .additional_messages([
            EnterMessage::new(
                "user",
                "[{\"type\":\"image\",\"file_url\":\"https://example.com/2\"},{\"type\":\"text\",\"text\":\"Text 27\"}]",
                "object_string",
            ),
        ])
        .auto_save_history(true))
    }),
    ("list_chat_messages", 0, |coze| {
        value(coze.chat().messages().list("7382167606247141234", "7381473525342971234"))
    }),
    ("retrieve_chat", 0, |coze| {
        value(coze.chat().retrieve("7381371876397941234", "7381365856095481234"))
    }),
];
