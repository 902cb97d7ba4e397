//! Decodes bytes to frames, by the rules of the WHATWG for [event streams].
//!
//! Chunks may be cut anywhere. A frame refers to its chunk; only fields that are cut by the end of
//! a chunk are copied.
//!
//! There are two departures from the rules. A frame that has a name and no `data` is returned too,
//! because the API may end a stream with a bare `event: done`. And [`Decoder::finish`] returns a
//! last frame without its empty line.
//!
//! [event streams]: https://html.spec.whatwg.org/multipage/server-sent-events.html

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use memchr::{memchr, memchr2};

use crate::base::redact::Secrets;
use crate::base::token::AccessToken;

use super::frame::{Frame, KEPT_CAPACITY, Role};

/// The default maximum length of a frame. Frames of audio have some hundred KiB.
pub(super) const FRAME_LIMIT: usize = 16 * 1024 * 1024;

/// Fewer bytes than this are searched one by one.
const SHORT: usize = 16;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Decodes chunk by chunk: [`feed`](Self::feed) one, then call [`next`](Self::next) until it
/// returns `None`.
#[allow(clippy::struct_excessive_bools, reason = "independent facts about what was read")]
pub(super) struct Decoder {
    frame: Frame,
    /// The position of the first byte of the frame's chunk that is not read.
    at: usize,
    /// The beginning of a line whose end has not arrived.
    line: Vec<u8>,
    /// The last chunk ended with a CR, to which an LF may belong.
    after_cr: bool,
    /// Fields that event streams do not define are kept.
    keeps_others: bool,
    /// The bytes of frames are kept as they arrive.
    keeps_raw: bool,
    /// The first line, which may begin with a byte order mark, has not ended.
    at_start: bool,
    /// The frame has been returned.
    taken: bool,
    retry: Option<Duration>,
    /// The member of the data that has the name of the event.
    tag: Option<&'static str>,
    limit: usize,
    /// The maximum length of the line, given the length of the frame. It is updated when lines end
    /// and not with every chunk.
    room: usize,
}

/// The error that a frame exceeds the maximum length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong(usize);

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an event is longer than {} bytes", self.0)
    }
}

impl Decoder {
    /// Lets the errors of frames that are returned not show any secret of the request.
    pub(super) fn with_secrets(mut self, secrets: Secrets) -> Self {
        self.frame.secrets = Some(Arc::new(secrets));
        self
    }

    /// Creates a decoder whose decode errors do not show the token.
    pub(super) fn new(token: Option<AccessToken>) -> Self {
        Self {
            frame: Frame { token, needs_data: true, ..Frame::default() },
            at: 0,
            line: Vec::new(),
            after_cr: false,
            keeps_others: false,
            keeps_raw: false,
            at_start: true,
            taken: false,
            retry: None,
            tag: None,
            limit: FRAME_LIMIT,
            room: FRAME_LIMIT,
        }
    }

    /// Keeps the bytes of frames, and the fields that event streams do not define.
    pub(super) fn keep_everything(self) -> Self {
        Self { keeps_others: true, keeps_raw: true, ..self }
    }

