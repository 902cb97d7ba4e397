//! A connection that can be cut at any byte.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// In an orderly way: the peer sees the end of the stream.
    Close,
    /// By a reset.
    Reset,
    /// Not at all, but nothing is sent any more.
    Hang,
}

/// Cuts a connection from above: whoever holds it need not hold the connection.
#[derive(Debug, Default)]
pub(crate) struct Control {
    armed: AtomicU8,
    /// Over HTTP/2 replies are made beside the connection, which has to be told.
    waker: AtomicWaker,
}

const CLOSE: u8 = 1;
const RESET: u8 = 2;

impl Control {
    /// Cuts the connection as soon as everything written so far is with the kernel.
    pub(crate) fn arm(&self, cut: Cut) {
        let value = match cut {
            Cut::Close => CLOSE,
            Cut::Reset => RESET,
            Cut::Hang => return,
        };
        self.armed.store(value, Ordering::Release);
        self.waker.wake();
    }
}

/// A connection under a [`Control`].
pub(crate) struct Connection {
    stream: TcpStream,
    control: Arc<Control>,
    /// Whether it has been cut. Whoever still reads or writes is told, so that he lets go of it.
    cut: bool,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, control: Arc<Control>) -> Self {
        Self { stream, control, cut: false }
    }

    fn check(&self) -> io::Result<()> {
        if self.cut { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
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

    /// hyper flushes whenever it has nothing to write for the moment, so this is where an armed cut happens.
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
