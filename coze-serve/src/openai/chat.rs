//! Starts chats for requests.

use std::collections::BTreeMap;

use coze_api::{ChatEvent, Client, ContentPart, EnterMessage, EventStream, Message};

use super::input::{Outgoing, Prompt};
use super::{Model, Runner, Target};

/// A request to the platform.
pub(super) struct ChatRequest {
    pub(super) model: Model,
    pub(super) prompt: Prompt,
    pub(super) user_id: String,
    pub(super) meta_data: BTreeMap<String, String>,
}

impl ChatRequest {
    /// Returns the conversation and the chat that the request continues.
    pub(super) fn chat(&self) -> Option<(String, String)> {
        match &self.prompt {
            Prompt::ToolOutputs { conversation_id, chat_id, .. } => {
                Some((conversation_id.clone(), chat_id.clone()))
            }
            Prompt::Chat { .. } => None,
        }
    }

    /// Uploads the files, and starts or continues the chat.
    pub(super) async fn send(self, client: Client) -> coze_api::Result<EventStream<ChatEvent>> {
        let Self { model, prompt, user_id, meta_data } = self;
        let (messages, instructions, conversation_id) = match prompt {
            Prompt::Chat { messages, instructions, conversation_id } => {
                (messages, instructions, conversation_id)
            }
            Prompt::ToolOutputs { conversation_id, chat_id, outputs } => {
                let request = client.chat().submit_tool_outputs(conversation_id, chat_id, outputs);
                return request.stream().await;
            }
        };
        let mut uploaded = Vec::with_capacity(messages.len());
        for message in messages {
            uploaded.push(enter_message(message, &client).await?);
        }
        let variable = model.system_variable.zip(instructions);
        match model.target {
            Target::Bot(id) => {
                let mut chat = client.chat().create(id, user_id).additional_messages(uploaded);
                if let Some(id) = conversation_id {
                    chat = chat.conversation_id(id);
                }
                if !meta_data.is_empty() {
                    chat = chat.meta_data(meta_data);
                }
                if let Some(variable) = variable {
                    chat = chat.custom_variables([variable]);
                }
                chat.stream().await
            }
            Target::Chatflow { id, runner } => {
                let mut chat = client.workflows().chat().stream(id, uploaded);
                chat = match runner {
                    Runner::Bot(id) => chat.bot_id(id),
                    Runner::App(id) => chat.app_id(id),
                };
                if let Some(id) = conversation_id {
                    chat = chat.conversation_id(id);
                }
                if let Some(variable) = variable {
                    chat = chat.parameters(BTreeMap::from([variable]));
                }
                chat.ext([("user_id", user_id)]).stream().await
            }
        }
    }
}

/// Returns a message for the platform, once its files are uploaded.
async fn enter_message(message: Outgoing, client: &Client) -> coze_api::Result<EnterMessage> {
    let Outgoing { is_user, text, files } = message;
    if !is_user {
        return Ok(Message::assistant(text).into());
    }
    if files.is_empty() {
        return Ok(Message::user(text).into());
    }
    let mut parts = Vec::with_capacity(files.len() + 1);
    if !text.is_empty() {
        parts.push(ContentPart::text(text));
    }
    for file in files {
        parts.push(file.into_part(client).await?);
    }
    Ok(Message::user_parts(parts).into())
}
