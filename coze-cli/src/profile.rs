//! Named profiles: what a client logs in with, in files that only their owner reads.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use coze_api::Client;
use coze_api::auth::{FileTokenStore, OAuthApp};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The profile that is used where none is named.
pub(crate) const DEFAULT: &str = "default";

/// How a profile logs in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Profile {
    /// By a token that does not change.
    Token { token: String, base_url: Option<String> },
    /// By an OAuth app, as its configuration file describes it; tokens are kept beside.
    App { config: serde_json::Value, base_url: Option<String> },
}

impl Profile {
    /// What it is, in a word.
    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Token { .. } => "token",
            Self::App { config, .. } => {
                config.get("client_type").and_then(|kind| kind.as_str()).unwrap_or("app")
            }
        }
    }

    fn base_url(&self) -> Option<&str> {
        match self {
            Self::Token { base_url, .. } | Self::App { base_url, .. } => base_url.as_deref(),
        }
    }

    /// The address of its API, if it is another than usual.
    pub(crate) fn address(&self) -> Option<&str> {
        self.base_url().or_else(|| match self {
            Self::Token { .. } => None,
            Self::App { config, .. } => config.get("coze_api_base")?.as_str(),
        })
    }

    /// A client that logs in so. Tokens of an app are kept in `store`.
    pub(crate) fn client(
        self,
        store: Option<FileTokenStore>,
        base_url: Option<&str>,
    ) -> Result<Client, Failure> {
        let base_url = base_url.or(self.base_url()).map(str::to_owned);
        let builder = match self {
            Self::Token { token, .. } => Client::builder().token(token),
            Self::App { config, .. } => {
                let mut credentials = app(&config)?.credentials();
                if let Some(store) = store {
                    credentials = credentials.with_store(store);
                }
                Client::builder().credentials(credentials)
            }
        };
        Ok(with_base(builder, base_url.as_deref()).build()?)
    }
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

fn file(name: &str) -> Result<PathBuf, Failure> {
    Ok(folder()?.join(format!("{}.profile.json", checked(name)?)))
}

/// Where the tokens of a profile are kept.
pub(crate) fn tokens(name: &str) -> Result<FileTokenStore, Failure> {
    Ok(FileTokenStore::new(tokens_file(name)?))
}

fn tokens_file(name: &str) -> Result<PathBuf, Failure> {
    Ok(folder()?.join(format!("{}.tokens.json", checked(name)?)))
}

/// The names of all profiles.
pub(crate) fn names() -> Result<Vec<String>, Failure> {
    let entries = match fs::read_dir(folder()?) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            Some(entry.file_name().to_str()?.strip_suffix(".profile.json")?.to_owned())
        })
        .collect();
    names.sort();
    Ok(names)
}

/// The profile of this name, if there is one.
pub(crate) fn load(name: &str) -> Result<Option<Profile>, Failure> {
    let path = file(name)?;
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    serde_json::from_str(&text).map(Some).map_err(|_| {
        // The error of the parser could quote a token.
        Failure::local(format!("{} is no profile; log in anew", path.display()))
    })
}

/// Keeps a profile. Tokens of one that had its name before are forgotten.
pub(crate) fn save(name: &str, profile: &Profile) -> Result<(), Failure> {
    let path = file(name)?;
    let folder = folder()?;
    fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(profile).map_err(Failure::local)?;
    // Such a file is readable by its owner only from its beginning on.
    let mut file = tempfile::NamedTempFile::new_in(&folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| Failure::from(error.error))?;
    forget(tokens_file(name)?)?;
    Ok(())
}

/// Removes a file; returns whether there was one.
fn forget(path: PathBuf) -> Result<bool, Failure> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Forgets a profile and its tokens; returns whether there was one.
pub(crate) fn remove(name: &str) -> Result<bool, Failure> {
    // Beside the tokens lies the lock of those who renew them.
    forget(tokens_file(name)?.with_extension("json.lock"))?;
    let (tokens, profile) = (forget(tokens_file(name)?)?, forget(file(name)?)?);
    Ok(tokens || profile)
}

/// The app of a profile.
pub(crate) fn app(config: &serde_json::Value) -> Result<OAuthApp, Failure> {
    Ok(OAuthApp::from_json(&config.to_string())?)
}

/// The token of the environment, if there is one.
pub(crate) fn environment() -> Option<String> {
    std::env::var("COZE_API_TOKEN").ok().filter(|token| !token.is_empty())
}

/// A client by the named profile; without a name by the environment, else by the default profile.
pub(crate) fn client(name: Option<&str>, base_url: Option<&str>) -> Result<Client, Failure> {
    if let (None, Some(token)) = (name, environment()) {
        return Profile::Token { token, base_url: None }.client(None, base_url);
    }
    let name = name.unwrap_or(DEFAULT);
    let profile = load(name)?.ok_or_else(|| missing(name))?;
    profile.client(Some(tokens(name)?), base_url)
}

/// A client for what is not sent: it goes where that of the profile would, and has no token.
pub(crate) fn unsent(name: Option<&str>, base_url: Option<&str>) -> Result<Client, Failure> {
    let profile = match (name, environment()) {
        (Some(name), _) => Some(load(name)?.ok_or_else(|| missing(name))?),
        (None, Some(_)) => None,
        (None, None) => load(DEFAULT)?,
    };
    let known = profile.as_ref().and_then(Profile::address);
    let builder = Client::builder().token("pat_not_sent");
    Ok(with_base(builder, base_url.or(known)).build()?)
}

/// There is no such profile.
pub(crate) fn missing(name: &str) -> Failure {
    Failure::LoggedOut(format!(
        "there is no profile `{name}`: log in with `coze auth login`, set \
         COZE_API_TOKEN, or try the API without an account by --mock"
    ))
}

fn with_base(builder: coze_api::ClientBuilder, base_url: Option<&str>) -> coze_api::ClientBuilder {
    match base_url.filter(|base_url| !base_url.is_empty()) {
        Some(base_url) => builder.base_url(base_url),
        None => builder,
    }
}
