//! Starts chats and runs for requests.

use std::collections::BTreeMap;

use coze_api::{Client, ContentPart, EnterMessage, Message};

use super::input::{Outgoing, Prompt};
use super::{Model, Runner, Target};
use crate::turn::Events;

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

    /// Returns `true` for the run of a workflow, which is not a chat.
    pub(super) fn is_run(&self) -> bool {
        matches!(self.model.target, Target::Workflow { .. })
    }

    /// Uploads the files, and starts or continues the chat, or starts the run.
    pub(super) async fn send(self, client: Client) -> coze_api::Result<Events> {
        let Self { model, prompt, user_id, meta_data } = self;
        let (messages, instructions, conversation_id) = match prompt {
            Prompt::Chat { messages, instructions, conversation_id } => {
                (messages, instructions, conversation_id)
            }
            Prompt::ToolOutputs { conversation_id, chat_id, outputs } => {
                let request = client.chat().submit_tool_outputs(conversation_id, chat_id, outputs);
                return request.stream().await.map(Events::Chat);
            }
        };
        let variable = model.system_variable.zip(instructions);
        match model.target {
            Target::Bot(id) => {
                let messages = enter_messages(messages, &client).await?;
                let mut chat = client.chat().create(id, user_id).additional_messages(messages);
                if let Some(id) = conversation_id {
                    chat = chat.conversation_id(id);
                }
                if !meta_data.is_empty() {
                    chat = chat.meta_data(meta_data);
                }
                if let Some(variable) = variable {
                    chat = chat.custom_variables([variable]);
                }
                chat.stream().await.map(Events::Chat)
            }
            Target::Chatflow { id, runner } => {
                let messages = enter_messages(messages, &client).await?;
                let mut chat = client.workflows().chat().stream(id, messages);
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
                chat.ext([("user_id", user_id)]).stream().await.map(Events::Chat)
            }
            Target::Workflow { id, app_id, parameter } => {
                let input = messages.into_iter().map(|message| (parameter.clone(), message.text));
                let parameters: BTreeMap<_, _> = variable.into_iter().chain(input).collect();
                let mut run = client.workflows().runs().stream(id).parameters(parameters);
                if let Some(id) = app_id {
                    run = run.app_id(id);
                }
                run.ext([("user_id", user_id)]).stream().await.map(Events::Workflow)
            }
        }
    }
}

async fn enter_messages(
    messages: Vec<Outgoing>,
    client: &Client,
) -> coze_api::Result<Vec<EnterMessage>> {
    let mut entered = Vec::with_capacity(messages.len());
    for message in messages {
        entered.push(enter_message(message, client).await?);
    }
    Ok(entered)
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
