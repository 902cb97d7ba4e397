//! Where tokens are kept between renewals.

mod file;

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub use file::FileTokenStore;
pub(super) use file::PATIENCE;

use super::token::OAuthToken;
use crate::base::error::Result;
use crate::base::future::BoxFuture;

/// Keeps the token of one user.
///
/// A refresh token can be used only once. So the pair that replaces it is stored before its
/// access token is used, and programs that share a store lock it while they renew.
///
/// [`MemoryTokenStore`] forgets when the program ends; [`FileTokenStore`] does not.
/// Implement this for a database:
///
/// - [`load`](Self::load) gives what was stored last.
/// - [`compare_and_swap`](Self::compare_and_swap) stores a token unless something else
///   was stored meanwhile, as one step.
/// - [`prepare`](Self::prepare) makes sure, before the refresh token is used, that its
///   successor can be stored.
/// - [`lock`](Self::lock) keeps other processes from renewing at the same time. Without
///   it two that do so use the same refresh token, and one of them loses; it then takes
///   over what the other stored.
pub trait TokenStore: Send + Sync + 'static {
    /// The stored token, if any.
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>>;

    /// Stores a token, whatever was stored before.
    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>>;

    /// Stores `token` if what is stored is still `expected`, and returns whether it was.
    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Makes sure that a token can be stored, as far as that can be known without storing
    /// one: reserves space, checks permissions. By default it does nothing.
    ///
    /// It is called by the holder of the lock, right before the refresh token is used. If it
    /// fails, the refresh token is not used.
    fn prepare(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Waits until no other process renews, and keeps it so until the lock is dropped. By
    /// default it does nothing.
    ///
    /// The holder of the lock still calls the other methods. Waiting must be safe to cancel.
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

/// Keeps a [`TokenStore`] locked until it is dropped.
#[must_use = "dropping it unlocks the store"]
pub struct StoreLock {
    _guard: Box<dyn Any + Send + Sync>,
}

impl StoreLock {
    /// Wraps whatever unlocks the store when it is dropped.
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self { _guard: Box::new(guard) }
    }
}

impl fmt::Debug for StoreLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreLock").finish_non_exhaustive()
    }
}

/// Keeps a token until the program ends.
#[derive(Debug, Default)]
pub struct MemoryTokenStore {
    token: Mutex<Option<OAuthToken>>,
}

impl MemoryTokenStore {
    /// An empty store.
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
