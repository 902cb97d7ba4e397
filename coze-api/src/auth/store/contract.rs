//! The promises of a token store, as a test that every implementation can run.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::task::JoinSet;

use super::{StoreLock, TokenStore};
use crate::auth::token::OAuthToken;
use crate::base::error::{Error, ErrorKind, Result};

/// The longest time for an operation, as the documentation of [`TokenStore`] limits it.
const LIMIT: Duration = Duration::from_secs(30);
/// The time for which a second handle tries to lock a locked store.
const LOCKED: Duration = Duration::from_millis(150);
/// The number of handles that swap at the same time.
const WRITERS: usize = 8;

/// Checks that a store keeps the promises of [`TokenStore`]. For the tests of your own store.
///
/// ```
/// use std::sync::Arc;
///
/// use coze_api::auth::{MemoryTokenStore, TokenStoreContract};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> coze_api::Result<()> {
/// let store = Arc::new(MemoryTokenStore::new());
/// // A store in memory belongs to one process, and needs no lock.
/// TokenStoreContract::new(|| Arc::clone(&store)).without_lock().check().await?;
/// # Ok(()) }
/// ```
///
/// The function returns another handle to the same storage each time it is called, as another
/// process would open it: for a database, a new connection to the same row. The storage must be
/// empty, and has some token afterwards.
///
/// The check takes less than a second of a store that is fast. It needs the real time, not the
/// paused clock of Tokio.
#[doc(alias = "conformance")]
pub struct TokenStoreContract<F> {
    open: F,
    locks: bool,
}

impl<F> fmt::Debug for TokenStoreContract<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenStoreContract").field("locks", &self.locks).finish_non_exhaustive()
    }
}

impl<S: TokenStore, F: Fn() -> S> TokenStoreContract<F> {
    /// Creates a check of the stores that `open` returns.
    pub fn new(open: F) -> Self {
        Self { open, locks: true }
    }

    /// Leaves out the check of [`lock`](TokenStore::lock), for a store that has the default one.
    pub fn without_lock(mut self) -> Self {
        self.locks = false;
        self
    }

    /// Runs all checks, up to the first that fails.
    ///
    /// # Errors
    ///
    /// With the promise that the store does not keep, or with the error of the store.
    pub async fn check(&self) -> Result<()> {
        self.check_swaps().await?;
        self.check_content().await?;
        self.check_concurrent_swaps().await?;
        self.check_preparation().await?;
        if self.locks {
            self.check_lock().await?;
            self.check_canceled_lock().await?;
        }
        Ok(())
    }

