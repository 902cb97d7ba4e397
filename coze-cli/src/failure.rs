//! What goes wrong, what to do about it, and the exit code that says so.

use std::fmt;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use coze_spec::model::Operation;

use crate::engine::{DryRunError, InvalidInput, StreamFailure};
use crate::output::{one_line, printable};
use crate::words;

/// What a command ends with if it does not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something on this machine: a file, a port, a setting.
    Local(String),
    /// The command was given what it cannot use.
    Usage(String),
    /// There is nothing to log in with.
    LoggedOut(String),
    /// Ctrl-C was pressed.
    Interrupted,
    /// The API, or the way there.
    Api(Box<coze_api::Error>),
    /// An event of a stream that was printed already.
    Stream(StreamFailure),
}

/// How much of the body of an error is shown.
const BODY: usize = 4000;
const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Green.on_default().bold();
const FAINT: Style = Style::new().dimmed();

pub(crate) type CommandResult = Result<(), Failure>;

impl Failure {
    pub(crate) fn local(what: impl fmt::Display) -> Self {
        Self::Local(what.to_string())
    }

    /// The exit code, as `coze help` documents it.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Local(_) => 1,
            Self::Usage(_) => 2,
            Self::LoggedOut(_) => 4,
            // As shells say that a signal ended a program.
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
            Self::Api(error) if error.is_upload() || error.is_save() || error.is_config() => 1,
            Self::Api(_) | Self::Stream(_) => 3,
        }
    }

    /// Tells it, with a hint where there is one.
    pub(crate) fn report(&self) -> ExitCode {
        // Colors are left out where nobody sees them.
        anstream::eprintln!("{ERROR}error:{ERROR:#} {}", printable(&self.to_string()));
        if let Self::Api(error) = self {
            let mut source = std::error::Error::source(&**error);
            while let Some(cause) = source {
                let cause_text = printable(&cause.to_string());
                anstream::eprintln!("  {FAINT}because:{FAINT:#} {cause_text}");
                source = cause.source();
            }
            if let Some(body) = error.body().filter(|body| !body.is_empty()) {
                let body: String = one_line(body).chars().take(BODY).collect();
                anstream::eprintln!("  {FAINT}reply:{FAINT:#} {body}");
            }
            if let Some(hint) = hint(error) {
                anstream::eprintln!("  {HINT}hint:{HINT:#} {}", printable(&hint));
            }
        }
        ExitCode::from(self.code())
    }
}

/// What to do about an error of the API.
pub(crate) fn hint(error: &coze_api::Error) -> Option<String> {
    /// What the platform says to arguments that it does not take.
    const INVALID: i64 = 4000;

    if error.is_permission_denied() {
        return Some(permissions_hint(operation(error)));
    }
    if error.is_auth() {
        return Some(
            "the token is missing, wrong or expired; log in anew with `coze auth login`, \
             or set COZE_API_TOKEN. A token of coze.com is not valid at coze.cn"
                .to_owned(),
        );
    }
    if error.is_rate_limited() {
        let when = error.retry_after().map_or_else(
            || "later".to_owned(),
            |pause| format!("in {} seconds", pause.as_secs().max(1)),
        );
        return Some(format!("requests are too frequent; try again {when}"));
    }
    if error.is_connect() {
        return Some("is the address right, and is a proxy needed (HTTPS_PROXY)?".to_owned());
    }
    let operation = operation(error)?;
    (error.code() == Some(INVALID)).then(|| {
        format!(
            "a parameter is not what the API takes; `coze ops show {}` tells types and \
             limits of all",
            operation.id
        )
    })
}

/// The operation of an error, which is known by its id or by the line of its request.
fn operation(error: &coze_api::Error) -> Option<&'static Operation> {
    let name = error.operation();
    words::find(name).or_else(|| {
        let (method, path) = name.split_once(' ')?;
        coze_spec::api().operations().find(|operation| {
            let same_path = operation.path.split('/').count() == path.split('/').count()
                && operation
                    .path
                    .split('/')
                    .zip(path.split('/'))
                    .all(|(known, given)| known == given || known.starts_with('{'));
            same_path && operation.verb.name().eq_ignore_ascii_case(method)
        })
    })
}

/// An error with the id of its operation in place of the line of its request.
fn named(error: &coze_api::Error) -> String {
    let text = error.to_string();
    let rest = text.strip_prefix(error.operation()).and_then(|rest| rest.strip_prefix(": "));
    match (operation(error), rest) {
        (Some(operation), Some(rest)) => format!("{}: {rest}", operation.id),
        _ => text,
    }
}

/// What the token lacks for an operation.
fn permissions_hint(operation: Option<&Operation>) -> String {
    let needed = operation.map_or(&[][..], |known| &known.permissions);
    let names: Vec<String> = needed.iter().map(|name| format!("`{name}`")).collect();
    let needed = match &names[..] {
        [] => "a permission that it lacks".to_owned(),
        [name] => format!("the permission {name}"),
        [names @ .., last] => format!("the permissions {} and {last}", names.join(", ")),
    };
    format!(
        "the token needs {needed}, and access to the workspace in question; edit it on \
         the platform's page of tokens, or make another"
    )
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(what) | Self::Usage(what) | Self::LoggedOut(what) => f.write_str(what),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Api(error) => f.write_str(&named(error)),
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
