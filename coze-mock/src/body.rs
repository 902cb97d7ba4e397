//! The body of a response on its way out: complete, cut, or in small pieces.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use crate::connection::{Control, Cut};
use crate::record::Ticket;
use crate::reply::Chunks;

/// The body of a response.
pub(crate) struct Outgoing {
    source: BodySource,
    buffer: Bytes,
    sent: u64,
    fault: BodyFault,
    /// `true` if a pause is due before the next piece.
    paused: bool,
    sleep: Option<Pin<Box<Sleep>>>,
    control: Arc<Control>,
    ticket: Ticket,
}

pub(crate) enum BodySource {
    /// A body of known length.
    Chunks(VecDeque<Bytes>),
    Stream(Chunks),
}

impl BodySource {
    /// The number of bytes still to come, if it is known.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Chunks(chunks) => Some(chunks.iter().map(|chunk| chunk.len() as u64).sum()),
            Self::Stream(_) => None,
        }
    }
}

impl From<Bytes> for BodySource {
    fn from(bytes: Bytes) -> Self {
        Self::Chunks(VecDeque::from([bytes]))
    }
}

/// The effect of a fault on a body.
#[derive(Clone, Debug, Default)]
pub(crate) struct BodyFault {
    /// The number of bytes after which the body stops, and the way in which it stops.
    pub(crate) stop: Option<(u64, Stop)>,
    /// The size of the pieces in which the body is sent, and the pause between them.
    pub(crate) pieces: Option<(usize, Duration)>,
}

/// The way in which a body stops before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// As if it were complete.
    End,
    /// With the connection.
    Cut(Cut),
}

impl Outgoing {
    pub(crate) fn new(
        source: BodySource,
        fault: BodyFault,
        control: Arc<Control>,
        ticket: Ticket,
    ) -> Self {
        let mut body = Self {
            source,
            buffer: Bytes::new(),
            sent: 0,
            fault,
            paused: false,
            sleep: None,
            control,
            ticket,
        };
        // hyper does not poll an empty body.
        if body.is_over() {
            body.ticket.whole();
        }
        body
    }

    /// Moves the next bytes of the source into the buffer; returns `false` at the end.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        while self.buffer.is_empty() {
            let chunk = match &mut self.source {
                BodySource::Chunks(chunks) => chunks.pop_front(),
                BodySource::Stream(chunks) => ready!(chunks.as_mut().poll_next(cx)),
            };
            match chunk {
                Some(chunk) => self.buffer = chunk,
                None => return Poll::Ready(false),
            }
        }
        Poll::Ready(true)
    }

    /// Waits between two pieces, so that each is written on its own.
    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.fault.pieces.filter(|_| std::mem::take(&mut self.paused));
        match due {
            Some((_, Duration::ZERO)) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some((_, pause)) => self.sleep = Some(Box::pin(tokio::time::sleep(pause))),
            None => {}
        }
        if let Some(sleep) = &mut self.sleep {
            ready!(sleep.as_mut().poll(cx));
            self.sleep = None;
        }
        Poll::Ready(())
    }

    fn left(&self) -> u64 {
        self.fault.stop.map_or(u64::MAX, |(stop, _)| stop.saturating_sub(self.sent))
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        ready!(self.poll_pause(cx));
        let has_more = self.left() > 0 && ready!(self.poll_fill(cx));
        if !has_more {
            if let Some((_, Stop::Cut(cut))) = self.fault.stop {
                self.ticket.cut();
                self.control.arm(cut);
                return Poll::Pending;
            }
            self.ticket.whole();
            return Poll::Ready(None);
        }
        let mut size = self.buffer.len();
        if let Some((piece, _)) = self.fault.pieces {
            size = size.min(piece.max(1));
            self.paused = true;
        }
        size = size.min(usize::try_from(self.left()).unwrap_or(usize::MAX));
        let piece = self.buffer.split_to(size);
        self.sent += size as u64;
        let sent = self.sent;
        self.ticket.sent(sent);
        if self.is_over() {
            self.ticket.whole();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        let Some(rest) = self.source.length() else { return SizeHint::default() };
        let rest = rest + self.buffer.len() as u64;
        match self.fault.stop {
            Some((_, Stop::End)) => SizeHint::with_exact(rest.min(self.left())),
            _ => SizeHint::with_exact(rest),
        }
    }
}

impl Outgoing {
    /// Returns `true` once a body of known length has been sent; hyper does not poll again after
    /// that.
    fn is_over(&self) -> bool {
        let cut = matches!(self.fault.stop, Some((_, Stop::Cut(_))));
        !cut && self.size_hint().exact() == Some(0)
    }
}
