//! The retry policy.

mod budget;

use std::time::Duration;

pub(crate) use budget::{DEFAULT_RETRIES, RetryBudget};

/// The policy by which failed calls are retried: exponential backoff with full jitter.
///
/// ```
/// use std::time::Duration;
/// use coze_api::{Client, Retry};
///
/// let patient = Retry::default().max_attempts(6).max_delay(Duration::from_secs(30));
/// let coze = Client::builder().token("pat_example").retry(patient).build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// These failures are retried:
///
/// | failure | operations |
/// |---|---|
/// | connection refused or not made in time, name server not reachable | all: nothing was sent |
/// | request not accepted by a server of HTTP/2 | all: nothing was done |
/// | HTTP status 429, code 4009, 4013 or 4020 (too many requests) | all: nothing was done |
/// | connection broken, timeout, HTTP status 408, 500, 502, 503, 504 | idempotent ones |
/// | a code whose [advice](crate::RetryAdvice) is `Transient`, such as 5000 | idempotent ones |
/// | certificate not accepted, unknown host, proxy needs a password | none: it would fail again |
/// | all others | none |
///
/// Idempotent operations are those that read, replace or delete, and those that are documented as
/// idempotent.
///
/// An upload from a reader is never retried once reading has begun, because its bytes are gone.
/// Streams and downloads are retried until the response begins.
///
/// Before each retry, the client waits a random time between zero and the base delay, then two
/// times, four times the base delay and so on, up to the maximum. If the server sends
/// `Retry-After`, the client waits for that time plus a little jitter. If that is longer than
/// [`max_retry_after`](Self::max_retry_after), or than what is left of the call's deadline, the
/// error is returned at once; [`Error::retry_after`](crate::Error::retry_after) has the time.
///
/// All calls of a client share a [budget](crate::ClientBuilder::retry_budget) of retries. A call
/// that is refused because its token has expired is sent once more with a new token; that is not a
/// retry.
#[doc(alias = "backoff")]
#[doc(alias = "exponential backoff")]
#[doc(alias = "jitter")]
#[doc(alias = "retries")]
#[doc(alias = "max_retries")]
#[doc(alias = "Retry-After")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Retry {
    max_attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
    max_retry_after: Duration,
}

impl Default for Retry {
    /// Returns the default policy: 3 attempts, a base delay of 0.5 seconds, a maximum of 8 seconds,
    /// and `Retry-After` up to 60 seconds.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(8),
            max_retry_after: Duration::from_secs(60),
        }
    }
}

impl Retry {
    /// Returns the policy of no retries: every call is sent once.
    ///
    /// ```
    /// use coze_api::{Client, Retry};
    ///
    /// let coze = Client::builder().token("pat_example").retry(Retry::none()).build()?;
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    ///
    /// A token that was refused is still renewed, and the call sent once more with it.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets the maximum number of attempts, including the first. The default is 3; zero counts as
    /// one.
    ///
    /// More attempts than the default are useful with a deadline (`with_deadline`), which bounds
    /// them.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Sets the longest wait before the second attempt. It doubles with every further attempt. The
    /// default is 0.5 seconds.
    ///
    /// With zero, retries follow at once, which is meant for tests.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the longest wait between two attempts. The default is 8 seconds.
    ///
    /// It does not limit `Retry-After`; see [`max_retry_after`](Self::max_retry_after).
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the longest `Retry-After` that the client waits for. The default is 60 seconds.
    ///
    /// With zero, a call that the server asks to wait fails at once, and the caller decides what to
    /// do.
    pub fn max_retry_after(mut self, delay: Duration) -> Self {
        self.max_retry_after = delay;
        self
    }

    /// Reduces the attempts and the waits to these limits.
    pub(crate) fn limited(mut self, attempts: u32, delay: Duration) -> Self {
        self.max_attempts = self.max_attempts.min(attempts);
        self.base_delay = self.base_delay.min(delay);
        self.max_delay = self.max_delay.min(delay);
        self.max_retry_after = self.max_retry_after.min(delay);
        self
    }

    /// Returns the wait after attempt number `attempt` (from 1), or `None` to give up.
    pub(crate) fn delay(&self, attempt: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        match retry_after {
            Some(asked) if asked > self.max_retry_after => None,
            Some(asked) => Some(asked.saturating_add(jitter(self.base_delay))),
            None => {
                let doublings = 1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX);
                Some(jitter(self.base_delay.saturating_mul(doublings).min(self.max_delay)))
            }
        }
    }
}

