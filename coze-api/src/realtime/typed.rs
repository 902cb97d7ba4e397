//! Methods of senders for the most common events of each channel.

use super::audio::append_event;
use super::sender::Sender;
use crate::base::error::Result;
use crate::generated::realtime::{
    ChatClientEvent, ChatSettings, InterpretationSettings, NewMessage,
    SimultInterpretationClientEvent, SpeechClientEvent, SpeechSettings, SubmittedToolOutputs,
    TextDelta, TextToSpeak, TextToSpeakMode, TranscriptionSettings, TranscriptionsClientEvent,
};
use crate::generated::{MessageContentType, MessageRole, ToolOutput};

/// Implements the methods of channels with audio input.
macro_rules! audio_input {
    ($event:ident) => {
        impl Sender<$event> {
            /// Sends a piece of audio in the format of the session. It is encoded as Base64.
            ///
            /// Pieces of 20 to 200 milliseconds are usual.
            ///
            /// # Errors
            ///
            /// Those of [`send`](Self::send).
            pub async fn append_audio(&self, audio: impl AsRef<[u8]>) -> Result<()> {
                self.send_json(append_event(audio.as_ref())).await
            }

            /// Marks the audio as complete.
            ///
            /// # Errors
            ///
            /// Those of [`send`](Self::send).
            pub async fn complete(&self) -> Result<()> {
                self.send($event::InputAudioBufferComplete).await
            }
        }
    };
}

audio_input!(ChatClientEvent);
audio_input!(TranscriptionsClientEvent);
audio_input!(SimultInterpretationClientEvent);

impl Sender<ChatClientEvent> {
    /// Changes the settings of the session.
    ///
    /// The server answers with an event that has the settings in use.
    pub async fn update(&self, settings: ChatSettings) -> Result<()> {
        self.send(settings).await
    }

    /// Discards the audio that the server has buffered.
    pub async fn clear(&self) -> Result<()> {
        self.send(ChatClientEvent::InputAudioBufferClear).await
    }

    /// Sends a text message of the user, to which the bot replies.
    ///
    /// It needs no audio, and counts as a turn of the user. The reply arrives as text and as audio.
    pub async fn send_text(&self, text: impl Into<String>) -> Result<()> {
        let (role, kind) = (MessageRole::User, MessageContentType::Text);
        self.send(NewMessage::new(role, text, kind)).await
    }

    /// Submits the outputs of tools for which a chat waits
    /// (`conversation.chat.requires_action`).
    pub async fn submit_tool_outputs(
        &self,
        chat_id: impl Into<String>,
        outputs: impl IntoIterator<Item = impl Into<ToolOutput>>,
    ) -> Result<()> {
        self.send(SubmittedToolOutputs::new(chat_id, outputs)).await
    }

    /// Cancels the chat in progress, which interrupts the bot.
    ///
    /// The server confirms it with `conversation.chat.canceled`. It has no effect if no chat is in
    /// progress.
    #[doc(alias = "interrupt")]
    pub async fn cancel(&self) -> Result<()> {
        self.send(ChatClientEvent::ConversationChatCancel).await
    }

    /// Makes the bot speak a text of at most 1,024 bytes. The bot does not reply to it.
    ///
    /// It is for announcements and greetings: the text is spoken in the voice of the session.
    pub async fn speak(&self, text: impl Into<String>) -> Result<()> {
        self.send(TextToSpeak::new(TextToSpeakMode::Text, text)).await
    }

    /// Clears the context of the conversation.
    ///
    /// The bot does not remember earlier turns after that; the messages stay in the conversation.
    pub async fn clear_context(&self) -> Result<()> {
        self.send(ChatClientEvent::ConversationClear).await
    }
}

impl Sender<SpeechClientEvent> {
    /// Changes the voice and the format of the audio.
    pub async fn update(&self, settings: SpeechSettings) -> Result<()> {
        self.send(settings).await
    }

    /// Sends a piece of text of at most 1,024 bytes. [`synthesize`] splits longer texts.
    ///
    /// [`synthesize`]: crate::realtime::ConnectSpeech::synthesize
    pub async fn append_text(&self, text: impl Into<String>) -> Result<()> {
        self.send(TextDelta::new(text)).await
    }

    /// Marks the text as complete.
    pub async fn complete(&self) -> Result<()> {
        self.send(SpeechClientEvent::InputTextBufferComplete).await
    }
}

impl Sender<TranscriptionsClientEvent> {
    /// Sets the format of the audio and the options of speech recognition.
    pub async fn update(&self, settings: TranscriptionSettings) -> Result<()> {
        self.send(settings).await
    }

    /// Discards the audio that the server has buffered.
    pub async fn clear(&self) -> Result<()> {
        self.send(TranscriptionsClientEvent::InputAudioBufferClear).await
    }
}

impl Sender<SimultInterpretationClientEvent> {
    /// Sets the formats of the audio, and the source and target languages.
    pub async fn update(&self, settings: InterpretationSettings) -> Result<()> {
        self.send(settings).await
    }
}
