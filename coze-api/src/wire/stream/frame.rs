//! One event of a stream, before it is decoded.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::failure;
use crate::base::decode::{self, Decode, Place};
use crate::base::error::{Error, Kind, Result};
use crate::base::redact::{self, Secrets};
use crate::base::token::AccessToken;
use crate::wire::envelope::Reply;

/// Buffers that have grown beyond this are freed once they are empty.
pub(super) const KEPT_CAPACITY: usize = 64 * 1024;

/// One event of a stream as the server sent it: a name, data and an ID.
///
/// [`StreamEvent::decode`](super::StreamEvent::decode) decodes it.
/// [`EventStream::into_frames`](super::EventStream::into_frames) and
/// [`RawCall::frames`](crate::RawCall::frames) return frames themselves.
///
/// A frame is cheap to clone. A clone that is kept for long holds on to a chunk of the response.
#[derive(Clone, Default)]
pub struct Frame {
    /// The bytes that fields refer to.
    pub(super) chunk: Bytes,
    pub(super) event: Field,
    pub(super) data: Field,
    pub(super) id: Field,
    /// The ID of this frame or, if it has none, of the last that had one.
    pub(super) last_id: Vec<u8>,
    /// The fields that event streams do not define, if they are kept.
    pub(super) others: Vec<(String, String)>,
    /// The bytes of the frame as they arrived, if they are kept.
    pub(super) raw: Vec<u8>,
    /// The standard spelling of a name that the server writes differently.
    pub(super) alias: Option<&'static str>,
    /// Data is expected, because the frame is from an event stream.
    pub(super) needs_data: bool,
    /// The token, which errors must not show.
    pub(super) token: Option<AccessToken>,
    /// All secrets of the request, for frames that are returned. The errors of a stream lose them
    /// by themselves.
    pub(super) secrets: Option<Arc<Secrets>>,
}

impl Frame {
    /// Names the frame by a member of its data, if that is text.
    pub(super) fn name_by(&mut self, tag: &str) {
        let data: HashMap<String, Box<RawValue>> =
            decode::from_slice(self.data()).unwrap_or_default();
        let name = data.get(tag).and_then(|name| decode::from_str::<String>(name.get()).ok());
        if let Some(name) = name {
            self.event.copy(name.as_bytes());
        }
    }

    /// Creates an event that arrived in another way, such as by a callback or over an RTC data
    /// channel.
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

    /// Returns a copy that does not depend on the buffer of a stream.
    pub(super) fn detached(&self) -> Self {
        let mut frame = Self {
            chunk: Bytes::copy_from_slice(self.data()),
            last_id: self.last_id.clone(),
            others: self.others.clone(),
            raw: self.raw.clone(),
            needs_data: self.needs_data,
            token: self.token.clone(),
            secrets: self.secrets.clone(),
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

    /// Keeps a token out of errors.
    #[allow(dead_code, reason = "optional features make frames of messages that are not SSE")]
    pub(crate) fn with_token(self, token: AccessToken) -> Self {
        Self { token: Some(token), ..self }
    }

    /// Gives the frame the standard spelling of its name, by which it is decoded.
    pub(super) fn with_alias(&self, name: &'static str) -> Self {
        Self { alias: Some(name), ..self.clone() }
    }

    /// Returns the name of the event; `message` if the server gave none.
    pub fn event(&self) -> &str {
        // Made valid when the frame was complete.
        std::str::from_utf8(self.name()).unwrap_or_default()
    }

    /// Returns the name of the event as bytes, which costs no validation.
    pub(crate) fn name(&self) -> &[u8] {
        if let Some(alias) = self.alias {
            return alias.as_bytes();
        }
        match self.event.get(&self.chunk) {
            Some([]) | None => b"message",
            Some(name) => name,
        }
    }

    /// Returns the name by which the event is decoded, which is empty if the server gave none.
    pub(crate) fn variant_name(&self) -> &str {
        if self.is_unnamed() && self.alias.is_none() { "" } else { self.event() }
    }

    /// Returns `true` if the server gave the event no name.
    pub(super) fn is_unnamed(&self) -> bool {
        self.event.len() == 0
    }

    /// Returns `true` if the event has no name, or the one that stands for none.
    pub(super) fn has_default_name(&self) -> bool {
        self.name() == b"message"
    }

    /// Returns the ID of the event, or of an earlier one if it has none.
    ///
    /// It is empty if no event of the stream had an ID.
    pub fn id(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.last_id)
    }

    /// Returns the data as bytes. They should be UTF-8.
    ///
    /// Several `data` lines of one event are joined by line feeds, as the SSE standard requires.
    pub fn data(&self) -> &[u8] {
        self.data.get(&self.chunk).unwrap_or_default()
    }

    /// Returns the data as text. Invalid UTF-8 is replaced with U+FFFD.
    ///
    /// Use [`data`](Self::data) for the bytes as they came.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.data()).into_owned()
    }

