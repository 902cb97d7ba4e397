//! The secrets of a request, which nothing that is shown of the exchange may contain.
//!
//! A server or a gateway may quote any part of a request, in any part of its response. So the
//! values that must stay secret are collected from the request itself, and not guessed from the
//! response.

use http::{HeaderName, HeaderValue, header};
use serde_json::Value;

use super::Call;
use crate::base::decode;
use crate::base::redact::{self, Secrets};
use crate::base::token::AccessToken;
use crate::wire::body::{Body, Member};
use crate::wire::middleware::AddedSecrets;
use crate::wire::upload::Part;

/// Fields that are secret in a request. In a response, `code` is the code of an error.
const SECRET_FIELDS: [&str; 2] = ["code", "user_code"];

impl Call {
    /// Returns all secrets of the request: tokens, and the values of headers, parameters and fields
    /// whose names are those of secrets. `token` is the one that was sent.
    ///
    /// Only errors and traces need them, so they are not kept.
    #[cold]
    pub(crate) fn secrets(&self, token: Option<&AccessToken>) -> Secrets {
        let mut secrets = Secrets::default();
        for token in token.into_iter().chain(self.token()) {
            secrets.add(token.secret());
        }
        for (name, value) in self.client().headers().iter().chain(self.headers()) {
            add_header(&mut secrets, name, value);
        }
        for (name, value) in self.added_secrets().into_iter().flat_map(AddedSecrets::headers) {
            add_header(&mut secrets, &name, &value);
        }
        for (name, value) in &self.0.query {
            add_text(&mut secrets, name, value);
        }
        if let Some(json) = self.body().to_json() {
            add_json(&mut secrets, &json);
        }
        if let Body::Multipart(parts) = self.body() {
            for (name, part) in parts {
                match part {
                    Part::Text(text) => add_text(&mut secrets, name, text),
                    Part::Json(json) => {
                        add_text(&mut secrets, name, json);
                        add_json(&mut secrets, json.as_bytes());
                    }
                    Part::File(_) => {}
                }
            }
        }
        secrets
    }

    /// Drops the body once the server has accepted it, except for what is read back later: the
    /// secrets, and the values of [`param`](Self::param).
    pub(crate) fn release_body(&mut self) {
        match &mut self.0.body {
            Body::Empty => {}
            Body::Object(members) => {
                members.retain(|(name, member)| match member {
                    Member::Value(json) => is_scalar(json) || has_secrets(name, json.as_bytes()),
                    Member::List(list) => {
                        list.iter().any(|json| has_secrets(name, json.as_bytes()))
                    }
                });
                members.shrink_to_fit();
            }
            Body::Json(json) => {
                if !has_secrets("", json) {
                    self.0.body = Body::Empty;
                }
            }
            Body::Multipart(parts) => {
                parts.retain(|(name, part)| match part {
                    Part::Text(_) => is_secret(name),
                    Part::Json(json) => has_secrets(name, json.as_bytes()),
                    Part::File(_) => false,
                });
                parts.shrink_to_fit();
            }
        }
    }
}

fn is_scalar(json: &str) -> bool {
    !json.trim_start().starts_with(['{', '['])
}

/// Returns `true` if the JSON text of a member or a part may hold secrets. A list may lack its
/// brackets.
fn has_secrets(name: &str, json: &[u8]) -> bool {
    if is_secret(name) {
        return true;
    }
    // Without an object, there are no other names.
    if memchr::memchr(b'{', json).is_none() {
        return false;
    }
    decode::from_slice::<Value>(json).map_or(true, |value| has_secret_names(&value))
}

fn has_secret_names(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(has_secret_names),
        Value::Object(map) => {
            map.iter().any(|(name, value)| is_secret(name) || has_secret_names(value))
        }
        _ => false,
    }
}

fn is_secret(name: &str) -> bool {
    redact::is_secret_key(name) || SECRET_FIELDS.contains(&name)
}

fn add_header(secrets: &mut Secrets, name: &HeaderName, value: &HeaderValue) {
    let secret = value.is_sensitive() || redact::is_secret_key(name.as_str());
    let Some(value) = secret.then(|| value.to_str().ok()).flatten() else { return };
    if name == header::COOKIE {
        secrets.add_cookies(value);
    } else {
        secrets.add_header(value);
    }
}

