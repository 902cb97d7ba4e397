//! Recognizes events that are delivered more than once.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::seen::SeenEvents;
use crate::base::clock::{Clock, SystemClock};
use crate::base::error::Result;
use crate::base::future::BoxFuture;

/// The default number of IDs to remember.
const DEFAULT_CAPACITY: usize = 10_000;
/// The default time for which an ID is remembered.
const DEFAULT_TTL: Duration = Duration::from_secs(60 * 60);

/// Remembers the events that have arrived, so that each is handled once.
///
/// Coze delivers an event again, with the same `event_id`, if your server does not respond in time
/// (3 seconds, 10 for `bot.published`) or responds with a failure. Respond at once, and do slow
/// work in a separate task:
///
/// ```
/// use std::sync::Arc;
///
/// use coze_api::webhook::{Callback, Deduplicator, WebhookResponse};
///
/// fn receive(callback: Callback, seen: &Arc<Deduplicator>) -> WebhookResponse {
///     if !seen.insert(&callback.header.event_id) {
///         return WebhookResponse::ok(); // already handled, or in progress
///     }
///     let seen = Arc::clone(seen);
///     tokio::spawn(async move {
///         let id = callback.header.event_id.clone();
///         if let Err(error) = handle(callback).await {
///             eprintln!("event {id}: {error}");
///             seen.forget(&id); // a later delivery of it will be handled
///         }
///     });
///     WebhookResponse::ok()
/// }
/// # async fn handle(_: Callback) -> Result<(), std::io::Error> { Ok(()) }
/// ```
///
/// A channel must respond to every delivery of `bot.published` with the state of its review. Only
/// the work that follows from the event should be done once.
///
/// To have Coze deliver an event again after a failure, handle it before responding, within
/// [`Callback::deadline`]. If that fails, [`forget`](Self::forget) the event and respond with
/// [`WebhookResponse::failed`].
///
/// # Limits
///
/// IDs are kept in memory: by default 10,000 of them, for an hour each. If several servers share
/// one URL, or if events must be recognized after a restart, use another [`SeenEvents`], such as
/// that of the crate `coze-api-redis`. All methods can be called from several threads at once.
///
/// [`Callback::deadline`]: super::Callback::deadline
/// [`WebhookResponse::failed`]: super::WebhookResponse::failed
#[doc(alias = "idempotency")]
pub struct Deduplicator {
    capacity: usize,
    ttl: Duration,
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    ids: HashSet<Arc<str>>,
    /// The same IDs with the time of their arrival, oldest first.
    ages: VecDeque<(SystemTime, Arc<str>)>,
}

impl Deduplicator {
    /// Creates a deduplicator that remembers no events yet.
    pub fn new() -> Self {
        Self {
            capacity: DEFAULT_CAPACITY,
            ttl: DEFAULT_TTL,
            clock: Arc::new(SystemClock),
            seen: Mutex::default(),
        }
    }

    /// Sets the maximum number of IDs to remember, at least 1. The default is 10,000.
    ///
    /// When the limit is reached, the oldest ID is forgotten.
    pub fn capacity(mut self, ids: usize) -> Self {
        self.capacity = ids.max(1);
        self
    }

    /// Sets how long an ID is remembered. The default is one hour.
    ///
    /// It should be longer than the verifier's [tolerance](super::Verifier::tolerance), so that
    /// replayed deliveries are recognized for as long as the verifier accepts them.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Replaces the system clock, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Remembers an event. Returns `true` if the event is new.
    ///
    /// If several threads insert the same ID at once, exactly one of them gets `true`. An empty ID
    /// identifies no event and is always new.
    #[must_use = "an event that is not new must not be handled again"]
    pub fn insert(&self, event_id: &str) -> bool {
        if event_id.is_empty() {
            return true;
        }
        let now = self.clock.now();
        let mut seen = self.lock();
        seen.expire(now, self.ttl);
        if seen.ids.contains(event_id) {
            return false;
        }
        while seen.ids.len() >= self.capacity && seen.forget_oldest() {}
        let id: Arc<str> = event_id.into();
        seen.ids.insert(Arc::clone(&id));
        seen.ages.push_back((now, id));
        true
    }

    /// Forgets an event whose handling failed, so that it is new when it is delivered again.
    ///
    /// Returns `true` if the event was remembered.
    pub fn forget(&self, event_id: &str) -> bool {
        let mut seen = self.lock();
        let known = seen.ids.remove(event_id);
        if known {
            // Linear in the number of IDs, which is acceptable because failures are rare.
            seen.ages.retain(|(_, id)| **id != *event_id);
        }
        known
    }

