use super::*;

#[test]
fn display_is_one_line_without_the_source() {
    let api = Kind::Api { code: Some(4101), name: None, msg: "no\npermission".into() };
    let error = Error::new(api)
        .with_operation(Cow::Borrowed("bots.list"))
        .with_status(403)
        .with_log_id(Some("2024ABC".into()))
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
    let error = Error::new(Kind::Api { code: None, name, msg: String::new() });
    assert_eq!(error.to_string(), "API error slow_down");
    assert_eq!(error.error_name(), Some("slow_down"));
    assert_eq!(error.code(), None);
}

#[test]
fn every_auth_code_is_recognized() {
    for code in [4100, 700_012_006] {
        let error = Error::new(Kind::Api { code: Some(code), name: None, msg: "x".into() });
        assert!(error.is_auth(), "{code}");
    }
    let refused = Error::new(Kind::Api { code: Some(4013), name: None, msg: "x".into() });
    assert!(refused.is_rate_limited() && !refused.is_auth());
    assert!(Error::new(Kind::Status("x".into())).with_status(401).is_auth());
    assert!(Error::new(Kind::Status("x".into())).with_status(429).is_rate_limited());
}
