//! What `Client::from_env()` makes of the environment of this process: the tests start it with variables of theirs.

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

/// The address of the client, and behind it, if it is one of the tests', what that answers.
async fn run() -> coze_api::Result<String> {
    let coze = Client::from_env()?;
    let mut said = coze.base_url().to_owned();
    if said.starts_with("http://127.0.0.1") {
        said.push(' ');
        said.push_str(&coze.users().me().await?.user_id);
    }
    Ok(said)
}
