//! The reply of a chat as one value, whether it was streamed or polled for.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

use super::accumulate::{Accumulator, TextStream, sealed};
use super::chat::Phase;
use crate::base::error::{Error, Kind, Result};
use crate::base::{base64_text, decode};
use crate::generated::{Chat, ChatEvent, Message, MessageType, ToolCall, Usage};
use crate::wire::stream::EventStream;

/// The reply of a chat: the chat itself and its messages.
///
/// [`collect_reply`](EventStream::collect_reply) returns it for a stream, and `and_poll()` without
/// streaming.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::Message;
///
/// let question = Message::user("What is the weather in Kunming?");
/// let chat = coze.chat().create("7348293334459318316", "user-42").message(question);
/// let reply = chat.stream().await?.collect_reply().await?;
/// println!("{}", reply.text());
/// for question in reply.follow_ups() {
///     println!("maybe ask: {question}");
/// }
/// # Ok(()) }
/// ```
///
/// Most programs need only [`text`](Self::text). The chat's [`status`](Chat::status) tells whether
/// it is complete, was canceled, or waits for the results of tools.
///
/// If a stream or a poll fails, the error holds what arrived before: see
/// [`Error::partial_chat_reply`].
///
/// It can be stored as JSON, in which the audio is base64, and read again.
#[doc(alias = "answer")]
#[doc(alias = "ChatPoll")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ChatReply {
    /// The chat in the state that was received last.
    pub chat: Chat,
    /// The complete messages, in the order in which they arrived: answers, tool calls and their
    /// results, suggestions.
    pub messages: Vec<Message>,
    /// The spoken answer, in the format that
    /// [`MessageContentType::Audio`](crate::MessageContentType::Audio) describes. Empty unless the
    /// chat was streamed and the user's message contained audio.
    #[serde(with = "base64_text")]
    pub audio: Vec<u8>,
    /// The URL of a page that shows how each node of a chatflow ran. Empty if the server sent none.
    pub debug_url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unfinished: Vec<Unfinished>,
}

/// A message of which only pieces have arrived, joined.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Unfinished {
    message: Message,
    /// The number of complete messages before it.
    position: usize,
}

impl ChatReply {
    pub(super) fn new(chat: Chat, messages: Vec<Message>) -> Self {
        Self { chat, messages, ..Self::default() }
    }

    /// Returns the text of all [`answers`](Self::answers), joined by line breaks.
    ///
    /// It includes the pieces of an answer that is not complete.
    pub fn text(&self) -> String {
        let answers: Vec<&str> = self.answers().map(|message| message.content.as_str()).collect();
        answers.join("\n")
    }

    /// Returns the messages that answer the user.
    ///
    /// There may be several, for example one from each output node of a workflow. Messages of which
    /// only pieces have arrived are among them.
    pub fn answers(&self) -> impl Iterator<Item = &Message> {
        self.of_type(MessageType::Answer)
    }

    /// Returns the questions that the bot suggests to ask next.
    ///
    /// There are none unless suggestions are switched on in the settings of the bot. They arrive
    /// after the answer.
    #[doc(alias = "suggestions")]
    pub fn follow_ups(&self) -> impl Iterator<Item = &str> {
        self.of_type(MessageType::FollowUp).map(|message| message.content.as_str())
    }

    /// Returns the model's chain of thought; empty if the model does not reason or does not show
    /// it.
    ///
    /// It is separate from the [`text`](Self::text), and not meant for users.
    #[doc(alias = "reasoning_content")]
    #[doc(alias = "thinking")]
    pub fn reasoning(&self) -> String {
        self.answers().map(|message| message.reasoning_content.as_str()).collect()
    }

    /// Returns the tool calls whose results the chat waits for.
    ///
    /// Empty unless the status of the chat is
    /// [`RequiresAction`](crate::ChatStatus::RequiresAction). Submit the results with
    /// `chat().submit_tool_outputs(…)`, or let [`Tools`](crate::Tools) do all of it.
    pub fn tool_calls(&self) -> &[ToolCall] {
        tool_calls(&self.chat)
    }

    /// Returns the number of tokens that the chat used, if the server reported it.
    ///
    /// It is part of the last state of the chat, so it is missing if a stream ended early.
    pub fn usage(&self) -> Option<&Usage> {
        self.chat.usage.as_ref()
    }

    /// Returns the messages of which only pieces have arrived, their pieces joined.
    ///
    /// There are none in a reply that is complete, unless the server left out the end of a message.
    pub fn unfinished(&self) -> impl Iterator<Item = &Message> {
        self.unfinished.iter().map(|unfinished| &unfinished.message)
    }

