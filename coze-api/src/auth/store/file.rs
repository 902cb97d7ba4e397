//! A token store in a file, which several processes can share.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{StoreLock, TokenStore};
use crate::auth::app::LONGEST_REQUEST;
use crate::auth::token::OAuthToken;
use crate::base::atomic_file::{ReservedFile, overwrite, private};
use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::base::runtime;

/// The first and the longest pause between attempts to take a lock that another process holds.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(320);
/// The time to wait for a lock: the longest time that another process needs to renew a token, and a
/// minute more for its files.
pub(in crate::auth) const LOCK_TIMEOUT: Duration =
    LONGEST_REQUEST.saturating_add(Duration::from_secs(60));
/// The space that is reserved for the next token, in bytes. Tokens need about a tenth of it.
const RESERVED_SPACE: usize = 16 * 1024;

/// Stores a token in a file, for programs that run repeatedly or in several processes at once.
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
/// A program that makes a few calls and ends calls
/// [`current`](crate::auth::OAuthCredentials::current) first, as
/// [`with_store`](crate::auth::OAuthCredentials::with_store) shows, because its end interrupts a
/// renewal.
///
/// - Only the user who runs the program may read the file (mode 0600 on Unix).
/// - The file is replaced as a whole, so that it is never half written. The new content is
///   written to a file with `.new` at the end of its name, which is created, and whose space is
///   reserved, before a refresh token is used: on a full disk or in a read-only folder the
///   refresh token is not used and remains valid. If the file cannot be replaced after that, the
///   new content is written into it, because the old token is no longer valid.
/// - A file with `.lock` at the end of its name keeps processes from renewing at the same
///   time. The file system must support locks. A lock is waited for up to 6 minutes.
/// - A symbolic link is followed: its target is replaced.
/// - An empty file holds no token. A damaged one is an error that names the file.
#[derive(Debug)]
pub struct FileTokenStore {
    path: Arc<PathBuf>,
    /// Held while writing. It contains the lock between processes, which all holders in this
    /// process share.
    gate: Arc<Mutex<Weak<File>>>,
    /// Held during a renewal.
    renewal: Arc<Mutex<()>>,
    reserved: Arc<Reserved>,
}

/// The file with the space for the next token.
type Reserved = std::sync::Mutex<Option<ReservedFile>>;

/// Removes a reserved file that was not used when the renewal ends.
struct Release(Arc<Reserved>);

impl Drop for Release {
    fn drop(&mut self) {
        drop(take(&self.0));
    }
}

