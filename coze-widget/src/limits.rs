//! Limits on what the users of a page can cause.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cache::Cache;
use crate::reply::Refusal;

/// The number of users whose rates are remembered.
const REMEMBERED_USERS: usize = 10_000;

/// Limits on the calls of the widget.
///
/// ```
/// use coze_widget::Limits;
///
/// let limits = Limits::new().chats_per_minute(6).upload_bytes(5 * 1024 * 1024);
/// ```
///
/// A refused call is answered with HTTP 429 or 413, which the widget explains. Visitors without a
/// login can take a new identity at any time, so that only the total limits hold for them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    pub(crate) json_bytes: usize,
    pub(crate) upload_bytes: usize,
    pub(crate) requests_per_minute: u32,
    pub(crate) chats_per_minute: u32,
    pub(crate) total_chats_per_minute: u32,
    pub(crate) running_chats: usize,
    pub(crate) total_running_chats: usize,
    pub(crate) listed_pages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json_bytes: 256 * 1024,
            upload_bytes: 20 * 1024 * 1024,
            requests_per_minute: 300,
            chats_per_minute: 20,
            total_chats_per_minute: 600,
            running_chats: 3,
            total_running_chats: 64,
            listed_pages: 4,
        }
    }
}

impl Limits {
    /// Returns the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum size of a JSON body. 256 KiB by default.
    pub fn json_bytes(mut self, bytes: usize) -> Self {
        self.json_bytes = bytes;
        self
    }

    /// Sets the maximum size of a file or recording, which is kept in memory while it is sent. 20
    /// MiB by default.
    pub fn upload_bytes(mut self, bytes: usize) -> Self {
        self.upload_bytes = bytes;
        self
    }

    /// Sets the number of calls of any kind that a user can make per minute. 300 by default.
    pub fn requests_per_minute(mut self, requests: u32) -> Self {
        self.requests_per_minute = requests;
        self
    }

    /// Sets the number of chats, uploads and conversions of speech that a user can start per
    /// minute. 20 by default.
    pub fn chats_per_minute(mut self, chats: u32) -> Self {
        self.chats_per_minute = chats;
        self
    }

    /// Sets the number of chats, uploads and conversions of speech that all users can start per
    /// minute. 600 by default.
    pub fn total_chats_per_minute(mut self, chats: u32) -> Self {
        self.total_chats_per_minute = chats;
        self
    }

    /// Sets the number of chats, uploads and conversions of speech of a user at the same time. 3 by
    /// default.
    pub fn running_chats(mut self, chats: usize) -> Self {
        self.running_chats = chats;
        self
    }

    /// Sets the number of chats, uploads and conversions of speech of all users at the same time.
    /// 64 by default.
    pub fn total_running_chats(mut self, chats: usize) -> Self {
        self.total_running_chats = chats;
        self
    }

    /// Sets the number of pages of 50 conversations that are searched for those of a user. 4 by
    /// default.
    ///
    /// With shared credentials the platform lists the conversations of all users. With tokens of a
    /// session it lists only those of the user.
    pub fn listed_pages(mut self, pages: usize) -> Self {
        self.listed_pages = pages;
        self
    }
}

/// An allowance that grows with time.
struct Bucket {
    level: f64,
    at: Instant,
}

impl Bucket {
    fn full(per_minute: u32, now: Instant) -> Self {
        Self { level: f64::from(per_minute), at: now }
    }

    /// Takes one, or returns the time to wait for it.
    fn take(&mut self, per_minute: u32, now: Instant) -> Result<(), Duration> {
        let rate = f64::from(per_minute.max(1)) / 60.0;
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.level = (self.level + passed * rate).min(f64::from(per_minute));
        self.at = now;
        if self.level < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.level) / rate));
        }
        self.level -= 1.0;
        Ok(())
    }
}

/// The recent calls of a user.
struct Usage {
    requests: Bucket,
    chats: Bucket,
    /// The owners of its clones are the running chats.
    running: Arc<()>,
}

