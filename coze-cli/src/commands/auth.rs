//! `coze auth`: logs in and out.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use coze_api::Client;
use coze_api::auth::{OAuthApp, OAuthToken, RedirectCatcher, TokenStore as _};
use serde_json::{Value, json};

use crate::backend::BackendArgs;
use crate::cli::{AuthCommand, Format};
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
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
        _ if backend.mock => Err(Failure::Usage(say!(
            "the mock needs no login: add --mock to any other command",
            "Mock 服务无需登录：在其他命令后加上 --mock 即可",
        ))),
        AuthCommand::Login { app: Some(app), redirect, no_browser } => {
            let options = LoginOptions {
                redirect,
                open_browser: !no_browser && std::io::stderr().is_terminal(),
            };
            login_with_app(name, &app, &options, backend, output).await
        }
        AuthCommand::Login { app: None, .. } => login_with_token(name, backend, output).await,
        AuthCommand::Logout => {
            let deleted = Vault::open()?.remove(name).await?;
            let text = if deleted {
                say!("Deleted profile `{name}`.", "已删除账号配置 `{name}`。")
            } else {
                say!("There is no profile `{name}`.", "没有账号配置 `{name}`。")
            };
            output::report(&text, &json!({"profile": name, "forgotten": deleted}), output)
        }
    }
}

async fn login_with_token(
    name: &str,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let token = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(text("Access token (hidden): ", "访问令牌（输入不显示）："))?
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line
    };
    let token = token.trim().to_owned();
    if token.is_empty() {
        return Err(Failure::Usage(say!(
            "no token given; enter one at the prompt or pipe it to the command",
            "没有提供令牌；请在提示处输入，或通过管道传入",
        )));
    }
    // Reject a malformed token before it can replace a valid one.
    coze_api::AccessToken::new(token.as_str())?;
    let base_url = explicit_base_url(backend)?;
    let profile = Profile { login: Login::Token { token }, base_url };
    log_in(name, profile, output).await
}

/// Returns the base URL that the user chose.
///
/// `COZE_API_BASE` may have been set by someone else, so it must not name an unencrypted remote
/// server.
fn explicit_base_url(backend: &BackendArgs) -> Result<Option<String>, Failure> {
    let Some(url) = backend.base_url.as_ref().filter(|url| !url.is_empty()) else {
        return Ok(None);
    };
    let from_environment = std::env::var("COZE_API_BASE").is_ok_and(|set| set == *url);
    if from_environment && profile::is_unencrypted_remote(url) {
        return Err(Failure::Usage(say!(
            "COZE_API_BASE is {url}, to which credentials would be sent unencrypted; \
             unset it, or pass the URL as --base-url if you trust the network",
            "COZE_API_BASE 为 {url}，凭证会以明文发送；请取消该变量，\
             或在信任该网络时通过 --base-url 指定此 URL",
        )));
    }
    Ok(Some(url.clone()))
}

/// Verifies the credentials of a profile, then saves it.
async fn log_in(name: &str, mut profile: Profile, output: Option<Format>) -> CommandResult {
    let client = profile.clone().client(None)?;
    let user = user(&client).await?;
    profile.base_url = Some(client.base_url().to_owned());
    Vault::open()?.save(name, &profile).await?;
    report_login(name, user.as_deref(), output)
}

/// Options of an interactive login.
struct LoginOptions {
    /// The redirect URL for the authorization code.
    redirect: String,
    open_browser: bool,
}

async fn login_with_app(
    name: &str,
    file: &Path,
    options: &LoginOptions,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let path = file.display();
    let content =
        std::fs::read_to_string(file).map_err(|error| Failure::cannot_read(file, &error))?;
    // The parser's message is dropped because it may quote a secret.
    let mut config: Value = serde_json::from_str(&content)
        .map_err(|_| Failure::Usage(say!("{path} is not a JSON file", "{path} 不是 JSON 文件")))?;
    if let Some(url) = explicit_base_url(backend)? {
        match config["coze_api_base"].as_str() {
            // Send the app's secrets only to the server that issued them.
            Some(own) if !profile::same_origin(own, &url) => {
                return Err(Failure::Usage(say!(
                    "the app in {path} belongs to {own}, not to {url}",
                    "{path} 中的应用属于 {own}，不属于 {url}",
                )));
            }
            Some(_) => {}
            None => config["coze_api_base"] = url.into(),
        }
    }
    let app = profile::app(&config)
        .map_err(|error| Failure::Usage(say!("{path}: {error}", "{path}：{error}")))?;
    let mut profile = Profile { login: Login::App { config }, base_url: None };
    let Some(token) = options.token(&app).await? else {
        // A JWT app needs no consent: fetching its first token verifies the key.
        return log_in(name, profile, output).await;
    };
    profile.base_url = Some(profile.clone().client(None)?.base_url().to_owned());
    // Saved before anything else can fail, so that the granted tokens are not lost.
    let tokens = Vault::open()?.save(name, &profile).await?;
    if let Some(tokens) = &tokens {
        tokens.save(&token).await?;
    }
    let client = profile.client(tokens)?;
    report_login(name, user(&client).await?.as_deref(), output)
}

