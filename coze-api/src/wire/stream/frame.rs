//! One event as it came, before it is decoded.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::base::decode::{self, Place};
use crate::base::error::{Error, Kind, Result};
use crate::base::redact;
use crate::base::token::AccessToken;

/// Buffers that have grown beyond this are given back once they are empty.
pub(super) const KEPT_CAPACITY: usize = 64 * 1024;

/// One event as it came, which [`StreamEvent::decode`](super::StreamEvent::decode) makes sense of.
#[derive(Clone, Default)]
pub struct Frame {
    /// The bytes that fields refer to.
    pub(super) chunk: Bytes,
    pub(super) event: Field,
    pub(super) data: Field,
    pub(super) id: Field,
    /// The id of this frame or, if it has none, of the last that had one.
    pub(super) last_id: Vec<u8>,
    /// The fields that event streams do not define, if they are kept.
    pub(super) others: Vec<(String, String)>,
    /// What never shows in an error.
    pub(super) token: Option<AccessToken>,
}

impl Frame {
    /// An event that did not come by an event stream: by a callback, say, or over the data channel of RTC.
    ///
    /// ```
    /// use coze_api::ChatEvent;
    /// use coze_api::stream::{Frame, StreamEvent as _};
    ///
    /// let frame = Frame::new("conversation.message.delta", r#"{"content": "Hello"}"#);
    /// let ChatEvent::MessageDelta(message) = ChatEvent::decode(&frame)? else { panic!() };
    /// assert_eq!(message.content, "Hello");
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    pub fn new(event: &str, data: impl Into<Bytes>) -> Self {
        let mut frame = Self { chunk: data.into(), ..Self::default() };
        if !frame.chunk.is_empty() {
            frame.data.refer(0..frame.chunk.len());
        }
        frame.event.copy(event.as_bytes());
        frame
    }

    /// Keeps a token out of errors.
    pub(crate) fn with_token(self, token: AccessToken) -> Self {
        Self { token: Some(token), ..self }
    }

    /// Returns a copy that does not depend on the buffer of a stream.
    pub(super) fn detached(&self) -> Self {
        let mut frame = Self {
            chunk: Bytes::copy_from_slice(self.data()),
            last_id: self.last_id.clone(),
            others: self.others.clone(),
            token: self.token.clone(),
            ..Self::default()
        };
        if self.data.is_present() {
            frame.data.refer(0..frame.chunk.len());
        }
        if let Some(name) = self.event.get(&self.chunk) {
            frame.event.copy(name);
        }
        frame
    }

    /// The name of the event; `message` if the server gave none.
    pub fn event(&self) -> &str {
        // Made valid when the frame was complete.
        std::str::from_utf8(self.name()).unwrap_or_default()
    }

    /// The name of the event as bytes, which takes no look at them.
    pub(crate) fn name(&self) -> &[u8] {
        match self.event.get(&self.chunk) {
            Some([]) | None => b"message",
            Some(name) => name,
        }
    }

