//! The users of the widget: those of the program, or visitors without a login.

use std::fmt::Write as _;
use std::sync::Arc;

use hmac_sha256::Hash;
use http::request::Parts;

/// The header with the key of a visitor, which the script makes up and keeps in the browser.
pub(crate) const VISITOR: &str = "x-coze-visitor";

/// A function of the program that finds the user of a request.
pub(crate) type FindUser = Arc<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

/// The user of a request.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// The id that the platform receives.
    pub(crate) id: String,
    /// A pseudonym that marks the conversations of the user.
    pub(crate) tag: String,
}

impl User {
    pub(crate) fn new(id: String) -> Self {
        let tag = digest("user", &id);
        Self { id, tag }
    }

    /// Returns the visitor whose key the request has. The key is secret, so its digest is the id.
    pub(crate) fn visitor(parts: &Parts) -> Option<Self> {
        let key = parts.headers.get(VISITOR)?.to_str().ok()?;
        // 128 random bits take at least 22 characters.
        let is_key = (22..=64).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        is_key.then(|| Self::new(format!("visitor-{}", digest("visitor", key))))
    }
}

/// Returns 128 bits of the digest of a text, as hexadecimal digits.
fn digest(purpose: &str, text: &str) -> String {
    let hash = Hash::hash(format!("coze-widget\0{purpose}\0{text}").as_bytes());
    hash[..16].iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(key: &str) -> Option<User> {
        let request = http::Request::get("/").header(VISITOR, key).body(()).unwrap();
        User::visitor(&request.into_parts().0)
    }

    #[test]
    fn the_id_of_a_visitor_does_not_reveal_the_key() {
        let key = "q7Jx1mY2w9_zAbCdEfGhIj";
        let user = visitor(key).unwrap();
        assert_eq!(user.id.len(), "visitor-".len() + 32);
        assert!(!user.id.contains(key) && !user.tag.contains(key));
        assert_ne!(visitor("q7Jx1mY2w9_zAbCdEfGhIk").unwrap().id, user.id);
    }

    #[test]
    fn a_visitor_needs_a_long_key() {
        for key in ["", "1", "short", &"x".repeat(21), &"x".repeat(65), "q7Jx1mY2w9/zAbCdEfGhIj"] {
            assert!(visitor(key).is_none(), "{key}");
        }
    }
}
