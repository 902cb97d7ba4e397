//! What the examples share: a client, arguments, and saying plainly what went wrong.
//!
//! Without a token in `COZE_API_TOKEN` the examples talk to a mock of the platform, which runs in the same process, and
//! arguments that are left out have values that the mock knows.

#![allow(dead_code, reason = "no example needs all of it")]

pub(crate) mod browser;
pub(crate) mod callbacks;
mod mock;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Client;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A client as the environment says, or one of a mock if there is no token.
pub(crate) async fn client() -> Result<Client> {
    if !mock::is_wanted() {
        return Ok(Client::from_env()?);
    }
    let base_url = mock::server().await?.base_url();
    Ok(Client::builder().token(mock::TOKEN).base_url(base_url).build()?)
}

/// The argument at a position, or what the mock has for its name.
pub(crate) fn argument(position: usize, name: &str) -> Result<String> {
    if let Some(argument) = std::env::args().nth(position) {
        return Ok(argument);
    }
    let value = if mock::is_wanted() { mock::value(name)? } else { None };
    value.ok_or_else(|| {
        format!("the argument {name} is missing; see the first lines of this example").into()
    })
}

/// The path of the configuration file of an OAuth app: the argument at a position, or that of an app of the mock.
pub(crate) async fn oauth_config(position: usize, kind: &str) -> Result<String> {
    match argument(position, "CONFIG") {
        Err(_) if mock::is_wanted() => Ok(mock::oauth_config(kind).await?),
        argument => argument,
    }
}

/// The path of the file in which a token is kept. It is a temporary one if the mock has issued the token.
pub(crate) fn token_file() -> Result<String> {
    match std::env::args().len() {
        1 => argument(1, "TOKEN_FILE"),
        _ => Ok("coze_token.json".to_owned()),
    }
}

/// Prints an error with its causes.
pub(crate) fn report(result: Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}
