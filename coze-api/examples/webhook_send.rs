//! Posts a signed event to a webhook server, as Coze does.
//!
//! `COZE_WEBHOOK_TOKEN` is the token of the callback app.
//!
//! ```sh
//! cargo run -p coze-api --features webhook --example webhook_send -- http://127.0.0.1:3000/coze
//! ```
//!
//! A second argument names a file with the body to send. Without arguments, the event is sent to a
//! server in this process.

#[path = "support/receiver.rs"]
mod receiver;
mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::SystemTime;

use coze_api::webhook::Signer;
use serde_json::json;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let url = match std::env::args().nth(1) {
        Some(url) => url,
        None => receiver::start().await?,
    };
    let body = match std::env::args().nth(2) {
        Some(file) => std::fs::read(file)?,
        None => event()?,
    };
    let token = support::callbacks::token()?;
    let headers = Signer::new(token)?.headers(&body);
    for (name, value) in &headers {
        println!("{name}: {}", value.to_str()?);
    }
    println!("\n{}\n", String::from_utf8_lossy(&body));
    let request = reqwest::Client::new().post(url).headers(headers).body(body);
    let response = request.send().await?;
    println!("{}\n{}", response.status(), response.text().await?);
    Ok(())
}

/// Returns the body of an event: a bot was just published.
fn event() -> Result<Vec<u8>, Box<dyn Error>> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    let now = u64::try_from(now)?;
    let event = json!({
        "header": {
            "event_type": "bot.published",
            "event_id": format!("example-{now}"),
            "created_at": now,
            "coze_account_id": "418960299012345",
            "api_app_id": "7509745929591234567"
        },
        "event": {
            "user_id_str": "1234567890",
            "space_id": "7361424235321600001",
            "user_name": "someone",
            "bot_id_str": "7342866812345678901",
            "bot_name": "Sample bot",
            "description": "A bot for this example.",
            "version": "1720098000000"
        }
    });
    Ok(event.to_string().into())
}
