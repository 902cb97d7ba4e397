//! Sends all requests through an HTTP proxy that is set in code.
//!
//! A proxy in the environment (`HTTPS_PROXY`) or in the settings of the system needs no code.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example http_proxy -- \
//!     http://proxy.example.com:3128
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use coze_api::reqwest::redirect::Policy;
use coze_api::reqwest::{self, Proxy};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let proxy = support::proxy(1).await?;
    let http = reqwest::Client::builder()
        // A proxy with a password: `Proxy::all(…)?.basic_auth("name", "password")`.
        .proxy(Proxy::all(proxy)?)
        .connect_timeout(Duration::from_secs(10))
        // A token must not go to another host.
        .redirect(Policy::none())
        .build()?;
    let coze = support::builder().await?.http_client(http).build()?;
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