fn take(reserved: &Reserved) -> Option<ReservedFile> {
    reserved.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The exclusive right to write. The lock is released before the gate.
struct WriteGuard {
    lock: Arc<File>,
    _gate: OwnedMutexGuard<Weak<File>>,
}

impl FileTokenStore {
    /// Creates a store in the file at `path`. The file need not exist yet, but its folder must.
    ///
    /// Several stores of one program may use the same path, but then each waits for the lock of the
    /// others; clone the credentials instead.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: Arc::new(path.into()),
            gate: Arc::default(),
            renewal: Arc::default(),
            reserved: Arc::default(),
        }
    }

    /// Runs a step on the file on a thread that may block.
    async fn blocking<T: Send + 'static>(
        &self,
        action: &str,
        step: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        runtime::check()?;
        let path = self.path.clone();
        let step = move || step(&target(&path)?);
        let result = tokio::task::spawn_blocking(step).await;
        result.unwrap_or_else(|e| Err(io::Error::other(e))).map_err(|e| {
            let message = format!("cannot {action} the token file {}: {e}", self.path.display());
            Error::from_kind(Kind::Credentials(message)).with_source(e)
        })
    }

    /// Waits for `lock` for at most [`LOCK_TIMEOUT`].
    async fn with_lock_timeout<T>(&self, lock: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::time::timeout(LOCK_TIMEOUT, lock).await.unwrap_or_else(|_| {
            let message = format!(
                "the token file {} has been locked for {} seconds, perhaps by a process that \
                 was stopped",
                self.path.display(),
                LOCK_TIMEOUT.as_secs()
            );
            Err(Error::from_kind(Kind::Credentials(message)))
        })
    }

    /// Keeps all others from writing: those in this process by the gate, those in other processes
    /// by the lock.
    async fn write_guard(&self) -> Result<WriteGuard> {
        let mut gate = self.gate.clone().lock_owned().await;
        if let Some(lock) = gate.upgrade() {
            return Ok(WriteGuard { lock, _gate: gate });
        }
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(lock) = self.blocking("lock", try_lock).await? {
                let lock = Arc::new(lock);
                *gate = Arc::downgrade(&lock);
                return Ok(WriteGuard { lock, _gate: gate });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn read(&self) -> Result<Option<OAuthToken>> {
        let read = |path: &Path| match fs::read_to_string(path) {
            // Some programs create the file before there is a token.
            Ok(json) => Ok(Some(json).filter(|json| !json.trim().is_empty())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        };
        // A new token is stored after the file is read, so a failure that passes must not lose it.
        let json = self.blocking("read", move |path| read(path).or_else(|_| read(path)));
        match json.await? {
            Some(json) => OAuthToken::from_json(&json).map(Some).map_err(|e| {
                let message = format!("cannot use the token file {}: {e}", self.path.display());
                Error::from_kind(Kind::Credentials(message)).with_source(e)
            }),
            None => Ok(None),
        }
    }

    /// Replaces the file. If that fails, a file whose token is `used_up` is overwritten: any other
    /// may still be useful.
    async fn write(&self, token: &OAuthToken, used_up: bool, guard: WriteGuard) -> Result<()> {
        let (json, reserved) = (token.to_json(), self.reserved.clone());
        let step = move |path: &Path| {
            let file = match take(&reserved) {
                Some(file) => Ok(file),
                None => reserve(path),
            };
            let replace = |file: ReservedFile| file.replace(path, json.expose_secret());
            // The token may be the only one that is valid, so a failure that passes must not lose
            // it with the process.
            let result = file.and_then(replace).or_else(|_| reserve(path).and_then(replace));
            // A failure that stays must not lose it either. The reserved space is free by now.
            let result = result.or_else(|error| {
                if !used_up {
                    return Err(error);
                }
                overwrite(path, json.expose_secret()).map_err(|_| error)
            });
            // Not before, even if the caller has been canceled.
            drop(guard);
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
            let guard = self.with_lock_timeout(self.write_guard()).await?;
            self.write(token, false, guard).await
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let guard = self.with_lock_timeout(self.write_guard()).await?;
            if self.read().await?.as_ref() != expected {
                return Ok(false);
            }
            // A refresh token can be used only once, and this one has been.
            let used_up = expected.is_some_and(|token| token.refresh_token().is_some());
            self.write(token, used_up, guard).await?;
            Ok(true)
        })
    }

    fn prepare(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            let guard = self.with_lock_timeout(self.write_guard()).await?;
            let reserved = self.reserved.clone();
            let step = move |path: &Path| {
                drop(take(&reserved));
                let file = reserve(path)?;
                *reserved.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
                drop(guard);
                Ok(())
            };
            self.blocking("write", step).await
        })
    }

    fn lock(&self) -> BoxFuture<'_, Result<StoreLock>> {
        Box::pin(self.with_lock_timeout(async {
            let renewal = self.renewal.clone().lock_owned().await;
            let lock = self.write_guard().await?.lock;
            // Dropped in this order: the lock is held until the reservation is gone.
            Ok(StoreLock::new((Release(self.reserved.clone()), lock, renewal)))
        }))
    }
}

/// Follows symbolic links to the file that is read and replaced. It need not exist.
fn target(path: &Path) -> io::Result<PathBuf> {
    const MAX_LINKS: usize = 16;
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let link = fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(link);
            }
            _ => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Takes the lock, unless another process holds it. It is the lock of an open file, so it ends with
/// the process at the latest.
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

/// Creates the file that will replace the one at `path`. Only the holder of the lock writes, so one
/// name is enough.
fn reserve(path: &Path) -> io::Result<ReservedFile> {
    ReservedFile::create(sibling(path, "new"), RESERVED_SPACE)
}

fn sibling(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}
