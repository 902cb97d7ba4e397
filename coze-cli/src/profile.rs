//! Named profiles: the base URL of an API and the credentials for it.
//!
//! A profile is a file that only its owner can read. Its secrets are in the system keyring if there
//! is one, and in the file otherwise.

mod document;
mod files;
mod keyring;
mod selection;
mod tokens;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::PathBuf;

use coze_api::auth::{FileTokenStore, OAuthApp, OAuthToken, TokenStore as _};
use coze_api::{Client, Platform};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use crate::backend::PlatformName;
use crate::failure::Failure;
use crate::language::say;
use crate::program::PROGRAM;
use crate::secrets;
pub(crate) use document::Login;
use document::{merge, split_secrets};
use keyring::Keyring;
pub(crate) use selection::{
    Selection, Target, client, dry_run_client, missing_profile, name_or_default, platform, select,
};
pub(crate) use tokens::Tokens;

/// The base URL of an API and the credentials for it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Profile {
    #[serde(flatten)]
    pub(crate) login: Login,
    /// The base URL of the API that issued the credentials. Older files omit the default one.
    pub(crate) base_url: Option<String>,
    /// The platform that serves the API, if the user chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<PlatformName>,
}

impl Profile {
    /// Returns the base URL of the API.
    fn base_url(&self) -> Result<String, Failure> {
        let app_url = match &self.login {
            Login::Token { .. } => None,
            Login::App { config } => config["coze_api_base"].as_str(),
        };
        let builder = Client::builder().token("pat_not_sent");
        let base_url = self.base_url.as_deref().or(app_url);
        Ok(self.target(base_url).apply(builder).build()?.base_url().to_owned())
    }

    fn target<'a>(&self, base_url: Option<&'a str>) -> Target<'a> {
        Target { base_url, platform: self.platform.map(Platform::from).unwrap_or_default() }
    }

    /// Creates a client with the credentials. The tokens of an app are kept in `store`.
    pub(crate) async fn client(self, store: Option<Tokens>) -> Result<Client, Failure> {
        let target = self.target(self.base_url.as_deref());
        let builder = match self.login {
            Login::Token { token } => {
                secrets::register(&token);
                Client::builder().token(token)
            }
            Login::App { config } => {
                for name in ["client_secret", "private_key"] {
                    secrets::register(config[name].as_str().unwrap_or_default());
                }
                let mut credentials = app(&config)?.credentials();
                if let Some(store) = store {
                    credentials = credentials.with_store(store);
                    // A renewal in the background could outlive the command, and the new tokens
                    // would be lost. If this fails, so does the call, which reports it.
                    credentials.current().await.ok();
                }
                Client::builder().credentials(credentials)
            }
        };
        Ok(target.apply(builder).build()?)
    }

    /// Returns an id that differs between apps, so that a profile that is replaced never uses the
    /// tokens of the previous app.
    fn app_id(&self) -> Option<String> {
        let Login::App { config } = &self.login else { return None };
        let identity = ["client_type", "client_id", "coze_api_base"].map(|name| &config[name]);
        let hash = hmac_sha256::Hash::hash(json!(identity).to_string().as_bytes());
        let mut id = String::new();
        for byte in &hash[..8] {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        Some(id)
    }
}

/// A profile as it is stored: without its secrets if they are in the keyring.
pub(crate) struct StoredProfile {
    name: String,
    document: Map<String, Value>,
}

impl StoredProfile {
    /// Returns the kind of the credentials: `token` or the type of the app.
    pub(crate) fn kind(&self) -> &str {
        let app_type =
            self.document.get("config").and_then(|config| config["client_type"].as_str());
        app_type.or_else(|| self.document.get("kind")?.as_str()).unwrap_or_default()
    }

    /// Returns the base URL of the API.
    pub(crate) fn base_url(&self) -> Result<String, Failure> {
        self.without_secrets()?.base_url()
    }

