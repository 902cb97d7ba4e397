use serde_json::json;

use super::keyring::Memory;
use super::*;

fn vault(keyring: Option<&Keyring>) -> (Vault, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = vault_in(folder.path(), keyring);
    (vault, folder)
}

fn vault_in(folder: &std::path::Path, keyring: Option<&Keyring>) -> Vault {
    let keyring = keyring.cloned().ok_or_else(|| "there is none".to_owned());
    let keyring = OnceCell::new_with(Some(keyring));
    Vault { folder: folder.to_owned(), storage: Storage::Auto, keyring }
}

fn token(token: &str) -> Profile {
    let login = Login::Token { token: token.to_owned() };
    Profile { login, base_url: Some("https://api.coze.com".to_owned()) }
}

fn app(client_id: &str) -> Profile {
    let config = json!({"client_type": "web", "client_id": client_id, "client_secret": "s3cret",
        "coze_api_base": "https://api.coze.com"});
    Profile { login: Login::App { config }, base_url: None }
}

fn pair(access: &str) -> coze_api::auth::OAuthToken {
    coze_api::auth::OAuthToken::new(access.to_owned(), 9_999_999_999)
}

async fn open(vault: &Vault, name: &str) -> (Profile, Option<Tokens>) {
    let kept = vault.find(name).expect("readable").expect("there is one");
    kept.open(vault).await.expect("opened")
}

#[tokio::test]
async fn the_keyring_has_the_secrets_and_the_file_has_none() {
    let keyring = Keyring::new(Memory::default());
    let (vault, folder) = vault(Some(&keyring));
    vault.save("work", &token("pat_secret")).await.expect("kept");
    vault.save("app", &app("1")).await.expect("kept");
    for name in ["work", "app"] {
        let file = folder.path().join(format!("{name}.profile.json"));
        let file = fs::read_to_string(file).expect("a file");
        assert!(!file.contains("pat_secret") && !file.contains("s3cret"), "{file}");
    }
    let (profile, _) = open(&vault, "work").await;
    assert!(matches!(profile.login, Login::Token { token } if token == "pat_secret"));
    let (profile, tokens) = open(&vault, "app").await;
    assert!(matches!(&profile.login, Login::App { config } if config["client_secret"] == "s3cret"));
    let tokens = tokens.expect("an app has tokens");
    let lock = tokens.lock().await.expect("the lock");
    assert!(tokens.compare_and_swap(None, &pair("one")).await.expect("swapped"));
    assert!(!tokens.compare_and_swap(None, &pair("two")).await.expect("compared"));
    let names: Vec<_> = fs::read_dir(folder.path()).expect("a folder").flatten().collect();
    assert!(
        names.iter().all(|entry| !entry.file_name().to_string_lossy().ends_with("tokens.json"))
    );
    drop(lock);
    assert!(vault.remove("app").await.expect("removed"));
    assert!(tokens.load().await.expect("loaded").is_none());
    assert!(vault.remove("work").await.expect("removed"));
    assert_eq!(keyring.get("work").await.expect("read"), None);
}

#[tokio::test]
async fn a_file_keeps_the_secrets_where_there_is_no_keyring() {
    let (vault, folder) = vault(None);
    vault.save("work", &token("pat_secret")).await.expect("kept");
    let path = folder.path().join("work.profile.json");
    assert!(fs::read_to_string(&path).expect("a file").contains("pat_secret"));
    let (profile, _) = open(&vault, "work").await;
    assert!(matches!(profile.login, Login::Token { token } if token == "pat_secret"));
    let forced = Vault { storage: Storage::Keyring, ..vault };
    assert!(forced.save("work", &token("pat_other")).await.is_err());
    assert!(fs::read_to_string(&path).expect("a file").contains("pat_secret"));
}

#[tokio::test]
async fn no_app_gets_the_tokens_of_another() {
    for keyring in [None, Some(Keyring::new(Memory::default()))] {
        let (vault, _folder) = vault(keyring.as_ref());
        let first = vault.save("app", &app("1")).await.expect("kept").expect("an app");
        first.save(&pair("of the first")).await.expect("kept");
        let second = vault.save("app", &app("2")).await.expect("kept").expect("an app");
        assert!(second.load().await.expect("loaded").is_none());
        // A program that still runs with the first app writes where only that app reads.
        first.save(&pair("late")).await.expect("kept");
        assert!(second.load().await.expect("loaded").is_none());
        let again = vault.save("app", &app("2")).await.expect("kept").expect("an app");
        assert!(again.load().await.expect("loaded").is_none(), "a new login forgets tokens");
    }
}

#[tokio::test]
async fn credentials_stay_with_their_server() {
    let (vault, _folder) = vault(None);
    vault.save("work", &token("pat_secret")).await.expect("kept");
    for other in
        ["http://api.coze.com", "https://api.coze.cn", "https://api.coze.com:8443", "https://evil"]
    {
        let refused = vault.client("work", Some(other)).await;
        assert!(matches!(refused, Err(Failure::LoggedOut(why)) if why.contains(other)), "{other}");
    }
    for own in [None, Some("https://api.coze.com"), Some("https://API.coze.com:443/")] {
        vault.client("work", own).await.map(drop).expect("allowed");
    }
    // A file without an address is of the usual server.
    let old = Profile { base_url: None, ..token("pat_old") };
    vault.save("old", &old).await.expect("kept");
    assert!(vault.client("old", Some("https://api.coze.com")).await.is_err());
}

#[tokio::test]
async fn a_logout_waits_for_whoever_holds_the_lock() {
    let (vault, folder) = vault(None);
    let tokens = vault.save("app", &app("1")).await.expect("kept").expect("an app");
    tokens.save(&pair("one")).await.expect("kept");
    let lock = tokens.lock().await.expect("the lock");
    let path = folder.path().to_owned();
    let logout = tokio::spawn(async move {
        // Another process: it shares nothing but the files.
        vault_in(&path, None).remove("app").await.map_err(|failure| failure.to_string())
    });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(!logout.is_finished());
    let locks = || {
        let files = fs::read_dir(folder.path()).expect("a folder").flatten();
        files.filter(|file| file.path().extension().is_some_and(|it| it == "lock")).count()
    };
    assert_eq!(locks(), 1);
    drop(lock);
    assert_eq!(logout.await.expect("no panic"), Ok(true));
    assert_eq!(locks(), 1, "somebody may wait for it");
    assert!(tokens.load().await.expect("loaded").is_none());
}

#[test]
fn lines_that_others_read_are_known() {
    for url in ["http://api.coze.cn", "http://10.0.0.7:8888", "http://127.evil.example"] {
        assert!(is_readable_on_the_way(url), "{url}");
    }
    for url in
        ["https://api.coze.cn", "http://localhost:1", "http://127.0.0.1:80", "http://[::1]:8"]
    {
        assert!(!is_readable_on_the_way(url), "{url}");
    }
}