struct Usages {
    users: Cache<String, Usage>,
    total: Bucket,
    running: Arc<()>,
}

/// Enforces the limits.
pub(crate) struct Limiter {
    limits: Limits,
    usages: Mutex<Usages>,
}

/// A running chat, which counts until it is dropped.
pub(crate) struct Running {
    _user: Arc<()>,
    _all: Arc<()>,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        let usages = Usages {
            users: Cache::new(REMEMBERED_USERS),
            total: Bucket::full(limits.total_chats_per_minute, Instant::now()),
            running: Arc::default(),
        };
        Self { limits, usages: Mutex::new(usages) }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Counts a request of a user.
    pub(crate) fn request(&self, user: &str) -> Result<(), Refusal> {
        let mut usages = self.usages.lock().unwrap_or_else(PoisonError::into_inner);
        let (limits, now) = (&self.limits, Instant::now());
        let usage = usages.of(user, limits, now);
        usage.requests.take(limits.requests_per_minute, now).map_err(Refusal::too_many)
    }

    /// Counts a chat, an upload or a conversion of speech of a user.
    pub(crate) fn start(&self, user: &str) -> Result<Running, Refusal> {
        let mut usages = self.usages.lock().unwrap_or_else(PoisonError::into_inner);
        let (limits, now) = (&self.limits, Instant::now());
        let all = usages.running.clone();
        let usage = usages.of(user, limits, now);
        // The first count includes the owner in the map, the second also this clone.
        if Arc::strong_count(&usage.running) > limits.running_chats
            || Arc::strong_count(&all) > limits.total_running_chats.saturating_add(1)
        {
            return Err(Refusal::busy());
        }
        usage.chats.take(limits.chats_per_minute, now).map_err(Refusal::too_many)?;
        let user = usage.running.clone();
        usages.total.take(limits.total_chats_per_minute, now).map_err(Refusal::too_many)?;
        Ok(Running { _user: user, _all: all })
    }
}

impl Usages {
    fn of(&mut self, user: &str, limits: &Limits, now: Instant) -> &mut Usage {
        self.users.get_or_insert_with(user.to_owned(), || Usage {
            requests: Bucket::full(limits.requests_per_minute, now),
            chats: Bucket::full(limits.chats_per_minute, now),
            running: Arc::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_grows_with_time() {
        let start = Instant::now();
        let mut bucket = Bucket::full(2, start);
        assert!(bucket.take(2, start).is_ok());
        assert!(bucket.take(2, start).is_ok());
        assert_eq!(bucket.take(2, start), Err(Duration::from_secs(30)));
        assert!(bucket.take(2, start + Duration::from_secs(30)).is_ok());
        let later = start + Duration::from_secs(3600);
        assert!(bucket.take(2, later).is_ok());
        assert!(bucket.take(2, later).is_ok());
        assert!(bucket.take(2, later).is_err());
    }

    #[test]
    fn running_chats_are_limited_for_each_user_and_for_all() {
        let limiter = Limiter::new(Limits::new().running_chats(2).total_running_chats(3));
        let one = [limiter.start("a"), limiter.start("a")].map(Result::unwrap);
        assert!(limiter.start("a").is_err());
        let other = limiter.start("b").unwrap();
        assert!(limiter.start("b").is_err());
        drop(one);
        assert!(limiter.start("a").is_ok());
        drop(other);
    }

    #[test]
    fn rates_are_limited_for_each_user_and_for_all() {
        let limiter = Limiter::new(Limits::new().chats_per_minute(1).total_chats_per_minute(2));
        assert!(limiter.start("a").is_ok());
        assert!(limiter.start("a").is_err());
        assert!(limiter.start("b").is_ok());
        assert!(limiter.start("c").is_err());
        let limiter = Limiter::new(Limits::new().requests_per_minute(1));
        assert!(limiter.request("a").is_ok());
        assert!(limiter.request("a").is_err());
        assert!(limiter.request("b").is_ok());
    }
}
