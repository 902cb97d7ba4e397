//! Renews the token in a file once, for the tests that make system calls fail.
//!
//! ```sh
//! token-store URL FILE
//! ```
//!
//! It prints the expiry of the token, or the error.

use std::process::ExitCode;

use coze_api::auth::{FileTokenStore, OAuthToken, PkceOAuthApp};

fn main() -> ExitCode {
    match run() {
        Ok(token) => {
            println!("renewed until {}", token.expires_at());
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<OAuthToken, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: token-store URL FILE".into());
    };
    let app = PkceOAuthApp::builder("faults.app.coze").base_url(url).build()?;
    let credentials = app.credentials().with_store(FileTokenStore::new(file));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(credentials.current())?)
}
