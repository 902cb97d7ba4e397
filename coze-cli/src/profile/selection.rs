//! Chooses the credentials of a command: a profile, or the token in the environment.

use coze_api::{Client, ClientBuilder, Platform};

use super::{Vault, files};
use crate::failure::Failure;
use crate::language::say;
use crate::program::PROGRAM;
use crate::secrets;

/// The name of the first profile if the user gives none.
const DEFAULT: &str = "default";

/// The file with the name of the current profile.
const CURRENT: &str = "current";

/// The chosen credentials.
pub(crate) enum Selection {
    /// A profile that the user named, by `--profile` or `COZE_PROFILE`.
    Named(String),
    /// The token in `COZE_API_TOKEN`.
    Environment(String),
    /// The current profile.
    Current(String),
}

/// Returns the chosen credentials. A named profile wins over the token in the environment, which
/// wins over the current profile.
pub(crate) fn select(name: Option<&str>) -> Result<Selection, Failure> {
    if let Some(name) = named(name) {
        return Ok(Selection::Named(name));
    }
    match token_from_env() {
        Some(token) => Ok(Selection::Environment(token)),
        None => Ok(Selection::Current(Vault::open()?.current()?)),
    }
}

fn named(name: Option<&str>) -> Option<String> {
    let variable = || std::env::var("COZE_PROFILE").ok().filter(|name| !name.is_empty());
    name.map(str::to_owned).or_else(variable)
}

/// Returns the name of the profile to log in to or out of.
pub(crate) fn name_or_default(name: Option<&str>) -> Result<String, Failure> {
    named(name).map_or_else(|| Vault::open()?.current(), Ok)
}

/// Returns the token in `COZE_API_TOKEN`, if it is set.
fn token_from_env() -> Option<String> {
    let token = std::env::var("COZE_API_TOKEN").ok().filter(|token| !token.is_empty())?;
    secrets::register(&token);
    Some(token)
}

impl Vault {
    /// Returns the name of the current profile: the one that the user switched to, or else the only
    /// one, or else `default`.
    pub(crate) fn current(&self) -> Result<String, Failure> {
        let names = self.names()?;
        let chosen = files::read(&self.folder.join(CURRENT))?;
        let chosen = chosen.map(|name| name.trim().to_owned());
        if let Some(chosen) = chosen.filter(|chosen| names.contains(chosen)) {
            return Ok(chosen);
        }
        match &names[..] {
            [only] => Ok(only.clone()),
            _ => Ok(DEFAULT.to_owned()),
        }
    }

    /// Makes a profile the current one.
    pub(crate) fn switch(&self, name: &str) -> Result<(), Failure> {
        if self.find(name)?.is_none() {
            return Err(missing_profile(name));
        }
        Ok(files::replace(&self.folder.join(CURRENT), name.as_bytes())?)
    }

    /// Makes no profile the current one if it is this one.
    pub(super) fn forget_current(&self, name: &str) -> Result<(), Failure> {
        let path = self.folder.join(CURRENT);
        if files::read(&path)?.is_some_and(|current| current.trim() == name) {
            files::remove(&path)?;
        }
        Ok(())
    }

    /// Makes a new profile the current one if there was none. Returns `true` if it is the current
    /// one.
    pub(crate) fn adopt(&self, name: &str) -> Result<bool, Failure> {
        let (current, names) = (self.current()?, self.names()?);
        if names.len() == 1 || !names.contains(&current) {
            self.switch(name)?;
            return Ok(true);
        }
        Ok(current == name)
    }
}

/// The server that the options of a command name.
#[derive(Clone, Copy, Default)]
pub(crate) struct Target<'a> {
    pub(crate) base_url: Option<&'a str>,
    pub(crate) platform: Platform,
}

impl Target<'_> {
    pub(super) fn apply(&self, builder: ClientBuilder) -> ClientBuilder {
        let builder = builder.platform(self.platform);
        match self.base_url.filter(|base_url| !base_url.is_empty()) {
            Some(base_url) => builder.base_url(base_url),
            None => builder,
        }
    }
}

/// Creates a client with the chosen credentials.
pub(crate) async fn client(name: Option<&str>, target: &Target<'_>) -> Result<Client, Failure> {
    match select(name)? {
        Selection::Environment(token) => {
            Ok(target.apply(Client::builder().token(token)).build()?)
        }
        Selection::Named(name) | Selection::Current(name) => {
            let client = Vault::open()?.client(&name, target.base_url).await?;
            Ok(client.with_platform(target.platform))
        }
    }
}

/// Creates a client for dry runs: with the base URL of the profile but without its credentials.
pub(crate) fn dry_run_client(name: Option<&str>, target: &Target<'_>) -> Result<Client, Failure> {
    let stored = match select(name)? {
        Selection::Named(name) => {
            Some(Vault::open()?.find(&name)?.ok_or_else(|| missing_profile(&name))?)
        }
        Selection::Environment(_) => None,
        Selection::Current(name) => Vault::open()?.find(&name)?,
    };
    let own = stored.map(|stored| stored.base_url()).transpose()?;
    let base_url = target.base_url.or(own.as_deref());
    let builder = Client::builder().token("pat_not_sent");
    Ok(Target { base_url, ..*target }.apply(builder).build()?)
}

/// Returns the platform of the chosen profile, if it exists.
pub(crate) fn platform(name: Option<&str>) -> Option<Platform> {
    match select(name).ok()? {
        Selection::Environment(_) => None,
        Selection::Named(name) | Selection::Current(name) => {
            Vault::open().ok()?.find(&name).ok()??.platform().ok().map(Platform::from)
        }
    }
}

/// Returns the failure for a profile that does not exist.
pub(crate) fn missing_profile(name: &str) -> Failure {
    let others = Vault::open().and_then(|vault| vault.names()).unwrap_or_default();
    if others.is_empty() {
        return Failure::LoggedOut(say!(
            "there is no profile `{name}`: log in with `{PROGRAM} auth login`, set COZE_API_TOKEN, \
             or add --mock to use a mock of the API",
            "没有账号配置 `{name}`：请使用 `{PROGRAM} auth login` 登录，设置 COZE_API_TOKEN，\
             或加上 --mock 使用 Mock 服务",
        ));
    }
    let others: Vec<_> = others.iter().map(|name| format!("`{name}`")).collect();
    Failure::LoggedOut(say!(
        "there is no profile `{name}`, but there is {}: choose one with --profile or \
         `{PROGRAM} auth switch`, or log in with `{PROGRAM} auth login --profile {name}`",
        "没有账号配置 `{name}`，已有 {}：请使用 --profile 或 `{PROGRAM} auth switch` 选择，\
         或使用 `{PROGRAM} auth login --profile {name}` 登录",
        others.join(", "),
    ))
}
