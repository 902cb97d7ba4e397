//! Logs in by a browser, as a desktop program does, and stays logged in.
//!
//! The file is the `coze_oauth_config.json` of an app of the type "single-page
//! application", and the address one of its redirect URLs, on this machine. The token is
//! kept in `coze_token.json`: run it again, and nobody has to log in.
//!
//! ```sh
//! cargo run -p coze-api --features redirect-catcher --example auth_pkce -- coze_oauth_config.json http://127.0.0.1:8080/
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Client;
use coze_api::auth::{FileTokenStore, OAuthApp, RedirectCatcher, TokenStore as _};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let file = support::oauth_config(1, "pkce").await?;
    let OAuthApp::Pkce(app) = OAuthApp::from_file(file)? else {
        return Err("this is no app of the type `pkce`".into());
    };
    let redirect_uri = support::argument(2, "LOCAL_REDIRECT_URI")?;
    let store = FileTokenStore::new(support::token_file()?);
    if store.load().await?.is_none() {
        let catcher = RedirectCatcher::bind(&redirect_uri).await?;
        let login = app.authorize(catcher.redirect_uri())?;
        support::browser::open(&login.url())?;
        store.save(&catcher.finish(&login).await?).await?;
    }
    let credentials = app.credentials().with_store(store);
    let coze = Client::builder().credentials(credentials).build()?;
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
