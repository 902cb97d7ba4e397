//! The store of the example `sqlite_token_store`.

#[path = "../../examples/sqlite_token_store/store.rs"]
mod store;

use coze_api::auth::{TokenStore as _, TokenStoreContract};
use coze_tests::oauth::{OAuthServer, TestClock, call, client, pkce};
use store::SqliteTokenStore;

#[tokio::test]
async fn it_keeps_the_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokens.db");
    let open = || SqliteTokenStore::new(&path, "ann");
    TokenStoreContract::new(open).check().await.expect("kept");
    // The row of another user.
    let mo = SqliteTokenStore::new(&path, "mo");
    assert_eq!(mo.load().await.expect("readable"), None);
}

#[tokio::test]
async fn programs_that_share_a_database_renew_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokens.db");
    let server = OAuthServer::start(TestClock::stopped()).await;
    server.state().punishes_reuse = true;
    let open = || SqliteTokenStore::new(&path, "ann");
    open().save(&server.token()).await.expect("writable");
    let clients: Vec<_> =
        (0..8).map(|_| client(pkce(&server).credentials().with_store(open()))).collect();
    for life in 1..=3 {
        server.clock.advance(900);
        let calls = clients.iter().cloned().map(|coze| async move { call(&coze).await });
        let calls: tokio::task::JoinSet<_> = calls.collect();
        for token in calls.join_all().await {
            token.expect("a reply");
        }
        assert_eq!(server.token_requests().len(), life);
    }
}

#[tokio::test]
async fn a_refresh_token_is_not_used_if_its_successor_cannot_be_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokens.db");
    let server = OAuthServer::start(TestClock::stopped()).await;
    let open = || SqliteTokenStore::new(&path, "ann");
    open().save(&server.token()).await.expect("writable");
    let coze = client(pkce(&server).credentials().with_store(open()));
    server.clock.advance(900);
    // Like a full disk: nothing can be reserved.
    let database = rusqlite::Connection::open(&path).expect("a database");
    let full = "CREATE TRIGGER full BEFORE INSERT ON space BEGIN SELECT RAISE(FAIL, 'full'); END";
    database.execute_batch(full).expect("a trigger");
    let error = call(&coze).await.expect_err("not renewed");
    assert!(error.is_credentials(), "{error}");
    assert_eq!(server.token_requests().len(), 0);
    database.execute_batch("DROP TRIGGER full").expect("dropped");
    call(&coze).await.expect("the refresh token is still valid");
    assert_eq!(server.token_requests().len(), 1);
}