    /// The id of the event, or of an earlier one if it has none.
    pub fn id(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.last_id)
    }

    /// The data as bytes, which should be UTF-8.
    pub fn data(&self) -> &[u8] {
        self.data.get(&self.chunk).unwrap_or_default()
    }

    /// The data as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.data()).into_owned()
    }

    /// The event that [`json`](Self::json) data make.
    #[inline]
    pub fn read<T: DeserializeOwned, E>(&self, event: impl FnOnce(T) -> E) -> Result<E> {
        self.json().map(event)
    }

    /// The data, decoded from JSON as leniently as replies are.
    ///
    /// Of an event `done`, whatever is no object counts as one without members: `[DONE]`, with or without quotes, or
    /// nothing at all.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let data = self.data();
        if !self.has_data() {
            return decode::from_nothing().map_err(|e| self.undecodable(&e, b"null"));
        }
        if data.first() != Some(&b'{') && Role::of(self.name()) == Role::Done && !is_object(data) {
            return decode::from_nothing().map_err(|e| self.undecodable(&e, b"null"));
        }
        decode::from_slice(data).map_err(|e| self.undecodable(&e, data))
    }

    /// The fields that event streams do not define, with their values, in the order in which they
    /// came. Only [`RawCall::frames`](crate::RawCall::frames) keeps them.
    pub fn other_fields(&self) -> &[(String, String)] {
        &self.others
    }

    #[cold]
    fn undecodable(&self, error: &serde_json::Error, data: &[u8]) -> Error {
        let token = self.token.as_ref().map(AccessToken::secret);
        let Place { path, snippet } = Place::of(error, data, token);
        let why = redact::redact(&error.to_string(), token);
        let event = redact::one_line(self.event(), 60);
        Error::new(Kind::Decode(format!(
            "cannot decode the event \"{event}\" at {path}: {why}; it reads: {snippet}"
        )))
    }

    pub(super) fn has_data(&self) -> bool {
        self.data.is_present()
    }

    /// The bytes held so far.
    pub(super) fn len(&self) -> usize {
        let others: usize = self.others.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.event.len() + self.data.len() + self.id.len() + others
    }

    /// Ends the frame with an empty line, and returns whether there is anything in it.
    pub(super) fn complete(&mut self) -> bool {
        if let Some(id) = self.id.get(&self.chunk) {
            self.last_id.clear();
            self.last_id.extend_from_slice(id);
        }
        if let Some(name) = self.event.get(&self.chunk) {
            if name.is_empty() && !self.data.is_present() {
                self.event.clear();
            } else if !name.is_ascii() {
                let name = String::from_utf8_lossy(name).into_owned();
                self.event.copy(name.as_bytes());
            }
        }
        let any = self.event.is_present() || self.data.is_present();
        if !any {
            self.clear();
        }
        any
    }

    /// Copies what lies in the chunk, before that makes room for the next.
    pub(super) fn keep(&mut self) {
        for field in [&mut self.event, &mut self.data, &mut self.id] {
            field.keep(&self.chunk);
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.event.own.capacity() + self.data.own.capacity() + self.id.own.capacity()
    }

    pub(super) fn clear(&mut self) {
        for field in [&mut self.event, &mut self.data, &mut self.id] {
            field.clear();
        }
        self.others.clear();
    }
}

/// Shows no data, which may be private.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("event", &self.event())
            .field("id", &self.id())
            .field("len", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// What the name of an event says about the stream, whatever the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The stream is complete.
    Done,
    /// What was asked for has failed.
    Failure,
    /// The server is alive.
    Ping,
    Other,
}

impl Role {
    /// Chats and workflows write the names differently.
    pub(crate) fn of(name: &[u8]) -> Self {
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"done") => Self::Done,
            4 if name.eq_ignore_ascii_case(b"ping") => Self::Ping,
            5 if name.eq_ignore_ascii_case(b"error") => Self::Failure,
            _ if name.ends_with(b".failed") => Self::Failure,
            _ => Self::Other,
        }
    }
}

fn is_object(data: &[u8]) -> bool {
    data.trim_ascii_start().first() == Some(&b'{')
}

/// The value of a field: a place in the chunk, or bytes of its own.
#[derive(Clone, Default)]
pub(super) struct Field {
    place: Location,
    own: Vec<u8>,
}

#[derive(Clone, Default)]
enum Location {
    #[default]
    Nowhere,
    Chunk(Range<usize>),
    Own,
}

impl Field {
    pub(super) fn is_present(&self) -> bool {
        !matches!(self.place, Location::Nowhere)
    }

    fn len(&self) -> usize {
        match &self.place {
            Location::Nowhere => 0,
            Location::Chunk(place) => place.len(),
            Location::Own => self.own.len(),
        }
    }

    fn get<'a>(&'a self, chunk: &'a [u8]) -> Option<&'a [u8]> {
        match &self.place {
            Location::Nowhere => None,
            Location::Chunk(place) => chunk.get(place.clone()),
            Location::Own => Some(&self.own),
        }
    }

    pub(super) fn refer(&mut self, place: Range<usize>) {
        self.place = Location::Chunk(place);
    }

    pub(super) fn copy(&mut self, value: &[u8]) {
        self.own.clear();
        self.own.extend_from_slice(value);
        self.place = Location::Own;
    }

    pub(super) fn append(&mut self, line: &[u8], chunk: &[u8]) {
        self.keep(chunk);
        self.own.push(b'\n');
        self.own.extend_from_slice(line);
    }

    fn keep(&mut self, chunk: &[u8]) {
        if let Location::Chunk(place) = &self.place {
            self.own.clear();
            self.own.extend_from_slice(&chunk[place.clone()]);
            self.place = Location::Own;
        }
    }

    fn clear(&mut self) {
        self.place = Location::Nowhere;
        if self.own.capacity() > KEPT_CAPACITY {
            self.own = Vec::new();
        }
    }
}
