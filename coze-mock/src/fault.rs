//! Faults on demand.
//!
//! A fault consists of directives separated by semicolons, in the header `x-coze-mock-fault` of a
//! request or in [`MockServer::fault`](crate::MockServer::fault):
//!
//! | directive | effect |
//! |---|---|
//! | `status=503` | the reply has this status and an envelope with an error |
//! | `code=4013` | the reply has this code, with HTTP status 200 unless `status` sets another |
//! | `html` | the reply is a gateway's HTML page, with status 502 unless `status` sets another |
//! | `retry-after=2` | the reply has this header, with status 429 unless `status` sets another |
//! | `expired-token` | the token counts as expired: 401 and 4100 |
//! | `latency=250ms` | the reply starts this much later |
//! | `reset`, `close`, `hang` | before the reply, the connection is reset, closed, or goes silent |
//! | `reset=100`, `close=50%`, `hang=1KiB` | the same inside the body, after that many bytes |
//! | `truncate`, `truncate=100`, `truncate=50%` | the body ends early, as if it were complete |
//! | `dribble`, `dribble=7`, `dribble=1/20ms` | the body is sent in small pieces, with pauses |
//! | `empty` | the reply has no body |
//! | `events=none` | the stream ends before its first event |
//! | `events=error` | after two events the stream reports an error, and ends |
//! | `events=error-completed` | the same, but the last events follow, as after a success |
//! | `huge=16MiB` | at most 1 GiB of padding: a field `padding`, comments, or zeros after a file |
//!
//! On a WebSocket `reset=3`, `close=3` and `hang=3` count the frames that the server sends.
//!
//! These select the requests to which a fault of the server applies:
//!
//! | directive | requests |
//! |---|---|
//! | `operation=bots.list`, `operation=audio.*` | to an operation, or to all with this prefix |
//! | `skip=2` | all but the first two |
//! | `times=3` | at most three |
//! | `chance=0.25` | each with this probability, drawn from the seed of the server |

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::connection::Cut;

mod grammar;
pub(crate) mod inject;

/// The maximum padding of `huge`, in bytes.
pub(crate) const MAX_PADDING: u64 = 1 << 30;

/// A fault, and the requests to which it applies. The module documentation lists all faults.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// use coze_mock::Fault;
///
/// let late = Fault::latency(Duration::from_millis(20));
/// let fault = Fault::status(503).and(late).times(2);
/// assert_eq!(fault, "status=503;latency=20ms;times=2".parse()?);
/// # Ok::<(), coze_mock::FaultError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fault {
    pub(crate) replacement: Replacement,
    pub(crate) latency: Option<Duration>,
    pub(crate) cut: Option<(Cut, Option<Point>)>,
    pub(crate) truncate: Option<Point>,
    pub(crate) dribble: Option<(usize, Duration)>,
    pub(crate) huge: Option<u64>,
    pub(crate) empty: bool,
    pub(crate) events: Option<EventFault>,
    pub(crate) scope: Scope,
}

/// A fault of an event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventFault {
    /// There are no events.
    None,
    /// An error, and nothing after it.
    Error,
    /// An error, and the last events nevertheless.
    ErrorThenCompleted,
}

/// A reply in place of the operation's.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Replacement {
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<i64>,
    pub(crate) html: bool,
    pub(crate) retry_after: Option<u64>,
    pub(crate) expired_token: bool,
}

impl Replacement {
    pub(crate) fn is_some(&self) -> bool {
        *self != Self::default()
    }
}

/// A place in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    Bytes(u64),
    Percent(u8),
}

impl Point {
    /// Returns the offset in a body of that length. A point past the end is moved before the last
    /// byte, and so is a percentage of an unknown length.
    pub(crate) fn within(self, length: Option<u64>) -> u64 {
        let place = match (self, length) {
            (Self::Bytes(bytes), _) => bytes,
            (Self::Percent(percent), Some(length)) => length * u64::from(percent) / 100,
            (Self::Percent(percent), None) => u64::from(percent),
        };
        length.map_or(place, |length| place.min(length.saturating_sub(1)))
    }
}

