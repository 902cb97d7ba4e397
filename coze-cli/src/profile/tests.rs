use serde_json::json;

use super::keyring::MemoryKeyring;
use super::*;

fn vault(keyring: Option<&Keyring>) -> (Vault, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = vault_in(folder.path(), keyring);
    (vault, folder)
}

fn vault_in(folder: &std::path::Path, keyring: Option<&Keyring>) -> Vault {
    let keyring = keyring.cloned().ok_or_else(|| "not available".to_owned());
    let keyring = OnceCell::new_with(Some(keyring));
    Vault { folder: folder.to_owned(), storage: Storage::Auto, keyring }
}

fn token(token: &str) -> Profile {
    let login = Login::Token { token: token.to_owned() };
    Profile { login, base_url: Some("https://api.coze.com".to_owned()), platform: None }
}

fn app(client_id: &str) -> Profile {
    let config = json!({"client_type": "web", "client_id": client_id, "client_secret": "s3cret",
        "coze_api_base": "https://api.coze.com"});
    Profile { login: Login::App { config }, base_url: None, platform: None }
}

fn pair(access: &str) -> coze_api::auth::OAuthToken {
    coze_api::auth::OAuthToken::new(access.to_owned(), 9_999_999_999)
}

async fn open(vault: &Vault, name: &str) -> (Profile, Option<Tokens>) {
    let stored = vault.find(name).expect("readable").expect("the profile");
    stored.open(vault).await.expect("opened")
}

#[tokio::test]
async fn secrets_are_stored_in_the_keyring_and_not_in_the_file() {
    let keyring = Keyring::new(MemoryKeyring::default());
    let (vault, folder) = vault(Some(&keyring));
    vault.save("work", &token("pat_secret"), None).await.expect("saved");
    vault.save("app", &app("1"), None).await.expect("saved");
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
async fn secrets_are_stored_in_the_file_without_a_keyring() {
    let (vault, folder) = vault(None);
    vault.save("work", &token("pat_secret"), None).await.expect("saved");
    let path = folder.path().join("work.profile.json");
    assert!(fs::read_to_string(&path).expect("a file").contains("pat_secret"));
    let (profile, _) = open(&vault, "work").await;
    assert!(matches!(profile.login, Login::Token { token } if token == "pat_secret"));
    let forced = Vault { storage: Storage::Keyring, ..vault };
    assert!(forced.save("work", &token("pat_other"), None).await.is_err());
    assert!(fs::read_to_string(&path).expect("a file").contains("pat_secret"));
}

#[tokio::test]
async fn apps_do_not_share_tokens() {
    for keyring in [None, Some(Keyring::new(MemoryKeyring::default()))] {
        let (vault, _folder) = vault(keyring.as_ref());
        let first = vault.save("app", &app("1"), None).await.expect("saved").expect("an app");
        first.save(&pair("of the first")).await.expect("saved");
        let second = vault.save("app", &app("2"), None).await.expect("saved").expect("an app");
        assert!(second.load().await.expect("loaded").is_none());
        // A process that still uses the first app does not affect the second one.
        first.save(&pair("late")).await.expect("saved");
        assert!(second.load().await.expect("loaded").is_none());
        let again = vault.save("app", &app("2"), None).await.expect("saved").expect("an app");
        assert!(again.load().await.expect("loaded").is_none(), "a new login deletes the tokens");
    }
}

#[tokio::test]
async fn a_login_replaces_the_previous_one_only_when_it_is_complete() {
    for keyring in [None, Some(Keyring::new(MemoryKeyring::default()))] {
        let (vault, folder) = vault(keyring.as_ref());
        let (one, two) = (pair("one"), pair("two"));
        let first = vault.save("app", &app("1"), Some(&one)).await.expect("saved").expect("an app");
        // The same app again.
        let again = vault.save("app", &app("1"), Some(&two)).await.expect("saved").expect("an app");
        assert_eq!(again.load().await.expect("loaded"), Some(two.clone()));
        assert_eq!(first.load().await.expect("loaded"), Some(two.clone()));
        // The file of the profile cannot be replaced.
        let file = folder.path().join("app.profile.json");
        let text = fs::read_to_string(&file).expect("a file");
        fs::remove_file(&file).expect("removed");
        fs::create_dir(&file).expect("a folder in its place");
        assert!(vault.save("app", &token("pat_new"), None).await.is_err());
        fs::remove_dir(&file).expect("removed");
        fs::write(&file, text).expect("written");
        assert_eq!(first.load().await.expect("loaded"), Some(two));
        // Another app.
        let other = vault.save("app", &app("2"), Some(&one)).await.expect("saved").expect("an app");
        assert_eq!(other.load().await.expect("loaded"), Some(one));
        assert_eq!(first.load().await.expect("loaded"), None);
        vault.save("app", &token("pat_new"), None).await.expect("saved");
        assert_eq!(other.load().await.expect("loaded"), None);
    }
}

#[tokio::test]
async fn credentials_are_sent_only_to_their_server() {
    let (vault, _folder) = vault(None);
    vault.save("work", &token("pat_secret"), None).await.expect("saved");
    for other in
        ["http://api.coze.com", "https://api.coze.cn", "https://api.coze.com:8443", "https://evil"]
    {
        let result = vault.client("work", Some(other)).await;
        assert!(
            matches!(result, Err(Failure::LoggedOut(message)) if message.contains(other)),
            "{other}"
        );
    }
    for own in [None, Some("https://api.coze.com"), Some("https://API.coze.com:443/")] {
        vault.client("work", own).await.map(drop).expect("allowed");
    }
    // A profile without a base URL belongs to the default server.
    let old = Profile { base_url: None, ..token("pat_old") };
    vault.save("old", &old, None).await.expect("saved");
    assert!(vault.client("old", Some("https://api.coze.com")).await.is_err());
}

#[tokio::test]
async fn a_logout_waits_for_the_lock_of_the_tokens() {
    let (vault, folder) = vault(None);
    let tokens = vault.save("app", &app("1"), None).await.expect("saved").expect("an app");
    tokens.save(&pair("one")).await.expect("saved");
    let lock = tokens.lock().await.expect("the lock");
    let path = folder.path().to_owned();
    let logout = tokio::spawn(async move {
        // Simulates another process, which shares only the files.
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
    assert_eq!(locks(), 1, "another process may wait for the lock");
    assert!(tokens.load().await.expect("loaded").is_none());
}

#[test]
fn unencrypted_remote_urls_are_recognized() {
    for url in ["http://api.coze.cn", "http://10.0.0.7:8888", "http://127.evil.example"] {
        assert!(is_unencrypted_remote(url), "{url}");
    }
    for url in
        ["https://api.coze.cn", "http://localhost:1", "http://127.0.0.1:80", "http://[::1]:8"]
    {
        assert!(!is_unencrypted_remote(url), "{url}");
    }
}
