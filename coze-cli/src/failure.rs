//! Failures of commands: their messages, hints and exit codes.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use coze_spec::Language;
use coze_spec::model::Operation;

use crate::catalog;
use crate::engine::{DryRunError, InvalidInput, StreamFailure};
use crate::language::{self, say, text};
use crate::output::{escape_controls, single_line};
use crate::program::PROGRAM;

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

    /// Returns the failure for a file that cannot be read.
    pub(crate) fn cannot_read(path: &Path, error: &io::Error) -> Self {
        let (path, reason) = (path.display(), io_reason(error));
        Self::Local(say!("cannot read {path}: {reason}", "无法读取 {path}：{reason}"))
    }

    /// Returns the failure for a file that cannot be written.
    pub(crate) fn cannot_write(path: &Path, error: &io::Error) -> Self {
        let (path, reason) = (path.display(), io_reason(error));
        Self::Local(say!("cannot write {path}: {reason}", "无法写入 {path}：{reason}"))
    }

    /// Returns the failure for an address that cannot be listened at.
    pub(crate) fn cannot_listen(address: &str, error: &io::Error) -> Self {
        let reason = io_reason(error);
        Self::Local(say!("cannot listen at {address}: {reason}", "无法监听 {address}：{reason}",))
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
        print_error(&self.to_string());
        for (style, label, text) in self.notes() {
            anstream::eprintln!("  {style}{label}{style:#}{text}");
        }
        ExitCode::from(self.code())
    }

    /// Returns what is known beyond the message: a style, a label and an escaped text each.
    fn notes(&self) -> Vec<(Style, &'static str, String)> {
        let mut notes = Vec::new();
        let hint_label = text("hint: ", "提示：");
        let error = match self {
            Self::Api(error) => error,
            Self::Stream(failure) => {
                let hint = failure.hint();
                notes.extend(hint.map(|hint| (HINT, hint_label, escape_controls(&hint))));
                let page = failure.doc.as_deref().map(single_line);
                notes.extend(page.map(|page| (HINT, text("help: ", "帮助："), page)));
                return notes;
            }
            _ => return notes,
        };
        let mut source = std::error::Error::source(&**error);
        while let Some(cause) = source {
            let label = text("caused by: ", "原因：");
            notes.push((FAINT, label, escape_controls(&cause.to_string())));
            source = cause.source();
        }
        if let Some(body) = error.body().filter(|body| !body.is_empty()) {
            let body: String = single_line(body).chars().take(MAX_BODY).collect();
            notes.push((FAINT, text("response: ", "响应："), body));
        }
        let (meaning, hint) = (language::explanation(error), hint(error));
        if let Some(meaning) = meaning.filter(|meaning| hint.as_ref() != Some(meaning)) {
            notes.push((FAINT, text("meaning: ", "含义："), escape_controls(&meaning)));
        }
        if let Some(hint) = hint {
            notes.push((HINT, hint_label, escape_controls(&hint)));
        }
        if let Some(page) = error.help_doc() {
            notes.push((HINT, text("help: ", "帮助："), single_line(&page)));
        }
        notes
    }
}

/// Prints the message of an error.
pub(crate) fn print_error(message: &str) {
    let label = text("error: ", "错误：");
    // `anstream` removes the colors if standard error is not a terminal.
    anstream::eprintln!("{ERROR}{label}{ERROR:#}{}", escape_controls(message));
}

/// Returns the reason of an I/O error.
fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => text("there is no such file", "文件不存在").to_owned(),
        io::ErrorKind::AddrInUse => {
            text("another program uses the port", "端口已被其他程序占用").to_owned()
        }
        io::ErrorKind::PermissionDenied => text("permission denied", "没有权限").to_owned(),
        _ => error.to_string(),
    }
}

