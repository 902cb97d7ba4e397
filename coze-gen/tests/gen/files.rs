//! Tests updates of files on disk: only changed files are written, and orphans are removed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::common::{generate, idioms};
use coze_gen::{Change, ChangeKind, Files};
use tempfile::TempDir;

const STRANGER: &str = "coze-api/src/generated/deeper/old.rs";

fn generated_files() -> Files {
    generate(&idioms()[..3]).files
}

/// Returns a folder with all generated files.
fn written(files: &Files) -> TempDir {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let changes = files.apply(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(changes.len(), files.iter().count());
    folder
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap_or(path)).unwrap_or_else(|error| panic!("{error}"));
    fs::write(path, content).unwrap_or_else(|error| panic!("{error}"));
}

fn changes(files: &Files, folder: &TempDir) -> Vec<Change> {
    files.changes(folder.path()).unwrap_or_else(|error| panic!("{error}"))
}

fn first(files: &Files) -> PathBuf {
    files.iter().next().map(|(path, _)| path.to_owned()).unwrap_or_default()
}

#[test]
fn all_files_are_added_to_an_empty_folder() {
    let files = generated_files();
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let changes = changes(&files, &folder);
    assert_eq!(changes.len(), files.iter().count());
    for (change, (path, text)) in changes.iter().zip(files.iter()) {
        assert_eq!((change.path.as_path(), change.kind), (path, ChangeKind::Added));
        assert_eq!((change.old.as_str(), change.new.as_str()), ("", text));
    }
    // `changes` does not write.
    assert!(fs::read_dir(folder.path()).is_ok_and(|mut entries| entries.next().is_none()));
}

#[test]
fn unchanged_files_are_not_written() {
    let files = generated_files();
    let folder = written(&files);
    let before = SystemTime::now() - Duration::from_secs(3600);
    for (path, text) in files.iter() {
        let path = folder.path().join(path);
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), Some(text));
        let file = fs::File::options().write(true).open(path);
        file.and_then(|file| file.set_modified(before)).unwrap_or_else(|error| panic!("{error}"));
    }
    let changes = files.apply(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(changes, []);
    for (path, _) in files.iter() {
        let time = fs::metadata(folder.path().join(path)).and_then(|data| data.modified());
        assert!(
            time.is_ok_and(|time| time <= before + Duration::from_secs(1)),
            "{}",
            path.display()
        );
    }
}

#[test]
fn changed_files_are_written() {
    let files = generated_files();
    let folder = written(&files);
    let path = first(&files);
    write(&folder.path().join(&path), b"something else");
    let changes = files.apply(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let [change] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!((change.path.as_path(), change.kind), (path.as_path(), ChangeKind::Modified));
    assert_eq!(change.old, "something else");
    assert_eq!(fs::read_to_string(folder.path().join(&path)).ok(), Some(change.new.clone()));
}

#[test]
fn orphans_are_removed() {
    let files = generated_files();
    let folder = written(&files);
    write(&folder.path().join(STRANGER), b"left over");
    let found = changes(&files, &folder);
    let [change] = &found[..] else { panic!("{found:?}") };
    assert_eq!((change.path.as_path(), change.kind), (Path::new(STRANGER), ChangeKind::Removed));
    assert_eq!((change.old.as_str(), change.new.as_str()), ("left over", ""));
    assert!(folder.path().join(STRANGER).exists());
    assert!(files.apply(folder.path()).is_ok_and(|applied| applied == found));
    assert!(!folder.path().join(STRANGER).exists());
    assert_eq!(changes(&files, &folder), []);
}

/// Hand-written files next to the generated folders are not orphans.
#[test]
fn files_outside_the_owned_folders_are_kept() {
    let files = generated_files();
    let folder = written(&files);
    for other in ["coze-api/src/lib.rs", "tests/tests/smoke.rs", "spec/openapi.yaml"] {
        write(&folder.path().join(other), b"by hand");
    }
    assert_eq!(changes(&files, &folder), []);
}

#[test]
fn invalid_utf_8_is_a_difference() {
    let files = generated_files();
    let folder = written(&files);
    let path = first(&files);
    write(&folder.path().join(&path), b"\xff\xfe");
    write(&folder.path().join(STRANGER), b"\xff");
    let found = changes(&files, &folder);
    let kinds: Vec<(ChangeKind, &str)> =
        found.iter().map(|change| (change.kind, change.old.as_str())).collect();
    assert!(kinds.contains(&(ChangeKind::Modified, "\u{fffd}\u{fffd}")), "{kinds:?}");
    assert!(kinds.contains(&(ChangeKind::Removed, "\u{fffd}")), "{kinds:?}");
    assert_eq!(kinds.len(), 2);
}

#[test]
fn changes_are_sorted_by_path() {
    let files = generated_files();
    let folder = written(&files);
    write(&folder.path().join(STRANGER), b"left over");
    write(&folder.path().join("tests/tests/wire/generated/a.rs"), b"left over");
    for path in
        [first(&files), files.iter().last().map(|(path, _)| path.to_owned()).unwrap_or_default()]
    {
        assert!(fs::remove_file(folder.path().join(path)).is_ok());
    }
    let found = changes(&files, &folder);
    let paths: Vec<&Path> = found.iter().map(|change| change.path.as_path()).collect();
    assert!(paths.is_sorted(), "{paths:?}");
    assert_eq!(paths.len(), 4);
}

/// A folder in the place of a file is an error, not a missing file.
#[test]
fn errors_are_reported() {
    let files = generated_files();
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    fs::create_dir_all(folder.path().join(first(&files))).unwrap_or_else(|error| panic!("{error}"));
    assert!(files.changes(folder.path()).is_err());
    assert!(files.apply(folder.path()).is_err());
}

#[test]
fn a_file_can_be_added_and_replaced() {
    let mut files = generated_files();
    let first = first(&files);
    let count = files.iter().count();
    files.insert(first.display().to_string(), "other\n".to_owned());
    files.insert("docs/new.md".to_owned(), "new\n".to_owned());
    assert_eq!(files.iter().count(), count + 1);
    let text = |path: &Path| files.iter().find(|(other, _)| *other == path).map(|(_, text)| text);
    assert_eq!(text(&first), Some("other\n"));
    assert_eq!(text(Path::new("docs/new.md")), Some("new\n"));
}
