//! Tests a function of a program without a server and without a socket.
//!
//! A transport answers from memory. To test a conversation, faults or streams, use the mock server
//! of the crate `coze-mock`.
//!
//! ```sh
//! cargo run -p coze-api --example test_offline
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use coze_api::Client;
use coze_api::reqwest::{Request, Response};

/// The function under test.
async fn greeting(coze: &Client) -> coze_api::Result<String> {
    match coze.users().me().await {
        Ok(user) => Ok(format!("Hello, {}!", user.nick_name)),
        Err(error) if error.is_auth() => Ok("Please log in.".to_owned()),
        Err(error) => Err(error),
    }
}

/// Returns a client for which every response has this body, and the paths that it requests.
fn client(body: &'static str) -> coze_api::Result<(Client, Arc<Mutex<Vec<String>>>)> {
    let paths = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&paths);
    let coze = Client::builder().token("pat_test").transport(move |request: Request| {
        if let Ok(mut seen) = seen.lock() {
            seen.push(request.url().path().to_owned());
        }
        async move { Ok(Response::from(http::Response::new(body))) }
    });
    Ok((coze.build()?, paths))
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

/// A program has this in a function with `#[tokio::test]`.
async fn run() -> Result<(), Box<dyn Error>> {
    let (coze, paths) = client(r#"{"code": 0, "data": {"nick_name": "Ann"}}"#)?;
    assert_eq!(greeting(&coze).await?, "Hello, Ann!");
    assert_eq!(*paths.lock().map_err(|error| error.to_string())?, ["/v1/users/me"]);

    let (coze, _) = client(r#"{"code": 4100, "msg": "authentication is invalid"}"#)?;
    assert_eq!(greeting(&coze).await?, "Please log in.");
    println!("the tests have passed");
    Ok(())
}