    /// All messages of a type, in the order in which they began.
    fn of_type(&self, kind: MessageType) -> impl Iterator<Item = &Message> {
        let all = (0..=self.messages.len()).flat_map(|position| {
            let unfinished = self.unfinished.iter().filter(move |one| one.position == position);
            unfinished.map(|one| &one.message).chain(self.messages.get(position))
        });
        all.filter(move |message| message.kind.as_ref() == Some(&kind))
    }

    fn set_chat(&mut self, mut chat: Chat) {
        keep_ids(&mut chat, &self.chat);
        self.chat = chat;
    }

    /// Adds a piece to its message, and returns the text if it belongs to an answer.
    fn add_piece(&mut self, piece: Message) -> Option<String> {
        let is_text = piece.kind == Some(MessageType::Answer) && !piece.content.is_empty();
        let position = self.messages.len();
        match self.unfinished.iter_mut().find(|one| one.message.id == piece.id) {
            Some(Unfinished { message, .. }) => {
                message.content.push_str(&piece.content);
                message.reasoning_content.push_str(&piece.reasoning_content);
                is_text.then_some(piece.content)
            }
            None => {
                let text = is_text.then(|| piece.content.clone());
                self.unfinished.push(Unfinished { message: piece, position });
                text
            }
        }
    }

    /// Puts a complete message in the place of its pieces, and returns the text that they lack.
    fn complete(&mut self, mut message: Message) -> Option<String> {
        let mut before = (String::new(), String::new());
        if let Some(at) = self.pieces_of(&message) {
            let pieces = self.unfinished.remove(at).message;
            before = (pieces.content, pieces.reasoning_content);
            // Those that began later stay behind it.
            let behind = self.messages.len() + 1;
            self.unfinished[at..].iter_mut().for_each(|later| later.position = behind);
        }
        let (content, reasoning) = before;
        let rest = message.content.strip_prefix(&*content).unwrap_or_default();
        let is_new = message.kind == Some(MessageType::Answer) && !rest.is_empty();
        let text = is_new.then(|| rest.to_owned());
        if message.content.is_empty() {
            message.content = content;
        }
        if message.reasoning_content.is_empty() {
            message.reasoning_content = reasoning;
        }
        self.messages.push(message);
        text
    }

    /// Finds the pieces of a message by its ID or, if either side lacks the ID, by the text.
    fn pieces_of(&self, message: &Message) -> Option<usize> {
        let by_id = self.unfinished.iter().position(|one| one.message.id == message.id);
        by_id.or_else(|| {
            self.unfinished.iter().position(|Unfinished { message: pieces, .. }| {
                (pieces.id.is_empty() || message.id.is_empty())
                    && pieces.kind == message.kind
                    && message.content.starts_with(&pieces.content)
            })
        })
    }
}

/// Returns the tool calls whose results a chat waits for.
pub(super) fn tool_calls(chat: &Chat) -> &[ToolCall] {
    let waits = Phase::of(&chat.status) == Phase::RequiresAction;
    let action = chat.required_action.as_ref().filter(|_| waits);
    let outputs = action.and_then(|action| action.submit_tool_outputs.as_ref());
    outputs.map_or(&[], |outputs| &outputs.tool_calls)
}

/// Keeps the IDs that are known, because some replies leave them out.
pub(super) fn keep_ids(chat: &mut Chat, before: &Chat) {
    if chat.id.is_empty() {
        chat.id.clone_from(&before.id);
    }
    if chat.conversation_id.is_empty() {
        chat.conversation_id.clone_from(&before.conversation_id);
    }
}

/// Base64 with or without padding, as servers send it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Appends a piece of audio. White space and the alphabet for URLs are read too.
fn decode_audio(base64: &str, audio: &mut Vec<u8>) -> Result<()> {
    let odd = |c: char| c.is_ascii_whitespace() || c == '-' || c == '_';
    let base64 = if base64.contains(odd) {
        let clean = base64.replace('-', "+").replace('_', "/");
        Cow::Owned(clean.split_ascii_whitespace().collect())
    } else {
        Cow::Borrowed(base64)
    };
    let before = audio.len();
    BASE64.decode_vec(&*base64, audio).map_err(|error| {
        audio.truncate(before);
        Error::from_kind(Kind::Decode("a piece of audio is not Base64".to_owned()))
            .with_source(error)
    })
}

impl sealed::Sealed for ChatReply {}

impl Accumulator for ChatReply {
    type Event = ChatEvent;

