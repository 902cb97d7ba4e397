//! Token files: private, never partially written, and safe for concurrent processes.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use coze_api::auth::{FileTokenStore, OAuthToken, TokenStore as _};
use coze_tests::oauth::{OAuthServer, TestClock, call, client, pkce};
use secrecy::ExposeSecret as _;

fn token(name: &str) -> OAuthToken {
    OAuthToken::new(format!("access_{name}"), 1_720_098_388)
        .with_refresh_token(format!("refresh_{name}"))
}

#[tokio::test]
async fn the_file_is_private_and_replaced_atomically() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    std::fs::write(&path, "").expect("written");
    // A leftover of a crash.
    std::fs::write(folder.path().join("token.json.new"), "half a tok").expect("written");
    let old = std::fs::File::open(&path).expect("there");
    let store = FileTokenStore::new(&path);
    store.save(&token("a")).await.expect("writable");
    let text = std::io::read_to_string(old).expect("readable");
    assert_eq!(text, "", "the old file was written to");
    let text = std::fs::read_to_string(&path).expect("readable");
    assert_eq!(text, token("a").to_json().expose_secret());
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").collect();
    assert_eq!(names.len(), 2, "{names:?}");
    for entry in names.drain(..) {
        private(&entry.expect("an entry").path());
    }
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", path.display());
}

#[cfg(not(unix))]
fn private(_: &Path) {}

#[tokio::test]
async fn an_unusable_store_reports_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    std::fs::write(&path, r#"{"access_token":"topsecret""#).expect("written");
    let error = FileTokenStore::new(&path).load().await.expect_err("damaged");
    assert!(error.to_string().contains("token.json"), "{error}");
    assert!(!format!("{error:?}").contains("topsecret"), "{error:?}");
    let nowhere = FileTokenStore::new(folder.path().join("no").join("token.json"));
    assert_eq!(nowhere.load().await.expect("nothing there"), None);
    let error = nowhere.save(&token("a")).await.expect_err("no folder");
    assert!(error.is_credentials() && error.to_string().contains("token.json"), "{error}");
}

#[tokio::test]
async fn a_renewal_waits_for_the_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    // Two stores behave like two processes, because the lock belongs to an open file.
    let (one, two) = (FileTokenStore::new(&path), Arc::new(FileTokenStore::new(&path)));
    let lock = one.lock().await.expect("lockable");
    let waiting = tokio::spawn({
        let two = two.clone();
        async move { two.save(&token("two")).await }
    });
    one.save(&token("one")).await.expect("the holder of the lock writes");
    tokio::time::timeout(Duration::from_millis(100), two.lock()).await.expect_err("locked");
    assert_eq!(one.load().await.expect("readable"), Some(token("one")));
    drop(lock);
    waiting.await.expect("no panic").expect("unlocked");
    assert_eq!(one.load().await.expect("readable"), Some(token("two")));
}

#[tokio::test]
async fn programs_that_share_a_file_renew_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    let server = OAuthServer::start(TestClock::stopped()).await;
    FileTokenStore::new(&path).save(&server.token()).await.expect("writable");
    let clients =
        (0..8).map(|_| client(pkce(&server).credentials().with_store(FileTokenStore::new(&path))));
    let clients: Vec<_> = clients.collect();
    for life in 1..=5 {
        server.clock.advance(900);
        let calls = clients.iter().cloned().map(|coze| async move { call(&coze).await });
        let calls: tokio::task::JoinSet<_> = calls.collect();
        let tokens = calls.join_all().await;
        let first = tokens[0].as_ref().expect("a reply");
        for token in &tokens {
            assert_eq!(token.as_ref().expect("a reply"), first);
        }
        assert_eq!(server.token_requests().len(), life);
    }
    let stored = FileTokenStore::new(&path).load().await.expect("readable").expect("a token");
    let refresh_token = stored.refresh_token().expect("a refresh token").expose_secret();
    assert!(server.state().is_valid(refresh_token));
}

const SHARED: &str = "COZE_TESTS_SHARED_STORE";

