//! `coze publish`: the first step of every integration.

use coze_api::Message;
use futures_util::TryStreamExt as _;

use crate::backend::BackendArgs;
use crate::cli::PublishArgs;
use crate::failure::{Done, Failure};
use crate::output;

/// The channel "API".
const API: &str = "1024";

pub(super) async fn run(args: &PublishArgs, backend: &BackendArgs) -> Done {
    let backend = backend.open().await?;
    let client = &backend.client;
    client.bots().publish(&args.bot, [API]).await?;
    output::line(&format!("The bot {} is published as an API service.", args.bot))?;
    let chat =
        client.chat().create(&args.bot, "coze-cli").message(Message::user("Hello"));
    let mut text = chat.stream().await?.text();
    while text.try_next().await?.is_some() {}
    let reply = text.into_reply();
    if reply.text().is_empty() {
        return Err(Failure::local("the bot was asked, and answered nothing"));
    }
    output::line(&format!("It answers: {}", reply.text()))
}