    /// Returns the platform that serves the API.
    pub(crate) fn platform(&self) -> Result<PlatformName, Failure> {
        Ok(self.without_secrets()?.platform.unwrap_or(PlatformName::Cloud))
    }

    fn uses_keyring(&self) -> bool {
        self.document.get("keyring") == Some(&Value::Bool(true))
    }

    fn without_secrets(&self) -> Result<Profile, Failure> {
        let mut document = self.document.clone();
        document.entry("token").or_insert_with(|| "".into());
        self.parse(document)
    }

    fn parse(&self, document: Map<String, Value>) -> Result<Profile, Failure> {
        serde_json::from_value(Value::Object(document)).map_err(|_| damaged(&self.name))
    }

    /// Returns the profile with its secrets, and the store of its tokens.
    async fn open(&self, vault: &Vault) -> Result<(Profile, Option<Tokens>), Failure> {
        let mut document = self.document.clone();
        if self.uses_keyring() {
            let secrets = vault.keyring().await?.get(&self.name).await?;
            let Some(secrets) = secrets.and_then(|secrets| document::read(&secrets)) else {
                return Err(Failure::LoggedOut(say!(
                    "the keyring has no secrets for profile `{}`; log in again",
                    "密钥环中没有账号配置 `{}` 的密钥，请重新登录",
                    self.name,
                )));
            };
            merge(&mut document, secrets);
        }
        let profile = self.parse(document)?;
        let tokens = self.tokens(&profile, vault).await?;
        Ok((profile, tokens))
    }

    /// Returns the store of the tokens if the profile is an app.
    async fn tokens(&self, profile: &Profile, vault: &Vault) -> Result<Option<Tokens>, Failure> {
        let Some(app) = profile.app_id() else { return Ok(None) };
        let account = format!("{}.{app}", self.name);
        let file = FileTokenStore::new(vault.folder.join(format!("{account}.tokens.json")));
        Ok(Some(if self.uses_keyring() {
            Tokens::in_keyring(vault.keyring().await?.clone(), account, file)
        } else {
            Tokens::File(file)
        }))
    }

    /// Returns the app whose tokens the profile has, and whether they are in the keyring.
    fn token_location(&self) -> (Option<String>, bool) {
        let profile = self.without_secrets().ok();
        (profile.and_then(|profile| profile.app_id()), self.uses_keyring())
    }

    /// Deletes the tokens, after any renewal in progress has ended.
    async fn delete_tokens(&self, vault: &Vault) -> Result<bool, Failure> {
        let profile = self.without_secrets()?;
        let Some(tokens) = self.tokens(&profile, vault).await? else { return Ok(false) };
        let _lock = tokens.lock().await?;
        let account = format!("{}.{}", self.name, profile.app_id().unwrap_or_default());
        if self.uses_keyring() {
            return vault.keyring().await?.delete(&account).await;
        }
        // The lock file stays, because another process may be waiting for the lock.
        Ok(files::remove(&vault.folder.join(format!("{account}.tokens.json")))?)
    }
}

/// The storage of profiles.
pub(crate) struct Vault {
    folder: PathBuf,
    storage: Storage,
    /// Opened on first use, because the system may ask the user to unlock it.
    keyring: OnceCell<Result<Keyring, String>>,
}

/// The storage of secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Storage {
    /// The keyring if it is available, and files otherwise.
    Auto,
    File,
    Keyring,
}

impl Vault {
    /// Opens the vault of this user. `COZE_TOKEN_STORE` selects the storage of secrets: `keyring`,
    /// `file`, or, if it is not set, the keyring with files as the fallback.
    pub(crate) fn open() -> Result<Self, Failure> {
        let storage = match std::env::var("COZE_TOKEN_STORE").as_deref() {
            Ok("file") => Storage::File,
            Ok("keyring") => Storage::Keyring,
            Ok("") | Err(_) => Storage::Auto,
            Ok(_) => {
                return Err(Failure::Usage(say!(
                    "COZE_TOKEN_STORE must be `keyring` or `file`",
                    "COZE_TOKEN_STORE 的值必须是 `keyring` 或 `file`",
                )));
            }
        };
        Ok(Self { folder: folder()?, storage, keyring: OnceCell::new() })
    }

