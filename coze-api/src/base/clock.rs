//! The time, which tests can replace.

use std::time::{Duration, SystemTime};

use crate::base::future::BoxFuture;

/// A source of the time.
///
/// Programs do not need it. A test can give an app a clock that does not really wait, so that
/// tokens expire and devices poll at once:
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use coze_api::BoxFuture;
/// use coze_api::auth::Clock;
///
/// struct Tomorrow;
///
/// impl Clock for Tomorrow {
///     fn now(&self) -> SystemTime {
///         SystemTime::now() + Duration::from_secs(86_400)
///     }
///
///     fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
///         Box::pin(async {})
///     }
/// }
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> SystemTime;

    /// Waits for `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of the machine.
///
/// It is the default of apps and of the verifier of callbacks.
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

/// Returns the time in seconds since 1970.
pub(crate) fn unix_seconds(time: SystemTime) -> i64 {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(before) => -seconds(before.duration()),
    }
}

/// The first second of 2024. A clock that shows an earlier time was never set, or is that of a
/// machine without a battery.
const EARLIEST: i64 = 1_704_067_200;
/// A clock that has been set is off by minutes, or by a time zone.
const MAX_OFFSET: i64 = 86_400;

/// Returns by how many seconds the clock of a server is ahead of ours, unless its date cannot be
/// right: before 2024, or more than a day from a time of our clock that can be right.
pub(crate) fn plausible_offset(date: i64, sent: i64, received: i64) -> Option<i64> {
    let offset = server_offset(date, sent, received);
    let in_bounds = if received < EARLIEST {
        date >= EARLIEST || offset.saturating_abs() <= MAX_OFFSET
    } else {
        offset.saturating_abs() <= MAX_OFFSET
    };
    in_bounds.then_some(offset)
}

/// Returns by how many seconds the clock of a server is ahead of ours, given its `Date` and
/// when, by our clock, the request was sent and the reply came.
///
/// Zero as long as the date fits in between, give or take the second to which it is
/// rounded: then both clocks agree.
fn server_offset(date: i64, sent: i64, received: i64) -> i64 {
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
    fn a_date_that_cannot_be_right_is_ignored() {
        let now = EARLIEST + 1_000_000;
        for off in [0, 60, -7200, MAX_OFFSET, -MAX_OFFSET] {
            assert_eq!(plausible_offset(now + off, now, now), Some(off), "{off}");
        }
        for date in [0, now + MAX_OFFSET + 1, now - MAX_OFFSET - 1, i64::MAX, i64::MIN] {
            assert_eq!(plausible_offset(date, now, now), None, "{date}");
        }
        // A machine whose clock was never set learns the time.
        assert_eq!(plausible_offset(now, 100, 100), Some(now - 100));
        assert_eq!(plausible_offset(EARLIEST - 1, 100, 100), None);
    }

    #[test]
    fn times_before_1970_are_negative() {
        assert_eq!(unix_seconds(SystemTime::UNIX_EPOCH), 0);
        assert_eq!(unix_seconds(SystemTime::UNIX_EPOCH - Duration::from_secs(7)), -7);
    }
}
