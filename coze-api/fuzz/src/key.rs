//! Any text is a private key or an error that does not quote it.

use coze_api::auth::JwtOAuthApp;

/// Runs one input: the text of a key.
pub fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let app = JwtOAuthApp::builder("7", "8").private_key_pem(text.clone().into_owned());
    match app.base_url("http://127.0.0.1").build() {
        Ok(app) => drop(format!("{app:?}")),
        Err(error) => {
            let (shown, debugged) = (error.to_string(), format!("{error:?}"));
            assert!(!shown.is_empty() && !shown.contains('\n') && shown.len() < 4096, "{shown}");
            // A line of a key.
            let quoted = text.lines().find(|line| line.len() >= 40 && debugged.contains(line));
            assert!(quoted.is_none(), "{debugged}");
        }
    }
}
