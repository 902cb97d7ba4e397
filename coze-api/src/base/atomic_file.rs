//! Files that are replaced as a whole.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Seek as _, Write as _};
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
            // The file does not exist, or another program has created it.
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
            // A failure cannot be reported here.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A private file with reserved space, which will replace another one. It is removed unless it
/// does.
#[derive(Debug)]
pub(crate) struct ReservedFile {
    file: std::fs::File,
    path: PathBuf,
    replaced: bool,
}

impl ReservedFile {
    /// Creates the file at `path`, in place of one that a crash has left, and reserves space for
    /// content of `space` bytes.
    pub(crate) fn create(path: PathBuf, space: usize) -> io::Result<Self> {
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let file = create_private(&path)?;
        let mut reserved = Self { file, path, replaced: false };
        // Some file systems find out that they are full when data reaches the disk.
        write_durably(&mut reserved.file, &vec![b' '; space])?;
        Ok(reserved)
    }

    /// Writes the content, and atomically replaces the file at `path`, in the same folder.
    pub(crate) fn replace(mut self, path: &Path, content: &str) -> io::Result<()> {
        // Otherwise, a crash of the machine could leave an empty file.
        write_durably(&mut self.file, content.as_bytes())?;
        std::fs::rename(&self.path, path)?;
        self.replaced = true;
        sync_folder(path)
    }
}

impl Drop for ReservedFile {
    fn drop(&mut self) {
        if !self.replaced {
            // A failure cannot be reported here.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Overwrites a JSON file in place, for the case that it cannot be replaced. A crash meanwhile may
/// damage it.
pub(crate) fn overwrite(path: &Path, json: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    make_private(&file)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
    // Spaces may follow JSON, so the old content needs no second step to disappear.
    let mut content = json.as_bytes().to_vec();
    content.resize(content.len().max(length), b' ');
    write_durably(&mut file, &content)
}

/// Creates a private file. A file that another user has put there meanwhile, or a link, is not
/// opened.
fn create_private(path: &Path) -> io::Result<std::fs::File> {
    private(OpenOptions::new().create_new(true).write(true)).open(path)
}

/// Writes the whole content of a file, and waits until it is on the disk.
fn write_durably(file: &mut std::fs::File, content: &[u8]) -> io::Result<()> {
    // Over the old content: a file that is emptied first gives its space back.
    file.rewind()?;
    file.write_all(content)?;
    let length = content.len() as u64;
    if file.metadata().map_or(true, |metadata| metadata.len() != length) {
        // Even this may fail on a full disk. The rest is then the spaces of the reservation, which
        // may follow JSON.
        let _ = file.set_len(length);
    }
    file.sync_all()
}

/// Makes the new name of a file durable too.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a file that is created readable by its owner only.
#[cfg(unix)]
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Makes an existing file readable by its owner only.
#[cfg(unix)]
fn make_private(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("coze-{:016x}", fastrand::u64(..)));
            std::fs::create_dir(&path).expect("a folder");
            Self(path)
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_reserved_file_replaces_another_or_leaves_no_trace() {
        let folder = Folder::new();
        let (old, new) = (folder.path("old"), folder.path("new"));
        std::fs::write(&old, "a longer text than the next one").expect("a file");
        std::fs::write(&new, "left by a crash").expect("a file");
        let reserved = ReservedFile::create(new.clone(), 4096).expect("room");
        assert_eq!(std::fs::metadata(&new).expect("reserved").len(), 4096);
        reserved.replace(&old, "next").expect("written");
        assert_eq!(std::fs::read_to_string(&old).expect("a file"), "next");
        assert!(!new.exists());
        drop(ReservedFile::create(new.clone(), 1).expect("room"));
        assert!(!new.exists() && old.exists());
    }

    #[test]
    fn a_file_that_is_overwritten_keeps_nothing_of_its_old_content() {
        let folder = Folder::new();
        let path = folder.path("file");
        for old in ["", r#"{"a": "shorter"}"#, r#"{"a": "much longer than the next content"}"#] {
            std::fs::write(&path, old).expect("a file");
            overwrite(&path, r#"{"a": "the next content"}"#).expect("written");
            let text = std::fs::read_to_string(&path).expect("a file");
            assert_eq!(text.trim_end(), r#"{"a": "the next content"}"#);
            assert_eq!(text.len(), old.len().max(25));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let missing = folder.path("missing");
        assert!(overwrite(&missing, "{}").is_err() && !missing.exists());
    }

    #[cfg(unix)]
    #[test]
    fn neither_a_file_nor_a_link_of_others_is_opened() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = Folder::new();
        let (file, link) = (folder.path("file"), folder.path("link"));
        let created = create_private(&file).expect("a new file");
        let mode = created.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(create_private(&file).expect_err("there").kind(), io::ErrorKind::AlreadyExists);
        let elsewhere = folder.path("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, &link).expect("a link");
        assert_eq!(create_private(&link).expect_err("a link").kind(), io::ErrorKind::AlreadyExists);
        assert!(!elsewhere.exists());
    }

    /// `/dev/null` takes everything but cannot be flushed, and neither can the folder `/proc`.
    #[cfg(target_os = "linux")]
    #[test]
    fn data_and_names_are_flushed_to_the_disk() {
        let mut null = OpenOptions::new().write(true).open("/dev/null").expect("a device");
        let error = write_durably(&mut null, b"").expect_err("flushed");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let error = sync_folder(Path::new("/proc/token")).expect_err("flushed");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
