//! Logs in by a browser, as a desktop program does, and stays logged in.
//!
//! The file is the `coze_oauth_config.json` of an app of the type "single-page
//! application", with `http://127.0.0.1:8080/` among its redirect URLs. The token is
//! kept in `coze_token.json`: run it again, and nobody has to log in.
//!
//! ```sh
//! cargo run -p coze-api --features redirect-catcher --example auth_pkce -- coze_oauth_config.json
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
    let file = support::argument(1, "CONFIG")?;
    let OAuthApp::Pkce(app) = OAuthApp::from_file(file)? else {
        return Err("this is no app of the type `pkce`".into());
    };
    let store = FileTokenStore::new("coze_token.json");
    if store.load().await?.is_none() {
        let catcher = RedirectCatcher::bind("http://127.0.0.1:8080/").await?;
        let login = app.authorize(catcher.redirect_uri())?;
        println!("Open {}", login.url());
        store.save(&catcher.finish(&login).await?).await?;
    }
    let credentials = app.credentials().with_store(store);
    let coze = Client::builder().credentials(credentials).build()?;
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
