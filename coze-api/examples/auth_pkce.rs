//! Logs in with a browser and PKCE, as a desktop program does, and stays logged in between runs.
//!
//! The first argument is the `coze_oauth_config.json` of an OAuth app of the type "single-page
//! application". The second is one of the app's redirect URLs; its host must be this machine. The
//! token is stored in `coze_token.json`, so the next run needs no login.
//!
//! ```sh
//! cargo run -p coze-api --features redirect-catcher --example auth_pkce -- \
//!     coze_oauth_config.json http://127.0.0.1:8080/
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
        return Err("the OAuth app is not of the type `pkce`".into());
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
