//! Logs in with the OAuth web flow, as a web application does that keeps a client secret.
//!
//! A web application redirects its user to the login URL, and receives the redirect back as a
//! request. Here both go through the terminal: open the printed URL in a browser, then paste the
//! URL to which the browser is redirected.
//!
//! The first argument is the `coze_oauth_config.json` of an OAuth app of the type "web
//! application"; the second is one of its redirect URLs.
//!
//! ```sh
//! cargo run -p coze-api --example auth_web -- \
//!     coze_oauth_config.json https://my-app.example.com/callback
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
        return Err("the OAuth app is not of the type `web`".into());
    };
    let login = app.authorize(redirect_uri)?;
    let redirect = support::browser::redirect(&login.url()).await?;
    // Checks that the redirect belongs to this login, and exchanges its code for a token.
    let token = login.finish(&redirect).await?;
    // The client refreshes the token from now on.
    let credentials = app.credentials().with_token(token);
    let coze = Client::builder().credentials(credentials).build()?;
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