impl LoginOptions {
    /// Asks the user for the first token. Returns `None` if the app needs no user.
    async fn token(&self, app: &OAuthApp) -> Result<Option<OAuthToken>, Failure> {
        match app {
            OAuthApp::Device(app) => {
                let login = app.login(|code| {
                    let (url, user_code) = (code.verification_uri(), code.user_code());
                    output::status(&say!(
                        "Open {url} and enter {user_code}",
                        "打开 {url} 并输入 {user_code}",
                    ));
                    self.open(&code.verification_url());
                });
                Ok(Some(login.await?))
            }
            OAuthApp::Pkce(app) => {
                let catcher = RedirectCatcher::bind(&self.redirect).await?;
                let login = app.authorize(catcher.redirect_uri())?;
                output::status(&say!(
                    "Open this URL in a browser:\n{}",
                    "在浏览器中打开此 URL：\n{}",
                    login.url(),
                ));
                self.open(login.url().as_ref());
                Ok(Some(catcher.finish(&login).await?))
            }
            OAuthApp::Jwt(_) => Ok(None),
            _ => Err(Failure::Usage(say!(
                "apps of this type need a web server; use an app of type device, pkce or jwt",
                "此类应用需要 Web 服务端；请使用 device、pkce 或 jwt 类型的应用",
            ))),
        }
    }

    /// Opens the URL in a browser. Failures are ignored because the URL was printed.
    fn open(&self, url: &str) {
        if self.open_browser && is_web_url(url) {
            let _ = open::that_detached(url);
        }
    }
}

/// Returns `true` for HTTP URLs.
///
/// Servers supply some of the URLs, and the system would start other programs for `file:` or custom
/// schemes.
fn is_web_url(url: &str) -> bool {
    let plain = |c: char| !c.is_control() && !c.is_whitespace();
    let scheme = url.parse::<http::Uri>().ok().and_then(|url| url.scheme_str().map(str::to_owned));
    matches!(scheme.as_deref(), Some("http" | "https")) && url.chars().all(plain)
}

/// Returns the name of the client's user, or `None` if the token lacks the permission to read it.
async fn user(client: &Client) -> Result<Option<String>, Failure> {
    match client.users().me().await {
        Ok(user) => Ok(Some(user.nick_name)),
        Err(error) if error.is_permission_denied() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn report_login(name: &str, user: Option<&str>, output: Option<Format>) -> CommandResult {
    let text = user_message(&format!("`{name}`"), user);
    output::report(&text, &json!({"profile": name, "user": user}), output)
}

fn user_message(subject: &str, user: Option<&str>) -> String {
    match user {
        Some(user) => say!("{subject} acts as {user}.", "{subject} 的用户为 {user}。"),
        None => say!(
            "{subject} is valid, but lacks the permission to read its user.",
            "{subject} 有效，但没有读取其用户的权限。",
        ),
    }
}

async fn status(backend: &BackendArgs, output: Option<Format>) -> CommandResult {
    let profiles = profiles()?;
    let (current, subject) = if backend.mock {
        (None, text("The mock", "Mock 服务").to_owned())
    } else if backend.profile.is_none() && profile::token_from_env().is_some() {
        (None, "COZE_API_TOKEN".to_owned())
    } else {
        let name = backend.profile.as_deref().unwrap_or(profile::DEFAULT);
        (Some(name), format!("`{name}`"))
    };
    if output.is_none() {
        for (name, kind, address) in &profiles {
            let mark = if current == Some(name) { "*" } else { " " };
            output::line(&say!(
                "{mark} {name} ({kind}) at {address}",
                "{mark} {name}（{kind}）：{address}",
            ))?;
        }
    }
    let backend = backend.open().await?;
    let user = user(&backend.client).await?;
    let listed = profiles
        .iter()
        .map(|(name, kind, address)| json!({"name": name, "kind": kind, "base_url": address}));
    let summary = json!({
        "profile": current,
        "base_url": backend.client.base_url(),
        "user": user,
        "profiles": listed.collect::<Value>(),
    });
    output::report(&user_message(&subject, user.as_deref()), &summary, output)
}

/// Returns the name, the kind and the base URL of every profile.
fn profiles() -> Result<Vec<(String, String, String)>, Failure> {
    let vault = Vault::open()?;
    let mut profiles = Vec::new();
    for name in vault.names()? {
        if let Some(stored) = vault.find(&name)? {
            let (kind, address) = (stored.kind().to_owned(), stored.base_url()?);
            profiles.push((name, kind, address));
        }
    }
    Ok(profiles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_urls_are_opened() {
        for url in ["https://www.coze.com/device?code=1", "http://127.0.0.1:8080/"] {
            assert!(is_web_url(url), "{url}");
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
            assert!(!is_web_url(url), "{url}");
        }
    }
}
