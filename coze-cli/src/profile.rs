//! Named profiles: which API a profile calls and the credentials that were issued for it.
//!
//! A profile is a file that only its owner reads. Its secrets are in the keyring of the system where there is one, and in
//! the file otherwise.

mod files;
mod keyring;
mod tokens;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::PathBuf;

use coze_api::auth::{FileTokenStore, OAuthApp, TokenStore as _};
use coze_api::{Client, ClientBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use crate::failure::Failure;
use keyring::Keyring;
pub(crate) use tokens::Tokens;

/// The profile that is used where none is named.
pub(crate) const DEFAULT: &str = "default";

/// What a profile calls, and with which credentials.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Profile {
    #[serde(flatten)]
    pub(crate) login: Login,
    /// The address of the API that issued the credentials. Older files leave out the usual one.
    pub(crate) base_url: Option<String>,
}

/// How a profile logs in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Login {
    /// By a token that does not change.
    Token { token: String },
    /// By an OAuth app, as its configuration file describes it.
    App { config: Value },
}

/// The members of a profile that are secret, as paths.
const SECRETS: [&[&str]; 3] =
    [&["token"], &["config", "client_secret"], &["config", "private_key"]];

impl Profile {
    /// The address of its API.
    fn address(&self) -> Result<String, Failure> {
        let of_app = match &self.login {
            Login::Token { .. } => None,
            Login::App { config } => config["coze_api_base"].as_str(),
        };
        let builder = Client::builder().token("pat_not_sent");
        let client = with_base(builder, self.base_url.as_deref().or(of_app)).build()?;
        Ok(client.base_url().to_owned())
    }

    /// A client that logs in so. Tokens of an app are kept in `store`.
    pub(crate) fn client(self, store: Option<Tokens>) -> Result<Client, Failure> {
        let builder = match self.login {
            Login::Token { token } => Client::builder().token(token),
            Login::App { config } => {
                let mut credentials = app(&config)?.credentials();
                if let Some(store) = store {
                    credentials = credentials.with_store(store);
                }
                Client::builder().credentials(credentials)
            }
        };
        Ok(with_base(builder, self.base_url.as_deref()).build()?)
    }

    /// Distinguishes the app from others that had or will have the profile's name.
    fn app_id(&self) -> Option<String> {
        let Login::App { config } = &self.login else { return None };
        let facts = ["client_type", "client_id", "coze_api_base"].map(|name| &config[name]);
        let hash = hmac_sha256::Hash::hash(json!(facts).to_string().as_bytes());
        let mut id = String::new();
        for byte in &hash[..8] {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        Some(id)
    }
}

/// A profile as it is kept: without its secrets, if the keyring has them.
pub(crate) struct StoredProfile {
    name: String,
    document: Map<String, Value>,
}

impl StoredProfile {
    /// What it is, in a word.
    pub(crate) fn kind(&self) -> &str {
        let of_app = self.document.get("config").and_then(|config| config["client_type"].as_str());
        of_app.or_else(|| self.document.get("kind")?.as_str()).unwrap_or_default()
    }

    /// The address of its API.
    pub(crate) fn address(&self) -> Result<String, Failure> {
        self.clone_without_secrets()?.address()
    }

    fn uses_keyring(&self) -> bool {
        self.document.get("keyring") == Some(&Value::Bool(true))
    }

    fn clone_without_secrets(&self) -> Result<Profile, Failure> {
        let mut document = self.document.clone();
        document.entry("token").or_insert_with(|| "".into());
        self.parse(document)
    }

    fn parse(&self, document: Map<String, Value>) -> Result<Profile, Failure> {
        serde_json::from_value(Value::Object(document)).map_err(|_| damaged(&self.name))
    }

    /// The profile with its secrets, and the place of its tokens.
    async fn open(&self, vault: &Vault) -> Result<(Profile, Option<Tokens>), Failure> {
        let mut document = self.document.clone();
        if self.uses_keyring() {
            let secrets = vault.keyring().await?.get(&self.name).await?;
            let secrets = secrets.and_then(|secrets| serde_json::from_str(&secrets).ok());
            let Some(Value::Object(secrets)) = secrets else {
                return Err(Failure::LoggedOut(format!(
                    "the keyring has no secrets of the profile `{}`; log in again",
                    self.name
                )));
            };
            merge(&mut document, secrets);
        }
        let profile = self.parse(document)?;
        let tokens = self.tokens(&profile, vault).await?;
        Ok((profile, tokens))
    }

    /// The place of the tokens, if it is an app that has some.
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

