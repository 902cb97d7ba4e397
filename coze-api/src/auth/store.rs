//! Storage of tokens.

mod contract;
mod file;

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub use contract::TokenStoreContract;
pub use file::FileTokenStore;
pub(super) use file::LOCK_TIMEOUT;

use super::token::OAuthToken;
use crate::base::error::Result;
use crate::base::future::BoxFuture;

/// Stores the token of one user.
///
/// A refresh token can be used only once. Therefore the pair of tokens that replaces it is stored
/// before its access token is used, and processes that share a store lock it while they renew.
///
/// [`MemoryTokenStore`] keeps the token until the program ends; [`FileTokenStore`] keeps it in a
/// file. Implement this trait to use a database. Store the text of [`OAuthToken::to_json`], and
/// read it with [`OAuthToken::from_json`]: it also has what the other accessors do not return, such
/// as the server that issued the token.
///
/// - [`load`](Self::load) returns the token that was stored last.
/// - [`compare_and_swap`](Self::compare_and_swap) atomically stores a token, unless another token
///   was stored meanwhile.
/// - [`prepare`](Self::prepare) checks, before a refresh token is used, that the next one can be
///   stored.
/// - [`lock`](Self::lock) keeps other processes from renewing at the same time. Without a lock, two
///   processes may use the same refresh token. The server refuses one of them, which then uses the
///   token that the other has stored.
///
/// ```
/// use std::sync::Mutex;
///
/// use coze_api::auth::{OAuthToken, TokenStore};
/// use coze_api::{BoxFuture, Error, ErrorKind, Result};
///
/// /// Stands for a row of a database.
/// #[derive(Default)]
/// struct Row(Mutex<Option<OAuthToken>>);
///
/// impl Row {
///     fn get(&self) -> Result<std::sync::MutexGuard<'_, Option<OAuthToken>>> {
///         self.0.lock().map_err(|_| {
///             Error::new(ErrorKind::Credentials, "the database is not available")
///         })
///     }
/// }
///
/// impl TokenStore for Row {
///     fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
///         Box::pin(async { Ok(self.get()?.clone()) })
///     }
///
///     fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
///         Box::pin(async {
///             *self.get()? = Some(token.clone());
///             Ok(())
///         })
///     }
///
///     fn compare_and_swap<'a>(
///         &'a self,
///         expected: Option<&'a OAuthToken>,
///         token: &'a OAuthToken,
///     ) -> BoxFuture<'a, Result<bool>> {
///         Box::pin(async move {
///             let mut row = self.get()?;
///             let is_expected = row.as_ref() == expected;
///             if is_expected {
///                 *row = Some(token.clone());
///             }
///             Ok(is_expected)
///         })
///     }
/// }
/// ```
///
/// [`TokenStoreContract`] tests an implementation. The crate `coze-api-redis` has a store for
/// programs on several machines, and the example `sqlite_token_store` of the repository one in SQL.
///
/// Each method must finish within 30 seconds, except `lock`, and `save` after a login, which may
/// wait 6 minutes longer for a lock. An error of `load`, `lock` or `prepare` ends the calls that
/// wait for a token, unless the old one is still valid. After an error of `compare_and_swap`, the
/// new token is used from memory and saved later.
/// [`OAuthCredentials::set_token`](super::OAuthCredentials::set_token) returns an error of `save`.
/// Create errors with [`Error::new`](crate::Error::new), or with `?` from an `io::Error`; add the
/// error of your database by `with_source`. Whatever their kind,
/// [`is_credentials`](crate::Error::is_credentials) is true for the call.
#[doc(alias = "persistence")]
pub trait TokenStore: Send + Sync + 'static {
    /// Returns the stored token, if any.
    ///
    /// It is called before the first request, and again before each renewal, because another
    /// process may have stored a newer token.
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>>;

    /// Stores a token, replacing any other. It is called after a login.
    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>>;

    /// Stores `token` if the stored token is `expected`. Returns `true` if it was stored.
    ///
    /// It is called after a renewal. If it returns `false`, a login has stored another token
    /// meanwhile, and that is used. Compare as `==` of [`OAuthToken`] does, not the JSON, which may
    /// differ for equal tokens: in a database, for example, keep the access token, or a hash of it,
    /// in a column of its own.
    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Checks as far as possible that a token can be stored, for example by reserving space. The
    /// default implementation does nothing.
    ///
    /// The holder of the lock calls this method immediately before it uses the refresh token. If
    /// the method fails, the refresh token is not used.
    fn prepare(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Waits until no other process holds the lock, and holds it until the [`StoreLock`] is
    /// dropped. The default implementation does nothing.
    ///
    /// The other methods may be called while the lock is held, so they must not wait for it. `save`
    /// and `load` are also called without it, so `compare_and_swap` must be atomic by itself. The
    /// future must be cancel safe.
    fn lock(&self) -> BoxFuture<'_, Result<StoreLock>> {
        Box::pin(async { Ok(StoreLock::new(())) })
    }
}

impl<T: TokenStore + ?Sized> TokenStore for Arc<T> {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        T::load(self)
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        T::save(self, token)
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        T::compare_and_swap(self, expected, token)
    }

    fn prepare(&self) -> BoxFuture<'_, Result<()>> {
        T::prepare(self)
    }

    fn lock(&self) -> BoxFuture<'_, Result<StoreLock>> {
        T::lock(self)
    }
}

/// Keeps a [`TokenStore`] locked until it is dropped. [`TokenStore::lock`] returns it.
#[must_use = "dropping it unlocks the store"]
pub struct StoreLock {
    _guard: Box<dyn Any + Send + Sync>,
}

impl StoreLock {
    /// Creates a lock from a guard that unlocks the store when it is dropped.
    ///
    /// ```
    /// # async fn example() {
    /// use std::sync::Arc;
    ///
    /// use coze_api::auth::StoreLock;
    ///
    /// let mutex = Arc::new(tokio::sync::Mutex::new(()));
    /// let lock = StoreLock::new(mutex.lock_owned().await);
    /// # drop(lock); }
    /// ```
    ///
    /// The guard must be `Send + Sync`, because the task of a renewal holds it.
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self { _guard: Box::new(guard) }
    }
}

impl fmt::Debug for StoreLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreLock").finish_non_exhaustive()
    }
}

/// A store that keeps a token until the program ends. It is the default of
/// [`OAuthCredentials`](super::OAuthCredentials).
#[derive(Debug, Default)]
pub struct MemoryTokenStore {
    token: Mutex<Option<OAuthToken>>,
}

impl MemoryTokenStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with(token: OAuthToken) -> Self {
        Self { token: Mutex::new(Some(token)) }
    }

    fn access<T>(&self, with: impl FnOnce(&mut Option<OAuthToken>) -> T) -> T {
        with(&mut self.token.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TokenStore for MemoryTokenStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        Box::pin(async { Ok(self.access(|stored| stored.clone())) })
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.access(|stored| *stored = Some(token.clone()));
            Ok(())
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            Ok(self.access(|stored| {
                let same = stored.as_ref() == expected;
                if same {
                    *stored = Some(token.clone());
                }
                same
            }))
        })
    }
}
