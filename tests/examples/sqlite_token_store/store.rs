//! A token store in a `SQLite` database, with a row for each user.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use coze_api::auth::{OAuthToken, StoreLock, TokenStore};
use coze_api::{BoxFuture, Error, ErrorKind, ExposeSecret as _, Result};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

/// The time to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(10);
/// The pause between attempts to take a lock.
const PAUSE: Duration = Duration::from_millis(20);

/// The token of one user in the database at `path`.
///
/// It works in the same way with a database server, which has better locks: for Postgres,
/// `pg_advisory_lock` in place of the second database.
pub(crate) struct SqliteTokenStore {
    path: PathBuf,
    user: String,
}

impl SqliteTokenStore {
    /// Creates a store. The database and its table are created when they are first used.
    pub(crate) fn new(path: impl Into<PathBuf>, user: impl Into<String>) -> Self {
        Self { path: path.into(), user: user.into() }
    }

    /// Runs a transaction on a thread that may block.
    async fn transaction<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Transaction<'_>, &str) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (path, user) = (self.path.clone(), self.user.clone());
        blocking(move || {
            let mut database = open(&path)?;
            // From the beginning, so that no other process writes after we have read.
            let behavior = TransactionBehavior::Immediate;
            let transaction = database.transaction_with_behavior(behavior).map_err(failed)?;
            let result = run(&transaction, &user)?;
            transaction.commit().map_err(failed)?;
            Ok(result)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    run: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let result = tokio::task::spawn_blocking(run).await;
    result.unwrap_or_else(|e| Err(Error::new(ErrorKind::Credentials, "interrupted").with_source(e)))
}

/// Opens the database. By default, `SQLite` writes each transaction to the disk.
fn open(path: &Path) -> Result<Connection> {
    let database = Connection::open(path).map_err(failed)?;
    database.busy_timeout(BUSY).map_err(failed)?;
    let table = "CREATE TABLE IF NOT EXISTS tokens (user TEXT PRIMARY KEY, token TEXT);
        CREATE TABLE IF NOT EXISTS space (user TEXT PRIMARY KEY, filler BLOB NOT NULL)";
    database.execute_batch(table).map_err(failed)?;
    Ok(database)
}

fn failed(error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Credentials, "the database of tokens failed").with_source(error)
}

fn read(transaction: &Transaction<'_>, user: &str) -> Result<Option<OAuthToken>> {
    let select = "SELECT token FROM tokens WHERE user = ?";
    let json = transaction.query_row(select, [user], |row| row.get::<_, String>(0));
    json.optional().map_err(failed)?.map(|json| OAuthToken::from_json(&json)).transpose()
}

fn write(transaction: &Transaction<'_>, user: &str, token: &OAuthToken) -> Result<()> {
    // The JSON has the refresh token, so encrypt it or protect the database.
    let json = token.to_json();
    // The pages that `prepare` has reserved become free.
    transaction.execute("DELETE FROM space WHERE user = ?", [user]).map_err(failed)?;
    let upsert = "INSERT INTO tokens (user, token) VALUES (?1, ?2)
        ON CONFLICT (user) DO UPDATE SET token = ?2";
    transaction.execute(upsert, params![user, json.expose_secret()]).map_err(failed)?;
    Ok(())
}

impl TokenStore for SqliteTokenStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        Box::pin(self.transaction(read))
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        let token = token.clone();
        Box::pin(self.transaction(move |transaction, user| write(transaction, user, &token)))
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        let (expected, token) = (expected.cloned(), token.clone());
        Box::pin(self.transaction(move |transaction, user| {
            let is_expected = read(transaction, user)? == expected;
            if is_expected {
                write(transaction, user, &token)?;
            }
            Ok(is_expected)
        }))
    }

    /// Reserves space, so that a full disk is noticed before the refresh token is used.
    fn prepare(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.transaction(|transaction, user| {
            let insert = "INSERT OR REPLACE INTO space VALUES (?, zeroblob(16384))";
            transaction.execute(insert, [user]).map_err(failed)?;
            Ok(())
        }))
    }

    /// Keeps a transaction on a second database open, which ends with the process at the latest.
    fn lock(&self) -> BoxFuture<'_, Result<StoreLock>> {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        let path: Arc<Path> = PathBuf::from(path).into();
        Box::pin(async move {
            loop {
                let path = path.clone();
                if let Some(database) = blocking(move || try_lock(&path)).await? {
                    // A guard must be `Sync`, which a connection is not.
                    return Ok(StoreLock::new(Mutex::new(database)));
                }
                tokio::time::sleep(PAUSE).await;
            }
        })
    }
}

fn try_lock(path: &Path) -> Result<Option<Connection>> {
    let database = Connection::open(path).map_err(failed)?;
    database.busy_timeout(Duration::ZERO).map_err(failed)?;
    match database.execute_batch("BEGIN EXCLUSIVE") {
        Ok(()) => Ok(Some(database)),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
            Ok(None)
        }
        Err(error) => Err(failed(error)),
    }
}
