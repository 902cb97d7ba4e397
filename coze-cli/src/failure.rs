//! Failures of commands: their messages, hints and exit codes.

use std::fmt;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use coze_spec::Language;
use coze_spec::model::Operation;

use crate::catalog;
use crate::engine::{DryRunError, InvalidInput, StreamFailure};
use crate::language::{self, say};
use crate::output::{escape_controls, single_line};

/// The failure of a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A local error: a file, a port or a setting.
    Local(String),
    /// Invalid arguments or values.
    Usage(String),
    /// No credentials.
    LoggedOut(String),
    /// Ctrl-C was pressed.
    Interrupted,
    /// An error of the API or of the connection to it.
    Api(Box<coze_api::Error>),
    /// A failure reported by an event of a stream, which was printed already.
    Stream(StreamFailure),
}

/// The maximum length of a printed error body, in characters.
const MAX_BODY: usize = 4000;
const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Green.on_default().bold();
const FAINT: Style = Style::new().dimmed();

pub(crate) type CommandResult = Result<(), Failure>;

impl Failure {
    pub(crate) fn local(message: impl fmt::Display) -> Self {
        Self::Local(message.to_string())
    }

    /// Returns the exit code, which `coze help` documents.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Local(_) => 1,
            Self::Usage(_) => 2,
            Self::LoggedOut(_) => 4,
            // 128 + SIGINT, as in shells.
            Self::Interrupted => 130,
            Self::Api(error) if error.is_auth() || error.is_permission_denied() => 4,
            Self::Api(error)
                if error.is_timeout()
                    || error.is_connect()
                    || error.is_transport()
                    || error.is_truncated() =>
            {
                5
            }
            Self::Api(error) if error.is_request() => 2,
            Self::Api(error)
                if error.is_upload()
                    || error.is_save()
                    || error.is_credentials()
                    || error.is_config() =>
            {
                1
            }
            Self::Api(_) | Self::Stream(_) => 3,
        }
    }

    /// Prints the failure, with a hint if there is one, and returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        // `anstream` removes the colors if standard error is not a terminal.
        anstream::eprintln!("{ERROR}error:{ERROR:#} {}", escape_controls(&self.to_string()));
        if let Self::Api(error) = self {
            let mut source = std::error::Error::source(&**error);
            while let Some(cause) = source {
                let cause_text = escape_controls(&cause.to_string());
                anstream::eprintln!("  {FAINT}caused by:{FAINT:#} {cause_text}");
                source = cause.source();
            }
            if let Some(body) = error.body().filter(|body| !body.is_empty()) {
                let body: String = single_line(body).chars().take(MAX_BODY).collect();
                anstream::eprintln!("  {FAINT}response:{FAINT:#} {body}");
            }
            if let Some(hint) = hint(error) {
                anstream::eprintln!("  {HINT}hint:{HINT:#} {}", escape_controls(&hint));
            }
        }
        ExitCode::from(self.code())
    }
}

