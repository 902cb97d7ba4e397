//! Text as people paste it, and as files and environment variables hold it.

use std::fmt;

/// Pairs of quotes that surround a value that was copied from a shell, a file or a document.
const QUOTES: [(char, char); 6] =
    [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’'), ('「', '」')];

/// Removes a byte order mark, white space, invisible characters and quotes around a value.
pub(crate) fn unquote(text: &str) -> &str {
    let mut text = text.trim_matches(is_blank);
    while let Some(inner) = QUOTES.iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(*open)?.strip_suffix(*close)?;
        Some(inner.trim_matches(is_blank))
    }) {
        text = inner;
    }
    text
}

/// White space, the byte order mark, and what documents put between words.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

/// Removes the scheme, and the name of the header, from a token that was copied from a request.
pub(crate) fn bare_token(text: &str) -> &str {
    let mut text = unquote(text);
    for prefix in ["authorization:", "bearer"] {
        let Some((head, rest)) = text.split_at_checked(prefix.len()) else { continue };
        let ends =
            prefix.ends_with(':') || rest.is_empty() || rest.starts_with(char::is_whitespace);
        if ends && head.eq_ignore_ascii_case(prefix) {
            text = unquote(rest);
        }
    }
    text
}

/// The encoding of a file that is not UTF-8 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf16,
    Binary,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf16 => "UTF-16 text; save the file as UTF-8",
            Self::Binary => "not UTF-8 text",
        })
    }
}

/// Reads the content of a text file, or gives it back with its encoding.
pub(crate) fn text_of_file(content: Vec<u8>) -> Result<String, (Encoding, Vec<u8>)> {
    // With a byte order mark, or without one and in ASCII.
    let utf_16 = match content[..] {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, second, ..] => (first == 0) != (second == 0),
        _ => false,
    };
    if utf_16 {
        return Err((Encoding::Utf16, content));
    }
    String::from_utf8(content).map_err(|error| (Encoding::Binary, error.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lose_what_pasting_adds() {
        for text in ["a b", " a b\r\n", "\u{feff}a b", "\"a b\"", " ' a b ' ", "“a b”", "`\"a b\"`"]
        {
            assert_eq!(unquote(text), "a b", "{text:?}");
        }
        for text in ["\"a", "a'", "a\"b\"", "\"", ""] {
            assert_eq!(unquote(text), text, "{text:?}");
        }
    }

    #[test]
    fn tokens_lose_the_scheme() {
        for text in [
            "t_1",
            "Bearer t_1",
            "bearer   t_1\n",
            "\"Bearer t_1\"",
            "Bearer \"t_1\"",
            "Authorization: Bearer t_1",
            "'authorization:BEARER t_1'",
        ] {
            assert_eq!(bare_token(text), "t_1", "{text:?}");
        }
        assert_eq!(bare_token("Bearer "), "");
        assert_eq!(bare_token("bearer_1"), "bearer_1");
        assert_eq!(bare_token("扣子扣子扣"), "扣子扣子扣");
    }

    #[test]
    fn only_utf_8_is_text() {
        assert_eq!(text_of_file(b"\xef\xbb\xbfa".to_vec()), Ok("\u{feff}a".into()));
        for bytes in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"a\0b\0", b"\0a\0b"] {
            let (encoding, content) = text_of_file(bytes.to_vec()).expect_err("UTF-16");
            assert_eq!((encoding, &*content), (Encoding::Utf16, bytes));
        }
        let (encoding, _) = text_of_file(b"\x30\x82\x04".to_vec()).expect_err("not text");
        assert_eq!(encoding, Encoding::Binary);
    }
}