/// One of several processes that swap tokens in the same file.
#[tokio::test]
async fn concurrent_processes_lose_no_swap() {
    const PROCESSES: i64 = 4;
    const SWAPS: i64 = 25;

    let next = |old: &OAuthToken| OAuthToken::new("counter", old.expires_at() + 1);
    if let Some(path) = std::env::var_os(SHARED) {
        let store = FileTokenStore::new(path);
        for _ in 0..SWAPS {
            let lock = store.lock().await.expect("lockable");
            let old = store.load().await.expect("readable").expect("a token");
            assert!(store.compare_and_swap(Some(&old), &next(&old)).await.expect("writable"));
            drop(lock);
        }
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    let store = FileTokenStore::new(&path);
    store.save(&OAuthToken::new("counter", 0)).await.expect("writable");
    let program = std::env::current_exe().expect("this program");
    let children = (0..PROCESSES).map(|_| {
        let mut child = Command::new(&program);
        child.args(["--exact", "auth_store::concurrent_processes_lose_no_swap"]).env(SHARED, &path);
        child.stdout(Stdio::null()).spawn().expect("started")
    });
    let children: Vec<_> = children.collect();
    for mut child in children {
        assert!(child.wait().expect("ended").success());
    }
    let count = store.load().await.expect("readable").expect("a token").expires_at();
    assert_eq!(count, PROCESSES * SWAPS);
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("readable")
}

#[tokio::test]
async fn a_refresh_token_is_not_used_if_its_successor_cannot_be_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    let server = OAuthServer::start(TestClock::stopped()).await;
    FileTokenStore::new(&path).save(&server.token()).await.expect("writable");
    let before = text(&path);
    let coze = client(pkce(&server).credentials().with_store(FileTokenStore::new(&path)));
    server.clock.advance(900);
    // The path of the new file is occupied by something that cannot be removed.
    let obstacle = folder.path().join("token.json.new");
    std::fs::create_dir_all(obstacle.join("folder")).expect("created");
    for _ in 0..3 {
        let error = call(&coze).await.expect_err("not renewed");
        assert!(error.is_credentials() && error.to_string().contains("token.json"), "{error}");
    }
    assert_eq!(server.token_requests().len(), 0);
    assert_eq!(text(&path), before);
    std::fs::remove_dir_all(&obstacle).expect("removed");
    call(&coze).await.expect("the refresh token is still valid");
    assert_eq!(server.token_requests().len(), 1);
    assert!(!obstacle.exists());
}

#[tokio::test]
async fn space_is_reserved_before_the_request_and_released_after_a_refusal() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    let server = OAuthServer::start(TestClock::stopped()).await;
    FileTokenStore::new(&path).save(&server.token()).await.expect("writable");
    let coze = client(pkce(&server).credentials().with_store(FileTokenStore::new(&path)));
    server.clock.advance(900);
    let refusal = serde_json::json!({"error_code": "internal_error"});
    server.state().faults.push_back(coze_tests::oauth::Fault::Refuse(400, refusal));
    call(&coze).await.expect_err("refused");
    let reserved = folder.path().join("token.json.new");
    while reserved.exists() {
        tokio::task::yield_now().await;
    }
    let gate = server.hold(1);
    let calling = tokio::spawn(async move { call(&coze).await });
    while server.token_requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(std::fs::metadata(&reserved).expect("reserved").len() >= 4096);
    private(&reserved);
    gate.notify_one();
    calling.await.expect("no panic").expect("a reply");
    assert!(!reserved.exists());
    let stored = FileTokenStore::new(&path).load().await.expect("readable").expect("a token");
    assert_eq!(text(&path), stored.to_json().expose_secret());
}

