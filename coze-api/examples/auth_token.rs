//! Authenticates with a personal access token or a service access token.
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
    let coze = match std::env::args().nth(1) {
        Some(token) => Client::builder().token(token).build()?,
        // Reads the token from the environment variable `COZE_API_TOKEN`.
        None => support::client().await?,
    };
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
