//! Translations of the spec: the texts of a language, their state, and the spec in that language.
//!
//! The files in `spec/locales/<tag>` mirror those of the spec. An entry holds a translation and a
//! hash of the English text that it translates, so that an edited English text makes the entry
//! stale. A text that occurs three times or more is translated once, in `common.yaml`, whose keys
//! are the English texts; an entry in the file of the place overrides it.

mod check;
mod file;
mod style;
mod texts;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

pub use check::{FileReport, Report};
pub use texts::{Text, texts};
pub use write::{FileText, Rewrite};

use self::file::{Entry, File};
use self::texts::Part;
use crate::diagnostic::Diagnostics;
use crate::document::Document;
use crate::language::Language;
use crate::load;

/// The file of the texts that occur often.
const COMMON: &str = "common.yaml";

/// The translations of one language.
#[derive(Clone, Debug)]
pub struct Locale {
    language: Language,
    folder: String,
    /// The files by their paths below the folder.
    files: BTreeMap<String, File>,
}

/// The place that a translation is in or belongs to.
enum Home<'a> {
    /// The file that mirrors the file of the spec.
    Place(Option<&'a Entry>),
    /// `common.yaml`, with the key in it.
    Common(String, Option<&'a Entry>),
}

impl Locale {
    /// Reads the translations of a language from the folder of the spec.
    ///
    /// A missing folder holds none.
    ///
    /// # Errors
    /// Files that cannot be read or are not mappings of translations.
    pub fn load(spec: &Path, language: Language) -> Result<Self, Diagnostics> {
        let name = spec.file_name().map_or("spec".into(), |name| name.to_string_lossy());
        let folder = format!("{name}/locales/{language}");
        let path = spec.join("locales").join(language.tag());
        let mut findings = Diagnostics::new();
        let mut texts = Vec::new();
        match if path.exists() { load::inside(&path, "") } else { Ok(Vec::new()) } {
            Ok(files) => {
                for relative in files {
                    let file = relative.display().to_string().replace('\\', "/");
                    let file: Arc<str> = Arc::from(format!("{folder}/{file}"));
                    match fs::read(path.join(&relative)) {
                        Ok(bytes) => texts.extend(load::decode(file, bytes, &mut findings)),
                        Err(error) => load::report_unreadable(file, &error, &mut findings),
                    }
                }
            }
            Err(error) => load::report_unreadable(Arc::from(&*folder), &error, &mut findings),
        }
        let locale = Self::read(language, folder, texts, &mut findings);
        findings.or(locale)
    }

    /// Reads translations that are already in memory, as (path below the folder, text).
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_texts(language: Language, texts: &[(&str, &str)]) -> Result<Self, Diagnostics> {
        let folder = format!("spec/locales/{language}");
        let texts = texts
            .iter()
            .map(|(file, text)| (Arc::from(format!("{folder}/{file}")), (*text).to_owned()));
        let mut findings = Diagnostics::new();
        let locale = Self::read(language, folder.clone(), texts.collect(), &mut findings);
        findings.or(locale)
    }

    fn read(
        language: Language,
        folder: String,
        texts: Vec<(Arc<str>, String)>,
        findings: &mut Diagnostics,
    ) -> Self {
        let mut files = BTreeMap::new();
        for (name, text) in texts {
            if !load::conflicts(&name, &text, findings) {
                let file = File::read(&name, &text, findings);
                files.insert(name[folder.len() + 1..].to_owned(), file);
            }
        }
        Self { language, folder, files }
    }

    /// Returns the document in this language. A text without a fresh translation stays English.
    pub fn translate(&self, document: &Document) -> Document {
        let texts = texts(document);
        let common = texts::common(&texts);
        let mut strings: BTreeMap<&str, (String, Vec<String>)> = BTreeMap::new();
        let mut touched = BTreeSet::new();
        for text in &texts {
            let translation = self.translation(text, &common);
            touched.extend(translation.map(|_| text.pointer.as_str()));
            let translation = translation.unwrap_or(&text.english);
            let (head, values) = strings.entry(&text.pointer).or_default();
            match &text.part {
                Part::Whole | Part::Head => translation.clone_into(head),
                Part::Value(value) => values.push(format!("- `{value}`：{translation}")),
            }
        }
        let mut translated = Document { language: self.language, ..document.clone() };
        // A string without any translation stays as it is, with its white space.
        strings.retain(|pointer, _| touched.contains(pointer));
        for (pointer, (head, values)) in strings {
            let parts = [head, values.join("\n")];
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            if let Some(string) = translated.root.pointer_mut(pointer) {
                *string = Value::String(parts.join("\n\n"));
            }
        }
        translated
    }

    /// The translation of a text, if it has one that is fresh.
    fn translation(&self, text: &Text, common: &HashMap<String, usize>) -> Option<&str> {
        let entry = match self.home(text, common) {
            Home::Place(entry) => entry.filter(|entry| !is_stale(entry, text)),
            Home::Common(_, entry) => entry,
        };
        entry.map(|entry| entry.text.as_str())
    }

    fn home(&self, text: &Text, common: &HashMap<String, usize>) -> Home<'_> {
        if let Some(entry) = self.files.get(text.file()).and_then(|file| file.get(&text.key)) {
            return Home::Place(Some(entry));
        }
        let Some(key) = texts::common_key(&text.english) else { return Home::Place(None) };
        let entry = self.files.get(COMMON).and_then(|file| file.get(&key));
        if entry.is_some() || common.contains_key(&key) {
            return Home::Common(key, entry);
        }
        Home::Place(None)
    }
}

/// Returns `true` if the English text has changed since. A translation without a hash is new.
fn is_stale(entry: &Entry, text: &Text) -> bool {
    entry.of.as_ref().is_some_and(|of| *of != text.hash())
}
