//! `coze auth`: logging in and out.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use coze_api::Client;
use coze_api::auth::{OAuthApp, OAuthToken, RedirectCatcher, TokenStore as _};
use serde_json::{Value, json};

use crate::backend::BackendArgs;
use crate::cli::{AuthCommand, Format};
use crate::failure::{Done, Failure};
use crate::output;
use crate::profile::{self, Profile};

pub(super) async fn run(
    command: AuthCommand,
    backend: &BackendArgs,
    output: Option<Format>,
) -> Done {
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
            let forgotten = profile::remove(name)?;
            let text = if forgotten {
                format!("The profile `{name}` is forgotten.")
            } else {
                format!("There is no profile `{name}`.")
            };
            output::told(&text, &json!({"profile": name, "forgotten": forgotten}), output)
        }
    }
}

async fn by_token(name: &str, backend: &BackendArgs, output: Option<Format>) -> Done {
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
    let base_url = backend.base_url.clone();
    let profile = Profile::Token { token, base_url };
    let user = user(&profile.clone().client(None, None)?).await?;
    profile::save(name, &profile)?;
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
) -> Done {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::local(format!("cannot read {}: {error}", file.display())))?;
    // Without the parser's words, which may quote a secret.
    let config = serde_json::from_str(&text)
        .map_err(|_| Failure::Usage(format!("{} is no JSON file", file.display())))?;
    let app = profile::app(&config)?;
    let base_url = backend.base_url.clone();
    let profile = Profile::App { config, base_url };
    let Some(token) = grant.token(&app).await? else {
        // A service needs nobody's consent: its first token shows whether its key is good.
        let user = user(&profile.clone().client(None, None)?).await?;
        profile::save(name, &profile)?;
        return logged_in(name, user.as_deref(), output);
    };
    // Kept at once: what was granted must not be lost because a question about it fails.
    profile::save(name, &profile)?;
    profile::tokens(name)?.save(&token).await?;
    let client = profile.client(Some(profile::tokens(name)?), None)?;
    logged_in(name, user(&client).await?.as_deref(), output)
}

impl Grant {
    /// The first token, if a user has to grant it.
    async fn token(&self, app: &OAuthApp) -> Result<Option<OAuthToken>, Failure> {
        match app {
            OAuthApp::Device(app) => {
                let login = app.login(|code| {
                    eprintln!("Open {} and enter {}", code.verification_uri(), code.user_code());
                    self.open(&code.verification_url());
                });
                Ok(Some(login.await?))
            }
            OAuthApp::Pkce(app) => {
                let catcher = RedirectCatcher::bind(&self.redirect).await?;
                let login = app.authorize(catcher.redirect_uri())?;
                eprintln!("Open this address in a browser:\n{}", login.url());
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
        if self.browser {
            let _ = open::that_detached(url);
        }
    }
}

/// As whom a client acts; nothing if its token may not ask that, and is good still.
async fn user(client: &Client) -> Result<Option<String>, Failure> {
    match client.users().me().await {
        Ok(user) => Ok(Some(user.nick_name)),
        Err(error) if error.is_permission_denied() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn logged_in(name: &str, user: Option<&str>, output: Option<Format>) -> Done {
    let text = acts(&format!("`{name}`"), user);
    output::told(&text, &json!({"profile": name, "user": user}), output)
}

fn acts(who: &str, user: Option<&str>) -> String {
    match user {
        Some(user) => format!("{who} acts as {user}."),
        None => format!("{who} may not say as whom it acts."),
    }
}

async fn status(backend: &BackendArgs, output: Option<Format>) -> Done {
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
            let address = address.as_deref().map(|url| format!(" at {url}"));
            output::line(&format!("{mark} {name} ({kind}){}", address.unwrap_or_default()))?;
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
    output::told(&acts(&who, user.as_deref()), &told, output)
}

/// Every profile: its name, what it is, and its address if it is another than usual.
fn profiles() -> Result<Vec<(String, String, Option<String>)>, Failure> {
    let known = profile::names()?.into_iter().map(|name| {
        let profile = profile::load(&name)?;
        let kind = profile.as_ref().map_or("", Profile::kind).to_owned();
        let address = profile.as_ref().and_then(Profile::address).map(str::to_owned);
        Ok((name, kind, address))
    });
    known.collect()
}
