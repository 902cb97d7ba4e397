//! Calls as a service: the app signs with its private key, and no user is needed.
//!
//! The file is the `coze_oauth_config.json` of an app of the type "service". With the id
//! of an end user, conversations are kept apart from those of others.
//!
//! ```sh
//! cargo run -p coze-api --example auth_jwt -- coze_oauth_config.json user-42
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Client;
use coze_api::auth::OAuthApp;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let file = support::oauth_config(1, "jwt").await?;
    let OAuthApp::Jwt(app) = OAuthApp::from_file(file)? else {
        return Err("this is no app of the type `jwt`".into());
    };
    let token = match std::env::args().nth(2) {
        Some(user) => app.token().session_name(user),
        None => app.token(),
    };
    // Gets a token when it is needed, and the next one before that expires.
    let coze = Client::builder().credentials(token.credentials()).build()?;
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
