//! Authenticates a service with a JWT: the app signs with its private key, without a user's login.
//!
//! The first argument is the `coze_oauth_config.json` of an OAuth app of the type "service". The
//! second, optional argument identifies an end user, whose conversations are then separate from
//! those of other users.
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
        return Err("the OAuth app is not of the type `jwt`".into());
    };
    let token = match std::env::args().nth(2) {
        Some(user) => app.token().session_name(user),
        None => app.token(),
    };
    // The client requests a token when it needs one, and a new one before that expires.
    let coze = Client::builder().credentials(token.credentials()).build()?;
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