    /// Names frames by a member of their data.
    pub(super) fn set_tag(&mut self, tag: Option<&'static str>) {
        self.tag = tag;
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.room = limit.saturating_sub(self.frame.len());
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Takes the next chunk, once the last one is drained. Returns `true` if [`next`](Self::next)
    /// has work to do.
    pub(super) fn feed(&mut self, chunk: Bytes) -> bool {
        debug_assert!(self.is_drained(), "the last chunk is not drained");
        if chunk.len() < SHORT
            && self.line.len() + chunk.len() <= self.room
            && line_end(&chunk).is_none()
        {
            // More of a line and nothing else, as most chunks are where bytes arrive one by one.
            self.after_cr &= chunk.is_empty();
            self.line.extend_from_slice(&chunk);
            if self.keeps_raw {
                self.frame.raw.extend_from_slice(&chunk);
            }
            return false;
        }
        self.frame.chunk = chunk;
        self.at = 0;
        true
    }

    /// Returns `true` if [`next`](Self::next) needs another chunk.
    fn is_drained(&self) -> bool {
        self.at == self.frame.chunk.len()
    }

    /// Returns `true` if [`next`](Self::next) has work to do before the next chunk: it may return
    /// a frame, or drops the last one.
    pub(super) fn holds_chunk(&self) -> bool {
        !self.frame.chunk.is_empty()
    }

    /// Returns the next frame, or `None` if that needs another chunk.
    pub(super) fn next(&mut self) -> Result<Option<&Frame>, TooLong> {
        if std::mem::take(&mut self.taken) {
            self.frame.clear();
            self.frame.clear_raw();
            self.room = self.limit;
        }
        let start = self.at;
        let mut changed = false;
        while let Some(line) = self.end_line() {
            changed = true;
            if self.read(line)? && self.frame.complete() {
                if let Some(tag) = self.tag {
                    self.frame.name_by(tag);
                }
                self.taken = true;
                self.keep_raw(start..self.at);
                return Ok(Some(&self.frame));
            }
        }
        self.keep_raw(start..self.frame.chunk.len());
        self.line.extend_from_slice(&self.frame.chunk[self.at..]);
        if changed {
            self.frame.keep();
            self.room = self.limit.saturating_sub(self.frame.len());
        }
        // The connection can reuse its buffer while the stream waits.
        self.frame.chunk = Bytes::new();
        self.at = 0;
        if self.line.len() > self.room { Err(TooLong(self.limit)) } else { Ok(None) }
    }

    /// Ends the last line and the last frame at the end of the body. Returns `true` if
    /// [`next`](Self::next) has work to do.
    ///
    /// A name without the end of its line may be cut off, so it counts only if it ends the stream.
    pub(super) fn finish(&mut self) -> bool {
        if let Some(name) = self.line.strip_prefix(b"event:") {
            let role = Role::of(name.trim_ascii());
            if matches!(role, Role::Other | Role::Ping) {
                self.line.clear();
            }
        }
        // The line feeds below did not arrive.
        self.keeps_raw = false;
        let pending = !self.line.is_empty() || (!self.taken && self.frame.is_begun());
        pending && self.feed(Bytes::from_static(b"\n\n"))
    }

    /// Keeps bytes of the chunk as they arrived, if that is asked for.
    fn keep_raw(&mut self, range: Range<usize>) {
        if !self.keeps_raw {
            return;
        }
        let Frame { raw, chunk, .. } = &mut self.frame;
        // Comments may arrive for hours without an event.
        if raw.len() + range.len() > self.limit.saturating_mul(2) {
            raw.clear();
        }
        raw.extend_from_slice(&chunk[range]);
    }

    /// Returns the last frame. It is gone after the next call of [`next`](Self::next).
    pub(super) fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Returns the ID of the last frame, or of an earlier one if it had none.
    pub(super) fn last_id(&self) -> &[u8] {
        &self.frame.last_id
    }

    /// Returns the time that the server asks clients to wait before they connect again.
    pub(super) fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Moves behind the end of the line, and returns the range of the line in the chunk.
    fn end_line(&mut self) -> Option<Range<usize>> {
        let chunk = &self.frame.chunk[..];
        if self.after_cr && self.at < chunk.len() {
            self.after_cr = false;
            self.at += usize::from(chunk[self.at] == b'\n');
        }
        let start = self.at;
        let end = start + line_end(&chunk[start..])?;
        self.at = end + 1;
        if chunk[end] == b'\r' {
            match chunk.get(self.at) {
                Some(b'\n') => self.at += 1,
                Some(_) => {}
                None => self.after_cr = true,
            }
        }
        Some(start..end)
    }

    /// Reads a line, and returns `true` if it ends a frame.
    fn read(&mut self, line: Range<usize>) -> Result<bool, TooLong> {
        if self.line.is_empty() {
            self.check(line.len())?;
            return Ok(self.field(line, false));
        }
        self.line.extend_from_slice(&self.frame.chunk[line]);
        self.check(self.line.len())?;
        let ends = self.field(0..self.line.len(), true);
        if self.line.capacity() > KEPT_CAPACITY {
            self.line = Vec::new();
        }
        self.line.clear();
        Ok(ends)
    }

    /// Returns an error if the frame and a line of this length exceed the limit.
    fn check(&self, line: usize) -> Result<(), TooLong> {
        if self.frame.len() + line > self.limit { Err(TooLong(self.limit)) } else { Ok(()) }
    }

    /// Reads the field at `line`, in the chunk or in what was `joined` from chunks. Returns `true`
    /// for an empty line, which ends the frame.
    fn field(&mut self, line: Range<usize>, joined: bool) -> bool {
        let source = if joined { &self.line[..] } else { &self.frame.chunk[..] };
        let mut start = line.start;
        if std::mem::take(&mut self.at_start) && source[line.clone()].starts_with(BOM) {
            start += BOM.len();
        }
        let text = &source[start..line.end];
        if text.is_empty() {
            return true;
        }
        let colon = match text {
            [b'd', b'a', b't', b'a', b':', ..] => 4,
            [b'e', b'v', b'e', b'n', b't', b':', ..] => 5,
            _ => memchr(b':', text).unwrap_or(text.len()),
        };
        let space = text.get(colon + 1) == Some(&b' ');
        let place = (start + colon + 1 + usize::from(space)).min(line.end)..line.end;
        let value = &source[place.clone()];
        let field = match &text[..colon] {
            b"data" if self.frame.data.is_present() => {
                self.frame.data.append(value, &self.frame.chunk);
                return false;
            }
            b"data" => &mut self.frame.data,
            b"event" => &mut self.frame.event,
            b"id" if memchr(0, value).is_none() => &mut self.frame.id,
            b"retry" => {
                self.retry = milliseconds(value).or(self.retry);
                return false;
            }
            // A comment, which has an empty name, or a field that is not defined.
            name => {
                if self.keeps_others && !name.is_empty() {
                    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                    self.frame.others.push((text(name), text(value)));
                }
                return false;
            }
        };
        if joined {
            field.copy(value);
        } else {
            field.refer(place);
        }
        false
    }
}

#[inline]
fn line_end(text: &[u8]) -> Option<usize> {
    // For a few bytes, the call of the vectorized search costs more than it saves.
    if text.len() < SHORT {
        return text.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    }
    memchr2(b'\n', b'\r', text)
}

fn milliseconds(digits: &[u8]) -> Option<Duration> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests;