fn add_text(secrets: &mut Secrets, name: &str, value: &str) {
    if is_secret(name) {
        secrets.add(value);
    }
}

fn add_json(secrets: &mut Secrets, json: &[u8]) {
    if let Ok(value) = decode::from_slice::<Value>(json) {
        add_value(secrets, &value, false);
    }
}

/// Adds the strings and numbers below the secret fields of a value.
fn add_value(secrets: &mut Secrets, value: &Value, secret: bool) {
    match value {
        Value::String(text) if secret => secrets.add(text),
        Value::Number(number) if secret => secrets.add(&number.to_string()),
        Value::Array(list) => list.iter().for_each(|value| add_value(secrets, value, secret)),
        Value::Object(map) => {
            for (name, value) in map {
                add_value(secrets, value, secret || is_secret(name));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::client::Client;

    fn hidden(call: &Call, text: &str) -> String {
        call.secrets(None).hide(text).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn every_input_may_be_secret() {
        let builder = Client::builder().token("pat_of_client").header("X-Api-Key", "of-headers");
        let coze = builder.build().expect("a client");
        let call = Call::new(&coze, "x")
            .to(http::Method::POST, "/")
            .with_token("of-the-call".to_owned().into())
            .with_header("Cookie", "a=of-cookies")
            .query("access_token", "of-queries")
            .query("page", "not-secret")
            .field("client_secret", "of-fields")
            .field("code", "of-logins")
            .field("nested", json!([{"password": {"old": "of-nested", "n": 1_234_567_890}}]))
            .field("name", "not-secret");
        let text = "of-headers of-the-call of-cookies of-queries not-secret of-fields of-logins \
                    of-nested 1234567890 not-secret";
        assert_eq!(hidden(&call, text), "*** *** *** *** not-secret *** *** *** *** not-secret");
        let form = Call::new(&coze, "x").part("secret", "of-parts").part("name", "not-secret");
        let form = form.part_json("options", json!({"verify_token": "of-json-parts"}));
        assert_eq!(hidden(&form, "of-parts not-secret of-json-parts"), "*** not-secret ***");
    }

    #[test]
    fn a_body_that_was_accepted_keeps_what_is_read_back() {
        let call = || crate::testing::call().post("/");
        let mut object = call()
            .field("workflow_id", "7")
            .field("parameters", json!({"city": "Kunming"}))
            .field("login", json!({"password": "of-logins"}))
            .elements("messages", ["Hi"])
            .elements("keys", [json!({"n": 1}), json!({"token": "of-elements"})])
            .push("keys", json!({"n": 2}))
            .elements("cookies", ["of-cookies"]);
        let text = "of-logins of-elements of-cookies Kunming";
        let hidden_before = hidden(&object, text);
        object.release_body();
        let kept: Value = serde_json::from_str(&crate::testing::json_of(&object)).expect("JSON");
        let mut names: Vec<_> = kept.as_object().expect("an object").keys().collect();
        names.sort();
        assert_eq!(names, ["cookies", "keys", "login", "workflow_id"]);
        assert_eq!(object.param::<String>("workflow_id").as_deref(), Some("7"));
        assert_eq!(hidden(&object, text), hidden_before);
        assert_eq!(hidden_before, "*** *** *** Kunming");

        for (json, is_kept) in [(json!({"text": "Hi"}), false), (json!([{"secret": "x"}]), true)] {
            let mut call = call().json(&json);
            call.release_body();
            assert_eq!(call.body().to_json().is_some(), is_kept, "{json}");
        }
        let mut form = call()
            .file("file", crate::Upload::bytes("a.txt", "a"))
            .part("secret", "of-parts")
            .part("name", "x")
            .part_json("options", json!({"verify_token": "of-json-parts"}))
            .part_json("more", json!({"n": 1}));
        form.release_body();
        assert_eq!(hidden(&form, "of-parts of-json-parts"), "*** ***");
        let Body::Multipart(parts) = form.body() else { panic!("not a form") };
        assert_eq!(
            parts.iter().map(|(name, _)| &**name).collect::<Vec<_>>(),
            ["secret", "options"]
        );
    }
}
