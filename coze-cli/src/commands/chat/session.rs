//! Sends messages to a bot and prints its replies.

use std::collections::BTreeSet;
use std::path::Path;

use coze_api::conversations::MessageOrder;
use coze_api::{
    ChatEvent, Client, ContentPart, Message, MessageRole, MessageType, ToolCallType, Tools,
};
use futures_util::TryStreamExt as _;
use serde_json::{Map, Value, json};

use crate::commands::input::{AnswerError, Input, unless_interrupted};
use crate::commands::progress::UploadProgress;
use crate::failure::{CommandResult, Failure};
use crate::output;

/// A conversation with a bot.
pub(super) struct ChatSession {
    pub(super) client: Client,
    pub(super) bot: String,
    pub(super) user: String,
    pub(super) variables: Map<String, Value>,
    /// The id of the conversation, whose messages are the bot's memory.
    pub(super) conversation: Option<String>,
    /// Attachments of the next message.
    pub(super) parts: Vec<ContentPart>,
    /// The source of messages and of the outputs of tools.
    pub(super) input: Input,
    /// Set to print events as JSON instead of text.
    pub(super) as_json: bool,
}

/// The state of one reply.
#[derive(Default)]
struct Turn {
    /// The ids of the conversation and the chat while the chat can be canceled.
    running: Option<(String, String)>,
    /// The ids of messages whose deltas were printed.
    streamed: BTreeSet<String>,
    /// Set while the last printed text still lacks its line break.
    line_open: bool,
}

impl ChatSession {
    /// Uploads a file and attaches it to the next message.
    pub(super) async fn attach(&mut self, path: &Path) -> CommandResult {
        const IMAGES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];
        let progress = UploadProgress::new();
        let file = self.client.files().upload(progress.upload(path)).await?;
        progress.clear();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_image =
            extension.is_some_and(|extension| IMAGES.contains(&extension.to_lowercase().as_str()));
        self.parts.push(if is_image {
            ContentPart::image_id(file.id)
        } else {
            ContentPart::file_id(file.id)
        });
        output::note("file", &format!("{} is attached to the next message", file.file_name))
    }

    /// Prints the messages of the conversation.
    pub(super) async fn history(&self) -> CommandResult {
        let Some(conversation) = &self.conversation else {
            return output::note("chat", "no messages yet");
        };
        let messages = self.client.conversations().messages();
        let mut messages = messages.list(conversation).order(MessageOrder::Asc).items();
        while let Some(message) = messages.try_next().await? {
            let sender = if message.role == MessageRole::User { "you" } else { "bot" };
            output::line(&format!("{sender}: {}", message.content))?;
        }
        Ok(())
    }

    /// Sends a message and prints the reply. Ctrl-C cancels the reply.
    pub(super) async fn send(&mut self, text: String) -> CommandResult {
        let mut turn = Turn::default();
        let result = unless_interrupted(self.stream(text, &mut turn)).await;
        if turn.line_open {
            output::line("")?;
        }
        if let (Err(Failure::Interrupted), Some((conversation, chat))) = (&result, turn.running)
            && let Err(error) = self.client.chat().cancel(conversation, chat).await
        {
            // The chat may have ended in the meantime, or the token may lack the permission.
            output::note("chat", &format!("the platform did not cancel the chat: {error}"))?;
        }
        result
    }

    async fn stream(&mut self, text: String, turn: &mut Turn) -> CommandResult {
        let parts = std::mem::take(&mut self.parts);
        let mut chat = self.client.chat().create(&self.bot, &self.user);
        chat = if parts.is_empty() {
            chat.message(Message::user(text))
        } else {
            let parts = std::iter::once(ContentPart::text(text)).chain(parts);
            chat.message(Message::user_parts(parts))
        };
        if let Some(conversation) = &self.conversation {
            chat = chat.conversation_id(conversation);
        }
        if !self.variables.is_empty() {
            let variables = self.variables.iter();
            chat = chat.custom_variables(
                variables.map(|(name, value)| (name.clone(), output::cell(Some(value)))),
            );
        }
        let mut events = chat.stream().await?.with_tools(self.tools());
        while let Some(event) = events.try_next().await.map_err(AnswerError::failure_from)? {
            self.track(&event, turn);
            if self.as_json {
                output::json_line(&json!(event))?;
            } else {
                turn.show(event)?;
            }
        }
        Ok(())
    }

    /// Returns tools whose outputs are read from the input.
    fn tools(&self) -> Tools {
        let input = self.input.clone();
        Tools::new().rounds(u32::MAX).fallback(move |name, _arguments| {
            let input = input.clone();
            async move { input.answer(&format!("output of {name}")).await }
        })
    }

    /// Remembers the conversation, and the chat while it can be canceled.
    fn track(&mut self, event: &ChatEvent, turn: &mut Turn) {
        turn.running = match event {
            ChatEvent::Created(chat) | ChatEvent::InProgress(chat) => {
                let conversation = Some(&chat.conversation_id);
                self.conversation = conversation.filter(|id| !id.is_empty()).cloned();
                Some((chat.conversation_id.clone(), chat.id.clone()))
            }
            ChatEvent::MessageDelta(message) => {
                Some((message.conversation_id.clone(), message.chat_id.clone()))
            }
            // A chat that waits for tool outputs cannot be canceled and blocks no other chat.
            ChatEvent::RequiresAction(_) | ChatEvent::Completed(_) | ChatEvent::Done(_) => None,
            _ => return,
        };
    }
}

impl Turn {
    fn show(&mut self, event: ChatEvent) -> CommandResult {
        match event {
            ChatEvent::MessageDelta(message) => {
                self.streamed.insert(message.id);
                output::dimmed(&message.reasoning_content)?;
                self.line_open = true;
                output::fragment(&message.content)
            }
            ChatEvent::MessageCompleted(message) => self.complete(&message),
            ChatEvent::RequiresAction(chat) => {
                let pending = chat.required_action.and_then(|action| action.submit_tool_outputs);
                for call in pending.map(|pending| pending.tool_calls).unwrap_or_default() {
                    let function = call.function.unwrap_or_default();
                    let text = format!("{} {}", function.name, function.arguments);
                    let is_question = call.kind == ToolCallType::ReplyMessage;
                    output::note(if is_question { "asks" } else { "waiting for" }, &text)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn complete(&mut self, message: &Message) -> CommandResult {
        let text = &message.content;
        match message.kind {
            Some(MessageType::Answer) => {
                self.line_open = false;
                let is_new = !self.streamed.contains(&message.id);
                output::line(if is_new { text } else { "" })
            }
            Some(MessageType::FunctionCall) => output::note("calls", &describe_call(text)),
            Some(MessageType::ToolOutput | MessageType::ToolResponse) => {
                output::note("result", text)
            }
            Some(MessageType::Knowledge) => output::note("knowledge", text),
            Some(MessageType::FollowUp) => output::note("suggestion", text),
            _ => Ok(()),
        }
    }
}

/// Describes a tool call by its name and arguments.
fn describe_call(text: &str) -> String {
    let call: Value = serde_json::from_str(text).unwrap_or_default();
    match (call["name"].as_str(), &call["arguments"]) {
        (Some(name), Value::Null) => name.to_owned(),
        (Some(name), arguments) => format!("{name} {}", output::cell(Some(arguments))),
        _ => text.to_owned(),
    }
}
