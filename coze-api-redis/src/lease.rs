//! The lease of a renewal: a lock that ends by itself if its holder does.
//!
//! The key of the lease has the random name of its holder, and expires. Each holder gets a number
//! that is larger than those before it, its *fence*, which is stored with each token. So a holder
//! whose lease has expired without its knowledge is recognized when it continues.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use coze_api::auth::StoreLock;
use coze_api::{Error, ErrorKind, Result};
use redis::{Script, ScriptInvocation};
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, oneshot};

use crate::client::{RedisClient, jittered};

/// The first and the longest pause between attempts to take a lease that another process holds.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// The lease is extended three times before it expires.
const EXTENSIONS: u32 = 3;

/// Takes the lease unless another process holds it. Returns the fence, or 0.
///
/// A server that is out of memory refuses `SET` as the first write of a script, but not after
/// another one. Renewals need little memory, and a token must not be lost for lack of it.
static ACQUIRE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local holder = redis.call('GET', KEYS[1])
        if holder and holder ~= ARGV[1] then return 0 end
        redis.call('PERSIST', KEYS[1])
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        local fence = redis.call('HINCRBY', KEYS[2], 'fence', 1)
        if redis.call('HEXISTS', KEYS[2], 'token') == 0 then
            redis.call('EXPIRE', KEYS[2], 86400)
        end
        return fence
        ",
    )
});

/// Extends the lease. Returns 1, or 0 if it may have been taken by another process since. A lease
/// that has expired is taken again if nobody has taken it, which the fence shows.
static EXTEND: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local holder = redis.call('GET', KEYS[1])
        if holder and holder ~= ARGV[1] then return 0 end
        if not holder and redis.call('HGET', KEYS[2], 'fence') ~= ARGV[3] then return 0 end
        redis.call('PERSIST', KEYS[1])
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return 1
        ",
    )
});

/// Ends the lease if it is still this holder's.
static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        return redis.call('DEL', KEYS[1])
        ",
    )
});

/// The keys of a store.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// A hash with the token.
    pub(crate) token: String,
    pub(crate) lease: String,
}

/// The leases of a store, of which one is held at a time.
pub(crate) struct Leases {
    redis: RedisClient,
    keys: Keys,
    duration: Duration,
    /// Held with the lease, so that the callers of this process wait here.
    turn: Arc<AsyncMutex<()>>,
    current: Mutex<Option<Lease>>,
}

#[derive(Clone, Debug)]
struct Lease {
    holder: String,
    fence: u64,
}

impl Leases {
    pub(crate) fn new(redis: RedisClient, keys: Keys, duration: Duration) -> Self {
        Self { redis, keys, duration, turn: Arc::default(), current: Mutex::default() }
    }

    /// Returns the fence of the lease that is held.
    pub(crate) fn fence(&self) -> Option<u64> {
        self.current().as_ref().map(|lease| lease.fence)
    }

    fn current(&self) -> MutexGuard<'_, Option<Lease>> {
        // No code that holds the lock can panic, so a poisoned lock is still consistent.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the lease, and extends it until the lock is dropped.
    pub(crate) async fn lock(self: &Arc<Self>) -> Result<StoreLock> {
        let turn = self.turn.clone().lock_owned().await;
        let holder = random_name()?;
        let mut pause = FIRST_PAUSE;
        let fence = loop {
            let fence = self.acquire(&holder).await?;
            if fence > 0 {
                break fence;
            }
            tokio::time::sleep(jittered(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        let lease = Lease { holder, fence };
        *self.current() = Some(lease.clone());
        let (end, ended) = oneshot::channel::<()>();
        tokio::spawn(self.clone().keep(lease, turn, ended));
        Ok(StoreLock::new(end))
    }

    async fn acquire(self: &Arc<Self>, holder: &str) -> Result<u64> {
        let mut script = ACQUIRE.key(&self.keys.lease);
        script.key(&self.keys.token).arg(holder).arg(self.milliseconds());
        let mut canceled = ReleaseOnCancel { leases: self, holder, armed: true };
        let fence = self.redis.run("lock the renewal of tokens", &script).await;
        canceled.armed = fence.is_err();
        fence
    }

    /// Extends the lease until `ended` is closed, and releases it.
    async fn keep(
        self: Arc<Self>,
        lease: Lease,
        turn: OwnedMutexGuard<()>,
        mut ended: oneshot::Receiver<()>,
    ) {
        let pause = self.duration / EXTENSIONS;
        while tokio::time::timeout(pause, &mut ended).await.is_err() {
            // `prepare` finds out whether the lease was lost.
            let _ = self.redis.run_once::<u8>(EXTENDING, &self.extension(&lease)).await;
        }
        *self.current() = None;
        self.release(&lease.holder).await;
        drop(turn);
    }

    fn extension(&self, lease: &Lease) -> ScriptInvocation<'static> {
        let mut script = EXTEND.key(&self.keys.lease);
        script.key(&self.keys.token).arg(&lease.holder).arg(self.milliseconds()).arg(lease.fence);
        script
    }

    /// Extends the lease that is held, immediately before the refresh token is used.
    pub(crate) async fn confirm(&self) -> Result<()> {
        let Some(lease) = self.current().clone() else { return Ok(()) };
        if self.redis.run::<u8>(EXTENDING, &self.extension(&lease)).await? == 1 {
            return Ok(());
        }
        let message = format!(
            "the lease `{}` in Redis at {} has expired, and another process may be renewing the \
             token; try again",
            self.keys.lease,
            self.redis.address()
        );
        Err(Error::new(ErrorKind::Credentials, message))
    }

    async fn release(&self, holder: &str) {
        let mut script = RELEASE.key(&self.keys.lease);
        script.arg(holder);
        // Otherwise, the lease expires.
        let _ = self.redis.run::<u8>("unlock the renewal of tokens", &script).await;
    }

    fn milliseconds(&self) -> u64 {
        milliseconds(self.duration)
    }
}

const EXTENDING: &str = "extend the lock of a renewal";

/// Releases a lease if the future that acquires it is dropped or fails, because the server may have
/// given it.
struct ReleaseOnCancel<'a> {
    leases: &'a Arc<Leases>,
    holder: &'a str,
    armed: bool,
}

impl Drop for ReleaseOnCancel<'_> {
    fn drop(&mut self) {
        let Some(runtime) = Handle::try_current().ok().filter(|_| self.armed) else { return };
        let (leases, holder) = (self.leases.clone(), self.holder.to_owned());
        runtime.spawn(async move { leases.release(&holder).await });
    }
}

/// Returns a name that no other holder has.
fn random_name() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| {
        let message = "the operating system provides no random numbers";
        Error::new(ErrorKind::Config, message).with_source(e)
    })?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// Returns the duration as Redis reads it, at least 1.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, MAX_MILLISECONDS)
}

/// A hundred years. Redis refuses a time that overflows when it is added to the current one.
const MAX_MILLISECONDS: u64 = 100 * 365 * 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_range_of_redis() {
        assert_eq!(milliseconds(Duration::ZERO), 1);
        assert_eq!(milliseconds(Duration::from_secs(10)), 10_000);
        assert_eq!(milliseconds(Duration::MAX), MAX_MILLISECONDS);
    }

    #[test]
    fn names_differ() {
        assert_ne!(random_name().expect("random"), random_name().expect("random"));
    }
}
