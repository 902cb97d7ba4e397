//! What goes wrong, what to do about it, and the exit code that says so.

use std::fmt;
use std::process::ExitCode;

use crate::engine::{DryRunError, Unfit};
use crate::operations;

/// What a command ends with if it does not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something on this machine: a file, a port, a setting.
    Local(String),
    /// The command was given what it cannot use.
    Usage(String),
    /// The API, or the way there.
    Api(Box<coze_api::Error>),
}

pub(crate) type Done = Result<(), Failure>;

impl Failure {
    pub(crate) fn local(what: impl fmt::Display) -> Self {
        Self::Local(what.to_string())
    }

    /// The exit code, as `coze help` documents it.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Local(_) => 1,
            Self::Usage(_) => 2,
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
                if error.is_upload() || error.is_save() || error.is_config() =>
            {
                1
            }
            Self::Api(_) => 3,
        }
    }

    /// Tells it, with a hint where there is one.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("error: {self}");
        if let Self::Api(error) = self {
            let mut source = std::error::Error::source(&**error);
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            if let Some(hint) = hint(error) {
                eprintln!("  hint: {hint}");
            }
        }
        ExitCode::from(self.code())
    }
}

/// What to do about an error of the API.
pub(crate) fn hint(error: &coze_api::Error) -> Option<String> {
    if error.is_permission_denied() {
        let permissions = operations::find(error.operation())
            .map(|operation| operation.permissions.join("`, `"))
            .filter(|permissions| !permissions.is_empty());
        let needed = permissions.map_or_else(
            || "a permission that it lacks".to_owned(),
            |permissions| format!("the permission `{permissions}`"),
        );
        return Some(format!(
            "the token needs {needed}, and access to the workspace in question; edit it \
             on the platform's page of tokens, or make another"
        ));
    }
    if error.is_auth() {
        return Some(
            "the token is missing, wrong or expired; log in anew with `coze auth login`, \
             or set COZE_API_TOKEN. A token of coze.com is not valid at coze.cn"
                .to_owned(),
        );
    }
    if error.is_rate_limited() {
        return Some("requests are too frequent; try again later".to_owned());
    }
    if error.is_connect() {
        return Some(
            "is the address right, and is a proxy needed (HTTPS_PROXY)?".to_owned(),
        );
    }
    None
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(what) | Self::Usage(what) => f.write_str(what),
            Self::Api(error) => error.fmt(f),
        }
    }
}

impl From<coze_api::Error> for Failure {
    fn from(error: coze_api::Error) -> Self {
        Self::Api(Box::new(error))
    }
}

impl From<Unfit> for Failure {
    fn from(unfit: Unfit) -> Self {
        Self::Usage(unfit.to_string())
    }
}

impl From<DryRunError> for Failure {
    fn from(error: DryRunError) -> Self {
        match error {
            DryRunError::Unfit(unfit) => unfit.into(),
            DryRunError::Sdk(error) => Self::Api(error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::local(error)
    }
}
