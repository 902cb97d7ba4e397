//! Events that come twice.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::base::clock::{Clock, SystemClock};

/// How many ids are remembered by default.
const CAPACITY: usize = 10_000;
/// How long ids are remembered by default.
const TTL: Duration = Duration::from_secs(60 * 60);

/// Remembers which events have come, so that each is handled once.
///
/// Coze delivers an event again if your server did not answer in time (3 seconds, 10 for `bot.published`) or failed, with
/// the same `event_id`. So answer at once, and do what takes longer in a task of its own:
///
/// ```
/// use std::sync::Arc;
///
/// use coze_api::webhook::{Answer, Callback, Deduplicator};
///
/// fn receive(callback: Callback, seen: &Arc<Deduplicator>) -> Answer {
///     if !seen.insert(&callback.header.event_id) {
///         return Answer::ok(); // somebody is at it, or done with it
///     }
///     let seen = Arc::clone(seen);
///     tokio::spawn(async move {
///         let id = callback.header.event_id.clone();
///         if let Err(error) = handle(callback).await {
///             eprintln!("event {id}: {error}");
///             seen.forget(&id); // the next delivery of it, if one comes, gets another chance
///         }
///     });
///     Answer::ok()
/// }
/// # async fn handle(_: Callback) -> Result<(), std::io::Error> { Ok(()) }
/// ```
///
/// A channel answers `bot.published` with how its review stands each time it is asked: only what it does besides is for
/// the first time alone.
///
/// Whoever wants Coze to repeat an event must not have answered yet: handle it within [`Callback::deadline`], and if that
/// fails, [`forget`](Self::forget) the event and answer [`Answer::failed`].
///
/// It remembers 10,000 ids for an hour each, unless told otherwise, in memory: several servers behind one address, or one
/// that starts anew, need a database in its place. All methods may be called by many threads at once.
///
/// [`Callback::deadline`]: super::Callback::deadline
/// [`Answer::failed`]: super::Answer::failed
pub struct Deduplicator {
    capacity: usize,
    ttl: Duration,
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    ids: HashSet<Arc<str>>,
    /// The same ids by age, oldest first.
    ages: VecDeque<(SystemTime, Arc<str>)>,
}

impl Deduplicator {
    /// Remembers nothing so far.
    pub fn new() -> Self {
        Self { capacity: CAPACITY, ttl: TTL, clock: Arc::new(SystemClock), seen: Mutex::default() }
    }

    /// How many ids to remember, at least 1. 10,000 by default; beyond that the oldest is forgotten.
    pub fn capacity(mut self, ids: usize) -> Self {
        self.capacity = ids.max(1);
        self
    }

    /// How long to remember an id. An hour by default.
    ///
    /// It should be longer than the [tolerance](super::Verifier::tolerance) of the verifier, so that whoever repeats a
    /// delivery of others is found out.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Remembers an event, and returns whether it is new.
    ///
    /// Of callers at the same time exactly one is told so. An empty id is always new.
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

    /// Forgets an event whose handling failed, so that it is new when it comes again. Returns whether it was remembered.
    pub fn forget(&self, event_id: &str) -> bool {
        let mut seen = self.lock();
        let known = seen.ids.remove(event_id);
        if known {
            // A walk through all, for failures are rare.
            seen.ages.retain(|(_, id)| **id != *event_id);
        }
        known
    }

    /// How many ids are remembered.
    pub fn len(&self) -> usize {
        let now = self.clock.now();
        let mut seen = self.lock();
        seen.expire(now, self.ttl);
        seen.ids.len()
    }

    /// Whether no id is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // Nothing that panics is done under the lock.
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
    use crate::base::future::BoxFuture;

    /// A clock that shows the seconds it is set to.
    #[derive(Clone, Default)]
    struct Hand(Arc<AtomicU64>);

    impl Clock for Hand {
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
        // Nothing is known about what has no id.
        assert!(seen.insert("") && seen.insert(""));
        assert_eq!(seen.len(), 2);
    }

    #[test]
    fn what_failed_is_new_again() {
        let seen = Deduplicator::new();
        assert!(seen.insert("a"));
        assert!(seen.forget("a") && !seen.forget("a") && !seen.forget("b"));
        assert!(seen.insert("a") && !seen.insert("a"));
    }

    #[test]
    fn the_oldest_make_room() {
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
        let hand = Hand::default();
        let seen = Deduplicator::new().ttl(Duration::from_secs(60)).clock(hand.clone());
        assert!(seen.insert("a"));
        hand.0.store(30, Ordering::Relaxed);
        assert!(seen.insert("b") && !seen.insert("a"));
        hand.0.store(60, Ordering::Relaxed);
        assert!(seen.insert("a"), "coming again did not make it younger");
        assert!(!seen.insert("b"));
        assert_eq!(seen.len(), 2);
        // A clock that is set back makes nobody forget.
        hand.0.store(0, Ordering::Relaxed);
        assert!(!seen.insert("a") && !seen.insert("b"));
        hand.0.store(200, Ordering::Relaxed);
        assert!(seen.is_empty());
    }

    #[test]
    fn one_of_many_is_told() {
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
