//! Removes secrets from texts that are shown in errors and logs.
//!
//! Servers and gateways quote the requests they receive. Everything that this crate shows of a
//! response goes through [`redact`], which knows the forms of secrets, and errors go through
//! [`Secrets`], which knows the values in the request.

mod secrets;

use std::borrow::Cow;

pub(crate) use secrets::Secrets;

const HIDDEN: &str = "***";

/// The prefixes of the tokens that Coze issues: personal, service, and OAuth ones.
const TOKEN_PREFIXES: [&str; 5] = ["pat_", "sat_", "czu_", "czs_", "cztei_"];

/// Hides tokens, values of secret-looking keys, and the queries and user names of URLs.
///
/// `token` is the access token of the call, which is hidden everywhere.
pub(crate) fn redact(text: &str, token: Option<&str>) -> String {
    let mut secrets = Secrets::default();
    secrets.add(token.unwrap_or_default());
    let text = secrets.hide(text).map_or(Cow::Borrowed(text), Cow::Owned);
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(first) = rest.chars().next() {
        let length = if starts_url(rest) {
            take_url(rest, &mut out)
        } else if is_word(first) {
            take_word(rest, &mut out)
        } else {
            out.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

/// Returns `true` if the values of this field or header are secret.
pub(crate) fn is_secret_key(key: &str) -> bool {
    const SECRET: [&str; 17] = [
        "token",
        "secret",
        "password",
        "passwd",
        "passphrase",
        "authorization",
        "cookie",
        "signature",
        "credential",
        "api_key",
        "apikey",
        "access_key",
        "accesskey",
        "private_key",
        "code_verifier",
        "device_code",
        "assertion",
    ];
    let key = key.to_ascii_lowercase().replace('-', "_");
    // `token_count` and `completion_tokens` are numbers of tokens.
    let counts = key.ends_with("count") || key.ends_with("tokens");
    !counts && (key.ends_with("auth") || SECRET.iter().any(|word| key.contains(word)))
}

/// Returns the text as one line of about `limit` bytes that is safe to print on a terminal.
///
/// White space and control characters become single spaces. Characters that are invisible, or that
/// change the direction of the text, are removed.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit) + 3);
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = !out.is_empty();
        } else if !is_invisible(c) {
            if out.len() + usize::from(gap) + c.len_utf8() > limit {
                out.push('…');
                break;
            }
            if gap {
                out.push(' ');
            }
            gap = false;
            out.push(c);
        }
    }
    out
}

/// Returns `true` for characters without a glyph that are not part of a word in any script.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn starts_url(text: &str) -> bool {
    // Searching for a colon would be slow: it may be far away, and this is called at every word.
    let mut schemes = ["https:", "http:", "wss:", "ws:"].into_iter();
    let rest = schemes.find_map(|scheme| text.strip_prefix(scheme));
    // JSON may escape the slashes.
    rest.is_some_and(|rest| rest.starts_with("//") || rest.starts_with("\\/\\/"))
}

/// Copies a URL without user name and query, and returns its length.
fn take_url(text: &str, out: &mut String) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
    let length = text.find(ends).unwrap_or(text.len());
    let url = &text[..length];
    let public = url.find(['?', '#']).unwrap_or(length);
    let (scheme, rest) = url[..public].split_once(':').unwrap_or((url, ""));
    let slashes = rest.len() - rest.trim_start_matches(['/', '\\']).len();
    let (slashes, rest) = rest.split_at(slashes);
    let host_end = rest.find(['/', '\\']).unwrap_or(rest.len());
    out.push_str(scheme);
    out.push(':');
    out.push_str(slashes);
    match rest[..host_end].rfind('@') {
        Some(at) => {
            out.push_str(HIDDEN);
            out.push_str(&rest[at..]);
        }
        None => out.push_str(rest),
    }
    if public < length {
        out.push_str(&url[public..=public]);
        out.push_str(HIDDEN);
        // In JSON inside a JSON string, the backslash belongs to the escaped quote after the URL.
        if url.ends_with('\\') {
            out.push('\\');
        }
    }
    length
}

/// Copies a word, hides it or the value behind it, and returns the length of both.
fn take_word(text: &str, out: &mut String) -> usize {
    let length = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let word = &text[..length];
    if let Some(prefix) = TOKEN_PREFIXES.into_iter().find(|p| word.starts_with(p)) {
        out.push_str(prefix);
        out.push_str(HIDDEN);
        return length;
    }
    // The header of a JSON Web Token is `{"` in base64.
    if word.starts_with("eyJ") && word.len() > 16 {
        out.push_str(HIDDEN);
        let token = |c: char| is_word(c) || c == '.';
        return text.find(|c| !token(c)).unwrap_or(text.len());
    }
    out.push_str(word);
    let rest = &text[length..];
    let hidden = if word.eq_ignore_ascii_case("bearer") {
        scheme_value(rest)
    } else if is_secret_key(word) {
        key_value(rest)
    } else {
        None
    };
    let Some((start, end)) = hidden else { return length };
    out.push_str(&rest[..start]);
    out.push_str(HIDDEN);
    length + end
}

/// Returns the range of the token behind `Bearer`.
fn scheme_value(rest: &str) -> Option<(usize, usize)> {
    let start = rest.len() - rest.trim_start_matches(' ').len();
    let token = |c: char| c.is_ascii_alphanumeric() || "-._~+/=*".contains(c);
    let length = rest[start..].find(|c| !token(c)).unwrap_or(rest.len() - start);
    (start > 0 && length > 0).then_some((start, start + length))
}

