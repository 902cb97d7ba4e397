use std::io;

use super::*;

#[test]
fn display_is_one_line_without_the_source() {
    let api = Kind::Api { code: Some(4101), name: None, msg: "no\npermission".into() };
    let error = Error::from_kind(api)
        .with_operation(Cow::Borrowed("bots.list"))
        .with_status(StatusCode::FORBIDDEN)
        .or_log_id(Some("2024ABC".into()))
        .with_attempts(3)
        .with_source("the source");
    assert_eq!(
        error.to_string(),
        "bots.list: API error 4101: no permission (HTTP 403, log id 2024ABC, 3 attempts)"
    );
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the source"));
    assert!(error.is_permission_denied() && !error.is_auth());
}

#[test]
fn oauth_errors_go_by_name() {
    let name = Some("slow_down".to_owned());
    let error = Error::from_kind(Kind::Api { code: None, name, msg: String::new() });
    assert_eq!(error.to_string(), "API error slow_down");
    assert_eq!(error.error_name(), Some("slow_down"));
    assert_eq!(error.code(), None);
}

#[test]
fn every_auth_code_is_recognized() {
    for code in [4100, 700_012_006] {
        let error = Error::from_kind(Kind::Api { code: Some(code), name: None, msg: "x".into() });
        assert!(error.is_auth(), "{code}");
    }
    let refused = Error::from_kind(Kind::Api { code: Some(4013), name: None, msg: "x".into() });
    assert!(refused.is_rate_limited() && !refused.is_auth());
    assert!(
        Error::from_kind(Kind::Status("x".into())).with_status(StatusCode::UNAUTHORIZED).is_auth()
    );
    assert!(
        Error::from_kind(Kind::Status("x".into()))
            .with_status(StatusCode::TOO_MANY_REQUESTS)
            .is_rate_limited()
    );
}

/// Every kind, with its predicate.
type Predicate = fn(&Error) -> bool;
const KINDS: [(ErrorKind, Predicate); 21] = [
    (ErrorKind::RateLimited, Error::is_rate_limited),
    (ErrorKind::Auth, Error::is_auth),
    (ErrorKind::PermissionDenied, Error::is_permission_denied),
    (ErrorKind::Quota, Error::is_quota),
    (ErrorKind::NotFound, Error::is_not_found),
    (ErrorKind::Conflict, Error::is_conflict),
    (ErrorKind::ContentRefused, Error::is_content_refused),
    (ErrorKind::Unsupported, Error::is_unsupported),
    (ErrorKind::Api, Error::is_api),
    (ErrorKind::Status, Error::is_status),
    (ErrorKind::Timeout, Error::is_timeout),
    (ErrorKind::Truncated, Error::is_truncated),
    (ErrorKind::Connect, Error::is_connect),
    (ErrorKind::Transport, Error::is_transport),
    (ErrorKind::Decode, Error::is_decode),
    (ErrorKind::Upload, Error::is_upload),
    (ErrorKind::Save, Error::is_save),
    (ErrorKind::Handler, Error::is_handler),
    (ErrorKind::Request, Error::is_request),
    (ErrorKind::Credentials, Error::is_credentials),
    (ErrorKind::Config, Error::is_config),
];

#[test]
fn users_make_errors_of_every_kind() {
    let retryable = [
        ErrorKind::RateLimited,
        ErrorKind::Timeout,
        ErrorKind::Truncated,
        ErrorKind::Connect,
        ErrorKind::Transport,
    ];
    for (kind, _) in KINDS {
        let error = Error::new(kind, "as\nmade").with_source("the reason");
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, "as made"));
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the reason"));
        assert_eq!(error.is_retryable(), retryable.contains(&kind), "{kind:?}");
        for (other, predicate) in KINDS {
            assert_eq!(predicate(&error), other == kind, "{other:?} of {kind:?}");
        }
    }
}

#[test]
fn users_make_errors_of_the_api() {
    let delay = Duration::from_secs(3);
    let error = Error::api(4013, "too fast")
        .with_status(StatusCode::OK)
        .with_log_id("L1")
        .with_retry_after(delay);
    assert_eq!(error.to_string(), "API error 4013: too fast (HTTP 200, log id L1)");
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(delay)));
    assert!(error.is_api() && error.explanation().is_some());
    let expired = AuthError::new("expired_token".into(), "too late");
    let error = Error::from(expired.clone());
    assert_eq!((error.auth_error(), error.kind()), (Some(&expired), ErrorKind::Auth));
}

#[test]
fn io_errors_become_errors() {
    let read = || -> Result<()> { Err(io::Error::from(io::ErrorKind::NotFound))? };
    let error = read().expect_err("not found");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Handler, false));
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::NotFound));
    let error = Error::from(io::Error::other(Error::new(ErrorKind::Decode, "inside")));
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Decode, "inside"));
}
