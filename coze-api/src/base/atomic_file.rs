//! Files that are replaced as a whole.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File};

/// An unfinished file, which is removed unless it is finished.
pub(crate) struct PartialFile(Option<PathBuf>);

impl PartialFile {
    pub(crate) fn beside(path: &Path) -> Self {
        let mut name = OsString::from(path);
        name.push(format!(".{:08x}.part", fastrand::u32(..)));
        Self(Some(name.into()))
    }

    pub(crate) async fn create(&mut self) -> io::Result<File> {
        let path = self.0.as_deref().unwrap_or(Path::new(""));
        let file = fs::OpenOptions::new().write(true).create_new(true).open(path).await;
        if file.is_err() {
            // It is not there, or it is somebody else's.
            self.0 = None;
        }
        file
    }

    pub(crate) async fn replace(mut self, path: &Path) -> io::Result<()> {
        let part = self.0.as_deref().unwrap_or(Path::new(""));
        fs::rename(part, path).await?;
        self.0 = None;
        Ok(())
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // There is nobody to tell.
            let _ = std::fs::remove_file(path);
        }
    }
}
