//! A token in a file that several processes may share.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{StoreLock, TokenStore};
use crate::auth::token::OAuthToken;
use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;

/// How often to look whether another process is done, and for how long.
const POLL: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(120);

/// Keeps a token in a file, for programs that several processes run at once or that run
/// again and again.
///
/// ```no_run
/// use coze_api::Client;
/// use coze_api::auth::{FileTokenStore, OAuthApp};
///
/// let app = OAuthApp::from_file("coze_oauth_config.json")?;
/// let credentials = app.credentials().with_store(FileTokenStore::new("coze_token.json"));
/// let coze = Client::builder().credentials(credentials).build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// Only the user who runs the program may read the file (mode 0600 on Unix). It is
/// replaced as a whole, so that it is never half written, and a second file beside it,
/// named with `.lock` at the end, keeps processes from renewing at the same time. Both
/// must be on a file system that knows locks.
#[derive(Debug)]
pub struct FileTokenStore {
    path: Arc<PathBuf>,
    /// One who writes holds this, and with it the lock between processes, which is that
    /// of all holders in this process.
    gate: Arc<Mutex<Weak<File>>>,
    /// One who renews holds this.
    renewal: Arc<Mutex<()>>,
}

/// The right to write. The lock goes before the gate opens.
struct Hold {
    lock: Arc<File>,
    _gate: OwnedMutexGuard<Weak<File>>,
}

impl FileTokenStore {
    /// A store in the file at `path`, which need not exist yet. Its folder must.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: Arc::new(path.into()), gate: Arc::default(), renewal: Arc::default() }
    }

    /// Runs a step on the file where it may block.
    async fn blocking<T: Send + 'static>(
        &self,
        what: &str,
        step: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = self.path.clone();
        let result = tokio::task::spawn_blocking(move || step(&path)).await;
        result.unwrap_or_else(|e| Err(io::Error::other(e))).map_err(|e| {
            let what = format!("cannot {what} the token file {}", self.path.display());
            Error::new(Kind::Config(what)).with_source(e)
        })
    }

    /// Keeps everybody else from writing: by the gate those in this process, by the lock
    /// those in others.
    async fn hold(&self) -> Result<Hold> {
        let mut gate = self.gate.clone().lock_owned().await;
        if let Some(lock) = gate.upgrade() {
            return Ok(Hold { lock, _gate: gate });
        }
        let mut waited = Duration::ZERO;
        loop {
            if let Some(lock) = self.blocking("lock", try_lock).await? {
                let lock = Arc::new(lock);
                *gate = Arc::downgrade(&lock);
                return Ok(Hold { lock, _gate: gate });
            }
            if waited >= PATIENCE {
                let what = format!("another process keeps {} locked", self.path.display());
                return Err(Error::new(Kind::Config(what)));
            }
            tokio::time::sleep(POLL).await;
            waited += POLL;
        }
    }

    async fn read(&self) -> Result<Option<OAuthToken>> {
        let json = self.blocking("read", |path| match fs::read_to_string(path) {
            Ok(json) => Ok(Some(json)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        });
        match json.await? {
            Some(json) => OAuthToken::from_json(&json).map(Some).map_err(|e| {
                let what = format!("the token file {} is no token file", self.path.display());
                Error::new(Kind::Config(what)).with_source(e)
            }),
            None => Ok(None),
        }
    }

    async fn write(&self, token: &OAuthToken, hold: Hold) -> Result<()> {
        let json = token.to_json();
        let step = move |path: &Path| {
            let result = replace(path, json.expose_secret());
            // Not before, even if the caller is gone by now.
            drop(hold);
            result
        };
        self.blocking("write", step).await
    }
}

impl TokenStore for FileTokenStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        Box::pin(self.read())
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            let hold = self.hold().await?;
            self.write(token, hold).await
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let hold = self.hold().await?;
            if self.read().await?.as_ref() != expected {
                return Ok(false);
            }
            self.write(token, hold).await?;
            Ok(true)
        })
    }

    fn lock(&self) -> BoxFuture<'_, Result<StoreLock>> {
        Box::pin(async {
            let renewal = self.renewal.clone().lock_owned().await;
            let lock = self.hold().await?.lock;
            Ok(StoreLock::new((lock, renewal)))
        })
    }
}

/// Takes the lock unless somebody else has it. It is that of an open file, so it ends
/// with the process at the latest.
fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let file = private(&mut options).open(sibling(path, "lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// Writes a new file and puts it in the place of the old one in one step.
fn replace(path: &Path, content: &str) -> io::Result<()> {
    // Only the holder of the lock writes, so one name will do; what a crash left behind
    // goes.
    let new = sibling(path, "new");
    match fs::remove_file(&new) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let written = (|| {
        let mut file = private(OpenOptions::new().create_new(true).write(true)).open(&new)?;
        file.write_all(content.as_bytes())?;
        // Otherwise a crash of the machine could leave an empty file.
        file.sync_all()?;
        fs::rename(&new, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written?;
    sync_folder(path)
}

/// Makes the new name durable as well.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn sibling(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// Lets nobody else read the file.
#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}
