//! The examples of documents that are not programs, within functions that give them context.
//! They are only compiled.

#![allow(dead_code, unused_mut, unused_variables, reason = "examples are not complete programs")]

use std::error::Error;

use coze_api::{ChatEvent, Client, Message};

/// An example of `docs/coze-studio.md`.
fn studio() -> Result<(), Box<dyn Error>> {
    use coze_api::{Client, Platform};

    let coze = Client::builder()
        .platform(Platform::Studio)
        .base_url("http://localhost:8888")
        .token(std::env::var("COZE_API_TOKEN")?)
        .build()?;
    Ok(())
}

/// An example of `docs/migrating.md`.
async fn calling(coze: &Client) -> coze_api::Result<()> {
    let page = coze.bots().versions().list("bot_id").page_size(20).await?;
    Ok(())
}

/// An example of `docs/migrating.md`.
async fn paging(coze: &Client) -> coze_api::Result<()> {
    let page = coze.bots().list("workspace_id").await?;
    let mut bots = coze.bots().list("workspace_id").items();
    let mut pages = coze.bots().list("workspace_id").pages();
    Ok(())
}

/// An example of `docs/migrating.md`.
async fn streaming(coze: &Client) -> coze_api::Result<()> {
    let mut events =
        coze.chat().create("bot_id", "user-42").message(Message::user("Hello")).stream().await?;
    while let Some(event) = events.next().await {
        if let ChatEvent::MessageDelta(message) = event? {
            print!("{}", message.content);
        }
    }
    Ok(())
}
