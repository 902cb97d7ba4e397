//! Conversations and their messages.

use coze_api::EnterMessage;

use super::{Sample, value};

pub(super) const SAMPLES: &[Sample] = &[
    ("chat_v3", 6, |coze| {
        value(
            coze.conversations()
                .create()
                .messages([
                    EnterMessage::new("user", "Text 25", "text"),
                    EnterMessage::new("assistant", "Text 26", "text").kind("answer"),
                ])
                .meta_data([("uuid", "newid1234")]),
        )
    }),
    ("clear_conversation_context", 0, |coze| value(coze.conversations().clear("7379899182571234"))),
    ("create_conversation", 0, |coze| value(coze.conversations().create())),
    ("create_conversation", 1, |coze| {
        value(coze
        .conversations()
        .create()
        .bot_id("7304541161845161")
        .name("Text 2")
        .messages([
            EnterMessage::new(
                    "user",
                    "[{\"type\":\"text\",\"text\":\"Text 1\"},{\"type\":\"image\",\"file_id\":\"145657573123\"}]",
                    "text",
                )
                .kind("question")
                .meta_data([("uuid", "newid1234")]),
        ])
        .connector_id("1024")
        .meta_data([("uuid", "newid1234")]))
    }),
    ("create_message", 0, |coze| {
        value(coze.conversations().messages().create(
            "7373638344934341234",
            "user",
            "Text 1",
            "text",
        ))
    }),
    ("create_message", 1, |coze| {
        value(coze
        .conversations()
        .messages()
        .create(
            "7373638344934341234",
            "user",
            "[{\"type\":\"text\",\"text\":\"Text 2\"},{\"type\":\"image\",\"file_url\":\"https://example.com/1.png\"}]",
            "object_string",
        )
        .meta_data([] as [(&str, &str); 0]))
    }),
    ("create_message", 2, |coze| {
        value(coze
        .conversations()
        .messages()
        .create(
            "7373638344934341234",
            "user",
            "[{\"type\":\"text\",\"text\":\"Text 2\"},{\"type\":\"image\",\"file_id\":\"73803312802123\"}]",
            "object_string",
        ))
    }),
    ("create_message", 3, |coze| {
        value(coze
        .conversations()
        .messages()
        .create(
            "7373638344934341234",
            "user",
            "[{\"type\":\"text\",\"text\":\"Text 3\"},{\"type\":\"file\",\"file_url\":\"https://example.com/2\"}]",
            "object_string",
        ))
    }),
    ("create_message", 4, |coze| {
        value(coze
        .conversations()
        .messages()
        .create(
            "7373638344934341234",
            "user",
            "[{\"type\":\"text\",\"text\":\"Text 4\"},{\"type\":\"file\",\"file_id\":\"7381301234652736\"}]",
            "object_string",
        ))
    }),
    ("delete_conversation", 0, |coze| value(coze.conversations().delete("7379996104798151234"))),
    ("delete_message", 0, |coze| {
        value(coze.conversations().messages().delete("7407680262353512345", "740768567611781234"))
    }),
    ("delete_message_feedback", 0, |coze| {
        value(
            coze.conversations().messages().feedback().delete("751536489399123", "751903981556123"),
        )
    }),
    ("edit_conversation", 0, |coze| {
        value(coze.conversations().update("7379996104798151234", "Text 1"))
    }),
    ("list_conversations", 0, |coze| {
        value(
            coze.conversations()
                .list("7342866812345")
                .page_num(1)
                .page_size(40)
                .sort_order("ASC")
                .connector_id("999"),
        )
    }),
    ("list_message", 0, |coze| {
        value(
            coze.conversations()
                .messages()
                .list("7373638344934341234")
                .order("desc")
                .chat_id("7379996104798151234")
                .before_id("7373638344934371234")
                .after_id("7373638344934371234")
                .limit(30),
        )
    }),
    ("message_feedback", 0, |coze| {
        value(
            coze.conversations()
                .messages()
                .feedback()
                .create("7515364893123", "752173729302123", "unlike")
                .reason_types(["Text 1", "Text 2"])
                .comment("Text 3"),
        )
    }),
    ("modify_message", 0, |coze| {
        value(
            coze.conversations()
                .messages()
                .update("7374752000116111234", "7374928307428851234")
                .content("Text 1")
                .content_type("text"),
        )
    }),
    ("retrieve_conversation", 0, |coze| value(coze.conversations().retrieve("7379899182571234"))),
    ("retrieve_message", 0, |coze| {
        value(
            coze.conversations().messages().retrieve("7375490356017671234", "7375490356018061234"),
        )
    }),
];