    /// Decodes the data as [`json`](Self::json) does, and passes the value to `event`, such as the
    /// variant of an enum.
    ///
    /// # Errors
    ///
    /// The errors of [`json`](Self::json).
    #[inline]
    pub fn read<T: DeserializeOwned, E>(&self, event: impl FnOnce(T) -> E) -> Result<E> {
        self.json().map(event)
    }

    /// Decodes the data from JSON, as leniently as responses are decoded.
    ///
    /// For an event `done`, anything that is not an object counts as an empty object: `[DONE]`,
    /// with or without quotes, or nothing at all.
    ///
    /// # Errors
    ///
    /// An error for which [`is_decode`](Error::is_decode) is true if the data is not JSON or does
    /// not fit the type, or if an event of a stream has no data.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let data = self.json_text()?;
        decode::from_slice(data).map_err(|e| self.undecodable(&e, data))
    }

    /// Decodes the data as [`json`](Self::json) does, to a type of this crate.
    pub(crate) fn decode<T: Decode + Default>(&self) -> Result<T> {
        let mut value = T::default();
        self.decode_into(&mut value)?;
        Ok(value)
    }

    fn decode_into(&self, target: &mut dyn Decode) -> Result<()> {
        let data = self.json_text()?;
        decode::decode_into(target, data).map_err(|e| self.undecodable(&e, data))
    }

    /// Returns the JSON of the data.
    fn json_text(&self) -> Result<&[u8]> {
        let data = self.data();
        if !self.has_data() {
            if self.needs_data && Role::of(self.name()) != Role::Done {
                let event = redact::one_line(self.event(), 60);
                let error =
                    Error::from_kind(Kind::Decode(format!("the event \"{event}\" has no data")));
                return Err(self.without_secrets(error));
            }
            return Ok(b"null");
        }
        if data.first() != Some(&b'{') && Role::of(self.name()) == Role::Done && !is_object(data) {
            return Ok(b"null");
        }
        Ok(data)
    }

    /// Returns the error that the event reports, if it reports one: an event `error` or `….failed`,
    /// or the envelope of an error without a name.
    ///
    /// Streams of typed events end with that error by themselves.
    pub fn error(&self) -> Option<Error> {
        let role = if self.has_default_name() {
            failure::role_of_unnamed(self)
        } else {
            Role::of(self.name())
        };
        if role != Role::Failure {
            return None;
        }
        let token = self.token.clone().unwrap_or_else(AccessToken::none);
        let error = failure::of_event(self, &Reply { token, ..Reply::none() });
        Some(self.without_secrets(error))
    }

    /// Returns the fields that event streams do not define, with their values, in the order in
    /// which they arrived. Only [`RawCall::frames`](crate::RawCall::frames) keeps them.
    pub fn other_fields(&self) -> &[(String, String)] {
        &self.others
    }

    /// Returns the bytes of the event as they arrived: its lines with their ends, and the lines
    /// before it that belong to no event, such as comments. They are invalid UTF-8 if the server
    /// sent that.
    ///
    /// The bytes of all frames together are the body up to the end of the last event. Only
    /// [`RawCall::frames`](crate::RawCall::frames) keeps them, and for each frame not more than
    /// twice the maximum length of an event.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    #[cold]
    fn undecodable(&self, error: &serde_json::Error, data: &[u8]) -> Error {
        let token = self.token.as_ref().map(AccessToken::secret);
        let Place { path, snippet } = Place::of(error, data, token);
        let why = redact::one_line(&redact::redact(&error.to_string(), token), 200);
        let event = redact::one_line(self.event(), 60);
        self.without_secrets(Error::from_kind(Kind::Decode(format!(
            "cannot decode the event \"{event}\" at {path}: {why}; it reads: {snippet}"
        ))))
    }

    fn without_secrets(&self, error: Error) -> Error {
        match &self.secrets {
            Some(secrets) => error.without(secrets),
            None => error,
        }
    }

    pub(super) fn has_data(&self) -> bool {
        self.data.is_present()
    }

    /// Returns `true` if there is a name or data.
    pub(super) fn is_begun(&self) -> bool {
        self.event.is_present() || self.data.is_present()
    }

    /// Returns the number of bytes of the fields.
    pub(super) fn len(&self) -> usize {
        let others: usize = self.others.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.event.len() + self.data.len() + self.id.len() + others
    }

    /// Ends the frame with an empty line. Returns `true` unless it is empty.
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
        let any = self.is_begun();
        if !any {
            self.clear();
        }
        any
    }

    /// Copies the fields out of the chunk, before the next chunk replaces it.
    pub(super) fn keep(&mut self) {
        for field in [&mut self.event, &mut self.data, &mut self.id] {
            field.keep(&self.chunk);
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.event.own.capacity() + self.data.own.capacity() + self.id.own.capacity()
    }

    /// Clears the fields. The raw bytes stay, because the lines of a frame that turns out to be
    /// empty are returned with the next one.
    pub(super) fn clear(&mut self) {
        for field in [&mut self.event, &mut self.data, &mut self.id] {
            field.clear();
        }
        self.others.clear();
    }

    /// Clears the raw bytes.
    pub(super) fn clear_raw(&mut self) {
        self.raw.clear();
        if self.raw.capacity() > KEPT_CAPACITY {
            self.raw = Vec::new();
        }
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

/// The meaning that the name of an event has in every stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The stream is complete.
    Done,
    /// The operation has failed.
    Failure,
    /// The server is alive.
    Ping,
    /// The chat has ended before it was complete, after which the stream may end.
    Canceled,
    Other,
}

impl Role {
    /// Returns the role of a name. Chats and workflows write the names in different case.
    pub(crate) fn of(name: &[u8]) -> Self {
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"done") => Self::Done,
            4 if name.eq_ignore_ascii_case(b"ping") => Self::Ping,
            5 if name.eq_ignore_ascii_case(b"error") => Self::Failure,
            5.. if name[name.len() - 5..].eq_ignore_ascii_case(b".done") => Self::Done,
            _ if matches!(name.last(), Some(b'd' | b'D')) => Self::of_last_word(name),
            _ => Self::Other,
        }
    }

    fn of_last_word(name: &[u8]) -> Self {
        const CANCELED: [&[u8]; 3] = [b".chat.canceled", b".chat.cancelled", b".chat.expired"];
        let ends = |end: &[u8]| {
            name.len().checked_sub(end.len()).is_some_and(|at| name[at..].eq_ignore_ascii_case(end))
        };
        if ends(b".failed") {
            Self::Failure
        } else if CANCELED.iter().any(|end| ends(end)) {
            Self::Canceled
        } else {
            Self::Other
        }
    }
}

