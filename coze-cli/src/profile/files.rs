//! Files that only their owner can read and that are replaced atomically.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Replaces a file atomically: after a crash it has either the old or the new content.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // A temporary file is created with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Makes the renaming durable.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Reads a file. Returns `None` if it does not exist.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    existing(fs::read_to_string(path))
}

/// Removes a file. Returns `true` if it existed.
pub(super) fn remove(path: &Path) -> io::Result<bool> {
    Ok(existing(fs::remove_file(path))?.is_some())
}

fn existing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}
