//! `coze auth`: logs in and out.

mod permissions;

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use coze_api::auth::{OAuthApp, OAuthToken, RedirectCatcher};
use coze_api::{Client, Platform};
use serde::Serialize;
use serde_json::{Value, json};

use crate::backend::{BackendArgs, PlatformName};
use crate::cli::{AuthCommand, Format};
use crate::failure::{CommandResult, Failure};
use crate::language::{self, say, text};
use crate::output;
use crate::profile::{self, Login, Profile, Selection, Vault};
use crate::program::PROGRAM;
use permissions::Permissions;

pub(super) async fn run(
    command: AuthCommand,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let name = || profile::name_or_default(backend.profile.as_deref());
    match command {
        AuthCommand::Status { permissions } => status(permissions, backend, output).await,
        AuthCommand::List => list(backend, output),
        _ if backend.mock => Err(Failure::Usage(say!(
            "the mock needs no login: add --mock to any other command",
            "Mock 服务无需登录：在其他命令后加上 --mock 即可",
        ))),
        AuthCommand::Switch { name } => {
            Vault::open()?.switch(&name)?;
            let text = say!("`{name}` is the current profile.", "当前账号配置为 `{name}`。");
            output::report(&text, &json!({"profile": name}), output)
        }
        AuthCommand::Login { app, redirect, no_browser, no_permissions } => {
            let name = name()?;
            let report = Report { name: &name, permissions: !no_permissions, output };
            let Some(app) = app else { return login_with_token(&report, backend).await };
            let options = LoginOptions {
                redirect,
                open_browser: !no_browser && std::io::stderr().is_terminal(),
            };
            login_with_app(&report, &app, &options, backend).await
        }
        AuthCommand::Logout => logout(&name()?, output).await,
    }
}

async fn logout(name: &str, output: Option<Format>) -> CommandResult {
    let deleted = Vault::open()?.remove(name).await?;
    let text = if deleted {
        say!("Deleted profile `{name}`.", "已删除账号配置 `{name}`。")
    } else {
        say!("There is no profile `{name}`.", "没有账号配置 `{name}`。")
    };
    output::report(&text, &json!({"profile": name, "forgotten": deleted}), output)
}

