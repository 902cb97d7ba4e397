//! UTF-16 surrogate pairs whose halves arrive in different pieces of a text.
//!
//! JSON writes a character such as 😀 as two escapes, `\ud83d\ude00`. A server that cuts its text
//! between UTF-16 code units sends each escape in an event of its own, and each by itself decodes
//! to U+FFFD. The raw data of the events still has the halves.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::base::decode;

/// U+FFFD, which stands for what cannot be decoded.
pub(super) const REPLACEMENT: &str = "\u{fffd}";

/// Joins the halves of surrogate pairs in consecutive pieces of a message.
#[derive(Debug, Default)]
pub(super) struct PairJoiner {
    /// The ID of a message whose last piece ended in a high surrogate, and the surrogate.
    held: Option<(String, u16)>,
}

impl PairJoiner {
    /// Repairs the `content` of an event, decoded as `text`, with the help of the event's data.
    ///
    /// A high surrogate at the end is removed and held back until the next piece.
    pub(super) fn join(&mut self, id: &str, text: &mut String, data: &[u8]) {
        if text.is_empty() || (self.held.is_none() && !text.ends_with(REPLACEMENT)) {
            return;
        }
        let raw = content(data);
        if let Some((held_id, high)) = self.held.take() {
            let follows = held_id == id && text.starts_with(REPLACEMENT);
            let low = raw.as_deref().filter(|_| follows).and_then(first_unit);
            match low.and_then(|low| join(high, low)) {
                Some(joined) => {
                    text.replace_range(..REPLACEMENT.len(), joined.encode_utf8(&mut [0; 4]));
                }
                None => text.insert_str(0, REPLACEMENT),
            }
        }
        let last = raw.as_deref().filter(|_| text.ends_with(REPLACEMENT)).and_then(last_unit);
        if let Some(high) = last.filter(|unit| (0xd800..0xdc00).contains(unit)) {
            text.truncate(text.len() - REPLACEMENT.len());
            self.held = Some((id.to_owned(), high));
        }
    }

    /// Forgets the half of a message that has arrived as a whole.
    pub(super) fn forget(&mut self, id: &str) {
        self.held.take_if(|(held_id, _)| held_id == id);
    }

    /// Returns the ID of the message whose last half is missing at the end of the stream, if any.
    pub(super) fn finish(&mut self) -> Option<String> {
        self.held.take().map(|(id, _)| id)
    }
}

/// The string in the member `content`, as JSON text without its quotes.
fn content(data: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Content<'a> {
        #[serde(borrow)]
        content: &'a RawValue,
    }

    let data = decode::repair_around_surrogates(data);
    let raw = serde_json::from_str::<Content<'_>>(&data).ok()?.content.get();
    Some(raw.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

/// The UTF-16 code unit that an escape at the start of a JSON string stands for.
fn first_unit(raw: &str) -> Option<u16> {
    u16::from_str_radix(raw.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// The UTF-16 code unit that an escape at the end of a JSON string stands for.
fn last_unit(raw: &str) -> Option<u16> {
    let at = raw.len().checked_sub(6)?;
    let before = raw.get(..at)?;
    // After an odd number of backslashes, this one is escaped itself.
    let escaped = before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    first_unit(raw.get(at..)?).filter(|_| !escaped)
}

fn join(high: u16, low: u16) -> Option<char> {
    char::decode_utf16([high, low]).next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces after joining, each from its JSON text, and the rest.
    fn pieces(raw: &[(&str, &str)]) -> (Vec<String>, Option<String>) {
        let mut joiner = PairJoiner::default();
        let texts = raw.iter().map(|(id, raw)| {
            let mut text = lossy(raw);
            joiner.join(id, &mut text, format!(r#"{{"id":"{id}","content":"{raw}"}}"#).as_bytes());
            text
        });
        (texts.collect(), joiner.finish())
    }

    /// Decodes lone halves as the lenient reader does.
    fn lossy(raw: &str) -> String {
        raw.replace("\\ud83d\\ude00", "😀")
            .replace("\\ud83d", "\u{fffd}")
            .replace("\\ude00", "\u{fffd}")
    }

    #[test]
    fn halves_in_two_pieces_are_joined() {
        let split =
            [("1", "a\\ud83d"), ("1", ""), ("1", "\\ude00b"), ("1", "\\ud83d"), ("1", "\\ude00")];
        let expected = ["a", "", "😀b", "", "😀"].map(str::to_owned).to_vec();
        assert_eq!(pieces(&split), (expected, None));
        let whole = [("1", "\\ud83d\\ude00"), ("1", "\\ude00")];
        assert_eq!(pieces(&whole), (vec!["😀".to_owned(), "\u{fffd}".to_owned()], None));
    }

    #[test]
    fn a_half_alone_is_replaced() {
        let alone = [("1", "a\\ud83d"), ("1", "b"), ("1", "c\\ud83d")];
        let expected = ["a", "\u{fffd}b", "c"].map(str::to_owned).to_vec();
        assert_eq!(pieces(&alone), (expected, Some("1".to_owned())));
        let other = [("1", "\\ud83d"), ("2", "\\ude00")];
        assert_eq!(pieces(&other).0.concat(), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn halves_beside_other_faults_are_joined() {
        let odd = [("1", "a\n\x1b\\q\\ud83d"), ("1", "\\ude00\x01b")];
        let mut joiner = PairJoiner::default();
        let texts = odd.map(|(id, raw)| {
            let data = format!("\u{feff}{{\"content\":\"{raw}\"}}");
            let mut text = lossy(raw);
            joiner.join(id, &mut text, data.as_bytes());
            text
        });
        assert_eq!(texts, ["a\n\x1b\\q", "😀\x01b"]);
    }

    #[test]
    fn an_escaped_backslash_is_not_an_escape() {
        assert_eq!(last_unit("a\\ud83d"), Some(0xd83d));
        assert_eq!(last_unit("a\\\\ud83d"), None);
        assert_eq!(last_unit("a\\\\\\ud83d"), Some(0xd83d));
        assert_eq!(
            (last_unit("ud83d"), last_unit("你\\ud83"), first_unit("\\u")),
            (None, None, None)
        );
    }
}
