//! The files of a locale as they should be: every text in the order of the spec, and nothing lost.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::file::{Entry, File, Writer};
use super::texts::{self, Text};
use super::{COMMON, Home, Locale, is_stale, texts as texts_of};
use crate::document::Document;

/// Options for writing the files of a locale.
#[derive(Clone, Debug, Default)]
pub struct Rewrite {
    /// The keys of stale entries whose translations are right nevertheless, or paths of files.
    pub accept: Vec<String>,
    /// Removes the entries that no text of the spec has.
    pub prune: bool,
}

/// A file of a locale, as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    /// The path, as `spec/locales/zh-CN/resources/chat.yaml`.
    pub file: String,
    /// The content; none if the file has nothing left to hold.
    pub text: Option<String>,
}

impl Locale {
    /// Returns the files as they should be.
    ///
    /// A text without a translation gets an entry to fill in, below the English text. A new
    /// translation gets the hash of the English text. A stale one keeps its hash until it is
    /// accepted. A translation whose key is gone moves to a text without one that reads the same in
    /// English; otherwise it moves to the end of its file.
    pub fn rewrite(&self, document: &Document, how: &Rewrite) -> Vec<FileText> {
        let texts = texts_of(document);
        let common = texts::common(&texts);
        let mut plan = Plan { locale: self, how, orphans: self.orphans(&texts, &common) };
        let mut by_file: BTreeMap<&str, Vec<&Text>> = BTreeMap::new();
        for file in self.files.keys().filter(|file| *file != COMMON) {
            by_file.entry(file).or_default();
        }
        for text in &texts {
            by_file.entry(text.file()).or_default().push(text);
        }
        let written: Vec<_> =
            by_file.iter().map(|(file, texts)| (*file, plan.place(file, texts, &common))).collect();
        // Only now is it known which orphans no text has adopted.
        let written = written.into_iter();
        let places = written.map(|(file, writer)| self.file(file, plan.end(file, writer)));
        let mut files: Vec<_> = places.collect();
        files.push(self.file(COMMON, self.common(&common, &plan)));
        files
    }

    fn file(&self, file: &str, text: Option<String>) -> FileText {
        FileText { file: format!("{}/{file}", self.folder), text }
    }

    /// The entries with a text that no text of the spec uses, by file.
    pub(super) fn orphans(
        &self,
        texts: &[Text],
        common: &HashMap<String, usize>,
    ) -> BTreeMap<String, Vec<(String, Entry)>> {
        let mut used: BTreeSet<(&str, String)> = BTreeSet::new();
        for text in texts {
            used.insert((text.file(), text.key.clone()));
            used.extend(texts::common_key(&text.english).map(|key| (COMMON, key)));
        }
        debug_assert!(common.keys().all(|key| used.contains(&(COMMON, key.clone()))));
        let orphans = |(name, file): (&String, &File)| {
            let entries = file.entries.iter().filter(|(key, entry)| {
                !entry.text.is_empty() && !used.contains(&(name.as_str(), key.clone()))
            });
            (name.clone(), entries.cloned().collect::<Vec<_>>())
        };
        let orphans = self.files.iter().map(orphans);
        orphans.filter(|(_, entries)| !entries.is_empty()).collect()
    }

    fn common(&self, common: &HashMap<String, usize>, plan: &Plan<'_>) -> Option<String> {
        let file = self.files.get(COMMON);
        let orphans = plan.orphans.get(COMMON).map(Vec::as_slice).unwrap_or_default();
        let known = file.into_iter().flat_map(|file| &file.entries);
        let known = known.filter(|(_, entry)| !entry.text.is_empty()).map(|(key, _)| key);
        let known = known.filter(|key| !orphans.iter().any(|(orphan, _)| orphan == *key));
        let keys: BTreeSet<&String> = known.chain(common.keys()).collect();
        let mut writer = Writer::new("Texts that occur three times or more, by the English text.");
        writer.blank();
        for key in &keys {
            match file.and_then(|file| file.get(key)) {
                // The key is the English text, so no hash is needed.
                Some(entry) => writer.entry(key, &Entry { of: None, ..entry.clone() }),
                None => writer.missing(key),
            }
        }
        let is_empty = keys.is_empty() && (orphans.is_empty() || plan.how.prune);
        let text = plan.end(COMMON, Some(writer))?;
        (!is_empty).then_some(text)
    }
}

struct Plan<'a> {
    locale: &'a Locale,
    how: &'a Rewrite,
    /// The entries without a text, as far as no text has adopted them.
    orphans: BTreeMap<String, Vec<(String, Entry)>>,
}

impl Plan<'_> {
    fn place(
        &mut self,
        file: &str,
        texts: &[&Text],
        common: &HashMap<String, usize>,
    ) -> Option<Writer> {
        let title = format!("The texts of spec/{file}. See the README.md of this language.");
        let mut writer = Writer::new(&title);
        let mut owner = None;
        for text in texts {
            let entry = match self.locale.home(text, common) {
                Home::Common(..) => continue,
                Home::Place(entry) => entry.cloned(),
            };
            if owner != Some(&text.owner) {
                writer.blank();
                owner = Some(&text.owner);
            }
            let Some(entry) = entry.or_else(|| self.adopt(text)) else {
                writer.comment(&text.english);
                writer.missing(&text.key);
                continue;
            };
            let mut entry = Entry { of: entry.of.or_else(|| Some(text.hash())), ..entry };
            if self.accepts(file, &text.key) {
                entry.of = Some(text.hash());
            }
            if is_stale(&entry, text) {
                writer.comment(&text.english);
            }
            writer.entry(&text.key, &entry);
        }
        owner.map(|_| writer)
    }

    fn accepts(&self, file: &str, key: &str) -> bool {
        let path = format!("{}/{file}", self.locale.folder);
        self.how.accept.iter().any(|accepted| accepted == key || *accepted == path)
    }

    /// The entry of a text whose key has changed.
    fn adopt(&mut self, text: &Text) -> Option<Entry> {
        let hash = text.hash();
        let own = self.orphans.keys().find(|file| *file == text.file()).cloned();
        let files: Vec<String> = own.into_iter().chain(self.orphans.keys().cloned()).collect();
        for file in files {
            let entries = self.orphans.get_mut(&file)?;
            let found = entries.iter().position(|(_, entry)| entry.of.as_ref() == Some(&hash));
            if let Some(index) = found {
                return Some(entries.remove(index).1);
            }
        }
        None
    }

    /// The text of a file, with the orphans at its end.
    fn end(&self, file: &str, writer: Option<Writer>) -> Option<String> {
        let orphans = self.orphans.get(file).filter(|orphans| !orphans.is_empty());
        let orphans = orphans.filter(|_| !self.how.prune);
        let mut writer = match (writer, orphans) {
            (None, None) => return None,
            (writer, _) => writer.unwrap_or_default(),
        };
        if let Some(orphans) = orphans {
            writer.blank();
            writer.comment("The spec has no text with these keys any more.");
            for (key, entry) in orphans {
                writer.entry(key, entry);
            }
        }
        Some(writer.finish())
    }
}