async fn login_with_token(report: &Report<'_>, backend: &BackendArgs) -> CommandResult {
    let token = if std::io::stdin().is_terminal() {
        output::status(&instructions(backend));
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
    let profile = Profile { login: Login::Token { token }, base_url, platform: backend.platform };
    log_in(report, profile).await
}

/// Says where to make a token, and which permissions it may need.
fn instructions(backend: &BackendArgs) -> String {
    if backend.platform() == Platform::Studio {
        return say!(
            "Make a token in Coze Studio: API & SDK, personal access tokens.",
            "请在 Coze Studio 中创建令牌：API & SDK，个人访问令牌。",
        );
    }
    let is_global = backend.base_url.as_deref().is_some_and(|url| url.contains("coze.com"));
    let url = if is_global { GLOBAL_TOKENS } else { CHINA_TOKENS };
    let chat = language::api().operation("chat.create");
    let chat = chat.map_or_else(String::new, |chat| chat.permissions.join(", "));
    say!(
        "Make a token at {url}. For `{PROGRAM} chat` it needs the permission {chat}; \
         `{PROGRAM} ops show OPERATION` names those of other operations.",
        "请在 {url} 创建令牌。`{PROGRAM} chat` 需要 {chat} 权限；\
         其他接口所需的权限见 `{PROGRAM} ops show OPERATION`。",
    )
}

/// The pages on which users make tokens.
const CHINA_TOKENS: &str = "https://www.coze.cn/open/oauth/pats";
const GLOBAL_TOKENS: &str = "https://www.coze.com/open/oauth/pats";

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
async fn log_in(report: &Report<'_>, mut profile: Profile) -> CommandResult {
    let client = profile.clone().client(None).await?;
    let user = User::of(&client).await?;
    profile.base_url = Some(client.base_url().to_owned());
    Vault::open()?.save(report.name, &profile, None).await?;
    report.print(&client, &user).await
}

/// Options of an interactive login.
struct LoginOptions {
    /// The redirect URL for the authorization code.
    redirect: String,
    open_browser: bool,
}

async fn login_with_app(
    report: &Report<'_>,
    file: &Path,
    options: &LoginOptions,
    backend: &BackendArgs,
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
    let login = Login::App { config };
    let mut profile = Profile { login, base_url: None, platform: backend.platform };
    let Some(token) = options.token(&app).await? else {
        // A JWT app needs no consent: fetching its first token verifies the key.
        return log_in(report, profile).await;
    };
    profile.base_url = Some(profile.clone().client(None).await?.base_url().to_owned());
    // Saved before anything else can fail, so that the granted tokens are not lost.
    let tokens = Vault::open()?.save(report.name, &profile, Some(&token)).await?;
    let client = profile.client(tokens).await?;
    let user = User::of(&client).await?;
    report.print(&client, &user).await
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

/// The user of a token, as far as the API tells.
enum User {
    Named(String),
    /// The token lacks the permission to read it.
    Denied,
    /// The platform has no operation for it, so the token is not verified.
    Unknown,
}

impl User {
    async fn of(client: &Client) -> Result<Self, Failure> {
        match client.users().me().await {
            Ok(user) => Ok(Self::Named(user.nick_name)),
            Err(error) if error.is_permission_denied() => Ok(Self::Denied),
            Err(error) if error.is_unsupported() => Ok(Self::Unknown),
            Err(error) => Err(error.into()),
        }
    }

    fn name(&self) -> Option<&str> {
        if let Self::Named(name) = self { Some(name) } else { None }
    }

    /// Describes the user of the credentials that `subject` names.
    fn describe(&self, subject: &str) -> String {
        match self {
            Self::Named(user) => {
                say!("{subject} acts as {user}.", "{subject} 的用户为 {user}。")
            }
            Self::Denied => say!(
                "{subject} is valid, but lacks the permission to read its user.",
                "{subject} 有效，但没有读取其用户的权限。",
            ),
            Self::Unknown => say!(
                "{subject} is not verified, because the platform does not tell its user.",
                "{subject} 未经验证，因为该平台不提供用户信息。",
            ),
        }
    }
}

/// The report about a login.
struct Report<'a> {
    /// The name of the profile.
    name: &'a str,
    /// Set if it tells the permissions.
    permissions: bool,
    output: Option<Format>,
}

impl Report<'_> {
    /// Makes the saved profile the current one if there was none, and prints the report.
    async fn print(&self, client: &Client, user: &User) -> CommandResult {
        let name = self.name;
        let is_current = Vault::open()?.adopt(name)?;
        let subject = format!("`{name}`");
        let mut summary = json!({"profile": name, "user": user.name(), "current": is_current});
        let mut lines = vec![user.describe(&subject)];
        if !is_current {
            lines.push(say!(
                "To use it, pass `--profile {name}` or switch with `{PROGRAM} auth switch {name}`.",
                "使用时请指定 `--profile {name}`，或用 `{PROGRAM} auth switch {name}` 切换。",
            ));
        }
        if self.permissions {
            let permissions = Permissions::of(client).await;
            lines.push(permissions.describe(&subject));
            summary["permissions"] = permissions.to_json();
        } else {
            lines.push(say!(
                "`{PROGRAM} auth status --permissions` shows which permissions it has.",
                "`{PROGRAM} auth status --permissions` 显示其拥有的权限。",
            ));
        }
        output::report(&lines.join("\n"), &summary, self.output)
    }
}