    async fn check_swaps(&self) -> Result<()> {
        let (one, two) = ((self.open)(), (self.open)());
        let (a, b) = (token("a"), token("b"));
        self.expect_stored(None, "a new store has no token").await?;
        refuse(swap(&one, Some(&a), &b).await?, "a swap needs the expected token to be stored")?;
        self.expect_stored(None, "a swap that is refused stores nothing").await?;
        require(swap(&one, None, &a).await?, "the first swap expects that there is no token")?;
        self.expect_stored(Some(&a), "another handle loads the token that was stored").await?;
        refuse(swap(&two, None, &b).await?, "a swap that expects no token needs an empty store")?;
        let similar = [
            OAuthToken::new("access_a", EXPIRY),
            token("a").with_refresh_token("another"),
            OAuthToken::new("access_a", EXPIRY + 1).with_refresh_token("refresh_a"),
        ];
        for similar in &similar {
            let rule = "a swap compares both tokens and the expiry";
            refuse(swap(&one, Some(similar), &b).await?, rule)?;
        }
        self.expect_stored(Some(&a), "a swap that is refused keeps the stored token").await?;
        // Equal to `a`, with another JSON.
        let equal = with_members("a", r#""issued_at":1,"issuer":"https://example.com""#)?;
        require(swap(&two, Some(&equal), &b).await?, "equal tokens are expected, not equal JSON")?;
        self.expect_stored(Some(&b), "another handle loads the token of a swap").await?;
        let loaded = limited("load", one.load()).await?;
        require(loaded.as_ref() == Some(&b), "a handle loads what another one has stored")?;
        limited("save", two.save(&a)).await?;
        self.expect_stored(Some(&a), "`save` replaces any token").await
    }

    /// Tokens come back with everything that their JSON has, whatever their text.
    async fn check_content(&self) -> Result<()> {
        let long = "x".repeat(8 * 1024);
        let tokens = [
            with_members("b", r#""issued_at":1720000000,"issuer":"https://api.coze.cn""#)?,
            OAuthToken::new("no_refresh_token", EXPIRY),
            OAuthToken::new("quotes ' \" \\ \u{0} \n {} %s $1 扣子 😀", i64::MAX),
            OAuthToken::new(long.as_str(), EXPIRY).with_refresh_token(long.as_str()),
        ];
        for token in &tokens {
            limited("save", (self.open)().save(token)).await?;
            let loaded = limited("load", (self.open)().load()).await?;
            let json = |token: &OAuthToken| token.to_json().expose_secret().to_owned();
            let same = loaded.as_ref().map(json) == Some(json(token));
            require(same, "a token comes back with all members of its JSON")?;
            let replaced = swap(&(self.open)(), Some(token), &token.clone()).await?;
            require(replaced, "a token may be swapped for an equal one")?;
        }
        Ok(())
    }

    async fn check_concurrent_swaps(&self) -> Result<()> {
        let first = token("first");
        limited("save", (self.open)().save(&first)).await?;
        let mut swaps = JoinSet::new();
        for writer in 0..WRITERS {
            let (store, first) = ((self.open)(), first.clone());
            swaps.spawn(async move {
                let new = token(&format!("writer_{writer}"));
                swap(&store, Some(&first), &new).await.map(|swapped| swapped.then_some(new))
            });
        }
        let mut winners = Vec::new();
        while let Some(result) = swaps.join_next().await {
            let result = result.map_err(|_| broken("an operation does not panic"))?;
            winners.extend(result?);
        }
        require(winners.len() == 1, "exactly one of several swaps at the same time succeeds")?;
        self.expect_stored(winners.first(), "the swap that succeeded is stored").await
    }

    async fn check_preparation(&self) -> Result<()> {
        let (old, new) = (token("old"), token("new"));
        let store = (self.open)();
        limited("save", store.save(&old)).await?;
        let lock = lock(&store).await?;
        limited("prepare", store.prepare()).await?;
        self.expect_stored(Some(&old), "`prepare` keeps the stored token").await?;
        // Another attempt, after the first request was refused.
        limited("prepare", store.prepare()).await?;
        require(swap(&store, Some(&old), &new).await?, "a swap succeeds after `prepare`")?;
        self.expect_stored(Some(&new), "a swap after `prepare` is stored").await?;
        drop(lock);
        // The holder gives up without a swap.
        let lock = self::lock(&store).await?;
        limited("prepare", store.prepare()).await?;
        drop((lock, store));
        self.expect_stored(Some(&new), "an unused preparation keeps the stored token").await
    }

    async fn check_lock(&self) -> Result<()> {
        let (one, two) = (Arc::new((self.open)()), (self.open)());
        let (old, new) = (token("unlocked"), token("locked"));
        limited("save", one.save(&old)).await?;
        let held = lock(&*one).await?;
        let waiting = tokio::time::timeout(LOCKED, two.lock()).await;
        require(waiting.is_err(), "`lock` waits while another handle holds the lock")?;
        // In the same process, a store may be shared by several credentials.
        let waiting = tokio::time::timeout(LOCKED, one.lock()).await;
        require(waiting.is_err(), "`lock` waits while the same handle holds the lock")?;
        self.expect_stored(Some(&old), "another handle loads while the lock is held").await?;
        require(swap(&*one, Some(&old), &new).await?, "the holder of the lock swaps")?;
        limited("save", one.save(&old)).await?;
        drop(held);
        drop(lock(&two).await?);
        drop(lock(&*one).await?);
        Ok(())
    }

    /// A caller that gives up while it waits leaves nothing locked.
    async fn check_canceled_lock(&self) -> Result<()> {
        let (one, two, three) = ((self.open)(), (self.open)(), (self.open)());
        for pause in [0, 1, 5, 20] {
            let held = lock(&one).await?;
            let given_up = tokio::time::timeout(Duration::from_millis(pause), two.lock()).await;
            require(given_up.is_err(), "`lock` waits while another handle holds the lock")?;
            drop(held);
            drop(lock(&three).await?);
        }
        // Also in the middle of taking a free one.
        for pause in [0, 1, 2] {
            drop(tokio::time::timeout(Duration::from_millis(pause), two.lock()).await);
            drop(lock(&three).await?);
        }
        Ok(())
    }

    async fn expect_stored(&self, expected: Option<&OAuthToken>, rule: &str) -> Result<()> {
        let loaded = limited("load", (self.open)().load()).await?;
        require(loaded.as_ref() == expected, rule)
    }
}

const EXPIRY: i64 = 1_720_098_388;

fn token(name: &str) -> OAuthToken {
    let token = OAuthToken::new(format!("access_{name}"), EXPIRY);
    token.with_refresh_token(format!("refresh_{name}"))
}

/// Returns a token that equals `token(name)` and has other members in its JSON.
fn with_members(name: &str, members: &str) -> Result<OAuthToken> {
    OAuthToken::from_json(&format!(
        r#"{{"access_token":"access_{name}","refresh_token":"refresh_{name}","expires_at":{EXPIRY},{members}}}"#
    ))
}

async fn swap(
    store: &impl TokenStore,
    expected: Option<&OAuthToken>,
    token: &OAuthToken,
) -> Result<bool> {
    limited("compare_and_swap", store.compare_and_swap(expected, token)).await
}

async fn lock(store: &impl TokenStore) -> Result<StoreLock> {
    limited("lock", store.lock()).await
}

async fn limited<T>(name: &str, operation: impl Future<Output = Result<T>>) -> Result<T> {
    let ended = tokio::time::timeout(LIMIT, operation).await;
    ended.unwrap_or_else(|_| Err(broken(&format!("`{name}` ends within {LIMIT:?}"))))
}

fn require(holds: bool, rule: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(broken(rule)) }
}

fn refuse(holds: bool, rule: &str) -> Result<()> {
    require(!holds, rule)
}

fn broken(rule: &str) -> Error {
    let message = format!("the token store does not keep a promise of `TokenStore`: {rule}");
    Error::new(ErrorKind::Handler, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::MemoryTokenStore;

    #[tokio::test]
    async fn handles_must_share_a_storage() {
        let contract = TokenStoreContract::new(MemoryTokenStore::new).without_lock();
        let error = contract.check().await.expect_err("each has its own");
        assert!(error.to_string().contains("does not keep a promise"), "{error}");
    }
}
