//! A chat's reply as a whole, however it was got.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::accumulate::{Accumulator, Pieces, TextStream, sealed};
use crate::base::error::{Error, Kind, Result};
use crate::generated::{Chat, ChatEvent, ChatStatus, Message, MessageType, ToolCall, Usage};
use crate::wire::stream::EventStream;

/// What a chat has come to: the chat itself and its messages.
///
/// `and_poll()` and [`collect_reply`](EventStream::collect_reply) return it.
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
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ChatReply {
    /// The chat as it was last seen. Its status says whether it is complete, waits for something, or was canceled.
    pub chat: Chat,
    /// The complete messages in the order in which they came: answers, calls of tools and their results, suggestions.
    pub messages: Vec<Message>,
    /// The spoken answer, if the user's input had audio and the chat was streamed: pieces joined, in the format that the
    /// bot speaks.
    pub audio: Vec<u8>,
    /// The URL of a page that shows how each node of a chatflow ran; empty otherwise.
    pub debug_url: String,
    pieces: Pieces,
}

impl ChatReply {
    pub(super) fn new(chat: Chat, messages: Vec<Message>) -> Self {
        Self { chat, messages, ..Self::default() }
    }

    /// The answers as one text, one line after the other.
    pub fn text(&self) -> String {
        let answers: Vec<&str> = self.answers().map(|message| message.content.as_str()).collect();
        answers.join("\n")
    }

    /// The messages that answer the user. There may be several, as of a workflow with several message nodes.
    pub fn answers(&self) -> impl Iterator<Item = &Message> {
        self.of(MessageType::Answer)
    }

    /// The questions that the bot suggests to ask next.
    pub fn follow_ups(&self) -> impl Iterator<Item = &str> {
        self.of(MessageType::FollowUp).map(|message| message.content.as_str())
    }

    /// The model's chain of thought, if it thinks and shows it.
    pub fn reasoning(&self) -> String {
        self.answers().map(|message| message.reasoning_content.as_str()).collect()
    }

    /// The tools for whose results the chat waits. Empty unless its status is
    /// [`RequiresAction`](ChatStatus::RequiresAction).
    pub fn tool_calls(&self) -> &[ToolCall] {
        tool_calls(&self.chat)
    }

    /// The tokens that the chat used.
    pub fn usage(&self) -> Option<&Usage> {
        self.chat.usage.as_ref()
    }

    fn of(&self, kind: MessageType) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |message| message.kind.as_ref() == Some(&kind))
    }

    /// The text that a complete message adds to the pieces before.
    fn complete(&mut self, message: Message) -> Option<String> {
        let in_pieces = self.pieces.take(&message.id);
        let new =
            !in_pieces && message.kind == Some(MessageType::Answer) && !message.content.is_empty();
        let text = new.then(|| message.content.clone());
        self.messages.push(message);
        text
    }
}

/// The tools for whose results a chat waits.
pub(super) fn tool_calls(chat: &Chat) -> &[ToolCall] {
    let waits = chat.status == ChatStatus::RequiresAction;
    let action = chat.required_action.as_ref().filter(|_| waits);
    let outputs = action.and_then(|action| action.submit_tool_outputs.as_ref());
    outputs.map_or(&[], |outputs| &outputs.tool_calls)
}

impl sealed::Sealed for ChatReply {}

impl Accumulator for ChatReply {
    type Event = ChatEvent;

    fn add(&mut self, event: ChatEvent) -> Result<Option<String>> {
        match event {
            ChatEvent::Created(chat)
            | ChatEvent::InProgress(chat)
            | ChatEvent::Completed(chat)
            | ChatEvent::RequiresAction(chat) => self.chat = chat,
            ChatEvent::MessageDelta(piece) if piece.kind == Some(MessageType::Answer) => {
                self.pieces.note(&piece.id);
                return Ok(Some(piece.content).filter(|text| !text.is_empty()));
            }
            ChatEvent::MessageCompleted(message) => return Ok(self.complete(message)),
            ChatEvent::AudioDelta(piece) => {
                let decoded = BASE64.decode_vec(&piece.content, &mut self.audio);
                decoded.map_err(|e| {
                    Error::new(Kind::Decode("a piece of audio is no Base64".to_owned()))
                        .with_source(e)
                })?;
            }
            ChatEvent::Done(done) => self.debug_url = done.debug_url,
            ChatEvent::MessageDelta(_) | ChatEvent::Unknown { .. } => {}
        }
        Ok(None)
    }
}

/// Chats and chatflows.
impl EventStream<ChatEvent> {
    /// Only the text of the answers, piece by piece.
    ///
    /// An answer that comes as a whole is one piece. Several answers follow each other without anything between them;
    /// look at the events to tell them apart.
    pub fn text(self) -> TextStream<ChatReply> {
        TextStream::new(self)
    }

    /// Waits for the end of the stream and returns all that came: answers, calls of tools, suggestions, audio, usage.
    ///
    /// # Errors
    ///
    /// The error with which the stream ends, if it does not end well.
    pub async fn collect_reply(self) -> Result<ChatReply> {
        self.text().collect().await
    }
}

#[cfg(test)]
mod tests;
