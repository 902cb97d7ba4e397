//! Creates a bot, publishes it to the API channel, asks it a question, and unpublishes it.
//!
//! The API cannot delete a bot: delete the draft on the Coze website.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example bot_publish -- WORKSPACE_ID
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Client;
use coze_api::bots::{OnboardingInfo, PromptInfo};

/// The channel through which programs call a bot.
const API_CHANNEL: &str = "1024";

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workspace_id = support::argument(1, "WORKSPACE_ID")?;

    let bot = coze
        .bots()
        .create(workspace_id, "Tea expert")
        .description("Created by an example of the Rust SDK.")
        .prompt_info(PromptInfo::new().prompt("You are an expert on tea. Answer in one sentence."))
        .onboarding_info(OnboardingInfo::new().prologue("Ask me about tea."))
        .await?;
    println!("created {}", bot.bot_id);
    let release = coze.bots().publish(&bot.bot_id, [API_CHANNEL]).await?;
    println!("published version {}", release.version);
    let outcome = ask(&coze, &bot.bot_id).await;
    // Unpublish the bot even if the question failed.
    coze.bots().unpublish(&bot.bot_id, API_CHANNEL).await?;
    println!("unpublished {}", bot.bot_id);
    outcome
}

async fn ask(coze: &Client, bot_id: &str) -> Result<(), Box<dyn Error>> {
    let chat = coze.chat().create(bot_id, "bot_publish").message("How hot is green tea?");
    println!("{}", chat.stream().await?.collect_reply().await?.text());
    Ok(())
}
