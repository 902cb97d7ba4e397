//! `coze auth`: logging in and out.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use coze_api::Client;
use coze_api::auth::{OAuthApp, OAuthToken, RedirectCatcher, TokenStore as _};
use serde_json::{Value, json};

use crate::backend::BackendArgs;
use crate::cli::{AuthCommand, Format};
use crate::failure::{CommandResult, Failure};
use crate::output;
use crate::profile::{self, Login, Profile, Vault};

pub(super) async fn run(
    command: AuthCommand,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let name = backend.profile.as_deref().unwrap_or(profile::DEFAULT);
    match command {
        AuthCommand::Status => status(backend, output).await,
        _ if backend.mock => Err(Failure::Usage(
            "nobody has to log in to the mock: add --mock to the other commands".to_owned(),
        )),
        AuthCommand::Login { app: Some(app), redirect, no_browser } => {
            let grant = Grant { redirect, browser: !no_browser && std::io::stderr().is_terminal() };
            by_app(name, &app, &grant, backend, output).await
        }
        AuthCommand::Login { app: None, .. } => by_token(name, backend, output).await,
        AuthCommand::Logout => {
            let forgotten = Vault::open()?.remove(name).await?;
            let text = if forgotten {
                format!("The profile `{name}` is forgotten.")
            } else {
                format!("There is no profile `{name}`.")
            };
            output::report(&text, &json!({"profile": name, "forgotten": forgotten}), output)
        }
    }
}

async fn by_token(name: &str, backend: &BackendArgs, output: Option<Format>) -> CommandResult {
    let token = if std::io::stdin().is_terminal() {
        rpassword::prompt_password("Access token (it is not shown): ")?
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line
    };
    let token = token.trim().to_owned();
    if token.is_empty() {
        return Err(Failure::Usage("no token was given".to_owned()));
    }
    // What cannot be a token, or is none, is refused before it takes the place of a good one.
    coze_api::AccessToken::new(token.as_str())?;
    let base_url = chosen_address(backend)?;
    let profile = Profile { login: Login::Token { token }, base_url };
    log_in(name, profile, output).await
}

/// The address that the user chose. A variable that somebody else may have set sends no credentials over an open line.
fn chosen_address(backend: &BackendArgs) -> Result<Option<String>, Failure> {
    let Some(url) = backend.base_url.as_ref().filter(|url| !url.is_empty()) else {
        return Ok(None);
    };
    let from_environment = std::env::var("COZE_API_BASE").is_ok_and(|set| set == *url);
    if from_environment && profile::is_readable_on_the_way(url) {
        return Err(Failure::Usage(format!(
            "COZE_API_BASE names {url}, where others can read the credentials on the way; \
             unset it, or pass that address as --base-url if you trust the network"
        )));
    }
    Ok(Some(url.clone()))
}

/// Keeps a profile whose credentials are known to be good.
async fn log_in(name: &str, mut profile: Profile, output: Option<Format>) -> CommandResult {
    let client = profile.clone().client(None)?;
    let user = user(&client).await?;
    profile.base_url = Some(client.base_url().to_owned());
    Vault::open()?.save(name, &profile).await?;
    logged_in(name, user.as_deref(), output)
}

/// How a user grants access to an app.
struct Grant {
    redirect: String,
    /// Whether there is somebody for whom to open a browser.
    browser: bool,
}

async fn by_app(
    name: &str,
    file: &Path,
    grant: &Grant,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::local(format!("cannot read {}: {error}", file.display())))?;
    // Without the parser's words, which may quote a secret.
    let mut config: Value = serde_json::from_str(&text)
        .map_err(|_| Failure::Usage(format!("{} is no JSON file", file.display())))?;
    if let Some(url) = chosen_address(backend)? {
        match config["coze_api_base"].as_str() {
            // Its secrets belong to the server that issued them.
            Some(own) if !profile::same_origin(own, &url) => {
                return Err(Failure::Usage(format!(
                    "the app in {} belongs to {own}, not to {url}",
                    file.display()
                )));
            }
            Some(_) => {}
            None => config["coze_api_base"] = url.into(),
        }
    }
    let app = profile::app(&config)?;
    let mut profile = Profile { login: Login::App { config }, base_url: None };
    let Some(token) = grant.token(&app).await? else {
        // A service needs nobody's consent: its first token shows whether its key is good.
        return log_in(name, profile, output).await;
    };
    profile.base_url = Some(profile.clone().client(None)?.base_url().to_owned());
    // StoredProfile at once: what was granted must not be lost because a question about it fails.
    let tokens = Vault::open()?.save(name, &profile).await?;
    if let Some(tokens) = &tokens {
        tokens.save(&token).await?;
    }
    let client = profile.client(tokens)?;
    logged_in(name, user(&client).await?.as_deref(), output)
}

