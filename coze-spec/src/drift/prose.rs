//! Facts in the prose of a cell: the values of an enumeration, limits, defaults and quantities.

/// Returns the values that items of a list begin with: `* name：explanation`.
pub(super) fn values(note: &str) -> Vec<String> {
    let mut values = Vec::new();
    for line in note.lines() {
        let Some(item) = line.trim_start().strip_prefix(['*', '-']) else { continue };
        let end = item.find([':', '：']).unwrap_or(0);
        // A remark, such as “(default)”, may surround the value.
        let value: String = outside_parentheses(&item[..end]);
        let value = value.trim();
        let is_value = !value.is_empty()
            && value.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        if is_value && !values.iter().any(|known| known == value) {
            values.push(value.to_owned());
        }
    }
    values
}

fn outside_parentheses(text: &str) -> String {
    let mut depth = 0;
    text.chars()
        .filter(|c| match c {
            '(' | '（' => {
                depth += 1;
                false
            }
            ')' | '）' => {
                depth -= 1;
                false
            }
            _ => depth == 0,
        })
        .collect()
}

/// The words before a number that make it a limit.
const LIMITS: &[(&str, &str)] = &[
    ("不超过", "at most"),
    ("不能超过", "at most"),
    ("最多", "at most"),
    ("上限", "at most"),
    ("长度限制", "length"),
    ("最大", "maximum"),
    ("最小", "minimum"),
    ("至少", "at least"),
    ("范围", "range"),
];

/// Returns limits and defaults: `at most 100`, `default 50`.
pub(super) fn limits(note: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (word, meaning) in LIMITS {
        for (start, _) in note.match_indices(word) {
            let clause = clause(&note[start + word.len()..]);
            let numbers = numbers(clause);
            if !numbers.is_empty() {
                found.push((start, format!("{meaning} {}", numbers.join(" to "))));
            }
        }
    }
    for (start, _) in note.match_indices("默认") {
        let rest = &note[start + "默认".len()..];
        let rest = rest.trim_start_matches(|c: char| "值为是：:".contains(c) || c.is_whitespace());
        let value: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c)).collect();
        if !value.is_empty() {
            found.push((start, format!("default {}", value.trim_end_matches('.'))));
        }
    }
    found.sort();
    let mut limits: Vec<String> = found.into_iter().map(|(_, limit)| limit).collect();
    limits.dedup();
    limits
}

/// Returns the text up to the end of the clause.
fn clause(text: &str) -> &str {
    text.split(['。', '；', ';', '，', '\n', '）']).next().unwrap_or_default()
}

fn numbers(text: &str) -> Vec<&str> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    parts.map(|part| part.trim_matches('.')).filter(|part| !part.is_empty()).collect()
}

/// Returns the numbers with their units: `10 MB`, `30`.
pub(super) fn quantities(note: &str) -> Vec<String> {
    tokens(note).filter(|token| token.starts_with(|c: char| c.is_ascii_digit())).collect()
}

/// Returns the words in Latin letters, which are names of formats, of fields or of protocols.
pub(super) fn words(note: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in tokens(note).filter(|token| !token.starts_with(|c: char| c.is_ascii_digit())) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Splits a text into words in Latin letters and numbers. A word after a number is its unit.
fn tokens(note: &str) -> impl Iterator<Item = String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let mut tokens: Vec<String> = Vec::new();
    let mut adjacent = false;
    for part in note.split_inclusive(|c: char| !is_part(c)) {
        let token = part.trim_end_matches(|c| !is_part(c));
        let rest = &part[token.len()..];
        let token = token.trim_matches(['.', '_', '-', '/']);
        let is_unit = adjacent && token.starts_with(|c: char| c.is_ascii_alphabetic());
        match tokens.last_mut().filter(|_| is_unit) {
            Some(number) => *number = format!("{number} {token}"),
            None if !token.is_empty() => tokens.push(token.to_owned()),
            None => {}
        }
        let is_number = !token.is_empty() && token.chars().all(|c| c.is_ascii_digit() || c == '.');
        adjacent = is_number && rest == " ";
    }
    tokens.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_keep_their_units() {
        let note = "每个音频文件最大为 10 MB，时长小于 30 分钟，16kHz 采样率，0.5 s。";
        assert_eq!(quantities(note), ["10 MB", "30", "16kHz", "0.5 s"]);
        assert_eq!(words(note), [""; 0]);
    }

    #[test]
    fn words_are_names_in_latin_letters() {
        let note = "支持 ogg、mp3 和 m4a，使用 multipart/form-data。ogg 最佳。";
        assert_eq!(words(note), ["ogg", "mp3", "m4a", "multipart/form-data"]);
        assert_eq!(quantities(note), [""; 0]);
    }
}
