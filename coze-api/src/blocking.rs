//! Calls from programs without an async runtime.
//!
//! Import the trait [`Blocking`]. Its methods work on everything that this crate returns:
//!
//! | for | write | instead of |
//! |---|---|---|
//! | requests, `stream()`, `and_poll()`, logins, sessions | `call.wait()` | `call.await` |
//! | streams, `items()`, `pages()` | `stream.wait_each()` | `stream.next().await` |
//! | the bytes of a download | `download.wait_read()` | `download.next().await` |
//!
//! ```no_run
//! use coze_api::blocking::Blocking as _;
//! use coze_api::{Client, Message};
//!
//! fn main() -> coze_api::Result<()> {
//!     let coze = Client::from_env()?;
//!     for bot in coze.bots().list("7361424235321600001").items().wait_each() {
//!         println!("{}", bot?.name);
//!     }
//!     let chat = coze.chat().create("7348293334459318316", "user-42");
//!     let chat = chat.message(Message::user("Tell me about Kunming."));
//!     for piece in chat.stream().wait()?.text().wait_each() {
//!         print!("{}", piece?);
//!     }
//!     coze.audio().speech().create("Hello.", "7426720361732915209").wait()?.save("a.mp3").wait()?;
//!     Ok(())
//! }
//! ```
//!
//! There is no second client and no second set of methods: the setters, options and errors are the
//! same, and a client can be used in both ways.
//!
//! # Threads
//!
//! A call runs on the thread that waits for it, so it need not be `Send`. The first call starts one
//! thread, `coze-api-blocking`, which drives the connections and timers of all calls, and the tasks
//! of sessions and token renewals. It runs until the process ends. Any number of threads may wait
//! at the same time.
//!
//! # Async programs
//!
//! To block a thread of a runtime would stop its other tasks. Wherever a Tokio runtime is current,
//! these methods return an error for which [`is_config`](Error::is_config) is true, without sending
//! anything. Await the call there; in `spawn_blocking`, pass it to `Handle::current().block_on`.

use std::fmt;
use std::future::{IntoFuture, pending, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::thread;

use bytes::{Buf as _, Bytes};
use futures_core::Stream;
use tokio::runtime::{Builder, Handle};

use crate::base::error::{Error, Result};

/// Waits for calls and streams on the current thread.
///
/// The [module](crate::blocking) has an example. The trait is implemented for all types; which of
/// its methods can be called depends on the type.
pub trait Blocking: Sized {
    /// Sends a request, or runs any other future, and waits for its result.
    ///
    /// ```no_run
    /// use coze_api::blocking::Blocking as _;
    ///
    /// # fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// let bot = coze.bots().retrieve("7493066380997012345").wait()?;
    /// println!("{}", bot.name);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the call, and [`is_config`](Error::is_config) within an async runtime.
    fn wait<T, E>(self) -> Result<T, E>
    where
        Self: IntoFuture<Output = Result<T, E>>,
        E: From<Error>,
    {
        let runtime = handle()?;
        runtime.block_on(self.into_future())
    }

    /// Returns an iterator over a stream, which waits for each item.
    ///
    /// ```no_run
    /// use coze_api::blocking::Blocking as _;
    ///
    /// # fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// for bot in coze.bots().list("7361424235321600001").items().wait_each() {
    ///     println!("{}", bot?.name);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// Within an async runtime, it returns an error and ends.
    fn wait_each<T>(self) -> Iter<Self>
    where
        Self: Stream<Item = Result<T>>,
    {
        Iter(Some(Box::pin(self)))
    }

    /// Returns a reader of a download, which waits for each piece of the file.
    ///
    /// ```no_run
    /// use std::io::Read as _;
    ///
    /// use coze_api::blocking::Blocking as _;
    ///
    /// # fn example(coze: coze_api::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let speech = coze.audio().speech().create("Hello.", "7426720361732915209").wait()?;
    /// let mut head = [0; 3];
    /// speech.wait_read().read_exact(&mut head)?;
    /// # Ok(()) }
    /// ```
    ///
    /// An error of the download is inside the I/O error.
    fn wait_read(self) -> Reader<Self>
    where
        Self: Stream<Item = Result<Bytes>>,
    {
        Reader { chunks: self.wait_each(), rest: Bytes::new() }
    }
}

impl<T> Blocking for T {}

/// The items of a stream, each of which is waited for.
///
/// Returned by [`Blocking::wait_each`]. Dropping it drops the stream.
#[must_use = "an iterator does nothing unless it is used"]
pub struct Iter<S>(Option<Pin<Box<S>>>);

impl<S> Iter<S> {
    /// Returns the stream, for example for the log ID of its response, or `None` after its end.
    pub fn get_ref(&self) -> Option<&S> {
        self.0.as_deref()
    }
}

impl<T, S: Stream<Item = Result<T>>> Iterator for Iter<S> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = self.0.as_mut()?;
        let item = match handle() {
            Ok(runtime) => runtime.block_on(poll_fn(|cx| stream.as_mut().poll_next(cx))),
            Err(error) => {
                self.0 = None;
                return Some(Err(error));
            }
        };
        if item.is_none() {
            self.0 = None;
        }
        item
    }
}

impl<S: fmt::Debug> fmt::Debug for Iter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Iter").field(&self.0).finish()
    }
}

/// Reads a download while it arrives.
///
/// Returned by [`Blocking::wait_read`]. Dropping it closes the connection.
#[derive(Debug)]
pub struct Reader<S> {
    chunks: Iter<S>,
    /// The rest of the last piece.
    rest: Bytes,
}

impl<S: Stream<Item = Result<Bytes>>> io::Read for Reader<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = io::BufRead::fill_buf(self)?;
        let length = available.len().min(buffer.len());
        buffer[..length].copy_from_slice(&available[..length]);
        self.rest.advance(length);
        Ok(length)
    }
}

impl<S: Stream<Item = Result<Bytes>>> io::BufRead for Reader<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.rest.is_empty() {
            match self.chunks.next() {
                Some(chunk) => self.rest = chunk.map_err(io::Error::other)?,
                None => break,
            }
        }
        Ok(&self.rest)
    }

    fn consume(&mut self, bytes: usize) {
        self.rest.advance(bytes);
    }
}

/// Returns the runtime that drives the connections, which is started once.
fn handle() -> Result<Handle> {
    static RUNTIME: Mutex<Option<Handle>> = Mutex::new(None);

    if Handle::try_current().is_ok() {
        return Err(Error::config(
            "a blocking call within an async runtime would stop its tasks; await the call instead",
        ));
    }
    let mut running = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*running {
        return Ok(handle.clone());
    }
    let failed =
        |error| Error::config("cannot start the runtime of blocking calls").with_source(error);
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("coze-api-blocking".to_owned())
        .spawn(move || runtime.block_on(pending::<()>()))
        .map_err(|error: io::Error| failed(error))?;
    Ok(running.insert(handle).clone())
}
