//! One turn of a voice chat: the user's input and the bot's reply.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use serde::{Deserialize, Serialize};

use super::exchange::{Sending, poll_exchange, task};
use super::sender::Sender;
use super::session::Session;
use crate::base::base64_text;
use crate::base::error::Result;
use crate::generated::realtime::{ChatClientEvent, ChatServerEvent};
use crate::generated::{Chat, Message, MessageType};

/// The size of a piece of audio in bytes: 85 milliseconds of 16-bit PCM at 24,000 Hz.
const PIECE: usize = 4096;

impl Session<ChatClientEvent, ChatServerEvent> {
    /// Sends spoken input to the bot, and returns its reply as a stream.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client, question: Vec<u8>) -> coze_api::Result<()> {
    /// let mut session = coze.realtime().chat("7342866812345000001").connect().await?;
    /// let reply = session.say(question).reply().await?;
    /// println!("{}\n{}: {} bytes", reply.transcript, reply.text, reply.audio.len());
    /// session.close().await
    /// # }
    /// ```
    ///
    /// `audio` is everything that the user says in this turn, in the format of the session: 16-bit
    /// mono PCM at 24,000 Hz, unless [`update`](Sender::update) has set another format. The turn
    /// detection of the session must be `client_interrupt`, which is the default: the client
    /// decides when the user has finished.
    pub fn say(&mut self, audio: impl Into<Bytes>) -> Turn<'_> {
        let (sender, mut audio) = (self.sender().clone(), audio.into());
        let sent = async move {
            while !audio.is_empty() {
                sender.append_audio(audio.split_to(PIECE.min(audio.len()))).await?;
            }
            sender.complete().await
        };
        Turn::new(self, Some(task(sent)))
    }

    /// Sends a text message to the bot, and returns its reply as a stream.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::realtime::TurnEvent;
    ///
    /// let mut session = coze.realtime().chat("7342866812345000001").connect().await?;
    /// let mut turn = session.ask("When does the train leave?");
    /// while let Some(event) = turn.next().await {
    ///     match event? {
    ///         TurnEvent::Text(text) => print!("{text}"),
    ///         TurnEvent::Audio(audio) => { /* play it */ }
    ///         _ => {}
    ///     }
    /// }
    /// session.close().await
    /// # }
    /// ```
    pub fn ask(&mut self, text: impl Into<String>) -> Turn<'_> {
        let (sender, text) = (self.sender().clone(), text.into());
        let sent = async move { sender.send_text(text).await };
        Turn::new(self, Some(task(sent)))
    }
}

/// An event of a [`Turn`].
///
/// As JSON it is an object with the kind of event in `event`, such as `text` or `requires_action`,
/// and its data, if it has any, in `data`. Audio is base64. It can be read from that again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TurnEvent {
    /// The transcript of the user's input so far. It replaces the previous transcript.
    Transcript(String),
    /// The chat was created: the bot starts to process the input.
    Created(Box<Chat>),
    /// The next piece of the reply's text.
    Text(String),
    /// The sentence whose audio follows.
    Sentence(String),
    /// The next piece of the reply's audio, in the format of the session.
    #[serde(with = "base64_text")]
    Audio(Bytes),
    /// A complete message: the answer, a suggested question or a function call.
    Message(Box<Message>),
    /// The chat waits for the outputs of tools. Pass them to
    /// [`submit_tool_outputs`](Sender::submit_tool_outputs) of the [`sender`](Turn::sender), after
    /// which the chat continues.
    RequiresAction(Box<Chat>),
    /// The chat was canceled. This is the last event.
    Canceled,
    /// The reply is complete. This is the last event.
    Completed(Box<Chat>),
}

/// One turn of a voice chat, returned by [`Session::say`] and [`Session::ask`].
///
/// It is a [`Stream`] of the bot's reply. The user's input is sent while the stream is polled. The
/// stream ends after [`TurnEvent::Completed`] or [`TurnEvent::Canceled`], or with an error if the
/// chat fails or the connection is lost. After a failure that the server reported, the session can
/// be used for another turn.
///
/// Events of an earlier chat, whose turn was dropped before its end, are skipped. The
/// [`sender`](Self::sender) can [cancel](Sender::cancel) the chat.
#[must_use = "nothing is sent unless the turn is polled"]
pub struct Turn<'a> {
    session: &'a mut Session<ChatClientEvent, ChatServerEvent>,
    sending: Sending,
    /// The ID of the chat, once it was created.
    chat: Option<String>,
    ended: bool,
}

/// The complete result of a turn, returned by [`Turn::reply`].
///
/// It can be stored as JSON, in which the audio is base64, and read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TurnReply {
    /// The transcript of the user's input. Empty after [`Session::ask`].
    pub transcript: String,
    /// The text of the reply.
    pub text: String,
    /// The audio of the reply, in the format of the session.
    #[serde(with = "base64_text")]
    pub audio: Bytes,
    /// The chat at the end of the turn, or `None` if it was canceled.
    pub chat: Option<Box<Chat>>,
}