    async fn keyring(&self) -> Result<&Keyring, Failure> {
        let keyring = self.keyring.get_or_init(Keyring::system).await;
        keyring.as_ref().map_err(keyring::unavailable)
    }

    /// Moves the secrets of a document to the keyring if the storage allows it.
    async fn move_secrets_to_keyring(
        &self,
        name: &str,
        document: Map<String, Value>,
    ) -> Result<Map<String, Value>, Failure> {
        if self.storage == Storage::File {
            return Ok(document);
        }
        let (mut public, secrets) = split_secrets(document.clone());
        let stored = match self.keyring().await {
            // A keyring may refuse secrets, for example because they are too long.
            Ok(keyring) => keyring.set(name, Value::Object(secrets).to_string()).await,
            Err(failure) => Err(failure),
        };
        match stored {
            Ok(()) => {
                public.insert("keyring".to_owned(), Value::Bool(true));
                Ok(public)
            }
            Err(failure) if self.storage == Storage::Keyring => Err(failure),
            Err(_) => Ok(document),
        }
    }

    fn file(&self, name: &str) -> Result<PathBuf, Failure> {
        Ok(self.folder.join(format!("{}{EXTENSION}", validate_name(name)?)))
    }

    /// Returns the names of all profiles in alphabetical order.
    pub(crate) fn names(&self) -> Result<Vec<String>, Failure> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| {
                Some(entry.file_name().to_str()?.strip_suffix(EXTENSION)?.to_owned())
            })
            .collect();
        names.sort();
        Ok(names)
    }

    /// Returns the profile with this name, if it exists.
    pub(crate) fn find(&self, name: &str) -> Result<Option<StoredProfile>, Failure> {
        let Some(text) = files::read(&self.file(name)?)? else { return Ok(None) };
        let document = document::read(&text).ok_or_else(|| damaged(name))?;
        Ok(Some(StoredProfile { name: name.to_owned(), document }))
    }

    /// Saves a profile and the token of its login, if it has one. A previous profile with the name
    /// is replaced, and its tokens are deleted.
    ///
    /// Each step leaves a login that works: the previous one until its file is replaced, and then
    /// the new one.
    pub(crate) async fn save(
        &self,
        name: &str,
        profile: &Profile,
        token: Option<&OAuthToken>,
    ) -> Result<Option<Tokens>, Failure> {
        let path = self.file(name)?;
        let previous = self.find(name).ok().flatten();
        let Value::Object(document) = serde_json::to_value(profile).map_err(Failure::local)? else {
            return Err(damaged(name));
        };
        let document = self.move_secrets_to_keyring(name, document).await?;
        let text = serde_json::to_string_pretty(&document).map_err(Failure::local)?;
        let stored = StoredProfile { name: name.to_owned(), document };
        let tokens = stored.tokens(profile, self).await?;
        if let (Some(tokens), Some(token)) = (&tokens, token) {
            fs::create_dir_all(&self.folder)?;
            tokens.save(token).await?;
        }
        files::replace(&path, text.as_bytes())?;
        if let Some(previous) = previous
            && (token.is_none() || previous.token_location() != stored.token_location())
        {
            // Tokens that cannot be deleted are never used: either they belong to another app, or
            // the new login replaces them.
            let _ = previous.delete_tokens(self).await;
        }
        Ok(tokens)
    }

    /// Deletes a profile with its secrets and tokens. Returns `true` if it existed.
    pub(crate) async fn remove(&self, name: &str) -> Result<bool, Failure> {
        let path = self.file(name)?;
        match self.find(name) {
            Ok(None) => return Ok(false),
            Ok(Some(stored)) => {
                stored.delete_tokens(self).await?;
                if stored.uses_keyring() {
                    self.keyring().await?.delete(name).await?;
                }
            }
            // A damaged file can be deleted too.
            Err(_) => {}
        }
        self.forget_current(name)?;
        Ok(files::remove(&path)?)
    }

    /// Creates a client with the named profile.
    pub(crate) async fn client(
        &self,
        name: &str,
        base_url: Option<&str>,
    ) -> Result<Client, Failure> {
        let stored = self.find(name)?.ok_or_else(|| missing_profile(name))?;
        let (mut profile, tokens) = stored.open(self).await?;
        if let Some(base_url) = base_url.filter(|base_url| !base_url.is_empty()) {
            let requested = Client::builder().token("pat_not_sent").base_url(base_url).build()?;
            let own = profile.base_url()?;
            if !same_origin(requested.base_url(), &own) {
                return Err(Failure::LoggedOut(say!(
                    "the credentials of profile `{name}` were issued for {own} and are not sent to \
                     {}: log in there with `{PROGRAM} auth login --profile NAME --base-url URL`, \
                     or remove --base-url and COZE_API_BASE",
                    "账号配置 `{name}` 的凭证由 {own} 签发，不会发送给 {}：请使用 \
                     `{PROGRAM} auth login --profile NAME --base-url URL` 在该地址登录，或者去掉 \
                     --base-url 和 COZE_API_BASE",
                    requested.base_url(),
                )));
            }
            profile.base_url = Some(base_url.to_owned());
        }
        profile.client(tokens).await
    }
}

