//! Any configuration of an OAuth app is an app or an error that does not quote its secrets.

use coze_api::auth::OAuthApp;

/// A secret, which inputs contain.
const SECRET: &str = "secret_of_the_fuzz_target";

/// Runs one input: the content of a file.
pub fn run(input: &[u8]) {
    match OAuthApp::from_json(&String::from_utf8_lossy(input)) {
        Ok(app) => assert!(!format!("{app:?}").contains(SECRET), "{app:?}"),
        Err(error) => {
            let (shown, debugged) = (error.to_string(), format!("{error:?}"));
            assert!(error.is_config(), "{debugged}");
            assert!(!shown.is_empty() && !shown.contains('\n'), "{shown}");
            assert!(!shown.contains(SECRET) && !debugged.contains(SECRET), "{debugged}");
        }
    }
}