    /// Removes the tokens once nobody renews them any more.
    async fn forget_tokens(&self, vault: &Vault) -> Result<bool, Failure> {
        let profile = self.clone_without_secrets()?;
        let Some(tokens) = self.tokens(&profile, vault).await? else { return Ok(false) };
        let _lock = tokens.lock().await?;
        let account = format!("{}.{}", self.name, profile.app_id().unwrap_or_default());
        if self.uses_keyring() {
            return vault.keyring().await?.delete(&account).await;
        }
        // The file of the lock stays: somebody may be waiting for it.
        Ok(files::remove(&vault.folder.join(format!("{account}.tokens.json")))?)
    }
}

/// Where profiles are kept.
pub(crate) struct Vault {
    folder: PathBuf,
    storage: Storage,
    /// Opened when it is needed, because the system may ask the user to unlock it.
    keyring: OnceCell<Result<Keyring, String>>,
}

/// Where secrets go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Storage {
    /// To the keyring if it can be used, and to files otherwise.
    Auto,
    File,
    Keyring,
}

impl Vault {
    /// The vault of this user. `COZE_TOKEN_STORE` says whether secrets go to the keyring (`keyring`), to files (`file`),
    /// or to the keyring where there is one.
    pub(crate) fn open() -> Result<Self, Failure> {
        let storage = match std::env::var("COZE_TOKEN_STORE").as_deref() {
            Ok("file") => Storage::File,
            Ok("keyring") => Storage::Keyring,
            Ok("") | Err(_) => Storage::Auto,
            Ok(_) => {
                let message = "COZE_TOKEN_STORE must be `keyring` or `file`";
                return Err(Failure::Usage(message.to_owned()));
            }
        };
        Ok(Self { folder: folder()?, storage, keyring: OnceCell::new() })
    }

    async fn keyring(&self) -> Result<&Keyring, Failure> {
        let keyring = self.keyring.get_or_init(Keyring::system).await;
        keyring.as_ref().map_err(|why| {
            Failure::Local(format!("the keyring of this system cannot be used: {why}"))
        })
    }

    /// Moves the secrets of a document to the keyring, unless files are to be used.
    async fn hide_secrets(
        &self,
        name: &str,
        document: Map<String, Value>,
    ) -> Result<Map<String, Value>, Failure> {
        if self.storage == Storage::File {
            return Ok(document);
        }
        let (mut open, secrets) = split(document.clone());
        let hidden = match self.keyring().await {
            // A keyring may refuse, for example what is too long for it.
            Ok(keyring) => keyring.set(name, Value::Object(secrets).to_string()).await,
            Err(failure) => Err(failure),
        };
        match hidden {
            Ok(()) => {
                open.insert("keyring".to_owned(), Value::Bool(true));
                Ok(open)
            }
            Err(failure) if self.storage == Storage::Keyring => Err(failure),
            Err(_) => Ok(document),
        }
    }

    fn file(&self, name: &str) -> Result<PathBuf, Failure> {
        Ok(self.folder.join(format!("{}{EXTENSION}", checked(name)?)))
    }

    /// The names of all profiles.
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

    /// The profile of this name, if there is one.
    pub(crate) fn find(&self, name: &str) -> Result<Option<StoredProfile>, Failure> {
        let Some(text) = files::read(&self.file(name)?)? else { return Ok(None) };
        // The error of the parser could quote a token.
        let document = serde_json::from_str(&text).map_err(|_| damaged(name))?;
        Ok(Some(StoredProfile { name: name.to_owned(), document }))
    }

    /// Keeps a profile in the place of one that had its name before, whose tokens are forgotten.
    pub(crate) async fn save(
        &self,
        name: &str,
        profile: &Profile,
    ) -> Result<Option<Tokens>, Failure> {
        let path = self.file(name)?;
        if let Ok(Some(previous)) = self.find(name) {
            // What cannot be forgotten is not used either: it belongs to another app or is replaced.
            let _ = previous.forget_tokens(self).await;
        }
        let Value::Object(document) = serde_json::to_value(profile).map_err(Failure::local)? else {
            return Err(damaged(name));
        };
        let document = self.hide_secrets(name, document).await?;
        let text = serde_json::to_string_pretty(&document).map_err(Failure::local)?;
        files::replace(&path, text.as_bytes())?;
        let kept = StoredProfile { name: name.to_owned(), document };
        kept.tokens(profile, self).await
    }

    /// Forgets a profile with its secrets and tokens; returns whether there was one.
    pub(crate) async fn remove(&self, name: &str) -> Result<bool, Failure> {
        let path = self.file(name)?;
        match self.find(name) {
            Ok(None) => return Ok(false),
            Ok(Some(kept)) => {
                kept.forget_tokens(self).await?;
                if kept.uses_keyring() {
                    self.keyring().await?.delete(name).await?;
                }
            }
            // What is damaged can be forgotten all the same.
            Err(_) => {}
        }
        Ok(files::remove(&path)?)
    }

