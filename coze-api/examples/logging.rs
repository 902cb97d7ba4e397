//! Logs each call, attempt and retry with `tracing`.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example logging -- BOT_ID
//! ```
//!
//! With the feature `env-filter` of `tracing-subscriber`, `RUST_LOG=coze_api=debug` selects the
//! events of this crate.

mod support;

use std::error::Error;
use std::process::ExitCode;

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    // The target is the name of the crate. A span is printed when it ends, with the outcome.
    let targets = Targets::new().with_target("coze_api", LevelFilter::DEBUG);
    let layer = tracing_subscriber::fmt::layer().with_span_events(FmtSpan::CLOSE);
    tracing_subscriber::registry().with(layer.with_ansi(false).with_filter(targets)).init();

    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let bot = coze.bots().retrieve(bot_id).await?;
    println!("{}", bot.name);
    Ok(())
}
