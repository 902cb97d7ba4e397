//! A clock that tests turn.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use coze_api::BoxFuture;
use coze_api::auth::Clock;
use tokio::sync::watch;

/// A clock that stands still until it is turned. Clones show the same time.
#[derive(Clone)]
pub struct TestClock(Arc<Inner>);

struct Inner {
    /// Seconds since 1970.
    now: watch::Sender<u64>,
    /// Whether whoever sleeps turns the clock instead of waiting.
    dreams: bool,
    naps: Mutex<Vec<u64>>,
    reads: watch::Sender<usize>,
}

const START: u64 = 1_720_098_000;

impl TestClock {
    fn new(dreams: bool) -> Self {
        Self(Arc::new(Inner {
            now: watch::Sender::new(START),
            dreams,
            naps: Mutex::default(),
            reads: watch::Sender::new(0),
        }))
    }

    /// A clock by which those who sleep wait until it is turned.
    pub fn still() -> Self {
        Self::new(false)
    }

    /// A clock that whoever sleeps turns by that much.
    pub fn dreaming() -> Self {
        Self::new(true)
    }

    /// Another clock, that many seconds ahead of this one.
    pub fn ahead(&self, seconds: i64) -> Self {
        let other = Self::new(self.0.dreams);
        let now = self.seconds().checked_add_signed(seconds).unwrap();
        other.0.now.send_replace(now);
        other
    }

    /// Turns the clock.
    pub fn advance(&self, seconds: u64) {
        self.0.now.send_modify(|now| *now += seconds);
    }

    /// Turns the clock back.
    pub fn retreat(&self, seconds: u64) {
        self.0.now.send_modify(|now| *now -= seconds);
    }

    /// The seconds since 1970.
    pub fn seconds(&self) -> u64 {
        *self.0.now.borrow()
    }

    /// How long everybody slept, in seconds.
    pub fn naps(&self) -> Vec<u64> {
        self.0.naps.lock().unwrap().clone()
    }

    /// Waits until the clock was looked at `count` times in all.
    pub async fn read(&self, count: usize) {
        self.0.reads.subscribe().wait_for(|reads| *reads >= count).await.unwrap();
    }

    /// How often the clock was looked at.
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
            clock.0.naps.lock().unwrap().push(duration.as_secs());
            let end = clock.seconds() + duration.as_secs();
            if clock.0.dreams {
                clock.advance(duration.as_secs());
                tokio::task::yield_now().await;
            }
            clock.0.now.subscribe().wait_for(|now| *now >= end).await.unwrap();
        })
    }
}
