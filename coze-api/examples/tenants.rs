//! Serves several customers, each with a token of its own, over the connections of one client.
//!
//! ```sh
//! cargo run -p coze-api --example tenants -- ann=pat_… mo=pat_…
//! ```

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;

use coze_api::Client;
use futures_util::future::try_join_all;

/// The clients by the names of customers. They share connections, settings and the retry budget.
struct Tenants(BTreeMap<String, Client>);

impl Tenants {
    fn new<'a>(
        coze: &Client,
        tokens: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> coze_api::Result<Self> {
        let clients = tokens.into_iter().map(|(name, token)| {
            // With OAuth: `coze.with_credentials(app.credentials().with_store(…))`.
            Ok((name.to_owned(), coze.with_token(token)?))
        });
        Ok(Self(clients.collect::<coze_api::Result<_>>()?))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let tokens = arguments.iter().filter_map(|argument| argument.split_once('='));
    let tokens: Vec<_> = if arguments.is_empty() {
        vec![("ann", "pat_ann"), ("mo", "pat_mo")]
    } else {
        tokens.collect()
    };

    let tenants = Tenants::new(&coze, tokens)?;
    let calls = tenants.0.values().map(|coze| coze.users().me().send());
    let users = try_join_all(calls).await?;
    for (name, user) in tenants.0.keys().zip(users) {
        println!("{name} is {}", user.nick_name);
    }
    Ok(())
}