    /// A client by the named profile.
    pub(crate) async fn client(
        &self,
        name: &str,
        base_url: Option<&str>,
    ) -> Result<Client, Failure> {
        let kept = self.find(name)?.ok_or_else(|| missing(name))?;
        let (mut profile, tokens) = kept.open(self).await?;
        if let Some(base_url) = base_url.filter(|base_url| !base_url.is_empty()) {
            let wanted = Client::builder().token("pat_not_sent").base_url(base_url).build()?;
            let own = profile.address()?;
            if !same_origin(wanted.base_url(), &own) {
                return Err(Failure::LoggedOut(format!(
                    "the credentials of the profile `{name}` were issued for {own} and are not \
                     sent to {}: log in there with `coze auth login --profile NAME --base-url URL`, \
                     or leave out --base-url and COZE_API_BASE",
                    wanted.base_url()
                )));
            }
            profile.base_url = Some(base_url.to_owned());
        }
        profile.client(tokens)
    }
}

const EXTENSION: &str = ".profile.json";

fn damaged(name: &str) -> Failure {
    Failure::Local(format!("the file of the profile `{name}` is damaged; log in again"))
}

/// Takes the secrets out of a document.
fn split(mut document: Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    let mut secrets = Map::new();
    for path in SECRETS {
        let [folders @ .., last] = path else { continue };
        let mut place = Some(&mut document);
        for folder in folders {
            place = place.and_then(|place| place.get_mut(*folder)?.as_object_mut());
        }
        let Some(value) = place.and_then(|place| place.remove(*last)) else { continue };
        let secret = path.iter().rev().fold(value, |value, name| json!({ *name: value }));
        if let Value::Object(secret) = secret {
            merge(&mut secrets, secret);
        }
    }
    (document, secrets)
}

/// Adds the members of an object to another, and goes on inside those that both have.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(into)), Value::Object(value)) => merge(into, value),
            (_, value) => drop(into.insert(name, value)),
        }
    }
}

/// The scheme, host and port of an address.
fn origin(url: &str) -> Option<(String, String, u16)> {
    let url: http::Uri = url.parse().ok()?;
    let scheme = url.scheme_str()?.to_owned();
    let port = url.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Some((scheme, url.host()?.to_lowercase(), port))
}

/// Returns `true` if two addresses are of the same server.
pub(crate) fn same_origin(one: &str, other: &str) -> bool {
    origin(one).is_some() && origin(one) == origin(other)
}

/// Returns `true` if what is sent there can be read on the way.
pub(crate) fn is_readable_on_the_way(url: &str) -> bool {
    origin(url).is_some_and(|(scheme, host, _)| {
        let ip = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        let local = host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback());
        scheme == "http" && !local
    })
}

/// The folder of the profiles.
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
    base.map(|base| base.join("coze"))
        .ok_or_else(|| Failure::local("there is no folder for settings; set COZE_CONFIG_DIR"))
}

fn checked(name: &str) -> Result<&str, Failure> {
    let fine = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if fine {
        return Ok(name);
    }
    Err(Failure::Usage("a profile's name has letters, digits, `-` and `_` only".to_owned()))
}

/// The app of a profile.
pub(crate) fn app(config: &Value) -> Result<OAuthApp, Failure> {
    Ok(OAuthApp::from_json(&config.to_string())?)
}

/// The token of the environment, if there is one.
pub(crate) fn environment() -> Option<String> {
    std::env::var("COZE_API_TOKEN").ok().filter(|token| !token.is_empty())
}

/// A client by the named profile; without a name by the environment, else by the default profile.
pub(crate) async fn client(name: Option<&str>, base_url: Option<&str>) -> Result<Client, Failure> {
    if let (None, Some(token)) = (name, environment()) {
        return Ok(with_base(Client::builder().token(token), base_url).build()?);
    }
    Vault::open()?.client(name.unwrap_or(DEFAULT), base_url).await
}

/// A client for what is not sent: it goes where that of the profile would, and has no token.
pub(crate) fn unsent(name: Option<&str>, base_url: Option<&str>) -> Result<Client, Failure> {
    let kept = match (name, environment()) {
        (Some(name), _) => Some(Vault::open()?.find(name)?.ok_or_else(|| missing(name))?),
        (None, Some(_)) => None,
        (None, None) => Vault::open()?.find(DEFAULT)?,
    };
    let known = kept.map(|kept| kept.address()).transpose()?;
    let builder = Client::builder().token("pat_not_sent");
    Ok(with_base(builder, base_url.or(known.as_deref())).build()?)
}

/// There is no such profile.
pub(crate) fn missing(name: &str) -> Failure {
    Failure::LoggedOut(format!(
        "there is no profile `{name}`: log in with `coze auth login`, set \
         COZE_API_TOKEN, or try the API without an account by --mock"
    ))
}

fn with_base(builder: ClientBuilder, base_url: Option<&str>) -> ClientBuilder {
    match base_url.filter(|base_url| !base_url.is_empty()) {
        Some(base_url) => builder.base_url(base_url),
        None => builder,
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "tests fail so")]
mod tests;
