//! A clock that tests control.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use coze_api::BoxFuture;
use coze_api::auth::Clock;
use tokio::sync::watch;

/// A clock that is stopped until a test advances it. Clones share the time.
#[derive(Clone)]
pub struct TestClock(Arc<Inner>);

struct Inner {
    /// Seconds since 1970.
    now: watch::Sender<u64>,
    /// `true` if sleeping advances the clock instead of waiting.
    auto_advances: bool,
    sleeps: Mutex<Vec<u64>>,
    reads: watch::Sender<usize>,
}

const START: u64 = 1_720_098_000;

impl TestClock {
    fn new(auto_advances: bool) -> Self {
        Self(Arc::new(Inner {
            now: watch::Sender::new(START),
            auto_advances,
            sleeps: Mutex::default(),
            reads: watch::Sender::new(0),
        }))
    }

    /// Returns a clock on which sleepers wait until it is advanced.
    pub fn stopped() -> Self {
        Self::new(false)
    }

    /// Returns a clock that every sleep advances by its duration.
    pub fn auto_advancing() -> Self {
        Self::new(true)
    }

    /// Returns another clock that is this many seconds ahead.
    pub fn ahead(&self, seconds: i64) -> Self {
        let other = Self::new(self.0.auto_advances);
        let now = self.seconds().checked_add_signed(seconds).unwrap();
        other.0.now.send_replace(now);
        other
    }

    /// Advances the clock.
    pub fn advance(&self, seconds: u64) {
        self.0.now.send_modify(|now| *now += seconds);
    }

    /// Sets the clock back.
    pub fn retreat(&self, seconds: u64) {
        self.0.now.send_modify(|now| *now -= seconds);
    }

    /// Returns the seconds since 1970.
    pub fn seconds(&self) -> u64 {
        *self.0.now.borrow()
    }

    /// Returns the durations of all sleeps, in seconds.
    pub fn sleeps(&self) -> Vec<u64> {
        self.0.sleeps.lock().unwrap().clone()
    }

    /// Waits until the clock was read `count` times in total.
    pub async fn read(&self, count: usize) {
        self.0.reads.subscribe().wait_for(|reads| *reads >= count).await.unwrap();
    }

    /// Returns the number of times that the clock was read.
    pub fn reads(&self) -> usize {
        *self.0.reads.borrow()
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        self.0.reads.send_modify(|reads| *reads += 1);
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            clock.0.sleeps.lock().unwrap().push(duration.as_secs());
            let end = clock.seconds() + duration.as_secs();
            if clock.0.auto_advances {
                clock.advance(duration.as_secs());
                tokio::task::yield_now().await;
            }
            clock.0.now.subscribe().wait_for(|now| *now >= end).await.unwrap();
        })
    }
}