/// Suggests a fix for an error of the API.
pub(crate) fn hint(error: &coze_api::Error) -> Option<String> {
    /// The error code for invalid parameters.
    const INVALID_PARAMETER: i64 = 4000;

    if error.is_unsupported() {
        return Some(say!(
            "the server is a Coze Studio: pass `--platform studio`; \
             `{PROGRAM} ops --platform studio` lists the operations that it has",
            "服务端是 Coze Studio：请指定 `--platform studio`；\
             `{PROGRAM} ops --platform studio` 列出其支持的接口",
        ));
    }
    if error.is_permission_denied() {
        return Some(permissions_hint(operation(error)));
    }
    if error.is_auth() {
        return Some(say!(
            "the token is missing, invalid or expired; log in again with `{PROGRAM} auth login`, \
             or set COZE_API_TOKEN (tokens of coze.com are not valid on coze.cn)",
            "令牌缺失、无效或已过期；使用 `{PROGRAM} auth login` 重新登录，或设置 COZE_API_TOKEN\
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
            "a parameter is invalid; `{PROGRAM} ops show {}` shows the types and limits of all \
             parameters",
            "参数无效；`{PROGRAM} ops show {}` 显示全部参数的类型和限制",
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
        catalog::at(method, path)
    })
}

/// Formats an error with the id of its operation instead of its request line.
fn message_with_id(error: &coze_api::Error) -> String {
    let whole = error.to_string();
    let rest = whole.strip_prefix(error.operation()).and_then(|rest| rest.strip_prefix(": "));
    let named = operation(error).map(|operation| operation.id.as_str());
    let (name, rest) = match (named, rest) {
        (Some(id), Some(rest)) => (Some(id), rest),
        (None, Some(rest)) if !error.operation().is_empty() => (Some(error.operation()), rest),
        _ => (None, &*whole),
    };
    match (language::current(), name) {
        (Language::English, Some(name)) => format!("{name}: {rest}"),
        (Language::English, None) => whole,
        (Language::Chinese, Some(name)) => format!("{name}：{}", in_chinese(error, rest)),
        (Language::Chinese, None) => in_chinese(error, rest),
    }
}

/// Begins the message of an error with its kind in Chinese. The details stay as the SDK and the
/// server write them.
fn in_chinese(error: &coze_api::Error, message: &str) -> String {
    let mut message = message.to_owned();
    if let Some(log_id) = error.log_id() {
        message = message.replace(&format!("log id {log_id}"), &format!("日志 ID {log_id}"));
    }
    let attempts = error.attempts();
    if attempts > 1 {
        message =
            message.replace(&format!("{attempts} attempts)"), &format!("共尝试 {attempts} 次)"));
    }
    if let Some(rest) = message.strip_prefix("API error") {
        return format!("接口返回错误{}", rest.replacen(": ", "：", 1));
    }
    let kinds = [
        (error.is_unsupported(), "平台不支持该接口"),
        (error.is_auth(), "没有可用的令牌"),
        (error.is_timeout(), "请求超时"),
        (error.is_connect(), "无法连接服务器"),
        (error.is_truncated(), "响应不完整"),
        (error.is_transport(), "连接中断"),
        (error.is_decode(), "无法解析响应"),
        (error.is_request(), "请求无效"),
        (error.is_config(), "配置无效"),
        (error.is_upload(), "上传失败"),
        (error.is_save(), "保存失败"),
    ];
    match kinds.into_iter().find(|(is_kind, _)| *is_kind) {
        Some((_, kind)) => format!("{kind}：{message}"),
        None => message,
    }
}

/// Names the permissions that an operation needs.
fn permissions_hint(operation: Option<&Operation>) -> String {
    let permissions = operation.map_or(&[][..], |operation| &operation.permissions);
    let names: Vec<String> = permissions.iter().map(|name| format!("`{name}`")).collect();
    let list = names.join("、");
    let needed = match &names[..] {
        [] => say!("another permission", "其他权限"),
        [name] => say!("the permission {name}", "{name} 权限"),
        [names @ .., last] => {
            let others = names.join(", ");
            say!("the permissions {others} and {last}", "{list} 权限")
        }
    };
    let space = if names.is_empty() { "" } else { " " };
    say!(
        "the token needs {needed} and access to the workspace; edit the token on the platform, or \
         create another one",
        "令牌需要{space}{needed}，以及该工作空间的访问权限；在平台上编辑令牌，或创建新的令牌",
    )
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(message) | Self::Usage(message) | Self::LoggedOut(message) => {
                f.write_str(message)
            }
            Self::Interrupted => f.write_str(text("interrupted", "已中断")),
            Self::Api(error) => f.write_str(&message_with_id(error)),
            Self::Stream(StreamFailure { code: Some(code), message, .. }) => {
                f.write_str(&say!("{message} (code {code})", "{message}（错误码 {code}）"))
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
        Self::Local(io_reason(&error))
    }
}
