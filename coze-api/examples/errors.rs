//! Limits the time of a call, tells errors apart, and prints what the support needs.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example errors -- [BOT_ID]
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use coze_api::{Client, ErrorKind, Retry};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = std::env::args().nth(1).unwrap_or("1".to_owned());
    match name_of(&coze, &bot_id).await {
        Ok(name) => println!("{name}"),
        Err(error) => {
            // One line without secrets, which is safe to log.
            eprintln!("{error}");
            match error.kind() {
                ErrorKind::NotFound => println!("there is no bot {bot_id}"),
                ErrorKind::Auth | ErrorKind::PermissionDenied => println!("check the token"),
                ErrorKind::Timeout => println!("no result in time"),
                // Rate limits and failures of the network, after all attempts.
                _ if error.is_retryable() => println!("try again in {:?}", error.retry_after()),
                _ => return Err(error.into()),
            }
            if let Some(explanation) = error.explanation() {
                println!("hint: {explanation}");
            }
            println!("{} attempts, log ID {:?}", error.attempts(), error.log_id());
        }
    }
    Ok(())
}

async fn name_of(coze: &Client, bot_id: &str) -> coze_api::Result<String> {
    let patient = Retry::default().max_attempts(5).max_delay(Duration::from_secs(10));
    let bot = coze
        .bots()
        .retrieve(bot_id)
        .with_retry(patient)
        .with_timeout(Duration::from_secs(5))
        // The only limit on the total time, with all attempts and waits.
        .with_deadline(Duration::from_secs(30))
        .await?;
    Ok(bot.name)
}
