//! Cuts texts into pieces that the server takes.

/// How many bytes of text may be sent at once.
pub(super) const PIECE_LIMIT: usize = 1024;

/// The text in pieces of at most [`PIECE_LIMIT`] bytes. A piece ends with a sentence if it can, or
/// else with a clause, a word, or at least a character.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, next) = rest.split_at(cut(rest));
        rest = next;
        (!piece.is_empty()).then_some(piece)
    })
}

/// The length of the first piece.
fn cut(text: &str) -> usize {
    if text.len() <= PIECE_LIMIT {
        return text.len();
    }
    let end = (0..=PIECE_LIMIT).rfind(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let room = &text[..end];
    // A full stop and the space behind it stay together if both find room.
    let behind = |marks: fn(char) -> bool| {
        let (at, mark) = room.char_indices().rfind(|(_, c)| marks(*c))?;
        let after = at + mark.len_utf8();
        let spaces = room[after..].chars().take_while(|c| c.is_whitespace());
        Some(after + spaces.map(char::len_utf8).sum::<usize>())
    };
    let enough = |at: &usize| *at > end / 4;
    behind(|c| matches!(c, '.' | '!' | '?' | '\n' | '。' | '！' | '？' | '…'))
        .filter(enough)
        .or_else(|| behind(|c| matches!(c, ',' | ';' | ':' | '，' | '；' | '：' | '、')))
        .filter(enough)
        .or_else(|| behind(char::is_whitespace))
        .filter(enough)
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_piece_ends_where_a_reader_would_breathe() {
        let sentence = "The train leaves at noon. ".repeat(30);
        let cases = [
            (sentence.clone() + &"x".repeat(600), 26 * 30),
            ("火车中午出发。".repeat(60), 21 * 48),
            ("one, two three ".repeat(100), 15 * 68 + 4),
            ("word ".repeat(300), 1020),
            ("é".repeat(600), 1024),
            (format!("a{}", "é".repeat(600)), 1023),
            // A stop at the very beginning is not worth a piece.
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
        fn nothing_is_lost_and_nothing_too_long(text in r"[a-c .,。，\né火🚂]{0,4000}") {
            let all: Vec<_> = pieces(&text).collect();
            prop_assert!(all.iter().all(|piece| (1..=PIECE_LIMIT).contains(&piece.len())));
            prop_assert_eq!(all.concat(), text);
        }
    }
}