    /// Returns the number of IDs that are remembered.
    pub fn len(&self) -> usize {
        let now = self.clock.now();
        let mut seen = self.lock();
        seen.expire(now, self.ttl);
        seen.ids.len()
    }

    /// Returns `true` if no IDs are remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // No code that holds the lock can panic, so a poisoned lock is still consistent.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn expire(&mut self, now: SystemTime, ttl: Duration) {
        let old = |time: SystemTime| now.duration_since(time).is_ok_and(|age| age >= ttl);
        while self.ages.front().is_some_and(|(time, _)| old(*time)) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) -> bool {
        let oldest = self.ages.pop_front();
        oldest.is_some_and(|(_, id)| self.ids.remove(&id))
    }
}

impl Default for Deduplicator {
    fn default() -> Self {
        Self::new()
    }
}

impl SeenEvents for Deduplicator {
    fn insert_event<'a>(&'a self, event_id: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(self.insert(event_id)) })
    }

    fn forget_event<'a>(&'a self, event_id: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(self.forget(event_id)) })
    }
}

impl fmt::Debug for Deduplicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deduplicator")
            .field("capacity", &self.capacity)
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

    use super::*;

    /// A clock that tests set by hand, in seconds.
    #[derive(Clone, Default)]
    struct ManualClock(Arc<AtomicU64>);

    impl Clock for ManualClock {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::Relaxed))
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn an_event_is_new_once() {
        let seen = Deduplicator::new();
        assert!(seen.is_empty());
        assert!(seen.insert("a") && seen.insert("b"));
        assert!(!seen.insert("a") && !seen.insert("b"));
        assert_eq!(seen.len(), 2);
        // Events without an ID are always new.
        assert!(seen.insert("") && seen.insert(""));
        assert_eq!(seen.len(), 2);
    }

    #[test]
    fn forgotten_events_are_new_again() {
        let seen = Deduplicator::new();
        assert!(seen.insert("a"));
        assert!(seen.forget("a") && !seen.forget("a") && !seen.forget("b"));
        assert!(seen.insert("a") && !seen.insert("a"));
    }

    #[test]
    fn the_oldest_event_is_evicted() {
        let seen = Deduplicator::new().capacity(3);
        for id in ["a", "b", "c", "d"] {
            assert!(seen.insert(id));
        }
        assert_eq!(seen.len(), 3);
        assert!(!seen.insert("b") && !seen.insert("c") && !seen.insert("d"));
        assert!(seen.forget("c") && seen.insert("e") && !seen.insert("b"));
        assert!(seen.insert("a") && seen.insert("b"));
        assert!(Deduplicator::new().capacity(0).insert("a"));
    }

    #[test]
    fn memory_stays_bounded_when_everything_fails() {
        let seen = Deduplicator::new().capacity(2);
        for id in 0..1000 {
            let id = id.to_string();
            assert!(seen.insert(&id) && seen.forget(&id));
        }
        assert_eq!(seen.lock().ages.len(), 0);
    }

    #[test]
    fn ids_expire() {
        let clock = ManualClock::default();
        let seen = Deduplicator::new().ttl(Duration::from_secs(60)).clock(clock.clone());
        assert!(seen.insert("a"));
        clock.0.store(30, Ordering::Relaxed);
        assert!(seen.insert("b") && !seen.insert("a"));
        clock.0.store(60, Ordering::Relaxed);
        assert!(seen.insert("a"), "a repeated delivery must not extend the time");
        assert!(!seen.insert("b"));
        assert_eq!(seen.len(), 2);
        // Setting the clock back does not expire anything.
        clock.0.store(0, Ordering::Relaxed);
        assert!(!seen.insert("a") && !seen.insert("b"));
        clock.0.store(200, Ordering::Relaxed);
        assert!(seen.is_empty());
    }

    #[test]
    fn it_is_one_of_the_stores_of_events() {
        use futures_util::FutureExt as _;

        let seen: Arc<dyn SeenEvents> = Arc::new(Deduplicator::new());
        let now = |future: BoxFuture<'_, Result<bool>>| future.now_or_never().expect("at once");
        let insert = |id| now(seen.insert_event(id)).expect("in memory");
        assert!(insert("a") && !insert("a") && insert("") && insert(""));
        assert!(now(seen.forget_event("a")).expect("in memory"));
        assert!(insert("a"));
    }

    #[test]
    fn exactly_one_thread_inserts_an_event() {
        let seen = Deduplicator::new();
        let new = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for id in 0..500 {
                        if seen.insert(&id.to_string()) {
                            new.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(new.into_inner(), 500);
    }
}
