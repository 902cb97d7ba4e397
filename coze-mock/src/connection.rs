//! A connection that can be cut at any byte, and that ends if a request head takes too long.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// The way in which a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// In an orderly way: the peer sees the end of the stream.
    Close,
    /// By a reset.
    Reset,
    /// The connection stays open, but nothing is sent any more.
    Hang,
}

/// The handle by which the code above a connection controls it.
#[derive(Debug, Default)]
pub(crate) struct Control {
    armed: AtomicU8,
    /// Wakes the connection task: over HTTP/2, responses are produced in tasks of their own.
    waker: AtomicWaker,
    /// The number of request heads that have arrived complete.
    heads: AtomicU64,
    /// The number of requests being read or answered.
    in_flight: AtomicUsize,
    /// Set once heads are no longer read one after another: HTTP/2, or a WebSocket.
    multiplexed: AtomicBool,
}

const CLOSE: u8 = 1;
const RESET: u8 = 2;

impl Control {
    /// Cuts the connection as soon as the kernel has accepted everything written so far.
    pub(crate) fn arm(&self, cut: Cut) {
        let value = match cut {
            Cut::Close => CLOSE,
            Cut::Reset => RESET,
            Cut::Hang => return,
        };
        self.armed.store(value, Ordering::Release);
        self.waker.wake();
    }

    /// Notes a complete request head. The request is in flight until the guard is dropped.
    pub(crate) fn head_received(self: &Arc<Self>, version: http::Version) -> InFlight {
        if version == http::Version::HTTP_2 {
            self.set_multiplexed();
        }
        self.heads.fetch_add(1, Ordering::AcqRel);
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        InFlight(self.clone())
    }

    /// Lifts the limit on the time between the first and the last byte of a head.
    pub(crate) fn set_multiplexed(&self) {
        self.multiplexed.store(true, Ordering::Release);
    }
}

/// A request whose response head is not ready yet.
pub(crate) struct InFlight(Arc<Control>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A connection under a [`Control`].
pub(crate) struct Connection {
    stream: TcpStream,
    control: Arc<Control>,
    /// Set once it has been cut, so that readers and writers get an error and drop it.
    cut: bool,
    head_timeout: Duration,
    /// The time by which the current head must be complete. An idle connection has none.
    deadline: Option<Pin<Box<Sleep>>>,
    /// The number of heads that were complete when `deadline` was last looked at.
    heads: u64,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, control: Arc<Control>, head_timeout: Duration) -> Self {
        // A new connection must send a request, so its deadline runs from the start.
        let deadline = Some(Box::pin(tokio::time::sleep(head_timeout)));
        Self { stream, control, cut: false, head_timeout, deadline, heads: 0 }
    }

    fn check(&self) -> io::Result<()> {
        if self.cut { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }

    /// Forgets the deadline once a head is complete; returns `true` while bytes belong to a head.
    fn is_reading_head(&mut self) -> bool {
        let heads = self.control.heads.load(Ordering::Acquire);
        let multiplexed = self.control.multiplexed.load(Ordering::Acquire);
        if multiplexed || std::mem::replace(&mut self.heads, heads) != heads {
            self.deadline = None;
        }
        !multiplexed && self.control.in_flight.load(Ordering::Acquire) == 0
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        let is_head = self.is_reading_head();
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if !is_head {
            return result;
        }
        if buffer.filled().len() > before {
            let timeout = self.head_timeout;
            self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        }
        match &mut self.deadline {
            Some(deadline) if result.is_pending() => {
                ready!(deadline.as_mut().poll(cx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            _ => result,
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Performs an armed cut: hyper flushes whenever it has nothing more to write for now.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.control.waker.register(cx.waker());
        match self.control.armed.load(Ordering::Acquire) {
            CLOSE => {
                self.cut = true;
                ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
                Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
            }
            RESET => {
                self.cut = true;
                self.stream.set_zero_linger()?;
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            _ => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
