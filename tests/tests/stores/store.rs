//! The token store: its contract, its keys and their lifetimes, users and TLS.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use coze_api::auth::{OAuthToken, TokenStore as _, TokenStoreContract};
use coze_api_redis::RedisTokenStore;

use super::server::{RedisServer, client, free_port};

pub(crate) fn token(name: &str) -> OAuthToken {
    OAuthToken::new(format!("access_{name}"), 1_720_098_388)
        .with_refresh_token(format!("refresh_{name}"))
}

/// The key of [`RedisServer::store`].
pub(crate) const KEY: &str = "coze:token:{test}";
pub(crate) const LEASE: &str = "coze:token:{test}:lease";

#[tokio::test]
async fn it_keeps_the_contract() {
    let redis = RedisServer::start();
    TokenStoreContract::new(|| redis.store()).check().await.expect("kept");
    // Stores that share a connection.
    redis.command(&["FLUSHALL"]);
    let client = redis.client();
    let open = || RedisTokenStore::new(&client, "test");
    TokenStoreContract::new(open).check().await.expect("kept");
}

#[tokio::test]
async fn a_user_needs_only_the_documented_commands_and_keys() {
    let port = free_port().to_string();
    let redis = RedisServer::with(&["--port", &port, "--bind", "127.0.0.1"]);
    let readme = include_str!("../../../coze-api-redis/README.md");
    let rules = readme.split('`').filter(|code| code.starts_with(['~', '+']));
    let rules: Vec<_> = rules.flat_map(str::split_whitespace).collect();
    assert!(rules.len() > 10, "{rules:?}");
    let user = [&["ACL", "SETUSER", "coze", "on", ">p@ss:w/rd"], &rules[..]].concat();
    assert_eq!(redis.command(&user), "OK");
    let url = format!("redis://coze:p%40ss%3Aw%2Frd@127.0.0.1:{port}/3");
    let open = || RedisTokenStore::new(&client(&url), "test");
    TokenStoreContract::new(open).check().await.expect("kept");
    assert!(open().remove().await.expect("removed"));
    // In the database of the URL.
    open().save(&token("a")).await.expect("stored");
    assert_eq!(redis.command(&["-n", "3", "EXISTS", KEY]), "1");
    assert_eq!(redis.command(&["EXISTS", KEY]), "0");
    // Other keys are forbidden, and the error says so.
    let error = open().prefix("other:").load().await.expect_err("forbidden");
    assert!(error.to_string().contains("may not run these commands or use these keys"), "{error}");
    assert!(!format!("{error} {error:?}").contains("p@ss"), "{error:?}");
}

#[tokio::test]
async fn names_and_prefixes_are_separate() {
    let redis = RedisServer::start();
    let client = redis.client();
    let stores = [
        RedisTokenStore::new(&client, "ann"),
        RedisTokenStore::new(&client, "mo"),
        RedisTokenStore::new(&client, "ann").prefix("other:"),
    ];
    for (index, store) in stores.iter().enumerate() {
        assert_eq!(store.load().await.expect("readable"), None);
        store.save(&token(&index.to_string())).await.expect("stored");
        assert!(store.lock().await.is_ok());
    }
    for (index, store) in stores.iter().enumerate() {
        assert_eq!(store.load().await.expect("readable"), Some(token(&index.to_string())));
    }
    assert_eq!(redis.command(&["HEXISTS", "other:token:{ann}", "token"]), "1");
}

#[tokio::test]
async fn a_key_expires_when_its_token_is_useless() {
    let redis = RedisServer::start();
    let seconds = |text: String| text.parse::<i64>().expect("a number");
    let store = redis.store();
    store.save(&token("kept")).await.expect("stored");
    assert_eq!(redis.command(&["TTL", KEY]), "-1");
    let month = redis.store().refresh_token_lifetime(Duration::from_secs(30 * 86_400));
    assert!(month.compare_and_swap(Some(&token("kept")), &token("b")).await.expect("stored"));
    let left = seconds(redis.command(&["TTL", KEY]));
    assert!((30 * 86_400 - 60..=30 * 86_400).contains(&left), "{left}");
    // A token without a refresh token is useless after its expiry.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let short = OAuthToken::new("service", i64::try_from(now).expect("small") + 900);
    assert!(store.compare_and_swap(Some(&token("b")), &short).await.expect("stored"));
    let left = seconds(redis.command(&["TTL", KEY]));
    assert!((3600 + 800..=3600 + 900).contains(&left), "{left}");
    store.save(&token("kept")).await.expect("stored");
    assert_eq!(redis.command(&["TTL", KEY]), "-1");
    // A renewal that fails before there was a token leaves nothing behind.
    assert!(store.remove().await.expect("removed"));
    drop(store.lock().await.expect("locked"));
    assert!(seconds(redis.command(&["TTL", KEY])) > 0);
    store.save(&token("kept")).await.expect("stored");
    assert_eq!(redis.command(&["TTL", KEY]), "-1");
}

#[tokio::test]
async fn a_token_that_was_removed_stays_so() {
    let redis = RedisServer::start();
    let (store, other) = (redis.store(), redis.store());
    store.save(&token("a")).await.expect("stored");
    let lock = store.lock().await.expect("locked");
    store.prepare().await.expect("writable");
    assert!(other.remove().await.expect("removed"));
    assert!(!store.compare_and_swap(Some(&token("a")), &token("b")).await.expect("refused"));
    drop(lock);
    assert_eq!(store.load().await.expect("readable"), None);
    assert!(!other.remove().await.expect("nothing there"));
}

const TLS: &str = "COZE_TESTS_REDIS_TLS";

/// The trusted certificates are those of the environment, so this is a process of its own.
#[tokio::test]
async fn tls_is_verified() {
    const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/certificate.pem");
    const PRIVATE_KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/key.pem");

    if let Ok(url) = std::env::var(TLS) {
        let store = RedisTokenStore::new(&client(&url), "test");
        store.save(&token("a")).await.expect("stored");
        assert_eq!(store.load().await.expect("readable"), Some(token("a")));
        return;
    }
    let port = free_port().to_string();
    let redis = RedisServer::with(
        &[
            ["--bind", "127.0.0.1", "--requirepass", "s3cret", "--tls-port", &port],
            [
                "--tls-cert-file",
                CERTIFICATE,
                "--tls-key-file",
                PRIVATE_KEY,
                "--tls-auth-clients",
                "no",
            ],
        ]
        .concat(),
    );
    let url = format!("rediss://:s3cret@localhost:{port}");
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--exact", "store::tls_is_verified"]).env(TLS, &url);
    let output = child.env("SSL_CERT_FILE", CERTIFICATE).output().expect("started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // This process does not trust the certificate.
    let redis_client = client(&url).retry_time(Duration::ZERO);
    let error = RedisTokenStore::new(&redis_client, "test").load().await.expect_err("unknown");
    assert!(error.to_string().contains("certificate"), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    drop(redis);
}