impl Grant {
    /// The first token, if a user has to grant it.
    async fn token(&self, app: &OAuthApp) -> Result<Option<OAuthToken>, Failure> {
        match app {
            OAuthApp::Device(app) => {
                let login = app.login(|code| {
                    let (url, code_text) = (code.verification_uri(), code.user_code());
                    output::say(&format!("Open {url} and enter {code_text}"));
                    self.open(&code.verification_url());
                });
                Ok(Some(login.await?))
            }
            OAuthApp::Pkce(app) => {
                let catcher = RedirectCatcher::bind(&self.redirect).await?;
                let login = app.authorize(catcher.redirect_uri())?;
                output::say(&format!("Open this address in a browser:\n{}", login.url()));
                self.open(login.url().as_ref());
                Ok(Some(catcher.finish(&login).await?))
            }
            OAuthApp::Jwt(_) => Ok(None),
            _ => Err(Failure::Usage(
                "apps of this type have a web server to return to; use device, pkce or \
                 jwt"
                .to_owned(),
            )),
        }
    }

    /// Opens a browser, if there is one. The address was printed in any case.
    fn open(&self, url: &str) {
        if self.browser && is_web_address(url) {
            let _ = open::that_detached(url);
        }
    }
}

/// Returns `true` for addresses that only a browser handles. A server names some of them, and the system would start other
/// programs for `file:` or schemes of their own.
fn is_web_address(url: &str) -> bool {
    let plain = |c: char| !c.is_control() && !c.is_whitespace();
    let scheme = url.parse::<http::Uri>().ok().and_then(|url| url.scheme_str().map(str::to_owned));
    matches!(scheme.as_deref(), Some("http" | "https")) && url.chars().all(plain)
}

/// As whom a client acts; nothing if its token may not ask that, and is good still.
async fn user(client: &Client) -> Result<Option<String>, Failure> {
    match client.users().me().await {
        Ok(user) => Ok(Some(user.nick_name)),
        Err(error) if error.is_permission_denied() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn logged_in(name: &str, user: Option<&str>, output: Option<Format>) -> CommandResult {
    let text = acts(&format!("`{name}`"), user);
    output::report(&text, &json!({"profile": name, "user": user}), output)
}

fn acts(who: &str, user: Option<&str>) -> String {
    match user {
        Some(user) => format!("{who} acts as {user}."),
        None => format!("{who} may not say as whom it acts."),
    }
}

async fn status(backend: &BackendArgs, output: Option<Format>) -> CommandResult {
    let profiles = profiles()?;
    let (current, who) = if backend.mock {
        (None, "The mock".to_owned())
    } else if backend.profile.is_none() && profile::environment().is_some() {
        (None, "COZE_API_TOKEN".to_owned())
    } else {
        let name = backend.profile.as_deref().unwrap_or(profile::DEFAULT);
        (Some(name), format!("`{name}`"))
    };
    if output.is_none() {
        for (name, kind, address) in &profiles {
            let mark = if current == Some(name) { "*" } else { " " };
            output::line(&format!("{mark} {name} ({kind}) at {address}"))?;
        }
    }
    let opened = backend.open().await?;
    let user = user(&opened.client).await?;
    let listed = profiles
        .iter()
        .map(|(name, kind, address)| json!({"name": name, "kind": kind, "base_url": address}));
    let told = json!({
        "profile": current,
        "base_url": opened.client.base_url(),
        "user": user,
        "profiles": listed.collect::<Value>(),
    });
    output::report(&acts(&who, user.as_deref()), &told, output)
}

/// Every profile: its name, what it is, and its address.
fn profiles() -> Result<Vec<(String, String, String)>, Failure> {
    let vault = Vault::open()?;
    let mut profiles = Vec::new();
    for name in vault.names()? {
        if let Some(kept) = vault.find(&name)? {
            let (kind, address) = (kept.kind().to_owned(), kept.address()?);
            profiles.push((name, kind, address));
        }
    }
    Ok(profiles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_opened() {
        for url in ["https://www.coze.com/device?code=1", "http://127.0.0.1:8080/"] {
            assert!(is_web_address(url), "{url}");
        }
        for url in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "vscode://x",
            "mailto:a@b.c",
            "-h",
            "C:\\x",
            "",
            "https://a/\u{1b}[2J",
            "https://a/ --flag",
        ] {
            assert!(!is_web_address(url), "{url}");
        }
    }
}
