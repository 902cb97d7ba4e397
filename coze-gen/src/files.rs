//! The generated files: written only where they differ, and strangers beside them removed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Folders that hold generated files and nothing else.
const OWNED: [&str; 4] = [
    "coze-api/src/generated",
    "coze-cli/src/generated",
    "tests/src/generated",
    "tests/tests/wire/generated",
];

/// File contents by path, relative to the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<PathBuf, String>);

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its content changes.
    Modified,
    /// The spec does not make it any more.
    Removed,
}

/// A file that differs from what the spec makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path, relative to the workspace.
    pub path: PathBuf,
    /// What happens to it.
    pub kind: ChangeKind,
    /// The content on disk, empty if there is none.
    pub old: String,
    /// The content that the spec makes, empty if there is none.
    pub new: String,
}

impl Files {
    pub(crate) fn insert(&mut self, path: String, content: String) {
        self.0.insert(PathBuf::from(path), content);
    }

    /// The files in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.0.iter().map(|(path, content)| (path.as_path(), content.as_str()))
    }

    /// What [`Files::apply`] would do.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn changes(&self, root: &Path) -> io::Result<Vec<Change>> {
        let mut changes = Vec::new();
        for (path, new) in &self.0 {
            let old = match fs::read(root.join(path)) {
                // Bytes that are not UTF-8 are a difference like any other.
                Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
            if old.as_ref() != Some(new) {
                let kind = if old.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
                let (path, new) = (path.clone(), new.clone());
                changes.push(Change { path, kind, old: old.unwrap_or_default(), new });
            }
        }
        for path in self.strangers(root)? {
            let old = String::from_utf8_lossy(&fs::read(root.join(&path))?).into_owned();
            changes.push(Change { path, kind: ChangeKind::Removed, old, new: String::new() });
        }
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// Brings the folder to what the spec makes and says what was changed.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub fn apply(&self, root: &Path) -> io::Result<Vec<Change>> {
        let changes = self.changes(root)?;
        for change in &changes {
            let path = root.join(&change.path);
            if change.kind == ChangeKind::Removed {
                fs::remove_file(path)?;
                continue;
            }
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, &change.new)?;
        }
        Ok(changes)
    }

    /// Files in the owned folders that are not among ours.
    fn strangers(&self, root: &Path) -> io::Result<Vec<PathBuf>> {
        let mut strangers = Vec::new();
        let mut folders: Vec<PathBuf> = OWNED.iter().map(PathBuf::from).collect();
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(root.join(&folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                } else if !self.0.contains_key(&path) {
                    strangers.push(path);
                }
            }
        }
        Ok(strangers)
    }
}
