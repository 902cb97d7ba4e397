//! `coze auth`: logging in and out.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use coze_api::auth::{OAuthApp, OAuthToken, RedirectCatcher, TokenStore as _};

use crate::backend::BackendArgs;
use crate::cli::AuthCommand;
use crate::failure::{Done, Failure};
use crate::output;
use crate::profile::{self, Profile};

pub(super) async fn run(command: AuthCommand, backend: &BackendArgs) -> Done {
    let name = backend.profile.as_deref().unwrap_or(profile::DEFAULT);
    match command {
        AuthCommand::Login { app: Some(app), redirect } => {
            by_app(name, &app, &redirect, backend).await
        }
        AuthCommand::Login { app: None, .. } => by_token(name, backend).await,
        AuthCommand::Status => status(name, backend).await,
        AuthCommand::Logout => {
            let text = if profile::remove(name)? {
                format!("The profile `{name}` is forgotten.")
            } else {
                format!("There is no profile `{name}`.")
            };
            output::line(&text)
        }
    }
}

async fn by_token(name: &str, backend: &BackendArgs) -> Done {
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
    // What cannot be a token is refused before it is kept.
    coze_api::AccessToken::new(token.as_str())?;
    let base_url = backend.base_url.clone();
    profile::save(name, &Profile::Token { token, base_url })?;
    confirm(name, backend).await
}

async fn by_app(name: &str, file: &Path, redirect: &str, backend: &BackendArgs) -> Done {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::local(format!("cannot read {}: {error}", file.display()))
    })?;
    // Without the parser's words, which may quote a secret.
    let config = serde_json::from_str(&text)
        .map_err(|_| Failure::Usage(format!("{} is no JSON file", file.display())))?;
    let app = profile::app(&config)?;
    let token = token(&app, redirect).await?;
    let base_url = backend.base_url.clone();
    profile::save(name, &Profile::App { config, base_url })?;
    if let Some(token) = token {
        profile::tokens(name)?.save(&token).await?;
    }
    confirm(name, backend).await
}

/// The first token, if a user has to grant it.
async fn token(app: &OAuthApp, redirect: &str) -> Result<Option<OAuthToken>, Failure> {
    match app {
        OAuthApp::Device(app) => {
            let login = app.login(|code| {
                eprintln!(
                    "Open {} and enter {}",
                    code.verification_uri(),
                    code.user_code()
                );
            });
            Ok(Some(login.await?))
        }
        OAuthApp::Pkce(app) => {
            let catcher = RedirectCatcher::bind(redirect).await?;
            let login = app.authorize(catcher.redirect_uri())?;
            eprintln!("Open this address in a browser:\n{}", login.url());
            Ok(Some(catcher.finish(&login).await?))
        }
        OAuthApp::Jwt(_) => Ok(None),
        _ => Err(Failure::Usage(
            "apps of this type have a web server to return to; use device, pkce or jwt"
                .to_owned(),
        )),
    }
}

/// Says as whom the profile acts. A token that may not ask that is good still.
async fn confirm(name: &str, backend: &BackendArgs) -> Done {
    let client = profile::client(Some(name), backend.base_url.as_deref())?;
    match client.users().me().await {
        Ok(user) => output::line(&format!("`{name}` acts as {}.", user.nick_name)),
        Err(error) if error.is_permission_denied() => {
            output::line(&format!("`{name}` is kept; it may not say as whom it acts."))
        }
        Err(error) => Err(error.into()),
    }
}

async fn status(name: &str, backend: &BackendArgs) -> Done {
    let names = profile::names()?;
    if names.is_empty() {
        output::line("There are no profiles; `coze auth login` makes one.")?;
    }
    for known in &names {
        let kind = profile::load(known)?.map(|profile| profile.kind().to_owned());
        let mark = if known == name { "*" } else { " " };
        output::line(&format!("{mark} {known} ({})", kind.unwrap_or_default()))?;
    }
    if names.iter().any(|known| known == name) {
        confirm(name, backend).await?;
    }
    Ok(())
}
