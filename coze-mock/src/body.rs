//! The body of a reply on its way out: whole, cut, or in small pieces.

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

/// The body of a reply.
pub(crate) struct Outgoing {
    source: Source,
    buffer: Bytes,
    sent: u64,
    shape: Shape,
    /// Whether a pause is due before the next piece.
    paused: bool,
    sleep: Option<Pin<Box<Sleep>>>,
    control: Arc<Control>,
    ticket: Ticket,
}

pub(crate) enum Source {
    Bytes(Bytes),
    Stream(Chunks),
}

/// What a fault does to a body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// After how many bytes it stops, and how.
    pub(crate) stop: Option<(u64, Stop)>,
    /// How many bytes travel at once, and how long it takes until the next ones follow.
    pub(crate) pieces: Option<(usize, Duration)>,
}

/// How a body stops before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// As if it were whole.
    End,
    /// With the connection.
    Cut(Cut),
}

impl Outgoing {
    pub(crate) fn new(source: Source, shape: Shape, control: Arc<Control>, ticket: Ticket) -> Self {
        let mut body = Self {
            source,
            buffer: Bytes::new(),
            sent: 0,
            shape,
            paused: false,
            sleep: None,
            control,
            ticket,
        };
        // hyper does not ask for an empty body.
        if body.is_over() {
            body.ticket.whole();
        }
        body
    }

    /// The next bytes of the source, in the buffer; `false` at its end.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        while self.buffer.is_empty() {
            match &mut self.source {
                Source::Bytes(bytes) if bytes.is_empty() => return Poll::Ready(false),
                Source::Bytes(bytes) => self.buffer = std::mem::take(bytes),
                Source::Stream(chunks) => match ready!(chunks.as_mut().poll_next(cx)) {
                    Some(chunk) => self.buffer = chunk,
                    None => return Poll::Ready(false),
                },
            }
        }
        Poll::Ready(true)
    }

    /// Waits between two pieces, so that each is written by itself.
    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.shape.pieces.filter(|_| std::mem::take(&mut self.paused));
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
        self.shape.stop.map_or(u64::MAX, |(stop, _)| stop.saturating_sub(self.sent))
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
        let there_is_more = self.left() > 0 && ready!(self.poll_fill(cx));
        if !there_is_more {
            if let Some((_, Stop::Cut(cut))) = self.shape.stop {
                self.ticket.cut();
                self.control.arm(cut);
                return Poll::Pending;
            }
            self.ticket.whole();
            return Poll::Ready(None);
        }
        let mut size = self.buffer.len();
        if let Some((piece, _)) = self.shape.pieces {
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
        let Source::Bytes(rest) = &self.source else { return SizeHint::default() };
        let rest = rest.len() as u64 + self.buffer.len() as u64;
        match self.shape.stop {
            Some((_, Stop::End)) => SizeHint::with_exact(rest.min(self.left())),
            _ => SizeHint::with_exact(rest),
        }
    }
}

impl Outgoing {
    /// Whether a body of known length has been sent whole; hyper does not ask again after that.
    fn is_over(&self) -> bool {
        let cut = matches!(self.shape.stop, Some((_, Stop::Cut(_))));
        !cut && self.size_hint().exact() == Some(0)
    }
}
