//! A token store that processes on several machines share.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use coze_api::auth::{OAuthToken, StoreLock, TokenStore};
use coze_api::{BoxFuture, Error, ErrorKind, ExposeSecret as _, Result};
use redis::Script;

use crate::client::RedisClient;
use crate::lease::{Keys, Leases, milliseconds};

/// The default time after which the lease of a process that has ended expires.
const LEASE: Duration = Duration::from_secs(10);
/// The time for which a token without a refresh token is kept after its expiry, because clocks
/// differ.
const GRACE: Duration = Duration::from_secs(60 * 60);
/// The number of attempts to swap a token whose JSON changes while it stays the same.
const ATTEMPTS: usize = 8;

/// Returns the JSON of the token, if there is one.
static LOAD: LazyLock<Script> =
    LazyLock::new(|| Script::new("return redis.call('HGET', KEYS[1], 'token')"));

/// Stores a token, and its time to live in milliseconds if it has one.
///
/// The first write lets a server that is out of memory accept the next one, as in `lease`.
static SAVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        redis.call('PERSIST', KEYS[1])
        redis.call('HSET', KEYS[1], 'token', ARGV[1])
        if ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
        return 1
        ",
    )
});

/// Stores a token in place of the expected JSON. Returns 0 if there is other JSON, and -1 if the
/// fence is smaller than that of a token that was stored since.
static SWAP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local stored = redis.call('HGET', KEYS[1], 'token')
        local expected = ARGV[3] == '1' and ARGV[4]
        if stored ~= expected then
            -- The response to the first attempt was lost.
            return stored == ARGV[1] and 1 or 0
        end
        local fence = tonumber(ARGV[5])
        local last = tonumber(redis.call('HGET', KEYS[1], 'stored') or '0')
        if fence and fence < last then return -1 end
        redis.call('PERSIST', KEYS[1])
        redis.call('HSET', KEYS[1], 'token', ARGV[1])
        if fence then redis.call('HSET', KEYS[1], 'stored', ARGV[5]) end
        if ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
        return 1
        ",
    )
});

/// Deletes the token. Returns 1 if there was one.
static REMOVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local existed = redis.call('HEXISTS', KEYS[1], 'token')
        redis.call('DEL', KEYS[1])
        return existed
        ",
    )
});

/// Fails if the server does not accept writes.
static PROBE: LazyLock<Script> =
    LazyLock::new(|| Script::new("return redis.call('PERSIST', KEYS[1])"));

/// Stores the token of one user in Redis, for programs that run on several machines.
///
/// ```no_run
/// # async fn example(app: coze_api::auth::WebOAuthApp) -> coze_api::Result<()> {
/// use coze_api::Client;
/// use coze_api_redis::{RedisClient, RedisTokenStore};
///
/// let redis = RedisClient::open("redis://localhost")?;
/// let store = RedisTokenStore::new(&redis, "user-42");
/// let coze = Client::builder().credentials(app.credentials().with_store(store)).build()?;
/// # drop(coze);
/// # Ok(()) }
/// ```
///
/// All processes that use the same server and name share the token: one of them renews it, and the
/// others use what it has stored.
///
/// - A renewal holds a lease, which other processes wait for. It is extended while the renewal
///   runs, and expires if its holder ends or is cut off: see [`lease`](Self::lease).
/// - A refresh token is used only if the lease is still held and Redis accepts writes.
/// - A token is stored only in place of the one that was renewed. A holder whose lease was taken
///   over does not overwrite what was stored since, even if the same token is expected again.
/// - Operations are repeated while Redis restarts: see [`RedisClient::retry_time`].
///
/// # Keys
///
/// `coze:token:{NAME}` is a hash with the token as JSON, in plain text: a program that can read it
/// can use the API as the user. Use a password and TLS, and limit the keys of other users of the
/// server.
/// `coze:token:{NAME}:lease` exists during a renewal.
///
/// The server must not evict keys (`maxmemory-policy noeviction`), and should write each change to
/// its disk (`appendonly yes`, `appendfsync always`): a refresh token can be used once, so a server
/// that returns to an older one makes the user log in again.
#[doc(alias = "cluster")]
#[doc(alias = "distributed")]
pub struct RedisTokenStore {
    redis: RedisClient,
    name: String,
    prefix: String,
    lease: Duration,
    refresh_token_lifetime: Option<Duration>,
    keys: Keys,
    leases: Arc<Leases>,
}

impl RedisTokenStore {
    /// Creates a store for the token with a name, such as an opaque identifier of your user. If
    /// several apps share the server, the name should contain the ID of the app.
    pub fn new(redis: &RedisClient, name: impl Into<String>) -> Self {
        let (name, prefix) = (name.into(), "coze:".to_owned());
        let keys = keys(&prefix, &name);
        let leases = Arc::new(Leases::new(redis.clone(), keys.clone(), LEASE));
        let redis = redis.clone();
        Self { redis, name, prefix, lease: LEASE, refresh_token_lifetime: None, keys, leases }
    }

