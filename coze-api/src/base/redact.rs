//! Takes secrets out of texts that end up in errors and logs.
//!
//! Servers and gateways quote what they were sent. Whatever this crate shows of a reply
//! goes through [`redact`] first.

use std::borrow::Cow;

const HIDDEN: &str = "***";

/// Hides tokens, values of secret-looking keys, and the queries and user names of URLs.
///
/// `token` is the access token of the call, which is hidden wherever it stands.
pub(crate) fn redact(text: &str, token: Option<&str>) -> String {
    let text = match token {
        // Anything shorter is no token, and would only riddle the text with holes.
        Some(token) if token.len() >= 8 => {
            // JSON may escape the slashes.
            let escaped = token.replace('/', "\\/");
            Cow::Owned(text.replace(token, HIDDEN).replace(&escaped, HIDDEN))
        }
        _ => Cow::Borrowed(text),
    };
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

/// Whether values under this key or header are kept to oneself.
pub(crate) fn is_secret_key(key: &str) -> bool {
    const SECRET: [&str; 11] = [
        "token",
        "secret",
        "password",
        "passwd",
        "authorization",
        "cookie",
        "signature",
        "credential",
        "api_key",
        "apikey",
        "private_key",
    ];
    let key = key.to_ascii_lowercase().replace('-', "_");
    // `token_count` and `completion_tokens` are numbers of tokens.
    let counts = key.ends_with("count") || key.ends_with("tokens");
    !counts && SECRET.iter().any(|word| key.contains(word))
}

/// One line of at most `limit` bytes, whatever the text holds.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit) + 3);
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        if out.len() + word.len() > limit {
            out.push_str(clip(word, limit.saturating_sub(out.len())));
            out.push('…');
            break;
        }
        out.push_str(word);
    }
    out
}

/// The first `limit` bytes, or a few less where that would split a character.
pub(crate) fn clip(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn starts_url(text: &str) -> bool {
    // No search for a colon: that may be far away, and this is asked at every word.
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
        // The backslash belongs to the escaped quote behind a URL in a JSON text in a
        // JSON string.
        if url.ends_with('\\') {
            out.push('\\');
        }
    }
    length
}

/// Copies a word, hides it or what stands behind it, and returns the length of both.
fn take_word(text: &str, out: &mut String) -> usize {
    let length = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let word = &text[..length];
    if let Some(prefix) = ["pat_", "sat_"].into_iter().find(|p| word.starts_with(p)) {
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

/// Where the token behind `Bearer` begins and ends.
fn scheme_value(rest: &str) -> Option<(usize, usize)> {
    let start = rest.len() - rest.trim_start_matches(' ').len();
    let token = |c: char| c.is_ascii_alphanumeric() || "-._~+/=*".contains(c);
    let length = rest[start..].find(|c| !token(c)).unwrap_or(rest.len() - start);
    (start > 0 && length > 0).then_some((start, start + length))
}

/// Where the value behind a key begins and ends, in JSON (also in JSON inside a JSON
/// string), in forms and in headers.
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
        // What is inside has keys of its own.
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

/// The length of a string's content, whose quote is escaped by `depth` backslashes. A
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
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC*") {
            let _ = redact(&text, None);
            let _ = one_line(&text, 20);
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
