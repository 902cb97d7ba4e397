//! Splits texts into pieces that the server accepts.

/// The maximum length of a text that may be sent in one event, in bytes.
pub(super) const PIECE_LIMIT: usize = 1024;

/// Splits a text into pieces of at most [`PIECE_LIMIT`] bytes.
///
/// A piece ends at the end of a sentence if possible, else at that of a clause, a word or a
/// character.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, next) = rest.split_at(cut(rest));
        rest = next;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Returns the length of the first piece.
fn cut(text: &str) -> usize {
    if text.len() <= PIECE_LIMIT {
        return text.len();
    }
    let end = (0..=PIECE_LIMIT).rfind(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let room = &text[..end];
    // A punctuation mark and the space after it stay together if both fit.
    let after_last = |marks: fn(char) -> bool| {
        let (at, mark) = room.char_indices().rfind(|(_, c)| marks(*c))?;
        let after = at + mark.len_utf8();
        let spaces = room[after..].chars().take_while(|c| c.is_whitespace());
        Some(after + spaces.map(char::len_utf8).sum::<usize>())
    };
    let enough = |at: &usize| *at > end / 4;
    after_last(|c| matches!(c, '.' | '!' | '?' | '\n' | '。' | '！' | '？' | '…'))
        .filter(enough)
        .or_else(|| after_last(|c| matches!(c, ',' | ';' | ':' | '，' | '；' | '：' | '、')))
        .filter(enough)
        .or_else(|| after_last(char::is_whitespace))
        .filter(enough)
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pieces_end_at_sentences_clauses_and_words() {
        let sentence = "The train leaves at noon. ".repeat(30);
        let cases = [
            (sentence.clone() + &"x".repeat(600), 26 * 30),
            ("火车中午出发。".repeat(60), 21 * 48),
            ("one, two three ".repeat(100), 15 * 68 + 4),
            ("word ".repeat(300), 1020),
            ("é".repeat(600), 1024),
            (format!("a{}", "é".repeat(600)), 1023),
            // A sentence that is too short does not make a piece.
            (format!("Oh. {}", "x".repeat(2000)), 1024),
        ];
        for (text, expected) in cases {
            assert_eq!(cut(&text), expected, "{text}");
        }
        assert_eq!(pieces("").count(), 0);
        assert_eq!(pieces("short").collect::<Vec<_>>(), ["short"]);
    }

    proptest! {
        #[test]
        fn pieces_are_complete_and_within_the_limit(text in r"[a-c .,。，\né火🚂]{0,4000}") {
            let all: Vec<_> = pieces(&text).collect();
            prop_assert!(all.iter().all(|piece| (1..=PIECE_LIMIT).contains(&piece.len())));
            prop_assert_eq!(all.concat(), text);
        }
    }
}
