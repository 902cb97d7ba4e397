//! Lenient decoding: replies with missing or additional members, or with numbers as strings, are
//! decoded.

use coze_api::datasets::DocumentFormat;
use coze_api::workspaces::WorkspaceRole;
use coze_api::{ChatStatus, Client, MessageRole};
use coze_tests::server::{Reply, Server};
use serde_json::json;

async fn answering(reply: Reply) -> (Server, Client) {
    let server = Server::replies(vec![reply]).await;
    let coze = server.once();
    (server, coze)
}

#[tokio::test]
async fn missing_and_null_members_are_zero_values() {
    let nulls = json!({
        "bot_id": null, "name": null, "create_time": null, "prompt_info": null, "plugin_info_list": null,
        "bot_mode": null, "variables": [], "knowledge": null,
    });
    for data in [json!({}), nulls] {
        let (_server, coze) = answering(Reply::data(&data)).await;
        let bot = coze.bots().retrieve("7").await.expect("a bot");
        assert_eq!(bot, coze_api::bots::Bot::default(), "{data}");
    }
    // A list may be absent.
    let (_server, coze) = answering(Reply::json(&json!({"code": 0}))).await;
    assert_eq!(coze.chat().messages().list("7", "8").await.expect("a list"), []);
    let page = coze.conversations().messages().list("7").await.expect("a page");
    assert_eq!((page.items.len(), page.first_id, page.has_more), (0, None, false));
}

#[tokio::test]
async fn a_success_without_the_documented_payload_is_an_error() {
    for body in
        [json!({"code": 0}), json!({"code": 0, "data": null}), json!({"code": 0, "bot": {}})]
    {
        let (_server, coze) = answering(Reply::json(&body)).await;
        let error = coze.bots().retrieve("7").await.expect_err("no bot");
        assert!(error.is_decode() && error.to_string().contains("no payload"), "{error}");
        assert_eq!(error.body(), Some(body.to_string().as_str()));
        let error = coze.bots().list("7").await.expect_err("no page");
        assert!(error.is_decode(), "{error}");
        let created = coze.workflows().runs().create("7").await;
        // `data` is a field of that response, and may be `null`.
        assert_eq!(created.is_ok(), body.get("data").is_some(), "{created:?}");
    }
}

#[tokio::test]
async fn numbers_and_strings_are_interchangeable() {
    let data = json!({
        "bot_id": 7_493_066_380_997_012_345_i64, "name": 12, "create_time": "1733213540", "update_time": "",
        "version": 1_733_213_540, "bot_mode": "1", "folder_id": -1,
    });
    let (_server, coze) = answering(Reply::data(&data)).await;
    let bot = coze.bots().retrieve("7").await.expect("a bot");
    assert_eq!(
        (&*bot.bot_id, &*bot.name, &*bot.version),
        ("7493066380997012345", "12", "1733213540")
    );
    assert_eq!((bot.create_time, bot.update_time, &*bot.folder_id), (1_733_213_540, 0, "-1"));
    assert_eq!(bot.bot_mode, Some(coze_api::bots::BotMode::MultiAgent));

    let (_server, coze) =
        answering(Reply::data(&json!({"items": [{"id": 1}, {"id": "2"}], "total": "2"}))).await;
    let page = coze.bots().list("7").await.expect("a page");
    assert_eq!(
        (page.total, page.items[0].id.as_str(), page.items[1].id.as_str()),
        (Some(2), "1", "2")
    );
}

#[tokio::test]
async fn the_envelope_is_decoded_leniently() {
    let bot = json!({"bot_id": "7"});
    for reply in [
        json!({"code": "0", "msg": null, "data": bot}),
        json!({"data": bot, "code": 0}),
        json!({"code": 0, "data": bot, "detail": null, "extra": [1]}),
        json!({"code": 0, "data": bot, "msg": {"not": "text"}}),
        json!({"data": bot}),
    ] {
        let (_server, coze) = answering(Reply::json(&reply)).await;
        assert_eq!(coze.bots().retrieve("7").await.expect("a bot").bot_id, "7", "{reply}");
    }
    for code in [json!("4013"), json!(4013)] {
        let (_server, coze) = answering(Reply::json(&json!({"code": code, "msg": "slow"}))).await;
        assert!(coze.bots().retrieve("7").await.expect_err("refused").is_rate_limited(), "{code}");
    }
}

#[tokio::test]
async fn unknown_values_and_fields_are_accepted() {
    let chat = json!({"id": "1", "status": "daydreaming", "new": {"deep": [1, 2, {"a": null}]}, "usage": {"x": 1}});
    let (_server, coze) = answering(Reply::data(&chat)).await;
    let chat = coze.chat().retrieve("1", "2").await.expect("a chat");
    assert_eq!(chat.status, ChatStatus::Unknown("daydreaming".into()));
    assert_eq!(chat.usage.expect("usage").token_count, 0);

    let messages = json!([{"id": "1", "role": "narrator", "type": 7, "content_type": ""}]);
    let (_server, coze) = answering(Reply::data(&messages)).await;
    let messages = coze.chat().messages().list("1", "2").await.expect("messages");
    assert_eq!(messages[0].role, MessageRole::Unknown("narrator".into()));

    let datasets =
        json!({"dataset_list": [{"format_type": 99}, {"format_type": "0"}, {}], "total_count": 3});
    let (_server, coze) = answering(Reply::data(&datasets)).await;
    let formats: Vec<_> = coze
        .datasets()
        .list("1")
        .await
        .expect("a page")
        .into_iter()
        .map(|d| d.format_type)
        .collect();
    assert_eq!(formats, [Some(DocumentFormat::Unknown(99)), Some(DocumentFormat::Text), None]);

    let workspaces =
        json!({"workspaces": [{"role_type": "janitor"}, {"role_type": "owner"}], "total_count": 2});
    let (_server, coze) = answering(Reply::data(&workspaces)).await;
    let roles: Vec<_> =
        coze.workspaces().list().await.expect("a page").into_iter().map(|w| w.role_type).collect();
    assert_eq!(roles, [Some(WorkspaceRole::Unknown("janitor".into())), Some(WorkspaceRole::Owner)]);
}

#[tokio::test]
async fn a_decode_error_names_the_path_of_the_value() {
    let cases = [
        (json!({"create_time": {"seconds": 1}}), "$.data.create_time"),
        (
            json!({"plugin_info_list": [{"plugin_id": "1"}, {"api_info_list": 2}]}),
            "$.data.plugin_info_list[1].api_info_list",
        ),
        (json!({"variables": {"not": "a list"}}), "$.data.variables"),
        (json!({"create_time": "soon"}), "$.data.create_time"),
    ];
    for (data, path) in cases {
        let (_server, coze) = answering(Reply::data(&data)).await;
        let error = coze.bots().retrieve("7").await.expect_err(path);
        assert!(error.is_decode() && error.log_id() == Some("log-header"), "{error:?}");
        let shown = error.to_string();
        assert!(
            shown.starts_with(&format!("bots.retrieve: cannot decode the response at {path}: ")),
            "{shown}"
        );
        assert!(shown.len() < 500, "{shown}");
    }
}

#[tokio::test]
async fn a_call_without_payload_accepts_any_data() {
    for data in [json!(null), json!({}), json!([1, 2]), json!("done"), json!({"id": {"deep": 1}})] {
        let (_server, coze) = answering(Reply::data(&data)).await;
        coze.datasets().delete("7").await.unwrap_or_else(|error| panic!("{data}: {error}"));
    }
    let (_server, coze) = answering(Reply::new(204, &[], "")).await;
    coze.datasets().delete("7").await.expect("nothing");
}
