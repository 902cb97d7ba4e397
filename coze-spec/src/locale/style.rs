//! The rules of Chinese texts: the code and links of the English text, and Chinese typography.

use std::collections::BTreeSet;
use std::ops::Range;

use super::texts::Text;
use crate::prose::{Kind, spans};

/// Returns the faults of a translation.
pub(crate) fn faults(text: &Text, translation: &str) -> Vec<String> {
    let mut faults = code(&text.english, translation);
    let plain = plain(translation);
    faults.extend(spacing(&plain));
    faults.extend(punctuation(&plain));
    let ends = |text: &str, signs: &[char]| text.trim_end().ends_with(signs);
    if ends(&text.english, &['.']) && !ends(translation, &['。', '；', '：', '`', '|']) {
        faults.push("a sentence without `。` at its end".to_owned());
    }
    faults
}

/// Code and the targets of links are those of the English text, in any order.
fn code(english: &str, translation: &str) -> Vec<String> {
    let (expected, found) = (fixed(english), fixed(translation));
    let mut faults: Vec<String> =
        expected.difference(&found).map(|code| format!("{code} is missing")).collect();
    faults.extend(
        found.difference(&expected).map(|code| format!("{code} is not in the English text")),
    );
    if spans(translation)
        .iter()
        .any(|span| matches!(span.kind, Kind::Unclosed | Kind::UnclosedBlock))
    {
        faults.push("a backtick that nothing closes".to_owned());
    }
    faults
}

/// The parts of a text that no language changes.
fn fixed(text: &str) -> BTreeSet<String> {
    let code = spans(text).into_iter().map(|span| text[span.outside].to_owned());
    let links = text.match_indices("](").filter_map(|(at, _)| {
        let end = text[at..].find(')')?;
        Some(format!("`{}`", &text[at + 2..at + end]))
    });
    code.chain(links).collect()
}

/// A translation in which code is one letter and the target of a link is gone.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut from = 0;
    for Range { start, end } in spans(text).into_iter().map(|span| span.outside) {
        plain.push_str(&text[from..start]);
        plain.push('x');
        from = end;
    }
    plain.push_str(&text[from..]);
    while let Some(start) = plain.find("](") {
        let end = plain[start..].find(')').map_or(plain.len(), |end| start + end + 1);
        plain.replace_range(start..end, "");
    }
    plain.replace('[', "").replace("**", "")
}

/// A space stands between Chinese and Latin letters or digits, and none beside full-width signs.
fn spacing(plain: &str) -> Option<String> {
    let chars: Vec<char> = plain.chars().collect();
    let touch = |a: char, b: char| is_han(a) && b.is_ascii_alphanumeric();
    let missing = chars.windows(2).find(|pair| touch(pair[0], pair[1]) || touch(pair[1], pair[0]));
    if let Some([before, after]) = missing {
        return Some(format!("no space between the characters `{before}` and `{after}`"));
    }
    let extra = chars.windows(2).find(|pair| match pair {
        [' ', sign] | [sign, ' '] => is_sign(*sign),
        _ => false,
    });
    extra.map(|pair| format!("a space beside `{}`", pair.iter().collect::<String>().trim()))
}

/// Beside Chinese stand full-width signs.
fn punctuation(plain: &str) -> Option<String> {
    let chars: Vec<char> = plain.chars().collect();
    let half = |pair: &&[char]| match pair {
        [han, sign] if is_han(*han) => {
            matches!(sign, ',' | '.' | ':' | ';' | '?' | '!' | '(' | ')')
        }
        [sign, han] if is_han(*han) => matches!(sign, ',' | ':' | ';' | '?' | '!' | '(' | ')'),
        _ => false,
    };
    let found = chars.windows(2).find(half);
    found.map(|pair| format!("half-width punctuation in `{}{}`", pair[0], pair[1]))
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

fn is_sign(c: char) -> bool {
    matches!(
        c,
        '，' | '。' | '：' | '；' | '（' | '）' | '、' | '！' | '？' | '“' | '”' | '《' | '》'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::texts::Part;
    use crate::location::Location;

    fn faults_of(english: &str, translation: &str) -> Vec<String> {
        let text = Text {
            key: "Bot.id".to_owned(),
            owner: "Bot".to_owned(),
            english: english.to_owned(),
            location: Location::line("spec/shared.yaml", 1),
            pointer: String::new(),
            part: Part::Whole,
        };
        faults(&text, translation)
    }

    #[test]
    fn good_texts_have_no_faults() {
        for (english, translation) in [
            ("The ID of the bot.", "智能体 ID。"),
            (
                "If `true`, at most 20 are sent, see [流式](https://a.b/c).",
                "设为 `true` 时最多发送 20 条，参见[流式](https://a.b/c)。",
            ),
            ("A. See `bots.list` and `b`.", "先看 `b`，再看 `bots.list`。"),
            ("Lists:\n\n- `a`: one\n- `b`: two", "列表：\n\n- `a`：一\n- `b`：二"),
            ("Coze Open API", "扣子 API"),
            ("Like so:\n\n```json\n{}\n```", "如下：\n\n```json\n{}\n```"),
            ("From 0.1 to 1.5 (in seconds).", "0.1 到 1.5（秒）。"),
        ] {
            assert_eq!(faults_of(english, translation), [""; 0], "{translation}");
        }
    }

    #[test]
    fn faults_are_found() {
        for (english, translation, fault) in [
            ("See `a`.", "请看。", "`a` is missing"),
            ("See it.", "请看 `a`。", "`a` is not in the English text"),
            ("See [一](https://a).", "请看[一](https://b)。", "`https://a` is missing"),
            ("See `a`.", "请看 `a。", "a backtick that nothing closes"),
            ("The ID.", "智能体ID。", "no space between the characters `体` and `I`"),
            ("At most 20.", "最多20 个。", "no space between the characters `多` and `2`"),
            ("See `a` now.", "请看`a` 。", "no space between the characters `看` and `x`"),
            ("See `a`.", "请看 `a` 。", "a space beside `。`"),
            ("One, two.", "一,二。", "half-width punctuation in `一,`"),
            ("One (two).", "一(二)。", "half-width punctuation in `一(`"),
            ("One.", "一", "a sentence without `。` at its end"),
        ] {
            let found = faults_of(english, translation);
            assert!(found.iter().any(|found| found == fault), "{translation}: {found:?}");
        }
    }
}
