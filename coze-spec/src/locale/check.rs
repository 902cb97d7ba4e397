//! Missing, stale, orphaned and faulty translations.

use std::collections::{BTreeMap, BTreeSet};

use super::file::Entry;
use super::style;
use super::texts::{self, Text};
use super::{COMMON, Home, Locale, is_stale, texts as texts_of};
use crate::diagnostic::Diagnostics;
use crate::document::Document;
use crate::location::Location;

/// The state of a locale.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The files, `common.yaml` first.
    pub files: Vec<FileReport>,
    /// Every missing, stale, orphaned and faulty entry.
    pub findings: Diagnostics,
}

/// The state of a file of a locale.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReport {
    /// The path, as `spec/locales/zh-CN/resources/chat.yaml`.
    pub file: String,
    /// The number of texts that the file has to translate.
    pub texts: usize,
    /// The number of texts without a translation.
    pub missing: usize,
    /// The number of translations whose English text has changed.
    pub stale: usize,
    /// The number of translations that no text of the spec has.
    pub orphaned: usize,
    /// The number of translations that break a rule.
    pub faulty: usize,
}

impl Locale {
    /// Compares the translations with the texts of the spec.
    pub fn check(&self, document: &Document) -> Report {
        let texts = texts_of(document);
        let common = texts::common(&texts);
        let mut check = Check { locale: self, report: Report::default(), files: BTreeMap::new() };
        let mut seen = BTreeSet::new();
        for text in &texts {
            match self.home(text, &common) {
                Home::Common(key, entry) => {
                    if seen.insert(key.clone()) {
                        check.count(COMMON).texts += 1;
                        match entry {
                            None => check.missing(COMMON, &key),
                            Some(entry) => check.style(COMMON, &key, text, entry),
                        }
                    }
                }
                Home::Place(entry) => {
                    check.count(text.file()).texts += 1;
                    match entry {
                        None => check.missing(text.file(), &text.key),
                        Some(entry) if is_stale(entry, text) => check.stale(text),
                        Some(entry) => check.style(text.file(), &text.key, text, entry),
                    }
                }
            }
        }
        for (file, entries) in self.orphans(&texts, &common) {
            for (key, _) in entries {
                check.orphaned(&file, &key);
            }
        }
        check.finish()
    }
}

struct Check<'a> {
    locale: &'a Locale,
    report: Report,
    files: BTreeMap<String, FileReport>,
}

impl Check<'_> {
    fn count(&mut self, file: &str) -> &mut FileReport {
        let path = format!("{}/{file}", self.locale.folder);
        let new = || FileReport { file: path, ..FileReport::default() };
        self.files.entry(file.to_owned()).or_insert_with(new)
    }

    fn missing(&mut self, file: &str, key: &str) {
        self.count(file).missing += 1;
        let help = "translate it; `cargo xtask locale --write` adds the entry";
        self.report(file, key, format!("`{key}` has no translation"), help);
    }

    fn stale(&mut self, text: &Text) {
        self.count(text.file()).stale += 1;
        let message =
            format!("the English text of `{}` has changed, see {}", text.key, text.location);
        let help =
            format!("correct the translation, then `cargo xtask locale --accept {}`", text.key);
        self.report(text.file(), &text.key, message, &help);
    }

    fn orphaned(&mut self, file: &str, key: &str) {
        self.count(file).orphaned += 1;
        let help = "move its text where it belongs, or `cargo xtask locale --prune`";
        self.report(file, key, format!("the spec has no text `{key}`"), help);
    }

    fn style(&mut self, file: &str, key: &str, text: &Text, entry: &Entry) {
        let faults = style::faults(text, &entry.text);
        self.count(file).faulty += usize::from(!faults.is_empty());
        for fault in faults {
            let help = "see spec/locales/zh-CN/README.md for the rules";
            self.report(file, key, format!("{fault} in `{key}`"), help);
        }
    }

    fn report(&mut self, file: &str, key: &str, message: String, help: &str) {
        let known = self.locale.files.get(file).map(|file| file.location(key));
        let location =
            known.unwrap_or_else(|| Location::line(format!("{}/{file}", self.locale.folder), 1));
        self.report.findings.push(location, message, help);
    }

    fn finish(mut self) -> Report {
        let common = self.files.remove(COMMON);
        self.report.files = common.into_iter().chain(self.files.into_values()).collect();
        self.report
    }
}
