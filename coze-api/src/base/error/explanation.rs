//! The error codes of the API, and the predicates of errors that follow from them.

use std::fmt;

use serde_json::Value;

use super::{Error, ErrorKind};
use crate::generated::errors::CODES;

/// A known error code of the API.
///
/// Returned by [`Error::explanation`]; [`errors::CODES`](crate::errors::CODES) lists all of them.
/// `Display` shows the meaning and the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ErrorCode {
    /// The number, as [`Error::code`] returns it.
    pub code: Option<i64>,
    /// The name in place of a number, as [`Error::error_name`] returns it for token endpoints.
    pub name: Option<&'static str>,
    /// The kind of problem.
    pub category: ErrorCategory,
    /// The advice on repeating the request.
    pub retry: RetryAdvice,
    /// The problem, a sentence.
    pub meaning: &'static str,
    /// The remedy, a sentence; empty where none is known.
    pub action: &'static str,
}

/// The kind of problem that an error code reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorCategory {
    /// The token or another credential is not accepted.
    Auth,
    /// The caller may not do this.
    Permission,
    /// There are too many requests.
    RateLimit,
    /// Money, credits or the plan do not allow it.
    Quota,
    /// The request is wrong.
    Request,
    /// Something does not exist.
    NotFound,
    /// The content was refused.
    Content,
    /// The state of a resource does not allow it.
    Conflict,
    /// The platform has failed.
    Server,
    /// The operation was canceled.
    Canceled,
    /// None of the others.
    Other,
}

/// Advice on repeating a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RetryAdvice {
    /// Repeat the request after a pause, if it is harmless to repeat. The client does so by itself
    /// as its [`Retry`](crate::Retry) policy allows.
    Transient,
    /// Repeat the request after something else has happened: another chat ends, the day is over.
    Later,
    /// Repeat the request once with a new token.
    AfterLogin,
    /// Do not repeat the request.
    Never,
    /// It is not known whether repeating helps.
    Unknown,
}

/// The vocabulary of the generated table.
impl ErrorCode {
    pub(crate) const fn number(code: i64, category: ErrorCategory, retry: RetryAdvice) -> Self {
        Self { code: Some(code), name: None, category, retry, meaning: "", action: "" }
    }

    pub(crate) const fn name(
        name: &'static str,
        category: ErrorCategory,
        retry: RetryAdvice,
    ) -> Self {
        Self { code: None, name: Some(name), category, retry, meaning: "", action: "" }
    }

    pub(crate) const fn explained(self, meaning: &'static str, action: &'static str) -> Self {
        Self { meaning, action, ..self }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning)?;
        if self.action.is_empty() {
            return Ok(());
        }
        write!(f, " {}", self.action)
    }
}

