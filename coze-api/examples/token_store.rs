//! Keeps the tokens of many users in a database.
//!
//! A map stands for the table; the comments have the statements for SQL. For a complete store in
//! SQL, which processes can share, see `tests/examples/sqlite_token_store`. The argument is the
//! `coze_oauth_config.json` of an OAuth app of the type "device".
//!
//! ```sh
//! cargo run -p coze-api --example token_store -- coze_oauth_config.json
//! ```

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard};

use coze_api::auth::{OAuthApp, OAuthToken, TokenStore};
use coze_api::{BoxFuture, Client, ErrorKind, ExposeSecret as _};

/// `CREATE TABLE tokens (user TEXT PRIMARY KEY, token TEXT NOT NULL)`
type Table = Arc<Mutex<BTreeMap<String, String>>>;

/// The row of one user.
struct Row {
    table: Table,
    user: &'static str,
}

impl Row {
    fn table(&self) -> coze_api::Result<MutexGuard<'_, BTreeMap<String, String>>> {
        let unavailable = |_| coze_api::Error::new(ErrorKind::Credentials, "no database");
        self.table.lock().map_err(unavailable)
    }
}

impl TokenStore for Row {
    /// `SELECT token FROM tokens WHERE user = ?`
    fn load(&self) -> BoxFuture<'_, coze_api::Result<Option<OAuthToken>>> {
        Box::pin(async {
            self.table()?.get(self.user).map(|json| OAuthToken::from_json(json)).transpose()
        })
    }

    /// `INSERT OR REPLACE INTO tokens VALUES (?, ?)`
    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, coze_api::Result<()>> {
        Box::pin(async {
            // The JSON has the refresh token, so encrypt it or protect the table.
            let json = token.to_json().expose_secret().to_owned();
            self.table()?.insert(self.user.to_owned(), json);
            Ok(())
        })
    }

    /// In one transaction: another process may have stored a token meanwhile.
    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, coze_api::Result<bool>> {
        Box::pin(async move {
            let mut table = self.table()?;
            let stored =
                table.get(self.user).map(|json| OAuthToken::from_json(json)).transpose()?;
            let is_expected = stored.as_ref() == expected;
            if is_expected {
                table.insert(self.user.to_owned(), token.to_json().expose_secret().to_owned());
            }
            Ok(is_expected)
        })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let file = support::oauth_config(1, "device").await?;
    let OAuthApp::Device(app) = OAuthApp::from_file(file)? else {
        return Err("the OAuth app is not of the type `device`".into());
    };
    let table = Table::default();
    for user in ["ann", "mo"] {
        let row = Row { table: Arc::clone(&table), user };
        let login = app.login(|code| println!("{user}: open {}", code.verification_url()));
        row.save(&login.await?).await?;

        // The credentials renew the token, and store each new pair before they use it.
        let credentials = app.credentials().with_store(row);
        let coze = Client::builder().credentials(credentials).build()?;
        println!("{user} is {}", coze.users().me().await?.nick_name);
    }
    Ok(())
}
