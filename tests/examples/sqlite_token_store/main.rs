//! Keeps the tokens of many users in a `SQLite` database, which several processes can share.
//!
//! The argument is the `coze_oauth_config.json` of an OAuth app of the type "device":
//!
//! ```sh
//! cargo run -p coze-tests --features sqlite --example sqlite_token_store -- coze_oauth_config.json
//! ```

mod store;

use coze_api::Client;
use coze_api::auth::OAuthApp;
use store::SqliteTokenStore;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("the configuration file of an app is missing")?;
    let OAuthApp::Device(app) = OAuthApp::from_file(file)? else {
        return Err("the OAuth app is not of the type `device`".into());
    };
    let store = SqliteTokenStore::new("tokens.db", "ann");
    let credentials = app.credentials().with_store(store);
    match credentials.current().await {
        Err(error) if error.is_auth() => {
            let token = app.login(|code| println!("open {}", code.verification_url())).await?;
            credentials.set_token(token).await?;
        }
        result => println!("logged in until {}", result?.expires_at()),
    }
    let coze = Client::builder().credentials(credentials).build()?;
    println!("Hello, {}!", coze.users().me().await?.nick_name);
    Ok(())
}
