//! Code that the examples share: the client, command-line arguments and error reports.
//!
//! Without a token in `COZE_API_TOKEN`, an example starts a mock server in its own process, and
//! missing arguments default to values that the mock server knows.

#![allow(dead_code, reason = "each example uses a part of it")]

pub(crate) mod browser;
pub(crate) mod callbacks;
mod mock;
mod proxy;

use std::error::Error;
use std::process::ExitCode;

use coze_api::{Client, ClientBuilder};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Returns a client configured by the environment, or one for the mock server without a token.
pub(crate) async fn client() -> Result<Client> {
    if !mock::is_wanted() {
        return Ok(Client::from_env()?);
    }
    Ok(builder().await?.build()?)
}

/// Returns the builder of such a client, for settings of the example.
pub(crate) async fn builder() -> Result<ClientBuilder> {
    let builder = Client::builder();
    if mock::is_wanted() {
        let base_url = mock::server().await?.base_url();
        return Ok(builder.token(mock::TOKEN).base_url(base_url));
    }
    let builder = builder.token(std::env::var("COZE_API_TOKEN")?);
    Ok(match std::env::var("COZE_API_BASE") {
        Ok(base_url) => builder.base_url(base_url),
        Err(_) => builder,
    })
}

/// Returns the argument at a position, or the mock server's default for its name.
pub(crate) fn argument(position: usize, name: &str) -> Result<String> {
    if let Some(argument) = std::env::args().nth(position) {
        return Ok(argument);
    }
    let value = if mock::is_wanted() { mock::value(name)? } else { None };
    value.ok_or_else(|| {
        format!("the argument {name} is missing; see the first lines of this example").into()
    })
}

/// Returns the path of an OAuth app's configuration file: the argument at a position, or a file for
/// one of the mock server's apps.
pub(crate) async fn oauth_config(position: usize, kind: &str) -> Result<String> {
    match argument(position, "CONFIG") {
        Err(_) if mock::is_wanted() => Ok(mock::oauth_config(kind).await?),
        argument => argument,
    }
}

/// Returns the address and the token of a deployed project.
pub(crate) async fn project() -> Result<(String, String)> {
    match argument(1, "PROJECT_URL") {
        Err(_) if mock::is_wanted() => {
            Ok((mock::server().await?.site_url(), mock::TOKEN.to_owned()))
        }
        url => Ok((url?, std::env::var("COZE_SITE_TOKEN")?)),
    }
}

/// Returns the address and the token of a Coze Studio.
pub(crate) async fn studio() -> Result<(String, String)> {
    if mock::is_wanted() {
        return Ok((mock::start_studio().await?, mock::TOKEN.to_owned()));
    }
    Ok((argument(1, "STUDIO_URL")?, std::env::var("COZE_API_TOKEN")?))
}

/// Returns the address of an HTTP proxy: the argument at a position, or with the mock server a
/// proxy that this process runs.
pub(crate) async fn proxy(position: usize) -> Result<String> {
    match argument(position, "PROXY_URL") {
        Err(_) if mock::is_wanted() => Ok(proxy::start().await?),
        url => url,
    }
}

/// Returns the path of the file that stores the token, which is temporary with the mock server.
pub(crate) fn token_file() -> Result<String> {
    match std::env::args().len() {
        1 => argument(1, "TOKEN_FILE"),
        _ => Ok("coze_token.json".to_owned()),
    }
}

/// Prints an error with its causes, and returns the exit code of the process.
pub(crate) fn report(result: Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  caused by: {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}