impl Error {
    /// Returns what is known about the error's code: its meaning, the remedy, and whether a retry
    /// helps.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// if let Err(error) = coze.bots().retrieve("7493066380997012345").await {
    ///     eprintln!("{error}");
    ///     if let Some(explanation) = error.explanation() {
    ///         eprintln!("hint: {explanation}");
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// [`errors`](crate::errors) lists all known codes, with a constant for each. `None` for errors
    /// without a code and for unknown codes.
    #[doc(alias = "hint")]
    #[doc(alias = "error code")]
    pub fn explanation(&self) -> Option<&'static ErrorCode> {
        if let Some(code) = self.code() {
            return CODES.iter().find(|known| known.code == Some(code));
        }
        let name = self.error_name()?;
        CODES.iter().find(|known| known.name == Some(name))
    }

    /// Returns the address of a page of the platform about the error, if the response has one.
    ///
    /// It is the member `help_doc`, in `detail` or, in older responses, in `error`.
    #[doc(alias = "help")]
    pub fn help_doc(&self) -> Option<String> {
        let body: Value = serde_json::from_str(self.body()?).ok()?;
        let places = ["/detail/help_doc", "/error/help_doc", "/help_doc"];
        let found = places.iter().find_map(|place| body.pointer(place)?.as_str());
        found.filter(|url| url.starts_with("https://")).map(str::to_owned)
    }

    /// Returns `true` if money, credits or the plan do not allow the request.
    ///
    /// Repeating it does not help until the account is recharged or the plan is upgraded.
    #[doc(alias = "balance")]
    pub fn is_quota(&self) -> bool {
        self.category() == Some(ErrorCategory::Quota) || self.is_custom(ErrorKind::Quota)
    }

    /// Returns `true` if something that the request names does not exist: HTTP status 404, or an
    /// error code such as 4200. A wrong base URL can cause status 404 too; then
    /// [`is_status`](Self::is_status) is normally true as well.
    #[doc(alias = "404")]
    pub fn is_not_found(&self) -> bool {
        let not_found = self.has_status(404) && !self.is_unsupported();
        not_found
            || self.category() == Some(ErrorCategory::NotFound)
            || self.is_custom(ErrorKind::NotFound)
    }

    /// Returns `true` if the state of a resource does not allow the request: HTTP status 409, or
    /// an error code such as 4016, for a chat in a conversation in which another is in progress.
    #[doc(alias = "409")]
    pub fn is_conflict(&self) -> bool {
        self.has_status(409)
            || self.category() == Some(ErrorCategory::Conflict)
            || self.is_custom(ErrorKind::Conflict)
    }

    /// Returns `true` if the platform refused the content of the request or of the answer.
    #[doc(alias = "moderation")]
    pub fn is_content_refused(&self) -> bool {
        self.category() == Some(ErrorCategory::Content) || self.is_custom(ErrorKind::ContentRefused)
    }

    /// Returns the kind of problem that the error's number reports. The names of errors of the
    /// token endpoints do not count, because their callers act on them.
    pub(crate) fn category(&self) -> Option<ErrorCategory> {
        self.code().and(self.explanation()).map(|known| known.category)
    }

    /// Returns `true` if the catalog recommends to repeat the request after a pause.
    pub(crate) fn is_transient(&self) -> bool {
        let known = self.code().and(self.explanation());
        known.is_some_and(|known| known.retry == RetryAdvice::Transient)
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::super::Kind;
    use super::*;
    use crate::wire::retry::RetryDecision;

    fn api(code: i64) -> Error {
        Error::from_kind(Kind::Api { code: Some(code), name: None, msg: String::new() })
            .with_status(StatusCode::OK)
    }

    #[test]
    fn codes_are_classified() {
        for code in [4008, 4009, 4013, 4020] {
            assert!(api(code).is_rate_limited(), "{code}");
        }
        for code in [4011, 4019, 4022, 4027, 4028, 6003, 788_788_103] {
            assert!(api(code).is_quota(), "{code}");
        }
        for code in [4001, 4002, 4200, 4314] {
            assert!(api(code).is_not_found(), "{code}");
        }
        for code in [4016, 4104, 4201, 4315] {
            assert!(api(code).is_conflict(), "{code}");
        }
        for code in [4014, 4102, 4105] {
            assert!(api(code).is_content_refused(), "{code}");
        }
        assert!(api(4100).is_auth() && api(700_012_006).is_auth());
        assert!(api(4101).is_permission_denied() && !api(4101).is_auth());
        let unknown = api(9_999);
        assert!(!unknown.is_quota() && !unknown.is_not_found() && !unknown.is_rate_limited());
        assert_eq!(unknown.explanation(), None);
    }

    #[test]
    fn the_page_of_an_error_is_in_its_body() {
        const URL: &str = "https://www.coze.cn/docs/error";
        for (body, url) in [
            (
                r#"{"code":1,"detail":{"logid":"a","help_doc":"https://www.coze.cn/docs/error"}}"#,
                Some(URL),
            ),
            (r#"{"code":1,"error":{"help_doc":"https://www.coze.cn/docs/error"}}"#, Some(URL)),
            (r#"{"code":1,"detail":{"help_doc":""},"help_doc":"javascript:x"}"#, None),
            (r#"{"code":1,"error":"help_doc"}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(api(1).with_body(body.to_owned()).help_doc().as_deref(), url, "{body}");
        }
        assert_eq!(api(1).help_doc(), None);
    }

    #[test]
    fn codes_have_constants() {
        use crate::generated::errors::{CHAT_IN_PROGRESS, TOO_MANY_REQUESTS};

        let busy = api(4016);
        assert_eq!(busy.code(), Some(CHAT_IN_PROGRESS));
        assert!(matches!(api(4013).code(), Some(TOO_MANY_REQUESTS)));
    }

    #[test]
    fn retries_follow_the_catalog() {
        let decision = |code| RetryDecision::of(&api(code));
        for code in [4009, 4013, 4020] {
            assert_eq!(decision(code), RetryDecision::Always, "{code}");
        }
        // It may be a daily limit.
        assert_eq!(decision(4008), RetryDecision::Never);
        assert_eq!(decision(5000), RetryDecision::IfIdempotent);
        for code in [4000, 4016, 4100, 4200, 9_999] {
            assert_eq!(decision(code), RetryDecision::Never, "{code}");
        }
    }

    #[test]
    fn every_code_is_explained_once() {
        for (index, code) in CODES.iter().enumerate() {
            assert!(code.code.is_some() != code.name.is_some(), "{code:?}");
            assert!(code.meaning.ends_with('.'), "{code:?}");
            let twin = CODES[..index]
                .iter()
                .find(|known| (known.code, known.name) == (code.code, code.name));
            assert_eq!(twin, None);
        }
        let busy = api(4016);
        let text = busy.explanation().expect("a known code").to_string();
        assert!(text.starts_with("Another chat is in progress"), "{text}");
        assert!(text.ends_with("use another conversation."), "{text}");
    }

    #[test]
    fn names_are_explained_but_classify_nothing() {
        let kind = Kind::Api { code: None, name: Some("slow_down".into()), msg: String::new() };
        let error = Error::from_kind(kind);
        assert!(error.explanation().is_some_and(|known| known.retry == RetryAdvice::Transient));
        assert!(!error.is_rate_limited());
        assert_eq!(RetryDecision::of(&error), RetryDecision::Never);
    }
}
