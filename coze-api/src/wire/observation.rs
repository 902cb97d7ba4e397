//! The record of one call for its observers and its span.
//!
//! It is kept from the first attempt to the end of the call. A stream takes it over from the
//! attempts, and a session from the handshake. A call that nobody observes has none.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};
use tracing::{Span, field};

use crate::base::error::Error;
use crate::wire::middleware::Hooks;
use crate::wire::observe::{
    AttemptReport, CallReport, Observer, Outcome, Outgoing, ResponseHead, Traffic,
};

/// The record of a call; empty if nobody observes it. If it is dropped before the end of the call,
/// the call was canceled.
#[derive(Default)]
pub(crate) struct Observation(Option<Box<Record>>);

struct Record {
    hooks: Option<Arc<Hooks>>,
    span: Span,
    operation: Cow<'static, str>,
    started: Instant,
    attempts: u32,
    attempt_started: Instant,
    /// An attempt was started and has not ended.
    attempting: bool,
    /// The bytes of the current attempt. Atomic, because an attempt shares the record.
    sent: AtomicU64,
    received: AtomicU64,
    /// 0 if there was no response.
    status: AtomicU16,
    /// The bytes of the attempts before.
    total: Traffic,
    /// `Some` once the response streams.
    events: Option<u64>,
    /// The response outlives the attempts.
    streams: bool,
    /// The outcome if it ends now.
    outcome: Outcome,
}

impl Observation {
    /// Starts the record of a call, if there is anybody to show it to.
    pub(crate) fn start(
        hooks: Option<&Arc<Hooks>>,
        span: &Span,
        operation: Cow<'static, str>,
    ) -> Self {
        let hooks = hooks.filter(|hooks| !hooks.observers.is_empty());
        if hooks.is_none() && span.is_disabled() {
            return Self(None);
        }
        let now = Instant::now();
        Self(Some(Box::new(Record {
            hooks: hooks.cloned(),
            span: span.clone(),
            operation,
            started: now,
            attempts: 0,
            attempt_started: now,
            attempting: false,
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            status: AtomicU16::new(0),
            total: Traffic::default(),
            events: None,
            streams: false,
            outcome: Outcome::Canceled,
        })))
    }

    pub(crate) fn begin_attempt(&mut self) {
        if let Some(record) = &mut self.0 {
            record.attempts += 1;
            *record.status.get_mut() = 0;
            record.attempting = true;
            record.attempt_started = Instant::now();
        }
    }

