//! The JSON documents that profiles are stored as. The fuzz target `profile` contains this file, so
//! it uses nothing of this crate.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The credentials of a profile.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Login {
    /// A fixed access token.
    Token { token: String },
    /// The configuration of an OAuth app.
    App { config: Value },
}

/// The paths of the secret members of a profile.
pub(crate) const SECRETS: [&[&str]; 3] =
    [&["token"], &["config", "client_secret"], &["config", "private_key"]];

/// Reads a document. The error of the parser is dropped because it may quote a token.
pub(crate) fn read(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

/// Splits a document into its public part and its secrets.
pub(crate) fn split_secrets(
    mut document: Map<String, Value>,
) -> (Map<String, Value>, Map<String, Value>) {
    let mut secrets = Map::new();
    for path in SECRETS {
        let [parents @ .., last] = path else { continue };
        let mut object = Some(&mut document);
        for parent in parents {
            object = object.and_then(|object| object.get_mut(*parent)?.as_object_mut());
        }
        let Some(value) = object.and_then(|object| object.remove(*last)) else { continue };
        let secret = path.iter().rev().fold(value, |value, name| json!({ *name: value }));
        if let Value::Object(secret) = secret {
            merge(&mut secrets, secret);
        }
    }
    (document, secrets)
}

/// Merges an object into another one recursively.
pub(crate) fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(into)), Value::Object(value)) => merge(into, value),
            (_, value) => drop(into.insert(name, value)),
        }
    }
}
