//! `coze publish`: the first step of every integration.

use coze_api::Message;
use serde_json::json;

use crate::backend::BackendArgs;
use crate::cli::{Format, PublishArgs};
use crate::failure::{CommandResult, Failure};
use crate::output;

/// The channel "API".
const API: &str = "1024";

pub(super) async fn run(
    args: &PublishArgs,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let backend = backend.open().await?;
    let client = &backend.client;
    let published = client.bots().publish(&args.bot, [API]).await?;
    // Before the question: whatever comes of it, the bot is published.
    let text = format!("The bot {} is published as an API service.", args.bot);
    if output.is_none() {
        output::line(&text)?;
    }
    let chat = client.chat().create(&args.bot, "coze-cli").message(Message::user("Hello"));
    let reply = chat.stream().await?.collect_reply().await?;
    let answer = reply.text();
    if answer.is_empty() && reply.tool_calls().is_empty() {
        return Err(Failure::local("the bot was asked, and answered nothing"));
    }
    let told = json!({
        "bot_id": published.bot_id,
        "bot_version": published.version,
        "answer": answer,
    });
    let text = match &*answer {
        "" => "It answers with a call of a tool.".to_owned(),
        answer => format!("It answers: {answer}"),
    };
    output::report(&text, &told, output)
}