/// Returns the range of the value behind a key: in JSON, in JSON inside a JSON string, in forms and
/// in headers.
fn key_value(rest: &str) -> Option<(usize, usize)> {
    let after_key = rest.trim_start_matches(['\\', '"', '\'', ' ']);
    let value = after_key.strip_prefix([':', '='])?.trim_start();
    let quoted = value.trim_start_matches('\\');
    let (open, end) = match quoted.chars().next()? {
        quote @ ('"' | '\'') => {
            let depth = value.len() - quoted.len();
            (depth + 1, end_of_string(&quoted[1..], quote, depth)? + depth + 1)
        }
        '[' => (0, value.find(']').map_or(value.len(), |i| i + 1)),
        // An object has keys of its own.
        '{' => return None,
        _ => {
            let scheme = ["Bearer ", "Basic "].into_iter().find(|s| value.starts_with(s));
            let skip = scheme.map_or(0, str::len);
            let ends = |c: char| c.is_whitespace() || ",;&}])\"'<>".contains(c);
            (0, skip + value[skip..].find(ends).unwrap_or(value.len() - skip))
        }
    };
    let start = rest.len() - value.len();
    (end > open).then_some((start + open, start + end))
}

/// Returns the length of a string's content, whose quote is escaped by `depth` backslashes. A
/// string that is cut off ends with the text.
fn end_of_string(content: &str, quote: char, depth: usize) -> Option<usize> {
    let mut backslashes = 0;
    for (i, c) in content.char_indices() {
        if c == '\\' {
            backslashes += 1;
            continue;
        }
        if c == quote && backslashes <= depth {
            return Some(i - backslashes);
        }
        backslashes = 0;
    }
    (!content.is_empty()).then_some(content.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hide(text: &str) -> String {
        redact(text, Some("0123456789abcdef"))
    }

    #[test]
    fn tokens_are_hidden() {
        assert_eq!(hide("token pat_abc-DEF123, or sat_x"), "token pat_***, or sat_***");
        assert_eq!(hide("(czu_abc) czs_d"), "(czu_***) czs_***");
        assert_eq!(hide("got Bearer abc.def/g+h= today"), "got Bearer *** today");
        assert_eq!(hide("it was 0123456789abcdef!"), "it was ***!");
        assert_eq!(hide("a eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.sig-x b"), "a *** b");
    }

    #[test]
    fn values_of_secret_keys_are_hidden() {
        let cases = [
            (r#"{"access_token":"abc","id":"7"}"#, r#"{"access_token":"***","id":"7"}"#),
            (r#"{"clientSecret" : "a\"b", "x":1}"#, r#"{"clientSecret" : "***", "x":1}"#),
            (r#"{\"refresh_token\":\"abc\",\"x\":1}"#, r#"{\"refresh_token\":\"***\",\"x\":1}"#),
            ("client_secret=abc&x=1", "client_secret=***&x=1"),
            ("Authorization: Basic abc==\nX: y", "Authorization: ***\nX: y"),
            (r#"{"password":123456}"#, r#"{"password":***}"#),
            (r#"{"api-key":"cut of"#, r#"{"api-key":"***"#),
            (r#"{"tokens":["a","b"],"secrets":["a"]}"#, r#"{"tokens":["a","b"],"secrets":***}"#),
        ];
        for (text, expected) in cases {
            assert_eq!(hide(text), expected, "{text}");
        }
    }

    #[test]
    fn urls_keep_neither_query_nor_user() {
        assert_eq!(hide("see https://u:p@host/a?sig=x&b=c now"), "see https://***@host/a?*** now");
        assert_eq!(
            hide(r#"{"url":"https:\/\/h\/a?x=1\u0026s=2","b":1}"#),
            r#"{"url":"https:\/\/h\/a?***","b":1}"#
        );
        assert_eq!(
            hide(r#"{\"url\":\"https://h/a?x=1\",\"b\":1}"#),
            r#"{\"url\":\"https://h/a?***\",\"b\":1}"#
        );
        assert_eq!(hide("https://h/a/b"), "https://h/a/b");
    }

    #[test]
    fn harmless_texts_stay() {
        for text in [
            r#"{"token_count":12,"completion_tokens":3}"#,
            "the token is invalid",
            "参数错误: bot_id",
            "http: nothing",
            "",
        ] {
            assert_eq!(hide(text), text);
        }
    }

    #[test]
    fn one_line_is_bounded() {
        assert_eq!(one_line("a\r\n\tb\u{1b}[31m  c", 100), "a b [31m c");
        assert_eq!(one_line("abcdef", 3), "abc…");
        assert_eq!(one_line("扣子扣子", 7), "扣子…");
        assert_eq!(one_line("  a\u{2028}b\u{9b}2Jc ", 100), "a b 2Jc");
        assert_eq!(one_line("a\u{202e}b\u{2066}c\u{feff}\u{200f}", 100), "abc");
        assert_eq!(one_line("👩\u{200d}👧 می\u{200c}خواهم", 100), "👩\u{200d}👧 می\u{200c}خواهم");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_accepted(text in "\\PC*") {
            let _ = redact(&text, None);
            let line = one_line(&text, 20);
            proptest::prop_assert!(line.len() <= 23 && !line.contains(char::is_control));
        }

        #[test]
        fn a_secret_never_survives(secret in "[a-zA-Z0-9]{12,40}", before in "[ -~]{0,20}") {
            let key = format!("{before} {{\"refresh_token\": \"{secret}\"}}");
            proptest::prop_assert!(!redact(&key, None).contains(&secret), "{key}");
            let url = format!("x https://host/path?{before}={secret}");
            let shown = redact(&url, None);
            // A blank or a quote ends the URL.
            if !before.contains([' ', '"', '\'', '<', '>', '`']) {
                proptest::prop_assert!(!shown.contains(&secret), "{url} -> {shown}");
            }
        }
    }
}
