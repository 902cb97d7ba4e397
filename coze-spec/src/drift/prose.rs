//! Facts in the prose of a cell: the values of an enumeration, limits and defaults.

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
