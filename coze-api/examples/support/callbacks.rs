//! The callback app of examples that receive events.

use std::future::pending;

use super::{Result, mock};

const VARIABLE: &str = "COZE_WEBHOOK_TOKEN";

/// The token of the callback app: that in the environment, or that of the mock.
pub(crate) fn token() -> Result<String> {
    match std::env::var(VARIABLE) {
        Ok(token) => Ok(token),
        Err(_) if mock::is_wanted() => Ok(mock::TOKEN.to_owned()),
        Err(_) => Err(format!("the environment variable {VARIABLE} is missing").into()),
    }
}

/// Waits until the process is interrupted. A mock sends a few events to the address instead.
pub(crate) async fn interrupted(url: String) {
    if std::env::var_os(VARIABLE).is_some() || !mock::is_wanted() {
        return pending().await;
    }
    let events = ["bot.published", "bot.unpublished", "bot.deleted"];
    if let Err(error) = mock::call_back(url, &events).await {
        eprintln!("the mock cannot send events: {error}");
    }
}