/// Returns a random part of `limit`.
fn jitter(limit: Duration) -> Duration {
    // Not `mul_f64`, which panics where this rounds up to more than a `Duration` holds.
    Duration::try_from_secs_f64(limit.as_secs_f64() * fastrand::f64()).unwrap_or(limit)
}

/// The operations that may be retried after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// All operations, because nothing was done.
    Always,
    /// Idempotent operations, because it may have been done.
    IfIdempotent,
    Never,
}

impl RetryDecision {
    pub(crate) fn of(error: &crate::base::error::Error) -> Self {
        if error.is_permanent() {
            return Self::Never;
        }
        // A limit that is not transient may last for the rest of the day.
        let refused = error.is_rate_limited() && (error.has_status(429) || error.is_transient());
        if error.is_connect() || refused {
            return Self::Always;
        }
        if error.is_timeout() || error.is_transport() || error.has_transient_status() {
            return Self::IfIdempotent;
        }
        // Within a good status, the code decides.
        let good = error.status().is_none() || error.has_status(200);
        if good && error.is_transient() { Self::IfIdempotent } else { Self::Never }
    }

    pub(crate) fn allows(self, idempotent: bool) -> bool {
        match self {
            Self::Always => true,
            Self::IfIdempotent => idempotent,
            Self::Never => false,
        }
    }
}

/// Parses `Retry-After`, which is a number of seconds or a date.
pub(crate) fn parse_retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    // A date in the past means "now".
    Some(date.duration_since(std::time::SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::{Error, Kind};

    #[test]
    fn delays_grow_up_to_the_limit() {
        let retry = Retry::default().max_attempts(100);
        for attempt in 1..100 {
            let limit = Duration::from_millis(500) * 2_u32.saturating_pow(attempt - 1).min(16);
            for _ in 0..50 {
                let delay = retry.delay(attempt, None).expect("attempts are left");
                assert!(delay <= limit, "{attempt}: {delay:?} > {limit:?}");
            }
        }
        assert_eq!(retry.delay(100, None), None);
        assert_eq!(Retry::none().delay(1, None), None);
    }

    #[test]
    fn jitter_uses_the_full_range() {
        let limit = Duration::from_secs(1);
        let delays: Vec<Duration> = (0..1000).map(|_| jitter(limit)).collect();
        assert!(delays.iter().any(|d| *d < limit / 10));
        assert!(delays.iter().any(|d| *d > limit * 9 / 10));
    }

    #[test]
    fn the_server_is_obeyed_up_to_the_limit() {
        let retry = Retry::default();
        let delay = retry.delay(1, Some(Duration::from_secs(7))).expect("within the limit");
        assert!(delay >= Duration::from_secs(7) && delay < Duration::from_secs(8));
        assert_eq!(retry.delay(1, Some(Duration::from_secs(61))), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(parse_retry_after(" 120 "), Some(Duration::from_secs(120)));
        assert_eq!(parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let soon = std::time::SystemTime::now() + Duration::from_secs(30);
        let parsed = parse_retry_after(&httpdate::fmt_http_date(soon)).expect("a date");
        assert!(parsed > Duration::from_secs(27) && parsed <= Duration::from_secs(30));
        assert_eq!(parse_retry_after("soon"), None);
    }

    #[test]
    fn only_what_was_not_done_is_always_repeated() {
        let connect =
            |permanent| Error::from_kind(Kind::Connect { reason: String::new(), permanent });
        let status = |code| {
            let status = http::StatusCode::from_u16(code).expect("a status");
            Error::from_kind(Kind::Status(String::new())).with_status(status)
        };
        assert_eq!(RetryDecision::of(&status(429)), RetryDecision::Always);
        assert_eq!(RetryDecision::of(&connect(false)), RetryDecision::Always);
        assert_eq!(RetryDecision::of(&connect(true)), RetryDecision::Never);
        assert_eq!(
            RetryDecision::of(&Error::from_kind(Kind::Transport("reset"))),
            RetryDecision::IfIdempotent
        );
        for code in [408, 500, 502, 503, 504] {
            assert_eq!(RetryDecision::of(&status(code)), RetryDecision::IfIdempotent, "{code}");
        }
        for code in [301, 400, 401, 403, 404, 501] {
            assert_eq!(RetryDecision::of(&status(code)), RetryDecision::Never, "{code}");
        }
    }
}
