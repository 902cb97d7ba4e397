//! `coze publish`: publishes a bot as an API service, which a bot needs before it can chat.

use coze_api::Message;
use serde_json::json;

use crate::backend::BackendArgs;
use crate::cli::{Format, PublishArgs};
use crate::failure::{CommandResult, Failure};
use crate::language::say;
use crate::output;

/// The id of the channel "API".
const API_CHANNEL: &str = "1024";

pub(super) async fn run(
    args: &PublishArgs,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let backend = backend.open().await?;
    let client = &backend.client;
    let published = client.bots().publish(&args.bot, [API_CHANNEL]).await?;
    // Printed first, because the bot is published even if the chat fails.
    let text =
        say!("Published bot {} as an API service.", "已将智能体 {} 发布为 API 服务。", args.bot,);
    if output.is_none() {
        output::line(&text)?;
    }
    let chat = client.chat().create(&args.bot, "coze-cli").message(Message::user("Hello"));
    let reply = chat.stream().await?.collect_reply().await?;
    let reply_text = reply.text();
    if reply_text.is_empty() && reply.tool_calls().is_empty() {
        return Err(Failure::Local(say!(
            "the bot is published, but its reply to a test message is empty",
            "智能体已发布，但对测试消息的回复为空",
        )));
    }
    let summary = json!({
        "bot_id": published.bot_id,
        "bot_version": published.version,
        "answer": reply_text,
    });
    let text = match &*reply_text {
        "" => say!("It replies with a tool call.", "智能体以工具调用作为回复。"),
        reply_text => say!("It replies: {reply_text}", "智能体回复：{reply_text}"),
    };
    output::report(&text, &summary, output)
}
