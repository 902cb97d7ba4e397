//! The secrets of one request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::HIDDEN;
use crate::base::percent::encode;

/// The shortest text that counts as a secret. Hiding shorter ones would only punch holes in texts.
const SHORTEST: usize = 8;
/// The length from which the beginning of a secret is hidden too.
const LONG: usize = 16;

/// The secrets of one request, which are hidden in everything that is shown of the exchange.
///
/// Servers quote what they were sent: as it is, in JSON, in a URL or in a page, in any case.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Adds a secret, and the forms in which servers quote it.
    pub(crate) fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        if secret.len() < SHORTEST {
            return;
        }
        let json = serde_json::to_string(secret).unwrap_or_default();
        let json = json.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned();
        let slashes = json.replace('/', "\\/");
        let html = html_escaped(secret);
        let percent = encode(secret).to_string();
        for form in [secret.to_owned(), json, slashes, html, percent] {
            if form.len() >= SHORTEST && !self.0.contains(&form) {
                self.0.push(form);
            }
        }
        // A form may contain another one.
        self.0.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// Adds the value of a header: the whole, its credentials without the scheme, and the values
    /// of cookies.
    pub(crate) fn add_header(&mut self, value: &str) {
        self.add(value);
        let value = value.trim();
        let Some((scheme, credentials)) = value.split_once(' ') else { return };
        if !scheme.ends_with(';') {
            self.add(credentials);
        }
        if scheme.eq_ignore_ascii_case("basic") {
            let decoded = STANDARD.decode(credentials.trim()).ok();
            let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some((_, password)) = decoded.as_deref().and_then(|text| text.split_once(':')) {
                self.add(password);
            }
        }
    }

    /// Adds the values of a `Cookie` header.
    pub(crate) fn add_cookies(&mut self, value: &str) {
        self.add(value);
        for cookie in value.split(';') {
            if let Some((_, value)) = cookie.split_once('=') {
                self.add(value);
            }
        }
    }

    /// Returns the text without the secrets, or `None` if it has none.
    pub(crate) fn hide(&self, text: &str) -> Option<String> {
        let mut hidden: Option<String> = None;
        for secret in &self.0 {
            let found = replace(hidden.as_deref().unwrap_or(text), secret);
            hidden = found.or(hidden);
        }
        hidden
    }
}

/// Replaces a secret in any case, and its beginning where it is cut off.
fn replace(text: &str, secret: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let first = *secret.as_bytes().first()?;
    let starts =
        memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), bytes);
    let mut out = String::new();
    let mut copied = 0;
    for start in starts.filter(|start| bytes.len() - start >= SHORTEST) {
        let rest = &bytes[start..];
        let mut pairs = rest.iter().zip(secret.as_bytes());
        let length = pairs.position(|(a, b)| !a.eq_ignore_ascii_case(b));
        let length = length.unwrap_or_else(|| rest.len().min(secret.len()));
        let ended = length == rest.len() && length >= SHORTEST;
        let found = length == secret.len() || ended || length >= LONG;
        if start < copied || !found || !text.is_char_boundary(start + length) {
            continue;
        }
        out.push_str(&text[copied..start]);
        out.push_str(HIDDEN);
        copied = start + length;
    }
    (copied > 0).then(|| out + &text[copied..])
}

fn html_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hide(secret: &str, text: &str) -> String {
        let mut secrets = Secrets::default();
        secrets.add(secret);
        secrets.hide(text).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        let secret = r#"a/b+c="d<e&f"#;
        for form in [
            r#"a/b+c="d<e&f"#,
            r#"A/B+C="D<E&F"#,
            r#"a/b+c=\"d<e&f"#,
            r#"a\/b+c=\"d<e&f"#,
            "a/b+c=&quot;d&lt;e&amp;f",
            "a%2Fb%2Bc%3D%22d%3Ce%26f",
            "a%2fb%2bc%3d%22d%3ce%26f",
        ] {
            assert_eq!(hide(secret, &format!("x {form} y {form}")), "x *** y ***");
        }
    }

    #[test]
    fn a_secret_that_is_cut_off_is_hidden() {
        assert_eq!(hide("0123456789abcdef", "so 0123456789"), "so ***");
        assert_eq!(hide("0123456789abcdef", "so 0123456"), "so 0123456");
        assert_eq!(hide("0123456789abcdefghi", "0123456789 more"), "0123456789 more");
        assert_eq!(hide("0123456789abcdefghi", "0123456789abcdef.host more"), "***.host more");
    }

    #[test]
    fn short_texts_are_not_secrets() {
        assert_eq!(hide("abcdefg", "abcdefg"), "abcdefg");
        assert_eq!(hide("秘密秘密", "a 秘密秘密 b"), "a *** b");
    }

    #[test]
    fn headers_have_several_secrets() {
        let mut secrets = Secrets::default();
        secrets.add_header("Basic dXNlcjpwYXNzd29yZC0x");
        secrets.add_header("Bearer tokentoken");
        secrets.add_cookies("a=1; session=sessionvalue");
        let text = "password-1, dXNlcjpwYXNzd29yZC0x, TokenToken, sessionvalue, a=1";
        assert_eq!(secrets.hide(text).as_deref(), Some("***, ***, ***, ***, a=1"));
    }

    proptest::proptest! {
        #[test]
        fn a_secret_never_survives(
            secret in "[!-~]{8,30}",
            before in "\\PC{0,10}",
            after in "\\PC{0,10}",
        ) {
            let hidden = hide(&secret, &format!("{before}{secret}{after}"));
            proptest::prop_assert!(!hidden.contains(&secret), "{}", hidden);
        }
    }
}
