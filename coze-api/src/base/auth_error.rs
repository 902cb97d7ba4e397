//! The reason for which no token was issued.

use std::fmt;

use crate::base::open_enum::string_enum;
use crate::base::redact::one_line;

/// The reason for which no token was issued.
///
/// [`Error::auth_error`](crate::Error::auth_error) returns it:
///
/// ```no_run
/// # async fn example(app: coze_api::auth::DeviceOAuthApp) -> coze_api::Result<()> {
/// use coze_api::auth::AuthErrorReason;
///
/// let login =
///     app.login(|code| println!("enter {} at {}", code.user_code(), code.verification_uri()));
/// match login.await {
///     Ok(token) => println!("valid until {}", token.expires_at()),
///     Err(e) => match e.auth_error().map(|auth| auth.reason()) {
///         Some(AuthErrorReason::AccessDenied) => println!("the user refused"),
///         Some(AuthErrorReason::ExpiredToken) => println!("too late, start again"),
///         _ => return Err(e),
///     },
/// }
/// # Ok(())
/// # }
/// ```
///
/// The authorization server has two forms of errors, `error_code` with `error_message` and `error`
/// with `error_description`. Both become this type, whatever the HTTP status.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AuthError {
    reason: AuthErrorReason,
    message: String,
}

impl AuthError {
    /// Creates a reason with the explanation of the server, for sources of tokens of your own.
    pub fn new(reason: AuthErrorReason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }

    /// Returns the reason, for a `match`.
    ///
    /// A name that this version does not know is [`AuthErrorReason::Unknown`].
    pub fn reason(&self) -> &AuthErrorReason {
        &self.reason
    }

    /// Returns the explanation of the server, for people; empty if it gave none.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The texts that may contain words of the server.
    pub(crate) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let name = match &mut self.reason {
            AuthErrorReason::Unknown(name) => Some(name),
            _ => None,
        };
        name.into_iter().chain([&mut self.message])
    }
}

/// One line of limited length that is safe to print on a terminal.
impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(self.reason.as_str(), 120))?;
        if self.message.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", one_line(&self.message, 400))
    }
}

impl std::error::Error for AuthError {}

string_enum! {
    /// The reasons for which no token is issued.
    ///
    /// `LoginRequired` and `StateMismatch` come from this crate, `ExpiredToken` from this crate or
    /// the authorization server, and the others from the authorization server.
    pub enum AuthErrorReason {
        /// `invalid_request`: a parameter is missing or wrong. Also returned for a code or a
        /// refresh token that is no longer valid.
        InvalidRequest = "invalid_request",
        /// `invalid_client`: the client secret or the JWT is wrong.
        InvalidClient = "invalid_client",
        /// `invalid_grant`: the code or the refresh token is no longer valid.
        InvalidGrant = "invalid_grant",
        /// `unauthorized_client`: the app may not get tokens in this way.
        UnauthorizedClient = "unauthorized_client",
        /// `unsupported_grant_type`: the server does not know this way of getting a token.
        UnsupportedGrantType = "unsupported_grant_type",
        /// `access_deny`: the app is deactivated or of the wrong type, or the user's login is not
        /// valid.
        AccessDeny = "access_deny",
        /// `access_denied`: the user refused.
        AccessDenied = "access_denied",
        /// `authorization_pending`: the user has not decided yet.
        AuthorizationPending = "authorization_pending",
        /// `slow_down`: the device asks too often.
        SlowDown = "slow_down",
        /// `expired_token`: the user did not decide in time.
        ExpiredToken = "expired_token",
        /// `internal_error`: the server failed; try again later.
        InternalError = "internal_error",
        /// `login_required`: there is no token to renew. A user has to log in.
        LoginRequired = "login_required",
        /// `state_mismatch`: the redirect does not belong to the authorization that was begun. It
        /// must be refused.
        StateMismatch = "state_mismatch",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_known_both_ways() {
        let names = [
            "invalid_request",
            "invalid_client",
            "invalid_grant",
            "unauthorized_client",
            "unsupported_grant_type",
            "access_deny",
            "access_denied",
            "authorization_pending",
            "slow_down",
            "expired_token",
            "internal_error",
            "login_required",
            "state_mismatch",
        ];
        for name in names {
            let reason = AuthErrorReason::from(name);
            assert!(!matches!(reason, AuthErrorReason::Unknown(_)), "{name}");
            assert_eq!(reason.as_str(), name);
        }
        assert_eq!(AuthErrorReason::from("new_one"), AuthErrorReason::Unknown("new_one".into()));
    }

    #[test]
    fn display_leaves_out_what_is_not_there() {
        let error = |message| AuthError::new(AuthErrorReason::SlowDown, message).to_string();
        assert_eq!(error(""), "slow_down");
        assert_eq!(error("too often"), "slow_down: too often");
    }
}
