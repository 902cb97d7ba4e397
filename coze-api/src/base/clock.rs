//! The time, as something that tests can replace.

use std::time::{Duration, SystemTime};

use crate::base::future::BoxFuture;

/// Tells the time and waits.
///
/// Programs need none of this. Tests of programs may give an app of their own that does
/// not really wait, so that tokens expire and devices poll at once.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> SystemTime;

    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The Unix second of a time.
pub(crate) fn unix_seconds(time: SystemTime) -> i64 {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(before) => -seconds(before.duration()),
    }
}

/// How far the clock of a server is ahead of ours, in seconds, given its `Date` and
/// when, by our clock, the request was sent and the reply came.
///
/// Zero as long as the date fits in between, give or take the second to which it is
/// rounded: then both clocks agree.
pub(crate) fn server_offset(date: i64, sent: i64, received: i64) -> i64 {
    let (earliest, latest) = (date.saturating_sub(received), date.saturating_sub(sent));
    if earliest > 1 {
        earliest
    } else if latest < -1 {
        latest
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_whose_date_fits_has_the_same_time() {
        assert_eq!(server_offset(100, 100, 100), 0);
        assert_eq!(server_offset(99, 100, 105), 0);
        assert_eq!(server_offset(106, 100, 105), 0);
        assert_eq!(server_offset(165, 100, 105), 60);
        assert_eq!(server_offset(40, 100, 105), -60);
        assert_eq!(server_offset(i64::MAX, i64::MIN, i64::MIN), i64::MAX);
    }

    #[test]
    fn times_before_1970_are_negative() {
        assert_eq!(unix_seconds(SystemTime::UNIX_EPOCH), 0);
        assert_eq!(unix_seconds(SystemTime::UNIX_EPOCH - Duration::from_secs(7)), -7);
    }
}
