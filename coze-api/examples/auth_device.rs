//! Logs in with the OAuth device flow, and stays logged in between runs.
//!
//! The user confirms the login on another device. The argument is the `coze_oauth_config.json` of
//! an OAuth app of the type "device". The token is stored in `coze_token.json`, so the next run
//! needs no login.
//!
//! ```sh
//! cargo run -p coze-api --example auth_device -- coze_oauth_config.json
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Client;
use coze_api::auth::{FileTokenStore, OAuthApp, TokenStore as _};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let file = support::oauth_config(1, "device").await?;
    let OAuthApp::Device(app) = OAuthApp::from_file(file)? else {
        return Err("the OAuth app is not of the type `device`".into());
    };
    let store = FileTokenStore::new(support::token_file()?);
    if store.load().await?.is_none() {
        let login = app.login(|code| {
            println!("Open {} and enter {}", code.verification_uri(), code.user_code());
        });
        store.save(&login.await?).await?;
    }
    let credentials = app.credentials().with_store(store);
    let coze = Client::builder().credentials(credentials).build()?;
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
