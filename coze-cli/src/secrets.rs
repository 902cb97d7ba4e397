//! The credentials of this process, which nothing that it prints may contain.
//!
//! Servers and gateways quote what they are sent, also in responses that are printed unchanged. So
//! each credential is registered when it is read, and hidden in all output.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use coze_api::auth::OAuthToken;
use secrecy::ExposeSecret as _;

/// The text in place of a secret.
const HIDDEN: &str = "***";

/// The shortest text that counts as a secret. Hiding shorter ones would only punch holes in texts.
const SHORTEST: usize = 8;

/// The forms of all registered secrets, the longest first, because a form may contain another one.
static FORMS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Hides a secret in all output from now on. Each line of a key is a secret of its own.
pub(crate) fn register(secret: &str) {
    let secret = secret.trim();
    for line in secret.split(['\n', '\r']).map(str::trim).filter(|line| *line != secret) {
        // The first and the last line of a key are not secret.
        if !line.starts_with('-') {
            register(line);
        }
    }
    if secret.len() < SHORTEST {
        return;
    }
    let json = serde_json::Value::from(secret).to_string();
    let json = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or(&json);
    let forms = [secret.to_owned(), json.to_owned(), json.replace('/', "\\/"), percent(secret)];
    let mut known = FORMS.lock().unwrap_or_else(PoisonError::into_inner);
    for form in forms {
        if !known.contains(&form) {
            known.push(form);
        }
    }
    known.sort_by_key(|form| std::cmp::Reverse(form.len()));
}

/// Hides the tokens of an app in all output from now on.
pub(crate) fn register_tokens(token: &OAuthToken) {
    register(token.access_token().expose_secret());
    if let Some(token) = token.refresh_token() {
        register(token.expose_secret());
    }
}

/// Returns the text without the registered secrets.
pub(crate) fn hide(text: &str) -> Cow<'_, str> {
    let known = FORMS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut hidden = Cow::Borrowed(text);
    for form in known.iter() {
        if hidden.contains(form.as_str()) {
            hidden = Cow::Owned(hidden.replace(form.as_str(), HIDDEN));
        }
    }
    hidden
}

/// Encodes a text as a value in the query of a URL.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_secret_is_hidden_in_every_form() {
        register("a secret/of \"tests\"");
        register("short");
        let text =
            "x a secret/of \"tests\" a secret\\/of \\\"tests\\\" a%20secret%2Fof%20%22tests%22";
        assert_eq!(hide(text), "x *** *** ***");
        assert_eq!(hide("short of others"), "short of others");
        register("-----BEGIN A KEY-----\nfirst line of it\n-----END A KEY-----\n");
        assert_eq!(hide("no first line of it, END"), "no ***, END");
    }
}
