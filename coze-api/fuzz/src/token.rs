//! Any response of a token endpoint, and any stored token, becomes a token or an error that shows
//! no secret.

use std::sync::{LazyLock, Mutex};

use coze_api::auth::{OAuthToken, PkceOAuthApp};
use coze_api::{Error, SecretString};
use tokio::runtime::Runtime;

use super::memory::{Memory, runtime};

const REFRESH_TOKEN: &str = "refresh_token_of_the_fuzz_target";
const STATUSES: [u16; 6] = [200, 200, 400, 401, 429, 500];
const KINDS: [&str; 3] = ["application/json", "text/html", ""];

struct World {
    runtime: Runtime,
    memory: Memory,
    app: PkceOAuthApp,
}

static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| {
    let memory = Memory::default();
    let app = PkceOAuthApp::builder("7").base_url("http://127.0.0.1").transport(memory.clone());
    let app = app.build().expect("an app");
    Mutex::new(World { runtime: runtime(), memory, app })
});

fn check(error: &Error) {
    let (shown, debugged) = (error.to_string(), format!("{error:?}"));
    assert!(!shown.is_empty() && !shown.contains('\n') && shown.len() < 4096, "{shown}");
    assert!(!shown.contains(REFRESH_TOKEN) && !debugged.contains(REFRESH_TOKEN), "{debugged}");
}

/// Runs one input: the status, the content type, and the body, which is a stored token too.
pub fn run(input: &[u8]) {
    let [status, kind, body @ ..] = input else { return };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    let world = WORLD.lock().expect("no earlier panic");
    world.memory.answer(status, kind, body);
    let refresh_token = SecretString::from(REFRESH_TOKEN);
    match world.runtime.block_on(world.app.refresh(&refresh_token)) {
        Ok(token) => store(&token),
        Err(error) => check(&error),
    }
    match OAuthToken::from_json(&String::from_utf8_lossy(body)) {
        Ok(token) => store(&token),
        Err(error) => check(&error),
    }
}

/// A token is read as it was stored.
fn store(token: &OAuthToken) {
    use coze_api::ExposeSecret as _;
    let stored = token.to_json();
    let read = OAuthToken::from_json(stored.expose_secret()).expect("a stored token");
    assert_eq!(read.to_json().expose_secret(), stored.expose_secret());
    assert_eq!(read.expires_at(), token.expires_at());
}