impl<'a> Turn<'a> {
    fn new(session: &'a mut Session<ChatClientEvent, ChatServerEvent>, sending: Sending) -> Self {
        Self { session, sending, chat: None, ended: false }
    }

    /// Returns the next part of the answer, or `None` at its end.
    ///
    /// It is the same as `StreamExt::next`, without the import. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<TurnEvent>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Returns the half of the session that sends.
    pub fn sender(&self) -> &Sender<ChatClientEvent> {
        self.session.sender()
    }

    /// Waits for the end of the turn, and returns the complete reply.
    ///
    /// Do not use it with a bot that calls local plugins: nothing submits their outputs, so the
    /// turn does not end. Handle [`TurnEvent::RequiresAction`] in the stream instead.
    ///
    /// # Errors
    ///
    /// The first error of the stream.
    pub async fn reply(mut self) -> Result<TurnReply> {
        let (mut reply, mut audio) = (TurnReply::default(), BytesMut::new());
        while let Some(event) = self.next().await {
            match event? {
                TurnEvent::Transcript(text) => reply.transcript = text,
                TurnEvent::Text(text) => reply.text.push_str(&text),
                TurnEvent::Audio(piece) => audio.extend_from_slice(&piece),
                TurnEvent::Completed(chat) => reply.chat = Some(chat),
                _ => {}
            }
        }
        reply.audio = audio.freeze();
        Ok(reply)
    }

    /// Translates an event of the session. Returns `None` if it does not concern this turn.
    fn take(&mut self, event: ChatServerEvent) -> Result<Option<TurnEvent>> {
        use ChatServerEvent as Event;

        Ok(Some(match event {
            Event::ConversationAudioTranscriptUpdate(text)
            | Event::ConversationAudioTranscriptCompleted(text) => {
                TurnEvent::Transcript(text.content)
            }
            Event::ConversationChatCreated(chat) => {
                self.chat = Some(chat.id.clone());
                TurnEvent::Created(chat)
            }
            Event::ConversationMessageDelta(message) if self.has(&message.chat_id) => {
                let answers = matches!(message.kind, None | Some(MessageType::Answer));
                // Reasoning has empty content.
                if !answers || message.content.is_empty() {
                    return Ok(None);
                }
                TurnEvent::Text(message.content)
            }
            Event::ConversationAudioSentenceStart(sentence) if self.chat.is_some() => {
                TurnEvent::Sentence(sentence.text)
            }
            Event::ConversationAudioDelta(message) if self.has(&message.chat_id) => {
                TurnEvent::Audio(message.audio()?)
            }
            Event::ConversationMessageCompleted(message) if self.has(&message.chat_id) => {
                TurnEvent::Message(message)
            }
            Event::ConversationChatRequiresAction(chat) if self.has(&chat.id) => {
                TurnEvent::RequiresAction(chat)
            }
            Event::ConversationChatCanceled(_) if self.chat.is_some() => {
                self.ended = true;
                TurnEvent::Canceled
            }
            Event::ConversationChatCompleted(chat) if self.has(&chat.id) => {
                self.ended = true;
                TurnEvent::Completed(chat)
            }
            _ => return Ok(None),
        }))
    }

    /// Returns `true` if the chat is that of this turn.
    fn has(&self, chat: &str) -> bool {
        self.chat.as_ref().is_some_and(|id| chat.is_empty() || id == chat)
    }
}

impl Stream for Turn<'_> {
    type Item = Result<TurnEvent>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let turn = self.get_mut();
        loop {
            if turn.ended {
                return Poll::Ready(None);
            }
            let receiver = turn.session.receiver();
            let received = ready!(poll_exchange(&mut turn.sending, receiver, cx));
            let event = received.and_then(|received| turn.take(received.event));
            turn.ended |= event.is_err();
            if let Some(event) = event.transpose() {
                return Poll::Ready(Some(event));
            }
        }
    }
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("chat", &self.chat)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_and_replies_are_written_and_read_back() {
        let chat = Box::new(Chat { id: "7".to_owned(), ..Chat::default() });
        for (event, kind) in [
            (TurnEvent::Text("Hi".to_owned()), "text"),
            (TurnEvent::Audio(Bytes::from_static(b"\xff\x00")), "audio"),
            (TurnEvent::RequiresAction(chat.clone()), "requires_action"),
            (TurnEvent::Canceled, "canceled"),
        ] {
            let json = serde_json::to_value(&event).unwrap();
            assert_eq!(json["event"], kind);
            assert_eq!(serde_json::from_value::<TurnEvent>(json).unwrap(), event);
        }
        let audio = Bytes::from_static(b"\xff");
        let reply = TurnReply { audio, chat: Some(chat), ..TurnReply::default() };
        let json = serde_json::to_value(&reply).unwrap();
        assert_eq!(json["audio"], "/w==");
        assert_eq!(serde_json::from_value::<TurnReply>(json).unwrap(), reply);
        let empty: TurnReply = serde_json::from_value(json!({})).unwrap();
        assert_eq!(empty, TurnReply::default());
    }
}