    /// Sets the first part of all keys. The default is `coze:`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self.rebuilt()
    }

    /// Sets the time after which the lease of a process that has ended expires. The default is 10
    /// seconds.
    ///
    /// Other processes wait for that time. It should be longer than any interruption of a process
    /// that lives on, and than a restart of Redis: when another process takes over, both may use
    /// the same refresh token, of which the server accepts one.
    pub fn lease(mut self, duration: Duration) -> Self {
        self.lease = duration;
        self.rebuilt()
    }

    /// Sets the lifetime of refresh tokens, after which the key of a token that is not renewed is
    /// deleted. By default it is kept. Coze documents 30 days.
    ///
    /// A token without a refresh token is deleted an hour after its expiry.
    pub fn refresh_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_token_lifetime = Some(lifetime);
        self
    }

    fn rebuilt(mut self) -> Self {
        self.keys = keys(&self.prefix, &self.name);
        self.leases = Arc::new(Leases::new(self.redis.clone(), self.keys.clone(), self.lease));
        self
    }

    /// Deletes the token, for example when the user logs out. Returns `true` if there was one.
    ///
    /// A renewal in progress does not store its token afterwards.
    pub async fn remove(&self) -> Result<bool> {
        self.redis.run("delete a token", &REMOVE.key(&self.keys.token)).await
    }

    async fn load_json(&self) -> Result<Option<String>> {
        self.redis.run("read a token", &LOAD.key(&self.keys.token)).await
    }

    fn parse(&self, json: &str) -> Result<OAuthToken> {
        OAuthToken::from_json(json).map_err(|e| {
            let (key, address) = (&self.keys.token, self.redis.address());
            let message = format!("cannot use the token `{key}` in Redis at {address}: {e}");
            Error::new(ErrorKind::Credentials, message)
        })
    }

    /// Returns the milliseconds after which the key expires, or an empty text.
    fn time_to_live(&self, token: &OAuthToken) -> String {
        let time = match token.refresh_token() {
            Some(_) => self.refresh_token_lifetime,
            None => Some(time_until(token.expires_at()).saturating_add(GRACE)),
        };
        time.map(milliseconds).map_or_else(String::new, |time| time.to_string())
    }
}

fn keys(prefix: &str, name: &str) -> Keys {
    // The braces keep the keys on one node of a cluster.
    let token = format!("{prefix}token:{{{name}}}");
    Keys { lease: format!("{token}:lease"), token }
}

fn time_until(unix_seconds: i64) -> Duration {
    let since_1970 = Duration::from_secs(u64::try_from(unix_seconds).unwrap_or_default());
    match UNIX_EPOCH.checked_add(since_1970) {
        Some(time) => time.duration_since(SystemTime::now()).unwrap_or_default(),
        None => Duration::MAX,
    }
}

impl TokenStore for RedisTokenStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        Box::pin(async { self.load_json().await?.map(|json| self.parse(&json)).transpose() })
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut script = SAVE.key(&self.keys.token);
            script.arg(token.to_json().expose_secret()).arg(self.time_to_live(token));
            self.redis.run::<u8>("store a token", &script).await.map(drop)
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            for _ in 0..ATTEMPTS {
                // Equal tokens may have different JSON, and the server compares JSON.
                let json = self.load_json().await?;
                let stored = json.as_deref().map(|json| self.parse(json)).transpose()?;
                if stored.as_ref() != expected {
                    return Ok(false);
                }
                let mut script = SWAP.key(&self.keys.token);
                script.arg(token.to_json().expose_secret()).arg(self.time_to_live(token));
                script.arg(u8::from(json.is_some())).arg(json.unwrap_or_default());
                script.arg(self.leases.fence().map(|fence| fence.to_string()).unwrap_or_default());
                match self.redis.run::<i8>("store a token", &script).await? {
                    0 => {}
                    stored => return Ok(stored == 1),
                }
            }
            Ok(false)
        })
    }

    fn prepare(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async {
            if self.leases.fence().is_some() {
                return self.leases.confirm().await;
            }
            let probe = PROBE.key(&self.keys.lease);
            self.redis.run::<u8>("store a token", &probe).await.map(drop)
        })
    }

    fn lock(&self) -> BoxFuture<'_, Result<StoreLock>> {
        Box::pin(self.leases.lock())
    }
}

impl fmt::Debug for RedisTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTokenStore")
            .field("key", &self.keys.token)
            .field("address", &self.redis.address())
            .field("lease", &self.lease)
            .field("refresh_token_lifetime", &self.refresh_token_lifetime)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> RedisTokenStore {
        let redis = RedisClient::open("redis://ann:s3cret@localhost").expect("valid");
        RedisTokenStore::new(&redis, "user-42")
    }

    #[test]
    fn keys_have_the_prefix_and_the_name() {
        assert_eq!(store().keys.token, "coze:token:{user-42}");
        assert_eq!(store().prefix("my:").keys.lease, "my:token:{user-42}:lease");
        assert!(!format!("{:?}", store()).contains("s3cret"));
    }

    #[test]
    fn a_key_lives_as_long_as_its_token_can_be_used() {
        let hour = 60 * 60 * 1000;
        let milliseconds =
            |store: RedisTokenStore, token: &OAuthToken| store.time_to_live(token).parse().ok();
        let refreshable = OAuthToken::new("a", 1).with_refresh_token("r");
        assert_eq!(milliseconds(store(), &refreshable), None::<u64>);
        let month = store().refresh_token_lifetime(Duration::from_secs(30 * 86_400));
        assert_eq!(milliseconds(month, &refreshable), Some(30 * 24 * hour));
        // Without a refresh token, only the access token counts.
        assert_eq!(milliseconds(store(), &OAuthToken::new("a", 1)), Some(hour));
        assert_eq!(milliseconds(store(), &OAuthToken::new("a", i64::MIN)), Some(hour));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let token = OAuthToken::new("a", i64::try_from(now).expect("small") + 600);
        let time = milliseconds(store(), &token).expect("a time");
        assert!((hour + 500_000..=hour + 600_000).contains(&time), "{time}");
        assert!(milliseconds(store(), &OAuthToken::new("a", i64::MAX)).is_some());
    }
}
