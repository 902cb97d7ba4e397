//! The code of a redirect is believed only with the state of its login.

use std::sync::LazyLock;

use coze_api::auth::{Authorization, PkceOAuthApp};

/// The state of the login, which inputs contain.
pub const STATE: &str = "state_of_the_login";

/// Returns a login at a redirect URI.
///
/// # Panics
///
/// Does not panic, because the app is valid.
pub fn login(redirect_uri: &str) -> Authorization {
    let app = PkceOAuthApp::builder("7").base_url("http://127.0.0.1").build().expect("an app");
    app.resume(redirect_uri, STATE, "verifier".repeat(6))
}

static LOGIN: LazyLock<Authorization> = LazyLock::new(|| login("http://127.0.0.1:8080/"));

/// Runs one input: a redirect.
pub fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match LOGIN.code(&text) {
        Ok(_) => {
            // A query may encode any character of the state, and URLs are read without these.
            let url = text.replace(['\t', '\n', '\r'], "");
            let has_state = url.contains("state=") || url.contains('%') || url.contains('+');
            assert!(has_state, "a code without a state: {text:?}");
        }
        Err(error) => {
            let shown = error.to_string();
            assert!(!shown.is_empty() && !shown.contains('\n') && shown.len() < 4096, "{shown}");
        }
    }
}
