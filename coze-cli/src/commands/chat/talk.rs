//! One message after the other, and what the bot makes of each.

use std::collections::BTreeSet;
use std::path::Path;

use coze_api::conversations::MessageOrder;
use coze_api::{
    ChatEvent, Client, ContentPart, Message, MessageRole, MessageType, ToolCallType, Tools,
};
use futures_util::TryStreamExt as _;
use serde_json::{Map, Value, json};

use crate::commands::lines::{AnswerError, Lines, unless_interrupted};
use crate::commands::progress::Bar;
use crate::failure::{CommandResult, Failure};
use crate::output;

/// A conversation with a bot.
pub(super) struct Talk {
    pub(super) client: Client,
    pub(super) bot: String,
    pub(super) user: String,
    pub(super) variables: Map<String, Value>,
    /// Its messages are the bot's memory.
    pub(super) conversation: Option<String>,
    /// What goes with the next message.
    pub(super) parts: Vec<ContentPart>,
    /// Where the outputs of tools come from.
    pub(super) lines: Lines,
    /// Whether events are printed as JSON, for programs.
    pub(super) as_json: bool,
}

/// One answer on its way.
#[derive(Default)]
struct Turn {
    /// The conversation and the chat, as long as the chat can be canceled.
    running: Option<(String, String)>,
    /// The messages that came in pieces.
    in_pieces: BTreeSet<String>,
    /// Whether what was printed last still has to be ended by a line break.
    open: bool,
}

impl Talk {
    /// Uploads a file, which goes with the next message.
    pub(super) async fn attach(&mut self, path: &Path) -> CommandResult {
        const IMAGES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];
        let bar = Bar::new();
        let file = self.client.files().upload(bar.upload(path)).await?;
        bar.clear();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let image = extension.is_some_and(|known| IMAGES.contains(&known.to_lowercase().as_str()));
        self.parts.push(if image {
            ContentPart::image_id(file.id)
        } else {
            ContentPart::file_id(file.id)
        });
        output::note("file", &format!("{} goes with the next message", file.file_name))
    }

    /// Prints the messages of the conversation.
    pub(super) async fn history(&self) -> CommandResult {
        let Some(conversation) = &self.conversation else {
            return output::note("chat", "nothing was said yet");
        };
        let messages = self.client.conversations().messages();
        let mut messages = messages.list(conversation).order(MessageOrder::Asc).items();
        while let Some(message) = messages.try_next().await? {
            let who = if message.role == MessageRole::User { "you" } else { "bot" };
            output::line(&format!("{who}: {}", message.content))?;
        }
        Ok(())
    }

    /// Says something, and prints what the bot answers. Ctrl-C cancels the answer.
    pub(super) async fn say(&mut self, text: String) -> CommandResult {
        let mut turn = Turn::default();
        let done = unless_interrupted(self.stream(text, &mut turn)).await;
        if turn.open {
            output::line("")?;
        }
        if let (Err(Failure::Interrupted), Some((conversation, chat))) = (&done, turn.running)
            && let Err(error) = self.client.chat().cancel(conversation, chat).await
        {
            // It may have ended meanwhile, or the token may not cancel.
            output::note("chat", &format!("not canceled by the platform: {error}"))?;
        }
        done
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
        while let Some(event) = events.try_next().await.map_err(AnswerError::of)? {
            self.note(&event, turn);
            if self.as_json {
                output::one_of_many(&json!(event))?;
            } else {
                turn.show(event)?;
            }
        }
        Ok(())
    }

    /// Whoever chats plays the tools that the bot calls.
    fn tools(&self) -> Tools {
        let lines = self.lines.clone();
        Tools::new().rounds(u32::MAX).fallback(move |name, _arguments| {
            let lines = lines.clone();
            async move { lines.answer(&format!("output of {name}")).await }
        })
    }

    fn note(&mut self, event: &ChatEvent, turn: &mut Turn) {
        turn.running = match event {
            ChatEvent::Created(chat) | ChatEvent::InProgress(chat) => {
                let conversation = Some(&chat.conversation_id);
                self.conversation = conversation.filter(|id| !id.is_empty()).cloned();
                Some((chat.conversation_id.clone(), chat.id.clone()))
            }
            ChatEvent::MessageDelta(message) => {
                Some((message.conversation_id.clone(), message.chat_id.clone()))
            }
            // A chat that waits is not running: it cannot be canceled, and holds up nobody.
            ChatEvent::RequiresAction(_) | ChatEvent::Completed(_) | ChatEvent::Done(_) => None,
            _ => return,
        };
    }
}

impl Turn {
    fn show(&mut self, event: ChatEvent) -> CommandResult {
        match event {
            ChatEvent::MessageDelta(message) => {
                self.in_pieces.insert(message.id);
                output::faint(&message.reasoning_content)?;
                self.open = true;
                output::piece(&message.content)
            }
            ChatEvent::MessageCompleted(message) => self.complete(&message),
            ChatEvent::RequiresAction(chat) => {
                let wanted = chat.required_action.and_then(|action| action.submit_tool_outputs);
                for call in wanted.map(|wanted| wanted.tool_calls).unwrap_or_default() {
                    let function = call.function.unwrap_or_default();
                    let text = format!("{} {}", function.name, function.arguments);
                    let is_question = call.kind == ToolCallType::ReplyMessage;
                    output::note(if is_question { "asks" } else { "waits for" }, &text)?;
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
                self.open = false;
                let whole = !self.in_pieces.contains(&message.id);
                output::line(if whole { text } else { "" })
            }
            Some(MessageType::FunctionCall) => output::note("calls", &called(text)),
            Some(MessageType::ToolOutput | MessageType::ToolResponse) => {
                output::note("result", text)
            }
            Some(MessageType::Knowledge) => output::note("knows", text),
            Some(MessageType::FollowUp) => output::note("maybe ask", text),
            _ => Ok(()),
        }
    }
}

/// A call of a tool, as its name and its arguments.
fn called(text: &str) -> String {
    let call: Value = serde_json::from_str(text).unwrap_or_default();
    match (call["name"].as_str(), &call["arguments"]) {
        (Some(name), Value::Null) => name.to_owned(),
        (Some(name), arguments) => format!("{name} {}", output::cell(Some(arguments))),
        _ => text.to_owned(),
    }
}
