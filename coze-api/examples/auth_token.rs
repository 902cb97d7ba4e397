//! Calls with a personal or a service access token.
//!
//! ```sh
//! cargo run -p coze-api --example auth_token -- pat_…
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Client;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let token = support::argument(1, "TOKEN")?;
    let coze = Client::builder().token(token).build()?;
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