const EXTENSION: &str = ".profile.json";

fn damaged(name: &str) -> Failure {
    Failure::Local(say!(
        "the file of profile `{name}` is damaged; log in again",
        "账号配置 `{name}` 的文件已损坏，请重新登录",
    ))
}

/// Returns the scheme, host and port of a URL.
fn origin(url: &str) -> Option<(String, String, u16)> {
    let url: http::Uri = url.parse().ok()?;
    let scheme = url.scheme_str()?.to_owned();
    let port = url.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Some((scheme, url.host()?.to_lowercase(), port))
}

/// Returns `true` if two URLs have the same origin.
pub(crate) fn same_origin(one: &str, other: &str) -> bool {
    origin(one).is_some() && origin(one) == origin(other)
}

/// Returns `true` for `http` URLs of other machines, to which data is sent unencrypted.
pub(crate) fn is_unencrypted_remote(url: &str) -> bool {
    origin(url).is_some_and(|(scheme, host, _)| {
        let ip = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        let local = host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback());
        scheme == "http" && !local
    })
}

/// Returns the configuration folder, which contains the profiles.
pub(crate) fn folder() -> Result<PathBuf, Failure> {
    let variable =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = variable("COZE_CONFIG_DIR") {
        return Ok(folder);
    }
    let base = if cfg!(windows) {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_CONFIG_HOME").or_else(|| variable("HOME").map(|home| home.join(".config")))
    };
    base.map(|base| base.join("coze")).ok_or_else(|| {
        Failure::Local(say!(
            "no configuration folder found; set COZE_CONFIG_DIR",
            "找不到配置目录，请设置 COZE_CONFIG_DIR",
        ))
    })
}

/// Rejects names that are not valid as a part of a file name.
fn validate_name(name: &str) -> Result<&str, Failure> {
    let valid = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if valid {
        return Ok(name);
    }
    Err(Failure::Usage(say!(
        "profile names consist of 1 to 64 letters, digits, `-` and `_`",
        "账号配置的名称由 1 到 64 个字母、数字、`-` 和 `_` 组成",
    )))
}

/// Reads the configuration of an app.
pub(crate) fn app(config: &Value) -> Result<OAuthApp, Failure> {
    Ok(OAuthApp::from_json(&config.to_string())?)
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a panic fails the test")]
mod tests;
