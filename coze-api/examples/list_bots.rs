//! Lists the bots of one workspace, or of all workspaces. Pages are fetched as needed.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example list_bots -- [WORKSPACE_ID]
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Client;
use futures_util::TryStreamExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    if let Some(workspace_id) = std::env::args().nth(1) {
        return list(&coze, &workspace_id).await;
    }
    let mut workspaces = coze.workspaces().list().items();
    while let Some(workspace) = workspaces.try_next().await? {
        println!("{} ({})", workspace.name, workspace.id);
        list(&coze, &workspace.id).await?;
    }
    Ok(())
}

async fn list(coze: &Client, workspace_id: &str) -> Result<(), Box<dyn Error>> {
    let mut bots = coze.bots().list(workspace_id).publish_status("all").items();
    while let Some(bot) = bots.try_next().await? {
        let state = if bot.is_published { "published" } else { "draft" };
        println!("  {} {} [{state}]", bot.id, bot.name);
    }
    Ok(())
}