/// The requests to which a fault applies.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scope {
    pub(crate) operation: Option<String>,
    pub(crate) skip: u64,
    pub(crate) times: Option<u64>,
    pub(crate) chance: Option<f64>,
}

impl Scope {
    fn covers(&self, operation: Option<&str>) -> bool {
        let Some(wanted) = &self.operation else { return true };
        let operation = operation.unwrap_or_default();
        match wanted.strip_suffix('*') {
            Some(start) => operation.starts_with(start),
            None => operation == wanted,
        }
    }
}

impl Fault {
    /// An HTTP status in place of the reply.
    pub fn status(status: u16) -> Self {
        Self::replacing(Replacement { status: Some(status), ..Replacement::default() })
    }

    /// An error code of the API in place of the reply, with HTTP status 200.
    pub fn code(code: i64) -> Self {
        Self::replacing(Replacement { code: Some(code), ..Replacement::default() })
    }

    /// An HTML page of a gateway in place of the reply, with status 502.
    pub fn html() -> Self {
        Self::replacing(Replacement { html: true, ..Replacement::default() })
    }

    /// Status 429 with `Retry-After` in whole seconds.
    pub fn too_many_requests(retry_after: Duration) -> Self {
        let retry_after = Some(retry_after.as_secs());
        Self::replacing(Replacement { retry_after, ..Replacement::default() })
    }

    /// The token counts as expired: 401 and 4100.
    pub fn expired_token() -> Self {
        Self::replacing(Replacement { expired_token: true, ..Replacement::default() })
    }

    /// The reply starts this much later.
    pub fn latency(latency: Duration) -> Self {
        Self { latency: Some(latency), ..Self::default() }
    }

    /// The connection is reset before the reply.
    pub fn reset() -> Self {
        Self::cutting(Cut::Reset, None)
    }

    /// The connection is reset after this number of bytes of the body.
    pub fn reset_after(bytes: u64) -> Self {
        Self::cutting(Cut::Reset, Some(Point::Bytes(bytes)))
    }

    /// The connection is closed before the reply.
    pub fn close() -> Self {
        Self::cutting(Cut::Close, None)
    }

    /// The connection is closed after this number of bytes of the body.
    pub fn close_after(bytes: u64) -> Self {
        Self::cutting(Cut::Close, Some(Point::Bytes(bytes)))
    }

    /// The reply never comes.
    pub fn hang() -> Self {
        Self::cutting(Cut::Hang, None)
    }

    /// Nothing is sent after this number of bytes of the body.
    pub fn hang_after(bytes: u64) -> Self {
        Self::cutting(Cut::Hang, Some(Point::Bytes(bytes)))
    }

    /// The body ends after this number of bytes, as if it were complete.
    pub fn truncate(bytes: u64) -> Self {
        Self { truncate: Some(Point::Bytes(bytes)), ..Self::default() }
    }

    /// The body is sent in pieces of this size, with pauses in between.
    pub fn dribble(bytes: usize, pause: Duration) -> Self {
        Self { dribble: Some((bytes, pause)), ..Self::default() }
    }

    /// The reply is longer by this number of bytes, at most 1 GiB.
    pub fn huge(bytes: u64) -> Self {
        Self { huge: Some(bytes.min(MAX_PADDING)), ..Self::default() }
    }

    /// The reply has no body.
    pub fn empty() -> Self {
        Self { empty: true, ..Self::default() }
    }

    /// A stream ends before its first event.
    pub fn no_events() -> Self {
        Self { events: Some(EventFault::None), ..Self::default() }
    }

    /// A stream reports an error after two events, and ends.
    pub fn error_event() -> Self {
        Self { events: Some(EventFault::Error), ..Self::default() }
    }

    /// A stream reports an error after two events, and then ends as if it had succeeded.
    pub fn error_event_then_completed() -> Self {
        Self { events: Some(EventFault::ErrorThenCompleted), ..Self::default() }
    }

