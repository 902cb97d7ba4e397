//! The callback app of the webhook examples.

use std::future::pending;

use super::{Result, mock};

const VARIABLE: &str = "COZE_WEBHOOK_TOKEN";

/// Returns the token of the callback app, from the environment or the mock server.
pub(crate) fn token() -> Result<String> {
    match std::env::var(VARIABLE) {
        Ok(token) => Ok(token),
        Err(_) if mock::is_wanted() => Ok(mock::TOKEN.to_owned()),
        Err(_) => Err(format!("the environment variable {VARIABLE} is not set").into()),
    }
}

/// Waits forever. With the mock server, waits until it has sent a few events to `url`.
pub(crate) async fn interrupted(url: String) {
    if std::env::var_os(VARIABLE).is_some() || !mock::is_wanted() {
        return pending().await;
    }
    let events = ["bot.published", "bot.unpublished", "bot.deleted"];
    if let Err(error) = mock::send_events(url, &events).await {
        eprintln!("the mock server cannot send events: {error}");
    }
}
