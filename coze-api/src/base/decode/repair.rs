//! Repairs JSON text with faults inside its strings, which some servers and gateways send.

use std::fmt::Write as _;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Returns `json` without the faults that leave its meaning clear:
///
/// | fault | repair |
/// |---|---|
/// | a byte order mark at the start | removed |
/// | invalid UTF-8 | U+FFFD |
/// | half of a surrogate pair, such as `\ud83d` | U+FFFD |
/// | a raw control character in a string | its escape |
/// | an unknown escape in a string, such as `\x` | the backslash as text |
///
/// Text without a fault is returned unchanged.
#[cold]
pub(crate) fn repair(json: &[u8]) -> String {
    repair_unless(json, false)
}

/// Repairs `json` like [`repair`], but keeps halves of surrogate pairs, whose other half may be in
/// another text.
#[cold]
pub(crate) fn repair_around_surrogates(json: &[u8]) -> String {
    repair_unless(json, true)
}

fn repair_unless(json: &[u8], keep_surrogates: bool) -> String {
    let text = String::from_utf8_lossy(json.strip_prefix(BOM).unwrap_or(json));
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(quote) = rest.find('"') {
        let (before, string) = rest.split_at(quote + 1);
        out.push_str(before);
        rest = &string[repair_string(string, keep_surrogates, &mut out)..];
    }
    out.push_str(rest);
    out
}

/// Returns `json` without a byte order mark and the white space before its first value.
pub(crate) fn trim_start(json: &[u8]) -> &[u8] {
    json.strip_prefix(BOM).unwrap_or(json).trim_ascii_start()
}

/// Returns `true` if `json` is the beginning of an object, or may become one with more bytes.
pub(crate) fn may_be_object(json: &[u8]) -> bool {
    BOM.starts_with(json) || matches!(trim_start(json).first(), None | Some(b'{'))
}

/// Copies a string up to and including its closing quote, and returns the length of that part.
fn repair_string(text: &str, keep_surrogates: bool, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut copied) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        let (length, repaired) = match byte {
            b'"' => {
                at += 1;
                break;
            }
            b'\\' => read_escape(&bytes[at..]),
            0..0x20 => (1, Some(Repaired::Escape(byte))),
            _ => (1, None),
        };
        let kept = keep_surrogates && matches!(repaired, Some(Repaired::Surrogate));
        if let Some(repaired) = repaired.filter(|_| !kept) {
            out.push_str(&text[copied..at]);
            // Writing to a string cannot fail.
            let _ = match repaired {
                Repaired::Escape(byte) => write!(out, "\\u{byte:04x}"),
                Repaired::Backslash => out.write_str("\\\\"),
                // As long as the escape that it replaces, so that positions stay the same.
                Repaired::Surrogate => out.write_str("\\ufffd"),
            };
            copied = at + length;
        }
        at += length;
    }
    out.push_str(&text[copied..at]);
    at
}

/// The replacement of a fault.
enum Repaired {
    /// The escape of a control character.
    Escape(u8),
    /// An escaped backslash.
    Backslash,
    /// The escape of U+FFFD.
    Surrogate,
}

/// Returns the length of the escape at the start of `text`, and its replacement if it is invalid.
fn read_escape(text: &[u8]) -> (usize, Option<Repaired>) {
    match text.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => (2, None),
        Some(b'u') => match unit(text) {
            Some(0xd800..0xdc00) if unit(&text[6..]).is_some_and(is_low) => (12, None),
            Some(0xd800..0xe000) => (6, Some(Repaired::Surrogate)),
            Some(_) => (6, None),
            None => (1, Some(Repaired::Backslash)),
        },
        Some(_) => (1, Some(Repaired::Backslash)),
        // The text is cut off here, and remains so.
        None => (1, None),
    }
}

fn is_low(unit: u16) -> bool {
    (0xdc00..0xe000).contains(&unit)
}

/// Returns the UTF-16 code unit of the escape at the start of `text`.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some((unit << 4) | u16::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn faults_inside_strings_are_repaired() {
        let cases: [(&[u8], Value); 12] = [
            (b"\xef\xbb\xbf {\"a\":1}", json!({"a": 1})),
            (b"[\"a\xffb\"]", json!(["a\u{fffd}b"])),
            (br#"["a\ud83d", "\ude00b"]"#, json!(["a\u{fffd}", "\u{fffd}b"])),
            (br#"["\ud83d\ud83d\ude00"]"#, json!(["\u{fffd}😀"])),
            (br#"["\ud83d\n\ud83dx"]"#, json!(["\u{fffd}\n\u{fffd}x"])),
            (b"[\"a\nb\tc\x01\x1b\"]", json!(["a\nb\tc\u{1}\u{1b}"])),
            (br#"["\x41\'"]"#, json!(["\\x41\\'"])),
            (br#"["\u12g4\u"]"#, json!(["\\u12g4\\u"])),
            (br#"{"a\ud83d":"b"}"#, json!({"a\u{fffd}": "b"})),
            ("[\"\\\u{1}字\"]".as_bytes(), json!(["\\\u{1}字"])),
            (br#"["\\ud83d", "\\", "x"]"#, json!(["\\ud83d", "\\", "x"])),
            (b"{\n\"a\": \"b\"\n}", json!({"a": "b"})),
        ];
        for (text, expected) in cases {
            let repaired = repair(text);
            let value: Value = serde_json::from_str(&repaired).expect(&repaired);
            assert_eq!(value, expected, "{repaired}");
        }
    }

    #[test]
    fn halves_of_surrogate_pairs_can_be_kept() {
        let text = [br#"["\ude00\x"#.as_slice(), b"\x01\xff", br#"\ud83d"]"#].concat();
        let kept = [r#"["\ude00\\x\u0001"#, "\u{fffd}", r#"\ud83d"]"#].concat();
        assert_eq!(repair_around_surrogates(&text), kept);
    }

    #[test]
    fn faults_outside_strings_remain() {
        for text in ["{\"a\":\u{1}1}", "[1,]", "{\"a\\", "\"\\ud83", "<html>", "", "[\"a"] {
            assert!(serde_json::from_str::<Value>(&repair(text.as_bytes())).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn valid_text_is_unchanged(text in "\\PC{0,20}") {
            let json = json!({"a": [text, 1], "b\n": null}).to_string();
            proptest::prop_assert_eq!(repair(json.as_bytes()), json);
        }

        #[test]
        fn any_string_can_be_read(content in "([\\\\u\"d83de0\n\u{1}x]|\\PC){0,16}") {
            let content = content.replace('"', "").trim_end_matches('\\').to_owned();
            let json = repair(format!("\"{content}\"").as_bytes());
            proptest::prop_assert!(serde_json::from_str::<String>(&json).is_ok(), "{}", json);
        }
    }
}