/// Suggests a fix for an error of the API.
pub(crate) fn hint(error: &coze_api::Error) -> Option<String> {
    /// The error code for invalid parameters.
    const INVALID_PARAMETER: i64 = 4000;

    if error.is_unsupported() {
        return Some(say!(
            "the server is a Coze Studio: pass `--platform studio`; `coze ops --platform studio` \
             lists the operations that it has",
            "服务端是 Coze Studio：请指定 `--platform studio`；`coze ops --platform studio` \
             列出其支持的接口",
        ));
    }
    if error.is_permission_denied() {
        return Some(permissions_hint(operation(error)));
    }
    if error.is_auth() {
        return Some(say!(
            "the token is missing, invalid or expired; log in again with `coze auth login`, \
             or set COZE_API_TOKEN (tokens of coze.com are not valid on coze.cn)",
            "令牌缺失、无效或已过期；使用 `coze auth login` 重新登录，或设置 COZE_API_TOKEN\
             （coze.com 的令牌不能用于 coze.cn）",
        ));
    }
    if error.is_rate_limited() {
        if let Some(delay) = error.retry_after() {
            let seconds = delay.as_secs().max(1);
            return Some(say!(
                "too many requests; try again in {seconds} seconds",
                "请求过于频繁，请在 {seconds} 秒后重试",
            ));
        }
        return language::explanation(error).or_else(|| {
            Some(say!("too many requests; try again later", "请求过于频繁，请稍后重试"))
        });
    }
    if error.is_connect() {
        return Some(say!(
            "check the base URL, and set HTTPS_PROXY if a proxy is needed",
            "检查 Base URL；如需代理，设置 HTTPS_PROXY",
        ));
    }
    match (error.code(), operation(error)) {
        (Some(INVALID_PARAMETER), Some(operation)) => Some(say!(
            "a parameter is invalid; `coze ops show {}` shows the types and limits of all \
             parameters",
            "参数无效；`coze ops show {}` 显示全部参数的类型和限制",
            operation.id,
        )),
        _ => language::explanation(error),
    }
}

/// Returns the operation of an error, which names it by its id or by its request line.
fn operation(error: &coze_api::Error) -> Option<&'static Operation> {
    let name = error.operation();
    catalog::find(name).or_else(|| {
        let (method, path) = name.split_once(' ')?;
        language::api().operations().find(|operation| {
            let same_path = operation.path.split('/').count() == path.split('/').count()
                && operation
                    .path
                    .split('/')
                    .zip(path.split('/'))
                    .all(|(template, actual)| template == actual || template.starts_with('{'));
            same_path && operation.verb.name().eq_ignore_ascii_case(method)
        })
    })
}

/// Formats an error with the id of its operation instead of its request line.
fn message_with_id(error: &coze_api::Error) -> String {
    let text = error.to_string();
    let rest = text.strip_prefix(error.operation()).and_then(|rest| rest.strip_prefix(": "));
    match (operation(error), rest) {
        (Some(operation), Some(rest)) => format!("{}: {rest}", operation.id),
        _ => text,
    }
}

/// Names the permissions that an operation needs.
fn permissions_hint(operation: Option<&Operation>) -> String {
    let permissions = operation.map_or(&[][..], |operation| &operation.permissions);
    let names: Vec<String> = permissions.iter().map(|name| format!("`{name}`")).collect();
    if language::current() == Language::Chinese {
        let needed = match &names[..] {
            [] => "其他权限".to_owned(),
            names => format!("{} 权限", names.join("、")),
        };
        return format!(
            "令牌需要{needed}，以及该工作空间的访问权限；在平台上编辑令牌，或创建新的令牌"
        );
    }
    let needed = match &names[..] {
        [] => "another permission".to_owned(),
        [name] => format!("the permission {name}"),
        [names @ .., last] => format!("the permissions {} and {last}", names.join(", ")),
    };
    format!(
        "the token needs {needed} and access to the workspace; edit the token on the \
         platform, or create another one"
    )
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(message) | Self::Usage(message) | Self::LoggedOut(message) => {
                f.write_str(message)
            }
            Self::Interrupted => f.write_str("interrupted"),
            Self::Api(error) => f.write_str(&message_with_id(error)),
            Self::Stream(StreamFailure { code: Some(code), message }) => {
                write!(f, "{message} (code {code})")
            }
            Self::Stream(StreamFailure { message, .. }) => f.write_str(message),
        }
    }
}

impl From<coze_api::Error> for Failure {
    fn from(error: coze_api::Error) -> Self {
        Self::Api(Box::new(error))
    }
}

impl From<InvalidInput> for Failure {
    fn from(invalid: InvalidInput) -> Self {
        Self::Usage(invalid.to_string())
    }
}

impl From<DryRunError> for Failure {
    fn from(error: DryRunError) -> Self {
        match error {
            DryRunError::Input(invalid) => invalid.into(),
            DryRunError::Sdk(error) => Self::Api(error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::local(error)
    }
}
