//! The user's data folder.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use tempfile::NamedTempFile;

/// Returns the folder: `COZE_CONFIG_DIR` if that is set, and one in the user's data folder
/// otherwise.
pub(crate) fn folder() -> Option<PathBuf> {
    let variable =
        |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("COZE_CONFIG_DIR").or_else(|| {
        let base = if cfg!(windows) {
            variable("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            variable("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            let home = || variable("HOME").map(|home| home.join(".local/share"));
            variable("XDG_DATA_HOME").or_else(home)
        };
        base.map(|base| base.join("coze"))
    })
}

/// Replaces a file that only its owner can read.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    // A temporary file is created with mode 0600. It is not synchronized with the disk, because
    // losing it is harmless.
    let mut file = NamedTempFile::new_in(folder)?;
    io::Write::write_all(&mut file, content)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