    fn add(&mut self, event: ChatEvent) -> Result<Option<String>> {
        match event {
            ChatEvent::Created(chat)
            | ChatEvent::InProgress(chat)
            | ChatEvent::Completed(chat)
            | ChatEvent::RequiresAction(chat) => self.set_chat(chat),
            ChatEvent::MessageDelta(piece) => return Ok(self.add_piece(piece)),
            ChatEvent::MessageCompleted(message) => return Ok(self.complete(message)),
            ChatEvent::AudioDelta(piece) => decode_audio(&piece.content, &mut self.audio)?,
            ChatEvent::Done(done) => self.debug_url = done.debug_url,
            // A state that this version does not know, such as a cancellation.
            ChatEvent::Unknown { event, data } if event.starts_with("conversation.chat.") => {
                if let Ok(chat) = decode::decode(data.as_bytes()) {
                    self.set_chat(chat);
                }
            }
            ChatEvent::Unknown { .. } => {}
        }
        Ok(None)
    }

    fn piece(event: &mut ChatEvent) -> Option<(&str, Option<&mut String>)> {
        match event {
            ChatEvent::MessageDelta(piece) => Some((&piece.id, Some(&mut piece.content))),
            ChatEvent::MessageCompleted(message) => Some((&message.id, None)),
            _ => None,
        }
    }

    fn append(&mut self, id: &str, text: &str) {
        let message = self.unfinished.iter_mut().find(|one| one.message.id == id);
        if let Some(Unfinished { message, .. }) = message {
            message.content.push_str(text);
        }
    }
}

/// Chats and chatflows.
impl EventStream<ChatEvent> {
    /// Reduces the stream to the text of the answers, piece by piece.
    ///
    /// An answer that the server sends as a whole is one piece. Several answers follow each other
    /// without a separator; look at the events to tell them apart. See [`TextStream`] for an
    /// example.
    pub fn text(self) -> TextStream<ChatReply> {
        TextStream::new(self)
    }

    /// Waits for the end of the stream, and returns everything that arrived: answers, tool calls,
    /// suggestions, audio, token usage.
    ///
    /// See [`ChatReply`] for an example.
    ///
    /// # Errors
    ///
    /// The error with which the stream ends, unless it is complete. The part of the reply that
    /// arrived before it is in [`Error::partial_chat_reply`].
    pub async fn collect_reply(self) -> Result<ChatReply> {
        self.text().collect().await
    }
}

/// Replies that an error cut off.
impl Error {
    /// Returns the part of a chat's reply that arrived before the error.
    ///
    /// Errors of [`collect_reply`](EventStream::collect_reply), of [`text`](EventStream::text) and
    /// of [`PollChat`](crate::PollChat) have it, including errors of tools.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::Message;
    ///
    /// let question = Message::user("What is the weather in Kunming?");
    /// let chat = coze.chat().create("7348293334459318316", "user-42").message(question);
    /// match chat.stream().await?.collect_reply().await {
    ///     Ok(reply) => println!("{}", reply.text()),
    ///     Err(error) => {
    ///         let partial = error.partial_chat_reply().map(|reply| reply.text());
    ///         eprintln!("{error}; until then: {}", partial.unwrap_or_default());
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// If a poll fails, the reply has the last known [`chat`](ChatReply::chat) and no messages.
    /// `None` for other errors, and for those of an [`EventStream`] whose events were read one by
    /// one.
    pub fn partial_chat_reply(&self) -> Option<&ChatReply> {
        self.partial()
    }

    /// Returns the ID of the chat that failed or whose outcome is unknown, if it is known.
    ///
    /// Errors that have a [`partial_chat_reply`](Self::partial_chat_reply) know it. A program that
    /// reads the events of a stream one by one keeps the ID of
    /// [`ChatEvent::Created`](crate::ChatEvent::Created) itself.
    ///
    /// With [`conversation_id`](Self::conversation_id) it can be looked up with
    /// [`Chats::poll`](crate::chat::Chats::poll), or canceled.
    pub fn chat_id(&self) -> Option<&str> {
        let reply = self.partial_chat_reply()?;
        Some(&*reply.chat.id).filter(|id| !id.is_empty())
    }

    /// Returns the ID of the conversation of the chat that failed or whose outcome is unknown, if
    /// it is known, as [`chat_id`](Self::chat_id) describes.
    pub fn conversation_id(&self) -> Option<&str> {
        let reply = self.partial_chat_reply()?;
        Some(&*reply.chat.conversation_id).filter(|id| !id.is_empty())
    }
}

#[cfg(test)]
mod tests;
