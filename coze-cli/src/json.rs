//! Formats and takes apart JSON text without parsing it into values.
//!
//! Numbers, the order of members and repeated names stay unchanged.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Indents JSON text. Text that is not JSON is returned unchanged.
pub(crate) fn pretty(text: &str) -> String {
    format(text, true)
}

/// Formats JSON text in one line. Text that is not JSON becomes a JSON string.
pub(crate) fn compact(text: &str) -> String {
    if is_json(text) {
        return format(text, false);
    }
    serde_json::Value::from(text).to_string()
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn format(text: &str, pretty: bool) -> String {
    if !is_json(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut rest = text.char_indices().peekable();
    let break_line = |out: &mut String, depth: usize| {
        if pretty {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
    };
    while let Some((start, c)) = rest.next() {
        match c {
            '"' => {
                while let Some((_, c)) = rest.next() {
                    match c {
                        '\\' => drop(rest.next()),
                        '"' => break,
                        _ => {}
                    }
                }
                let end = rest.peek().map_or(text.len(), |(end, _)| *end);
                out.push_str(&text[start..end]);
            }
            '{' | '[' => {
                out.push(c);
                while rest.next_if(|(_, c)| c.is_ascii_whitespace()).is_some() {}
                if rest.peek().is_some_and(|(_, c)| !matches!(c, '}' | ']')) {
                    depth += 1;
                    break_line(&mut out, depth);
                } else if let Some((_, close)) = rest.next() {
                    out.push(close);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                break_line(&mut out, depth);
            }
            ':' => out.push_str(if pretty { ": " } else { ":" }),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

/// Returns the members of an object in their order, or `None` if the text is not an object.
pub(crate) fn members(text: &str) -> Option<Vec<(String, &RawValue)>> {
    serde_json::from_str::<Members<'_>>(text).ok().map(|members| members.0)
}

/// Returns a member of an object, the last one if the name is repeated.
pub(crate) fn member<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let found = members(text)?.into_iter().rev().find(|(other, _)| other == name);
    found.map(|(_, value)| value.get())
}

/// Returns the items of a list, or `None` if the text is not a list.
pub(crate) fn items(text: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(text).ok()
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn tokens_stay_unchanged() {
        let text = r#" {"b":12345678901234567890123,"a" : [1.10, {} ,[ ]],"b":"x\"{,\u00e9\\"}"#;
        let lines = [
            "{",
            "  \"b\": 12345678901234567890123,",
            "  \"a\": [",
            "    1.10,",
            "    {},",
            "    []",
            "  ],",
            r#"  "b": "x\"{,\u00e9\\""#,
            "}",
        ];
        assert_eq!(pretty(text), lines.join("\n"));
        assert_eq!(
            compact(text),
            r#"{"b":12345678901234567890123,"a":[1.10,{},[]],"b":"x\"{,\u00e9\\"}"#
        );
        assert_eq!(pretty("<html>"), "<html>");
        assert_eq!(compact("<html>"), "\"<html>\"");
    }

    #[test]
    fn members_and_items_stay_unchanged() {
        let text = r#"{"n": 1.10, "a": [1e400, {}], "n": 12345678901234567890123}"#;
        let found = members(text).unwrap_or_default();
        let found: Vec<_> =
            found.iter().map(|(name, value)| (name.as_str(), value.get())).collect();
        assert_eq!(found[..2], [("n", "1.10"), ("a", "[1e400, {}]")]);
        assert_eq!(member(text, "n"), Some("12345678901234567890123"));
        let list = items(found[1].1).unwrap_or_default();
        assert_eq!(list.first().map(|item| item.get()), Some("1e400"));
        assert!(members("[]").is_none() && items("{}").is_none() && member("7", "n").is_none());
    }

    #[test]
    fn the_format_is_that_of_serde_json() {
        let value = json!({"a": [], "b": {}, "c": [1, [2.5, null], {"d": "ä\n\"", "e": true}],
            "f": "{[,:"});
        let expected = serde_json::to_string_pretty(&value).unwrap_or_default();
        assert_eq!(pretty(&value.to_string()), expected);
        assert_eq!(compact(&expected), value.to_string());
        assert_eq!(serde_json::from_str::<Value>(&pretty(&expected)).ok(), Some(value));
    }
}