    pub(crate) fn sending<'a>(&self, outgoing: impl FnOnce() -> Outgoing<'a>) {
        let Some(record) = &self.0 else { return };
        if let Some(hooks) = &record.hooks {
            let outgoing = outgoing();
            hooks.observers.iter().for_each(|observer| observer.sending(&outgoing));
        }
    }

    /// Notes the head of the response to the current attempt.
    pub(crate) fn responded(&self, status: StatusCode, headers: &HeaderMap) {
        let Some(record) = &self.0 else { return };
        record.status.store(status.as_u16(), Ordering::Relaxed);
        let head = ResponseHead {
            operation: &record.operation,
            attempt: record.attempts,
            status,
            headers,
            elapsed: record.attempt_started.elapsed(),
        };
        record.observers().for_each(|observer| observer.responded(&head));
    }

    pub(crate) fn add_sent(&self, bytes: u64) {
        if let Some(record) = &self.0 {
            record.sent.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(crate) fn add_received(&self, bytes: usize) {
        if let Some(record) = &self.0 {
            record.received.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }

    /// Ends the current attempt: well, or with an error after which there may be another one.
    pub(crate) fn end_attempt(&mut self, error: Option<&Error>, retry_delay: Option<Duration>) {
        if let Some(record) = &mut self.0 {
            let outcome = if error.is_some() { Outcome::Failure } else { Outcome::Success };
            record.end_attempt(outcome, error, retry_delay);
        }
    }

    /// Ends the call well.
    pub(crate) fn succeed(&mut self) {
        if let Some(mut record) = self.0.take() {
            record.end(Outcome::Success, None);
        }
    }

    /// Ends the call with an error.
    #[cold]
    pub(crate) fn fail(&mut self, error: &Error) {
        if let Some(mut record) = self.0.take() {
            record.end(Outcome::Failure, Some(error));
        }
    }

    /// Hands over the record to the response, which is read after the attempts.
    pub(crate) fn begin_stream(&mut self) -> Self {
        self.end_attempt(None, None);
        if let Some(record) = &mut self.0 {
            record.streams = true;
        }
        Self(self.0.take())
    }

    /// Counts an event.
    #[inline]
    pub(crate) fn event(&mut self) {
        self.add_events(1);
    }

    #[inline]
    pub(crate) fn add_events(&mut self, count: u64) {
        if let Some(record) = &mut self.0 {
            record.events = Some(record.events.unwrap_or(0) + count);
        }
    }

    /// Makes it a call with events, even if none comes.
    pub(crate) fn expect_events(&mut self) {
        if let Some(record) = &mut self.0 {
            record.events.get_or_insert(0);
        }
    }

    /// Notes that the rest of the response does not matter: if it is dropped, the call succeeded.
    pub(crate) fn may_end(&mut self) {
        if let Some(record) = &mut self.0 {
            record.outcome = Outcome::Success;
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if let Some(mut record) = self.0.take() {
            let outcome = record.outcome;
            record.end(outcome, None);
        }
    }
}

impl Record {
    fn observers(&self) -> impl Iterator<Item = &dyn Observer> {
        self.hooks.iter().flat_map(|hooks| &hooks.observers).map(|observer| &**observer)
    }

    fn status(&self) -> Option<StatusCode> {
        StatusCode::from_u16(self.status.load(Ordering::Relaxed)).ok()
    }

    fn end_attempt(
        &mut self,
        outcome: Outcome,
        error: Option<&Error>,
        retry_delay: Option<Duration>,
    ) {
        let traffic = self.take_traffic();
        if !std::mem::take(&mut self.attempting) {
            return;
        }
        let report = AttemptReport {
            operation: &self.operation,
            attempt: self.attempts,
            outcome,
            status: self.status(),
            error,
            retry_delay,
            elapsed: self.attempt_started.elapsed(),
            traffic,
        };
        self.observers().for_each(|observer| observer.attempt_ended(&report));
    }

    /// Adds the bytes of the current attempt to those before, and returns them.
    fn take_traffic(&mut self) -> Traffic {
        let sent = std::mem::take(self.sent.get_mut());
        let received = std::mem::take(self.received.get_mut());
        self.total.sent += sent;
        self.total.received += received;
        Traffic { sent, received }
    }

    fn end(&mut self, outcome: Outcome, error: Option<&Error>) {
        self.end_attempt(outcome, error, None);
        let report = CallReport {
            operation: &self.operation,
            attempts: self.attempts,
            outcome,
            status: self.status(),
            error,
            elapsed: self.started.elapsed(),
            traffic: self.total,
            events: self.events,
        };
        self.observers().for_each(|observer| observer.call_ended(&report));
        self.span.record("attempts", self.attempts);
        self.span.record("outcome", outcome.as_str());
        if let Some(status) = report.status {
            self.span.record("status", status.as_u16());
        }
        if outcome == Outcome::Failure {
            self.span.record("otel.status_code", "ERROR");
        }
        if self.streams {
            let elapsed_ms = u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX);
            tracing::debug!(
                parent: &self.span,
                operation = &*self.operation,
                outcome = outcome.as_str(),
                events = self.events,
                bytes = self.total.received,
                elapsed_ms,
                error = error.map(field::display),
                "ended"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_nobody_observes_has_no_record() {
        let operation = Cow::Borrowed("bots.list");
        for hooks in [None, Some(Arc::new(Hooks::default()))] {
            let observation = Observation::start(hooks.as_ref(), &Span::none(), operation.clone());
            assert!(observation.0.is_none());
        }
        assert_eq!(size_of::<Observation>(), size_of::<usize>());
    }
}
