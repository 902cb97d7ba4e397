//! Reading a stream: from its bytes to the next event, its end or its error.
//!
//! Bytes are fed to the decoder as they arrive, and events are taken out of it until it needs more.
//! A stream has ended well after one of its last events: then the body may end, or stay open for a
//! moment. In all other cases the end of the body, a broken connection and silence are errors.

use std::task::{Context, Poll};

use bytes::Bytes;

use super::frame::Role;
use super::{EventStream, GRACE, Progress, failure};
use crate::base::error::{BoxError, Error, Kind, Result};

/// Returns `true` for a byte that may come before JSON: white space, or of a byte order mark.
fn is_lead(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, 0xef | 0xbb | 0xbf)
}

impl<E> EventStream<E> {
    /// Decodes the next frame that is an event. Pending if that needs more bytes.
    #[inline]
    fn next_event(&mut self) -> Poll<Option<Result<E>>> {
        loop {
            let frame = match self.decoder.next() {
                Ok(Some(frame)) => frame,
                Ok(None) => return Poll::Pending,
                Err(e) => return self.fail(Error::from_kind(Kind::Decode(e.to_string()))),
            };
            let name = frame.name();
            let mut role = Role::of(name);
            if self.raw {
                if role == Role::Done {
                    self.progress = Progress::MayEnd;
                    self.observation.may_end();
                }
                self.observation.event();
                return Poll::Ready(Some((self.decode)(frame)));
            }
            let mut end = self.ends.iter().find(|end| end.as_bytes().eq_ignore_ascii_case(name));
            let mut may_end = end.is_some() || role == Role::Canceled;
            if frame.has_default_name() {
                role = failure::role_of_unnamed(frame);
                if role == Role::Done {
                    end = self.ends.iter().find(|end| Role::of(end.as_bytes()) == Role::Done);
                    may_end = true;
                }
            }
            if role == Role::Failure {
                let failure = failure::of_event(frame, &self.reply);
                return self.fail(failure);
            }
            if role == Role::Ping && !self.pings {
                continue;
            }
            let event = match end {
                Some(end) if end.as_bytes() != name => (self.decode)(&frame.with_alias(end)),
                _ => (self.decode)(frame),
            };
            if may_end && role == Role::Done {
                self.source = None;
            } else if may_end {
                self.progress = Progress::MayEnd;
            }
            if may_end {
                self.observation.may_end();
            }
            match event {
                // A known event without its data says nothing.
                Err(_) if !frame.has_data() && !may_end => {}
                Err(error) => return self.fail(error),
                event => {
                    self.observation.event();
                    return Poll::Ready(Some(event));
                }
            }
        }
    }

    /// Returns the last event at a clean end of the bytes, even if its empty line is missing.
    #[cold]
    fn flush(&mut self) -> Poll<Option<Result<E>>> {
        let last_id = self.last_event_id().map(str::to_owned);
        if self.decoder.finish() {
            match self.next_event() {
                Poll::Pending => {}
                Poll::Ready(Some(Err(error))) if error.is_decode() => {
                    let text = self.decoder.frame().text();
                    let error = self.truncated().with_source(error).with_body(text);
                    let Poll::Ready(Some(Err(error))) = self.fail(error) else {
                        return Poll::Pending;
                    };
                    return Poll::Ready(Some(Err(error.with_last_event_id(last_id))));
                }
                event @ Poll::Ready(_) => return event,
            }
        }
        self.end(None)
    }

    /// Makes the error for a stream that ends before one of its last events.
    fn truncated(&self) -> Error {
        let what = "the stream ended before its last event";
        Error::from_kind(Kind::Truncated(what.into())).with_retry_after(self.decoder.retry())
    }

    /// Takes the next chunk, and returns `true` if there may be an event in it.
    #[inline]
    fn feed(&mut self, chunk: Bytes) -> Result<bool> {
        if let Some(idle) = &mut self.idle {
            idle.reset();
        }
        if let Progress::Fresh(lead) = &mut self.progress {
            match chunk.iter().find(|byte| !is_lead(**byte)) {
                // No field of an event stream begins like this, so it would be ignored.
                Some(b'{') if !self.raw => self.progress = Progress::Json(std::mem::take(lead)),
                Some(_) => self.progress = Progress::Events,
                None if lead.len() + chunk.len() > failure::JSON_LIMIT => {}
                None => lead.extend_from_slice(&chunk),
            }
        }
        self.observation.add_received(chunk.len());
        match &mut self.progress {
            Progress::Json(text) if text.len() + chunk.len() > failure::JSON_LIMIT => {
                Err(Error::from_kind(Kind::Decode("the response is not an event stream".into())))
            }
            Progress::Json(text) => {
                text.extend_from_slice(&chunk);
                Ok(false)
            }
            _ => Ok(self.decoder.feed(chunk)),
        }
    }

    /// Ends the stream after the last byte: well, or with an error.
    fn end(&mut self, source: Option<BoxError>) -> Poll<Option<Result<E>>> {
        let error = match &mut self.progress {
            Progress::MayEnd => {
                self.source = None;
                self.observation.succeed();
                return Poll::Ready(None);
            }
            // Raw frames may end with any event.
            _ if self.raw && source.is_none() => {
                self.source = None;
                self.observation.succeed();
                return Poll::Ready(None);
            }
            Progress::Json(text) => {
                self.reply.body = std::mem::take(text).into();
                self.reply.instead_of_events()
            }
            Progress::Fresh(_) | Progress::Events => self.truncated(),
        };
        let error = match source {
            Some(source) => error.with_source(source),
            None => error,
        };
        self.fail(error)
    }

    /// Closes the connection, and adds the context of the stream to an error.
    #[cold]
    fn fail(&mut self, error: Error) -> Poll<Option<Result<E>>> {
        self.source = None;
        let has_response = !self.operation.is_empty();
        let error = if has_response { error.with_status(self.reply.status) } else { error };
        let error = error
            .with_attempts(self.reply.attempts)
            .or_log_id(self.log_id().map(str::to_owned))
            .with_last_event_id(self.last_event_id().map(str::to_owned));
        let error = match &self.origin {
            Some(call) => error.without(&call.secrets(Some(&self.reply.token))),
            None => error,
        };
        let error = error.with_operation(self.operation.clone());
        self.observation.fail(&error);
        Poll::Ready(Some(Err(error)))
    }

    /// Returns an error if no byte has arrived for too long, or wakes the task when that is so.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<E>>> {
        let Some(idle) = &mut self.idle else { return Poll::Pending };
        let may_end = matches!(self.progress, Progress::MayEnd);
        let limit = if may_end { idle.limit().min(GRACE) } else { idle.limit() };
        let error = std::task::ready!(idle.poll(limit, cx));
        if may_end {
            return self.end(None);
        }
        self.fail(error)
    }

    /// Returns the next event of this stream alone, without a continuation.
    #[inline]
    pub(super) fn poll_own(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<E>>> {
        if self.source.is_none() {
            self.observation.succeed();
            return Poll::Ready(None);
        }
        let mut fed = self.decoder.holds_chunk();
        loop {
            if fed {
                let event = self.next_event();
                if event.is_ready() {
                    return event;
                }
            }
            let Some(source) = &mut self.source else { return Poll::Ready(None) };
            match source.poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => match self.feed(chunk) {
                    Ok(any) => fed = any,
                    Err(error) => return self.fail(error),
                },
                Poll::Ready(Some(Err(error))) => {
                    return self.end(Some(error));
                }
                Poll::Ready(None) => return self.flush(),
                Poll::Pending => return self.poll_silence(cx),
            }
        }
    }
}