    /// Combines two faults. Where both set a value, `other` wins.
    pub fn and(self, other: Self) -> Self {
        Self {
            replacement: Replacement {
                status: other.replacement.status.or(self.replacement.status),
                code: other.replacement.code.or(self.replacement.code),
                html: other.replacement.html || self.replacement.html,
                retry_after: other.replacement.retry_after.or(self.replacement.retry_after),
                expired_token: other.replacement.expired_token || self.replacement.expired_token,
            },
            latency: other.latency.or(self.latency),
            cut: other.cut.or(self.cut),
            truncate: other.truncate.or(self.truncate),
            dribble: other.dribble.or(self.dribble),
            huge: other.huge.or(self.huge),
            empty: other.empty || self.empty,
            events: other.events.or(self.events),
            scope: Scope {
                operation: other.scope.operation.or(self.scope.operation),
                skip: other.scope.skip.max(self.scope.skip),
                times: other.scope.times.or(self.scope.times),
                chance: other.scope.chance.or(self.scope.chance),
            },
        }
    }

    /// Only requests to this operation, or, if it ends with `*`, to all operations with this
    /// prefix.
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.scope.operation = Some(operation.into());
        self
    }

    /// Skips the first requests.
    pub fn skip(mut self, count: u64) -> Self {
        self.scope.skip = count;
        self
    }

    /// At most this number of requests.
    pub fn times(mut self, count: u64) -> Self {
        self.scope.times = Some(count);
        self
    }

    /// Only one request.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Every request with this probability, from 0 to 1.
    pub fn chance(mut self, probability: f64) -> Self {
        self.scope.chance = Some(probability);
        self
    }

    fn replacing(replacement: Replacement) -> Self {
        Self { replacement, ..Self::default() }
    }

    fn cutting(cut: Cut, point: Option<Point>) -> Self {
        Self { cut: Some((cut, point)), ..Self::default() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&grammar::write(self))
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        grammar::read(text)
    }
}

/// An invalid directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError(pub(crate) String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

/// The faults of a server.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<ActiveFault>);

#[derive(Debug)]
struct ActiveFault {
    fault: Fault,
    /// The numbers of requests that it has covered and that it has affected.
    seen: u64,
    hit: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(ActiveFault { fault, seen: 0, hit: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault for a request: the first one that covers it.
    pub(crate) fn next(
        &mut self,
        operation: Option<&str>,
        random: &mut fastrand::Rng,
    ) -> Option<Fault> {
        for ActiveFault { fault, seen, hit } in &mut self.0 {
            let scope = &fault.scope;
            if !scope.covers(operation) || scope.times.is_some_and(|times| *hit >= times) {
                continue;
            }
            *seen += 1;
            if *seen <= scope.skip || scope.chance.is_some_and(|chance| random.f64() >= chance) {
                continue;
            }
            *hit += 1;
            return Some(fault.clone());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_for_its_requests() {
        let mut faults = Faults::default();
        let mut random = fastrand::Rng::with_seed(1);
        faults.add(Fault::reset().on("bots.*").skip(1).times(2));
        faults.add(Fault::html().on("files.upload"));
        let asked =
            ["bots.list", "files.upload", "bots.list", "users.me", "bots.create", "bots.list"];
        let hits = asked.map(|operation| faults.next(Some(operation), &mut random).is_some());
        assert_eq!(hits, [false, true, true, false, true, false]);
    }

    #[test]
    fn chance_is_drawn_from_the_seed() {
        let draw = |seed| {
            let mut faults = Faults::default();
            faults.add(Fault::reset().chance(0.5));
            let mut random = fastrand::Rng::with_seed(seed);
            let draws = (0..64).map(|_| faults.next(None, &mut random).is_some());
            draws.collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let hits = draw(7).into_iter().filter(|hit| *hit).count();
        assert!((16..48).contains(&hits), "{hits}");
    }

    #[test]
    fn points_stay_inside_the_body() {
        assert_eq!(Point::Bytes(10).within(Some(100)), 10);
        assert_eq!(Point::Bytes(500).within(Some(100)), 99);
        assert_eq!(Point::Percent(50).within(Some(100)), 50);
        assert_eq!(Point::Percent(100).within(Some(100)), 99);
        assert_eq!(Point::Bytes(500).within(None), 500);
        assert_eq!(Point::Bytes(0).within(Some(0)), 0);
    }
}
