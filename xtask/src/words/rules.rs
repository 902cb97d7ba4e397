//! The rules of `xtask/words.yaml`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use regex::Regex;
use serde::Deserialize;

/// The content of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    pub(crate) width: usize,
    pub(crate) documentation: BTreeMap<String, f64>,
    pub(crate) openings: Openings,
    pub(crate) phrases: Vec<Phrase>,
    pub(crate) spelling: BTreeMap<String, String>,
    pub(crate) quotations: Vec<String>,
    pub(crate) foreign_names: Vec<String>,
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) except: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Openings {
    pub(crate) words: Vec<String>,
    pub(crate) share: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phrase {
    #[serde(deserialize_with = "regex")]
    pub(crate) pattern: Regex,
    #[serde(default, deserialize_with = "optional_regex")]
    pub(crate) except: Option<Regex>,
    #[serde(default)]
    pub(crate) per_thousand: f64,
    pub(crate) help: String,
}

impl Rules {
    pub(crate) fn read(text: &str) -> Result<Self> {
        serde_saphyr::from_str(text).context("cannot read xtask/words.yaml")
    }

    /// Returns `true` if a file is not searched.
    pub(crate) fn excepts(&self, path: &str) -> bool {
        path.contains("/generated/")
            || path.contains("/golden/")
            || self.except.iter().any(|pattern| matches(pattern, path))
    }

    /// Returns the American spelling of a word in British spelling.
    pub(crate) fn spelling(&self, word: &str) -> Option<&str> {
        self.spelling.get(&word.to_lowercase()).map(String::as_str)
    }
}

impl Phrase {
    /// Returns the number of occurrences in a line.
    pub(crate) fn count(&self, line: &str) -> usize {
        match &self.except {
            Some(except) => self.pattern.find_iter(&except.replace_all(line, " ")).count(),
            None => self.pattern.find_iter(line).count(),
        }
    }
}

/// Matches a path with a pattern in which `*` stands for any text.
fn matches(pattern: &str, path: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut open = false;
    for piece in pieces {
        open = true;
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = if piece.is_empty() { "" } else { after };
    }
    rest.is_empty() || (open && pattern.ends_with('*'))
}

fn regex<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Regex, D::Error> {
    let text = String::deserialize(deserializer)?;
    Regex::new(&text).map_err(serde::de::Error::custom)
}

fn optional_regex<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Regex>, D::Error> {
    regex(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_paths_match_whole_paths() {
        for (pattern, path, expected) in [
            ("Cargo.lock", "Cargo.lock", true),
            ("Cargo.lock", "Cargo.lock.txt", false),
            ("LICENSE-*", "LICENSE-MIT", true),
            ("*.zh-CN.md", "docs/guide.zh-CN.md", true),
            ("*.zh-CN.md", "docs/guide.md", false),
            ("spec/documented*", "spec/documented-fields.tsv", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