fn is_object(data: &[u8]) -> bool {
    data.trim_ascii_start().first() == Some(&b'{')
}

/// The value of a field: a range of the chunk, or bytes of its own.
#[derive(Clone, Default)]
pub(super) struct Field {
    location: Location,
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
        !matches!(self.location, Location::Nowhere)
    }

    fn len(&self) -> usize {
        match &self.location {
            Location::Nowhere => 0,
            Location::Chunk(range) => range.len(),
            Location::Own => self.own.len(),
        }
    }

    fn get<'a>(&'a self, chunk: &'a [u8]) -> Option<&'a [u8]> {
        match &self.location {
            Location::Nowhere => None,
            Location::Chunk(range) => chunk.get(range.clone()),
            Location::Own => Some(&self.own),
        }
    }

    pub(super) fn refer(&mut self, range: Range<usize>) {
        self.location = Location::Chunk(range);
    }

    pub(super) fn copy(&mut self, value: &[u8]) {
        self.own.clear();
        self.own.extend_from_slice(value);
        self.location = Location::Own;
    }

    pub(super) fn append(&mut self, line: &[u8], chunk: &[u8]) {
        self.keep(chunk);
        self.own.push(b'\n');
        self.own.extend_from_slice(line);
    }

    fn keep(&mut self, chunk: &[u8]) {
        if let Location::Chunk(range) = &self.location {
            self.own.clear();
            self.own.extend_from_slice(&chunk[range.clone()]);
            self.location = Location::Own;
        }
    }

    fn clear(&mut self) {
        self.location = Location::Nowhere;
        if self.own.capacity() > KEPT_CAPACITY {
            self.own = Vec::new();
        }
    }
}