#[tokio::test]
async fn a_pair_is_stored_even_if_the_file_cannot_be_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    let server = OAuthServer::start(TestClock::stopped()).await;
    let store = FileTokenStore::new(&path);
    store.save(&server.token()).await.expect("writable");
    let first = store.load().await.expect("readable").expect("a token");
    let coze = client(pkce(&server).credentials().with_store(FileTokenStore::new(&path)));
    server.clock.advance(900);
    let gate = server.hold(1);
    let calling = tokio::spawn(async move { call(&coze).await });
    while server.token_requests().is_empty() {
        tokio::task::yield_now().await;
    }
    // While the request is in progress, something that cannot be removed or renamed takes the
    // place of the new file.
    let obstacle = folder.path().join("token.json.new");
    std::fs::remove_file(&obstacle).expect("reserved");
    std::fs::create_dir_all(obstacle.join("folder")).expect("created");
    gate.notify_one();
    let used = calling.await.expect("no panic").expect("a reply");
    let stored = store.load().await.expect("readable").expect("a token");
    assert_eq!(stored.access_token().expose_secret(), used);
    let refresh_token = stored.refresh_token().expect("a pair").expose_secret();
    assert!(server.state().is_valid(refresh_token));
    // A login does not risk the token before it.
    store.save(&first).await.expect_err("not replaced");
    assert_eq!(store.load().await.expect("readable"), Some(stored));
    private(&path);
}

#[tokio::test]
async fn a_valid_token_needs_no_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    let server = OAuthServer::start(TestClock::stopped()).await;
    let other = FileTokenStore::new(&path);
    other.save(&server.token()).await.expect("writable");
    // As in a read-only folder.
    let _lock = other.lock().await.expect("lockable");
    let coze = client(pkce(&server).credentials().with_store(FileTokenStore::new(&path)));
    let reply = tokio::time::timeout(Duration::from_secs(5), call(&coze)).await;
    reply.expect("it does not wait for a lock").expect("a reply");
}

#[cfg(unix)]
#[tokio::test]
async fn a_symbolic_link_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (link, file) = (folder.path().join("link.json"), folder.path().join("token.json"));
    std::os::unix::fs::symlink("token.json", &link).expect("linked");
    let store = FileTokenStore::new(&link);
    assert_eq!(store.load().await.expect("nothing there"), None);
    for name in ["a", "b"] {
        store.save(&token(name)).await.expect("writable");
        assert!(std::fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(text(&file), token(name).to_json().expose_secret());
    }
    // Programs that use another path of the same file share its lock.
    let lock = store.lock().await.expect("lockable");
    let other = FileTokenStore::new(&file);
    tokio::time::timeout(Duration::from_millis(100), other.lock()).await.expect_err("locked");
    drop(lock);
    std::fs::remove_file(&link).expect("removed");
    std::os::unix::fs::symlink("link.json", &link).expect("linked");
    let error = store.load().await.expect_err("a circle");
    assert!(error.to_string().contains("symbolic links"), "{error}");
}

#[tokio::test]
async fn an_empty_file_contains_no_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    let store = FileTokenStore::new(&path);
    for content in ["", " \n"] {
        std::fs::write(&path, content).expect("written");
        assert_eq!(store.load().await.expect("readable"), None);
    }
    assert!(store.compare_and_swap(None, &token("a")).await.expect("writable"));
    std::fs::write(&path, format!("\u{feff}{}", text(&path))).expect("written");
    assert_eq!(store.load().await.expect("readable"), Some(token("a")));
}

#[tokio::test]
async fn what_cannot_be_read_is_not_taken_for_no_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = FileTokenStore::new(folder.path()).load().await.expect_err("no file");
    assert!(error.to_string().contains("cannot read"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_lock_is_longer_than_a_renewal_but_limited() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    let (one, two) = (FileTokenStore::new(&path), FileTokenStore::new(&path));
    let _lock = one.lock().await.expect("lockable");
    let begin = tokio::time::Instant::now();
    let error = two.lock().await.expect_err("locked");
    assert!(error.to_string().contains("token.json") && error.to_string().contains("locked"));
    // Three attempts of 30 seconds with delays, and all of that twice for a service app.
    let waited = begin.elapsed();
    assert!(waited > Duration::from_secs(2 * 3 * 30) && waited < Duration::from_secs(600));
    // The same within one process.
    one.lock().await.expect_err("locked");
}
