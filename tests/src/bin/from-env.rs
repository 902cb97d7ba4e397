//! Prints the result of `Client::from_env()`. Tests start this program with their own environment
//! variables.

use std::process::ExitCode;

use coze_api::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the base URL of the client and, if it is a test server, the reply to a call.
async fn run() -> coze_api::Result<String> {
    let coze = Client::from_env()?;
    let mut said = coze.base_url().to_owned();
    if said.starts_with("http://127.0.0.1") {
        said.push(' ');
        said.push_str(&coze.users().me().await?.user_id);
    }
    Ok(said)
}
