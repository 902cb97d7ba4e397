//! Events that several servers share.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use coze_api::webhook::SeenEvents;
use coze_api::{BoxFuture, Error, ErrorKind, Result};
use redis::Script;

use crate::client::RedisClient;
use crate::lease::milliseconds;

/// The default time for which an ID is remembered.
const TTL: Duration = Duration::from_secs(60 * 60);

/// Stores the mark of a caller unless there is one. Returns 1 if the mark is the caller's, also
/// when it was stored by an attempt whose response was lost.
static INSERT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local mark = redis.call('GET', KEYS[1])
        if mark then return mark == ARGV[1] and 1 or 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return 1
        ",
    )
});

static FORGET: LazyLock<Script> =
    LazyLock::new(|| Script::new("return redis.call('DEL', KEYS[1])"));

/// Remembers the callbacks that have arrived at any of several servers, so that each is handled
/// once.
///
/// ```no_run
/// # async fn example(event_id: &str) -> coze_api::Result<()> {
/// use coze_api::webhook::SeenEvents as _;
/// use coze_api_redis::{RedisClient, RedisDeduplicator};
///
/// let seen = RedisDeduplicator::new(&RedisClient::open("redis://localhost")?);
/// if seen.insert_event(event_id).await? {
///     println!("{event_id} is new");
/// }
/// # Ok(()) }
/// ```
///
/// [`SeenEvents`] shows a handler. Coze waits 3 seconds for a response, so give a server that may
/// be slow a short [`RedisClient::timeout`] and [`RedisClient::retry_time`].
///
/// The key of an event is `coze:event:ID`. It is a string without content from the event.
#[doc(alias = "idempotency")]
#[cfg_attr(docsrs, doc(cfg(feature = "webhook")))]
pub struct RedisDeduplicator {
    redis: RedisClient,
    prefix: String,
    ttl: Duration,
}

impl RedisDeduplicator {
    /// Creates a deduplicator.
    pub fn new(redis: &RedisClient) -> Self {
        Self { redis: redis.clone(), prefix: "coze:".to_owned(), ttl: TTL }
    }

    /// Sets the first part of all keys. The default is `coze:`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long an ID is remembered. The default is one hour.
    ///
    /// It should be longer than the [tolerance](coze_api::webhook::Verifier::tolerance) of the
    /// verifier, so that replayed deliveries are recognized for as long as it accepts them.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    fn key(&self, event_id: &str) -> String {
        format!("{}event:{event_id}", self.prefix)
    }
}

impl SeenEvents for RedisDeduplicator {
    fn insert_event<'a>(&'a self, event_id: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            if event_id.is_empty() {
                return Ok(true);
            }
            let mut mark = [0; 8];
            getrandom::fill(&mut mark).map_err(|e| {
                let message = "the operating system provides no random numbers";
                Error::new(ErrorKind::Config, message).with_source(e)
            })?;
            let mut script = INSERT.key(self.key(event_id));
            script.arg(u64::from_ne_bytes(mark)).arg(milliseconds(self.ttl));
            self.redis.run("remember an event", &script).await
        })
    }

    fn forget_event<'a>(&'a self, event_id: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(
            async move { self.redis.run("forget an event", &FORGET.key(self.key(event_id))).await },
        )
    }
}

impl fmt::Debug for RedisDeduplicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisDeduplicator")
            .field("address", &self.redis.address())
            .field("prefix", &self.prefix)
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}
