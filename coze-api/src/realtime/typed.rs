//! What is sent most over each channel, as methods of its sender.

use super::audio::append_event;
use super::sender::Sender;
use crate::base::error::Result;
use crate::generated::realtime::{
    ChatClientEvent, ChatSettings, InterpretationSettings, NewMessage,
    SimultInterpretationClientEvent, SpeechClientEvent, SpeechSettings, SubmittedToolOutputs,
    TextDelta, TextToSpeak, TextToSpeakMode, TranscriptionSettings, TranscriptionsClientEvent,
};
use crate::generated::{MessageContentType, MessageRole, ToolOutput};

/// The methods of channels into which audio goes.
macro_rules! takes_audio {
    ($event:ident) => {
        impl Sender<$event> {
            /// Sends a piece of audio: the bytes as they are, in the format of the session.
            ///
            /// Pieces of 20 to 200 milliseconds are usual.
            pub async fn append_audio(&self, audio: impl AsRef<[u8]>) -> Result<()> {
                self.send_json(append_event(audio.as_ref())).await
            }

            /// Says that the audio is complete.
            pub async fn complete(&self) -> Result<()> {
                self.send($event::InputAudioBufferComplete).await
            }
        }
    };
}

takes_audio!(ChatClientEvent);
takes_audio!(TranscriptionsClientEvent);
takes_audio!(SimultInterpretationClientEvent);

impl Sender<ChatClientEvent> {
    /// Changes the settings of the session.
    pub async fn update(&self, settings: ChatSettings) -> Result<()> {
        self.send(settings).await
    }

    /// Drops the audio that the server has buffered.
    pub async fn clear(&self) -> Result<()> {
        self.send(ChatClientEvent::InputAudioBufferClear).await
    }

    /// Enters a text of the user, to which the bot replies.
    pub async fn send_text(&self, text: impl Into<String>) -> Result<()> {
        let (role, kind) = (MessageRole::User, MessageContentType::Text);
        self.send(NewMessage::new(role, text, kind)).await
    }

    /// Hands over the results of tools for which a chat waits
    /// (`conversation.chat.requires_action`).
    pub async fn submit_tool_outputs(
        &self,
        chat_id: impl Into<String>,
        outputs: impl IntoIterator<Item = impl Into<ToolOutput>>,
    ) -> Result<()> {
        self.send(SubmittedToolOutputs::new(chat_id, outputs)).await
    }

    /// Interrupts the bot.
    pub async fn cancel(&self) -> Result<()> {
        self.send(ChatClientEvent::ConversationChatCancel).await
    }

    /// Has the bot speak a text of at most 1,024 bytes, to which it does not reply.
    pub async fn speak(&self, text: impl Into<String>) -> Result<()> {
        self.send(TextToSpeak::new(TextToSpeakMode::Text, text)).await
    }

    /// Clears the context of the conversation.
    pub async fn clear_context(&self) -> Result<()> {
        self.send(ChatClientEvent::ConversationClear).await
    }
}

impl Sender<SpeechClientEvent> {
    /// Changes how the text is spoken and how the audio is encoded.
    pub async fn update(&self, settings: SpeechSettings) -> Result<()> {
        self.send(settings).await
    }

    /// Sends a piece of the text, of at most 1,024 bytes; [`synthesize`] cuts longer ones.
    ///
    /// [`synthesize`]: crate::realtime::ConnectSpeech::synthesize
    pub async fn append_text(&self, text: impl Into<String>) -> Result<()> {
        self.send(TextDelta::new(text)).await
    }

    /// Says that the text is complete.
    pub async fn complete(&self) -> Result<()> {
        self.send(SpeechClientEvent::InputTextBufferComplete).await
    }
}

impl Sender<TranscriptionsClientEvent> {
    /// Sets the format of the audio and how speech is recognized.
    pub async fn update(&self, settings: TranscriptionSettings) -> Result<()> {
        self.send(settings).await
    }

    /// Drops the audio that the server has buffered.
    pub async fn clear(&self) -> Result<()> {
        self.send(TranscriptionsClientEvent::InputAudioBufferClear).await
    }
}

impl Sender<SimultInterpretationClientEvent> {
    /// Sets the formats of the audio, and from which language into which to translate.
    pub async fn update(&self, settings: InterpretationSettings) -> Result<()> {
        self.send(settings).await
    }
}
