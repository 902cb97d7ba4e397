//! Logs in by a browser, as a web application does whose server keeps a secret.
//!
//! A web application sends its user to the address, and gets the redirect as a request
//! of its own. Here both go through the terminal: copy the address to a browser, and the
//! address to which that is sent in the end back.
//!
//! The file is the `coze_oauth_config.json` of an app of the type "web application".
//!
//! ```sh
//! cargo run -p coze-api --example auth_web -- coze_oauth_config.json https://my-app.example.com/callback
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
    let file = support::oauth_config(1, "web").await?;
    let redirect_uri = support::argument(2, "REDIRECT_URI")?;
    let OAuthApp::Web(app) = OAuthApp::from_file(file)? else {
        return Err("this is no app of the type `web`".into());
    };
    let login = app.authorize(redirect_uri)?;
    let redirected = support::browser::redirected(&login.url()).await?;
    // Checks that the redirect belongs to this login, and exchanges its code.
    let token = login.finish(&redirected).await?;
    // Refreshes the token from now on.
    let credentials = app.credentials().with_token(token);
    let coze = Client::builder().credentials(credentials).build()?;
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
