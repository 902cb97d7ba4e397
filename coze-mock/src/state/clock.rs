//! The clock of the server.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock: the system's, or one that is stopped and advanced by hand.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Option<Duration>,
    advanced: Duration,
}

impl Clock {
    /// The time of the system.
    pub fn system() -> Self {
        Self { start: None, advanced: Duration::ZERO }
    }

    /// A clock that is stopped at this Unix second.
    pub fn stopped_at(seconds: u64) -> Self {
        Self { start: Some(Duration::from_secs(seconds)), advanced: Duration::ZERO }
    }

    /// The time in Unix seconds.
    pub fn now(&self) -> i64 {
        i64::try_from(self.elapsed().as_secs()).unwrap_or(i64::MAX)
    }

    /// The time in Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        i64::try_from(self.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Moves the clock forward.
    pub fn advance(&mut self, by: Duration) {
        self.advanced += by;
    }

    fn elapsed(&self) -> Duration {
        let system = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.start.unwrap_or_else(system) + self.advanced
    }
}

/// Formats a time as 14 digits, from the year to the second, in UTC.
pub(super) fn compact(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let second = seconds.rem_euclid(86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// Returns the Gregorian date of a day counted from 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    // Years are counted from 0000-03-01, so that the leap day is the last day of its year. 400
    // years have 146,097 days.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right() {
        assert_eq!(compact(0), "19700101000000");
        assert_eq!(compact(951_782_400), "20000229000000");
        assert_eq!(compact(1_733_844_446), "20241210152726");
    }

    #[test]
    fn a_stopped_clock_is_advanced_by_hand() {
        let mut clock = Clock::stopped_at(100);
        clock.advance(Duration::from_millis(1500));
        assert_eq!((clock.now(), clock.now_ms()), (101, 101_500));
    }
}
