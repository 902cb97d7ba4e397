//! One turn of a talk: what the user says, and what the bot replies.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

use super::exchange::{Sending, poll_exchange};
use super::sender::Sender;
use super::session::Session;
use crate::base::error::Result;
use crate::generated::realtime::{ChatClientEvent, ChatServerEvent};
use crate::generated::{Chat, Message, MessageType};

/// How many bytes of audio are sent at once: 85 milliseconds of PCM with 24,000 Hz and 16 bit.
const PIECE: usize = 4096;

impl Session<ChatClientEvent, ChatServerEvent> {
    /// Says something to the bot, and gives what it replies.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client, question: Vec<u8>) -> coze_api::Result<()> {
    /// let mut session = coze.realtime().chat("7379462189365198898").connect().await?;
    /// let reply = session.say(question).reply().await?;
    /// println!("{}\n{}: {} bytes", reply.transcript, reply.text, reply.audio.len());
    /// session.close().await
    /// # }
    /// ```
    ///
    /// `audio` is all that the user says, in the format of the session: PCM of 24,000 Hz, one
    /// channel and 16 bit unless [`update`](Sender::update) has set something else. The session has
    /// to leave it to the client when the user has finished (`client_interrupt`), as it does by
    /// default.
    pub fn say(&mut self, audio: impl Into<Bytes>) -> Turn<'_> {
        let (sender, mut audio) = (self.sender().clone(), audio.into());
        let sending = async move {
            while !audio.is_empty() {
                sender.append_audio(audio.split_to(PIECE.min(audio.len()))).await?;
            }
            sender.complete().await
        };
        Turn::new(self, Some(Box::pin(sending)))
    }

    /// Enters a text, and gives what the bot replies to it.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::realtime::TurnEvent;
    /// use futures_util::TryStreamExt as _;
    ///
    /// let mut session = coze.realtime().chat("7379462189365198898").connect().await?;
    /// let mut turn = session.ask("When does the train leave?");
    /// while let Some(event) = turn.try_next().await? {
    ///     match event {
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
        let sending = async move { sender.send_text(text).await };
        Turn::new(self, Some(Box::pin(sending)))
    }
}

/// What comes in a turn.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TurnEvent {
    /// What the user has said, as far as it is recognized. It replaces what came before.
    Transcript(String),
    /// The bot has begun to work.
    Created(Box<Chat>),
    /// More of the answer's text.
    Text(String),
    /// The sentence of which the audio follows.
    Sentence(String),
    /// More of the answer's audio, in the format of the session.
    Audio(Bytes),
    /// A message is complete: an answer, a suggested question, the call of a function.
    Message(Box<Message>),
    /// The chat waits for the results of tools: hand them over with
    /// [`submit_tool_outputs`](Sender::submit_tool_outputs) of the [`sender`](Turn::sender). Then it goes on.
    RequiresAction(Box<Chat>),
    /// The bot was interrupted; nothing comes after this.
    Canceled,
    /// The bot has replied; nothing comes after this.
    Completed(Box<Chat>),
}

/// One turn of a talk, made by [`Session::say`] and [`Session::ask`].
///
/// It is a [`Stream`] of what the bot replies. What the user says is sent while it is polled. It
/// ends with `None` after [`TurnEvent::Completed`] and [`TurnEvent::Canceled`], and with an error
/// if the chat fails or the connection is lost. After a failure that the server has reported the
/// session can be used for another turn.
///
/// What belongs to an earlier chat, which was left before its end, is skipped. Its
/// [`sender`](Self::sender) can [cancel](Sender::cancel) the chat.
#[must_use = "nothing is said unless the turn is polled"]
pub struct Turn<'a> {
    session: &'a mut Session<ChatClientEvent, ChatServerEvent>,
    sending: Sending,
    /// The id of the chat, once it has begun.
    chat: Option<String>,
    ended: bool,
}

/// All that a turn has come to.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TurnReply {
    /// What the user has said.
    pub transcript: String,
    /// The text of the answers.
    pub text: String,
    /// Their audio, in the format of the session.
    pub audio: Bytes,
    /// The chat as it was at the end; nothing if the bot was interrupted.
    pub chat: Option<Box<Chat>>,
}

impl<'a> Turn<'a> {
    fn new(session: &'a mut Session<ChatClientEvent, ChatServerEvent>, sending: Sending) -> Self {
        Self { session, sending, chat: None, ended: false }
    }

    /// The half of the session that sends.
    pub fn sender(&self) -> &Sender<ChatClientEvent> {
        self.session.sender()
    }

    /// Waits for the end of the turn.
    ///
    /// A chat that asks for the results of tools gets none in this way, and does not end: take the
    /// events one by one then.
    pub async fn reply(mut self) -> Result<TurnReply> {
        let (mut reply, mut audio) = (TurnReply::default(), BytesMut::new());
        while let Some(event) = std::future::poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await {
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

    /// What an event means for this turn; nothing if it is of no interest.
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
                // Where the model thinks, the content is empty.
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

    /// Whether something of this chat belongs to the turn.
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
