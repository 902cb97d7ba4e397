//! Sends messages to a bot and prints its replies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::ValueEnum;
use coze_api::conversations::MessageOrder;
use coze_api::{
    ChatEvent, Client, ContentPart, EnterMessage, Message, MessageRole, MessageType, ToolCallType,
    Tools,
};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Map, Value, json};

use crate::commands::input::{AnswerError, Input, unless_interrupted};
use crate::commands::progress::UploadProgress;
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::program::PROGRAM;
use crate::recent::{self, Collector};
use crate::samples::{Language, Options, samples};
use crate::{catalog, output};

/// A conversation with a bot.
pub(super) struct ChatSession {
    pub(super) client: Client,
    pub(super) is_mock: bool,
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
    /// The values of the last call that sent a message.
    pub(super) last: Option<Map<String, Value>>,
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
    /// Uploads a file and attaches it to the next message, as an image if it is one.
    pub(super) async fn attach(&mut self, path: &Path, is_image: bool) -> CommandResult {
        const IMAGES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];
        let progress = UploadProgress::new();
        let file = self.client.files().upload(progress.upload(path)).await?;
        progress.clear();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_named_so =
            extension.is_some_and(|extension| IMAGES.contains(&extension.to_lowercase().as_str()));
        self.parts.push(if is_image || is_named_so {
            ContentPart::image_id(file.id)
        } else {
            ContentPart::file_id(file.id)
        });
        let name = &file.file_name;
        let attached = say!("{name} is attached to the next message", "{name} 将随下一条消息发送");
        output::note(text("file", "文件"), &attached)
    }

    /// Prints the last messages of the conversation.
    pub(super) async fn history(&self, count: usize) -> CommandResult {
        let Some(conversation) = &self.conversation else {
            return output::note(text("chat", "对话"), text("no messages yet", "还没有消息"));
        };
        for message in self.last_messages(conversation, count).await? {
            let sender = if message.role == MessageRole::User {
                text("you", "你")
            } else {
                text("bot", "智能体")
            };
            output::line(&say!("{sender}: {}", "{sender}：{}", message.content))?;
        }
        Ok(())
    }

    /// Returns the last messages of a conversation, the oldest first.
    async fn last_messages(
        &self,
        conversation: &str,
        count: usize,
    ) -> Result<Vec<Message>, Failure> {
        let messages = self.client.conversations().messages();
        let messages = messages.list(conversation).order(MessageOrder::Desc).items();
        let mut messages: Vec<Message> = messages.take(count).try_collect().await?;
        messages.reverse();
        Ok(messages)
    }

    /// Continues a conversation, and shows its last messages. Without an id, it is the last one
    /// with the bot.
    pub(super) async fn resume(&mut self, id: &str) -> CommandResult {
        let id = match id {
            "" => recent::conversation_with(&self.bot).ok_or_else(|| {
                Failure::Usage(say!(
                    "no earlier conversation with this bot is known; \
                     `{PROGRAM} call conversations.list` lists those on the platform",
                    "没有与该智能体的历史会话；\
                     `{PROGRAM} call conversations.list` 可列出平台上的会话",
                ))
            })?,
            id => id.to_owned(),
        };
        // The conversation must exist before the current one is left.
        self.client.conversations().retrieve(&id).await?;
        output::note(text("chat", "对话"), &say!("continues {id}", "继续会话 {id}"))?;
        self.conversation = Some(id);
        if self.as_json { Ok(()) } else { self.history(super::SHOWN).await }
    }

    /// Prints programs that send the last message.
    pub(super) async fn code(&self, language: &str) -> CommandResult {
        let languages = match language {
            "" => vec![Language::Rust, Language::Curl],
            name => vec![<Language as ValueEnum>::from_str(name, true).map_err(|_| {
                let known =
                    Language::value_variants().iter().filter_map(Language::to_possible_value);
                let known: Vec<String> = known.map(|value| value.get_name().to_owned()).collect();
                let known = known.join(", ");
                Failure::Usage(say!(
                    "unknown language `{name}`; choose one of {known}",
                    "未知语言 `{name}`；可选 {known}",
                ))
            })?],
        };
        let (Some(values), Some(operation)) = (&self.last, catalog::find("chat.create")) else {
            return output::note(text("chat", "对话"), text("no messages yet", "还没有消息"));
        };
        let options = Options { stream: true, scenario: None, on_mock: self.is_mock };
        let samples = samples(&self.client, operation, values, options).await?;
        for program in languages.iter().filter_map(|language| samples.programs.get(language)) {
            output::line(&format!("{}\n", program.trim_end()))?;
        }
        Ok(())
    }

    /// Sends a message and prints the reply. Ctrl-C cancels the reply.
    pub(super) async fn send(&mut self, message: String) -> CommandResult {
        let mut turn = Turn::default();
        let result = unless_interrupted(self.stream(message, &mut turn)).await;
        if turn.line_open {
            output::line("")?;
        }
        if let (Err(Failure::Interrupted), Some((conversation, chat))) = (&result, turn.running)
            && let Err(error) = self.client.chat().cancel(conversation, chat).await
        {
            // The chat may have ended in the meantime, or the token may lack the permission.
            let message = say!(
                "the platform did not cancel the chat: {}",
                "平台没有取消对话：{}",
                Failure::from(error),
            );
            output::note(text("chat", "对话"), &message)?;
        }
        result
    }

    async fn stream(&mut self, message: String, turn: &mut Turn) -> CommandResult {
        let parts = std::mem::take(&mut self.parts);
        let message: EnterMessage = if parts.is_empty() {
            Message::user(message).into()
        } else {
            let parts = std::iter::once(ContentPart::text(message)).chain(parts);
            Message::user_parts(parts).into()
        };
        let variables = self.variables.iter();
        let variables: BTreeMap<String, String> =
            variables.map(|(name, value)| (name.clone(), output::cell(Some(value)))).collect();
        let mut values = Map::from_iter([
            ("bot_id".to_owned(), self.bot.as_str().into()),
            ("user_id".to_owned(), self.user.as_str().into()),
            ("additional_messages".to_owned(), json!([message])),
        ]);
        let mut chat = self.client.chat().create(&self.bot, &self.user).message(message);
        if let Some(conversation) = &self.conversation {
            values.insert("conversation_id".to_owned(), conversation.as_str().into());
            chat = chat.conversation_id(conversation);
        }
        if !variables.is_empty() {
            values.insert("custom_variables".to_owned(), json!(variables));
            chat = chat.custom_variables(variables);
        }
        self.last = Some(values);
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
            async move { input.answer(&say!("output of {name}", "{name} 的输出")).await }
        })
    }

    /// Changes the conversation, and keeps its id for `--resume` and for completion.
    fn set_conversation(&mut self, conversation: Option<String>) {
        if let Some(id) = conversation.as_ref().filter(|_| self.conversation != conversation)
            && !self.is_mock
        {
            let mut recent = Collector::default();
            recent.add_values(&Map::from_iter([("bot_id".to_owned(), self.bot.as_str().into())]));
            recent.add_conversation(id, &self.bot);
            recent.keep();
        }
        self.conversation = conversation;
    }

    /// Remembers the conversation, and the chat while it can be canceled.
    fn track(&mut self, event: &ChatEvent, turn: &mut Turn) {
        turn.running = match event {
            ChatEvent::Created(chat) | ChatEvent::InProgress(chat) => {
                let conversation = Some(&chat.conversation_id).filter(|id| !id.is_empty());
                self.set_conversation(conversation.cloned());
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
                    let described = format!("{} {}", function.name, function.arguments);
                    let is_question = call.kind == ToolCallType::ReplyMessage;
                    let label = if is_question {
                        text("asks", "提问")
                    } else {
                        text("waiting for", "等待")
                    };
                    output::note(label, &described)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn complete(&mut self, message: &Message) -> CommandResult {
        let content = &message.content;
        match message.kind {
            Some(MessageType::Answer) => {
                self.line_open = false;
                let is_new = !self.streamed.contains(&message.id);
                output::line(if is_new { content } else { "" })
            }
            Some(MessageType::FunctionCall) => {
                output::note(text("calls", "调用"), &describe_call(content))
            }
            Some(MessageType::ToolOutput | MessageType::ToolResponse) => {
                output::note(text("result", "结果"), content)
            }
            Some(MessageType::Knowledge) => output::note(text("knowledge", "知识"), content),
            Some(MessageType::FollowUp) => output::note(text("suggestion", "建议"), content),
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