/// Returns the chosen profile and the subject of sentences about the credentials.
fn subject(backend: &BackendArgs) -> Result<(Option<String>, String), Failure> {
    if backend.mock {
        return Ok((None, text("The mock", "Mock 服务").to_owned()));
    }
    Ok(match profile::select(backend.profile.as_deref())? {
        Selection::Environment(_) => (None, "COZE_API_TOKEN".to_owned()),
        Selection::Named(name) | Selection::Current(name) => {
            let subject = format!("`{name}`");
            (Some(name), subject)
        }
    })
}

async fn status(
    with_permissions: bool,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let (current, subject) = subject(backend)?;
    let profiles = profiles(current.as_deref())?;
    if output.is_none() {
        print_profiles(&profiles)?;
    }
    let backend = backend.open().await?;
    let user = User::of(&backend.client).await?;
    let mut summary = json!({
        "profile": current,
        "base_url": backend.client.base_url(),
        "user": user.name(),
        "profiles": profiles,
    });
    let mut text = user.describe(&subject);
    if with_permissions {
        let permissions = Permissions::of(&backend.client).await;
        text = format!("{text}\n{}", permissions.describe(&subject));
        summary["permissions"] = permissions.to_json();
    }
    output::report(&text, &summary, output)
}

fn list(backend: &BackendArgs, output: Option<Format>) -> CommandResult {
    let (current, _) = subject(backend)?;
    let profiles = profiles(current.as_deref())?;
    match output {
        Some(format) => {
            let headings = [
                ("name", "名称"),
                ("kind", "类型"),
                ("base_url", "地址"),
                ("platform", "平台"),
                ("current", "当前"),
            ];
            output::rows(&json!(profiles), &headings, format)
        }
        None if profiles.is_empty() => output::line(&say!(
            "There are no profiles; log in with `{PROGRAM} auth login`.",
            "还没有账号配置；请使用 `{PROGRAM} auth login` 登录。",
        )),
        None => print_profiles(&profiles),
    }
}

/// A profile in a list.
#[derive(Serialize)]
struct ProfileSummary {
    name: String,
    kind: String,
    base_url: String,
    platform: PlatformName,
    current: bool,
}

fn print_profiles(profiles: &[ProfileSummary]) -> CommandResult {
    for ProfileSummary { name, kind, base_url, current, .. } in profiles {
        let mark = if *current { "*" } else { " " };
        output::line(&say!(
            "{mark} {name} ({kind}) at {base_url}",
            "{mark} {name}（{kind}）：{base_url}",
        ))?;
    }
    Ok(())
}

/// Returns all profiles.
fn profiles(current: Option<&str>) -> Result<Vec<ProfileSummary>, Failure> {
    let vault = Vault::open()?;
    let mut profiles = Vec::new();
    for name in vault.names()? {
        let Some(stored) = vault.find(&name)? else { continue };
        profiles.push(ProfileSummary {
            kind: stored.kind().to_owned(),
            base_url: stored.base_url()?,
            platform: stored.platform()?,
            current: current == Some(name.as_str()),
            name,
        });
    }
    Ok(profiles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn instructions_name_the_page_of_the_region() {
        use PlatformName::{Cloud, Studio};
        use coze_spec::Language;

        let shown = async |language, base_url: Option<&str>, platform| {
            let base_url = base_url.map(str::to_owned);
            let backend =
                BackendArgs { base_url, platform: Some(platform), ..BackendArgs::default() };
            language::within(language, async { instructions(&backend) }).await
        };
        let english = shown(Language::English, None, Cloud).await;
        assert!(english.contains(&format!("at {CHINA_TOKENS}.")), "{english}");
        assert!(english.contains("it needs the permission chat;"), "{english}");
        let chinese = shown(Language::Chinese, None, Cloud).await;
        assert!(chinese.contains(&format!("请在 {CHINA_TOKENS} 创建令牌")), "{chinese}");
        let global = Some("https://api.coze.com");
        assert!(shown(Language::English, global, Cloud).await.contains(GLOBAL_TOKENS));
        let studio = Some("http://localhost:8888");
        assert!(shown(Language::English, studio, Studio).await.contains("in Coze Studio"));
    }

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
