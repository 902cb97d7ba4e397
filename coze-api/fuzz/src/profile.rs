//! Any profile file of `coze` is a document or damaged, and its secrets are kept apart from the
//! rest without a loss.

use serde::Deserialize as _;
use serde_json::{Map, Value};

#[path = "../../../coze-cli/src/profile/document.rs"]
mod document;

use document::{Login, SECRETS};

/// Runs one input: the content of a file, and after a zero byte the secrets of a keyring.
pub fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (text, keyring) = text.split_once('\0').unwrap_or((&text, "{}"));
    let Some(document) = document::read(text) else { return };
    let (public, secrets) = document::split_secrets(document.clone());
    for path in SECRETS {
        assert!(find(&public, path).is_none(), "{public:?}");
        assert_eq!(find(&secrets, path), find(&document, path));
    }
    let mut merged = public;
    document::merge(&mut merged, secrets);
    assert_eq!(merged, document);
    if let Some(secrets) = document::read(keyring) {
        document::merge(&mut merged, secrets.clone());
        for path in SECRETS {
            let secret = find(&secrets, path).filter(|secret| !secret.is_object());
            assert!(secret.is_none() || find(&merged, path) == secret, "{merged:?}");
        }
    }
    check(&merged);
}

/// A login is stored as it was read.
fn check(document: &Map<String, Value>) {
    let Ok(login) = Login::deserialize(document) else { return };
    let stored = serde_json::to_value(&login).expect("a login is JSON");
    let read = Login::deserialize(&stored).expect("a stored login");
    match (login, read) {
        (Login::Token { token }, Login::Token { token: read }) => assert_eq!(token, read),
        (Login::App { config }, Login::App { config: read }) => assert_eq!(config, read),
        _ => panic!("another kind"),
    }
}

fn find<'a>(document: &'a Map<String, Value>, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(document.get(*first)?, |value, name| value.get(name))
}
