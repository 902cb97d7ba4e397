//! Requests: their members, and the messages for the platform.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use coze_api::ToolOutput;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::attachment::{Attachment, InputAudio, InputFile};
use super::error::ApiError;
use super::ids::read_tool_call_id;
use super::{Model, Target};

/// A request for a chat completion, without the members that are ignored.
#[derive(Deserialize)]
pub(super) struct CompletionRequest {
    pub(super) model: String,
    pub(super) messages: Vec<Message>,
    pub(super) stream: Option<bool>,
    pub(super) stream_options: Option<StreamOptions>,
    pub(super) n: Option<u64>,
    pub(super) user: Option<String>,
    pub(super) safety_identifier: Option<String>,
    pub(super) metadata: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: Option<bool>,
}

/// A request for a response, without the members that are ignored.
#[derive(Deserialize)]
pub(super) struct ResponseRequest {
    pub(super) model: String,
    pub(super) input: TextOr<Item>,
    pub(super) instructions: Option<String>,
    pub(super) stream: Option<bool>,
    pub(super) background: Option<bool>,
    pub(super) previous_response_id: Option<String>,
    pub(super) conversation: Option<ConversationRef>,
    pub(super) user: Option<String>,
    pub(super) safety_identifier: Option<String>,
    pub(super) metadata: Option<BTreeMap<String, String>>,
}

/// The conversation of a response.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum ConversationRef {
    Id(String),
    Object { id: String },
}

/// A text, or a list.
pub(super) enum TextOr<T> {
    Text(String),
    List(Vec<T>),
}

/// Unlike an untagged enum, an error names the place in the list.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsTextOr<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for AsTextOr<T> {
            type Value = TextOr<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(TextOr::List)
            }
        }

        deserializer.deserialize_any(AsTextOr(PhantomData))
    }
}

impl TextOr<Item> {
    /// Returns the input of a response as messages.
    pub(super) fn into_messages(self) -> Result<Vec<Message>, ApiError> {
        match self {
            Self::Text(text) => Ok(vec![Message {
                role: Role::User,
                content: Some(TextOr::Text(text)),
                tool_call_id: None,
            }]),
            Self::List(items) => {
                let items = items.into_iter().enumerate();
                items.map(|(index, item)| item.into_message(index)).collect()
            }
        }
    }
}

/// An item of the input of a response.
#[derive(Deserialize)]
pub(super) struct Item {
    #[serde(rename = "type")]
    kind: Option<String>,
    role: Option<Role>,
    content: Option<Content>,
    call_id: Option<String>,
    output: Option<Content>,
}

impl Item {
    fn into_message(self, index: usize) -> Result<Message, ApiError> {
        let Self { kind, role, content, call_id, output } = self;
        match (kind.as_deref(), role) {
            (None | Some("message"), Some(role)) => {
                Ok(Message { role, content, tool_call_id: None })
            }
            (Some("function_call_output"), _) => {
                Ok(Message { role: Role::Tool, content: output, tool_call_id: call_id })
            }
            // The bot knows its own calls and thoughts.
            (Some("function_call" | "reasoning"), _) => {
                Ok(Message { role: Role::Assistant, content: None, tool_call_id: None })
            }
            (None | Some("message"), None) => {
                Err(ApiError::invalid(format!("input[{index}].role"), "the message has no role"))
            }
            (Some(kind), _) => {
                let message = format!("items of type `{kind}` are not supported");
                Err(ApiError::invalid(format!("input[{index}].type"), message))
            }
        }
    }
}

/// A message of a request.
#[derive(Deserialize)]
pub(super) struct Message {
    role: Role,
    content: Option<Content>,
    tool_call_id: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Role {
    System,
    Developer,
    User,
    Assistant,
    Tool,
}

type Content = TextOr<Part>;

/// A part of a message, of both kinds of requests.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part {
    #[serde(alias = "input_text", alias = "output_text")]
    Text {
        text: String,
    },
    Refusal {
        refusal: String,
    },
    ImageUrl {
        image_url: ImageUrl,
    },
    InputImage {
        image_url: Option<String>,
        file_id: Option<String>,
    },
    InputAudio {
        input_audio: InputAudio,
    },
    File {
        file: InputFile,
    },
    InputFile(InputFile),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ImageUrl {
    Object { url: String },
    Text(String),
}

/// Reads a request. An error names the member that is wrong.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let message = format!("the body of the request is invalid: {}", error.inner());
        ApiError::invalid(Some(path).filter(|path| path != "."), message)
    })
}

/// The action that a request asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Prompt {
    /// Start a chat with these messages.
    Chat { messages: Vec<Outgoing>, instructions: Option<String>, conversation_id: Option<String> },
    /// Continue a chat with the results of tools.
    ToolOutputs { conversation_id: String, chat_id: String, outputs: Vec<ToolOutput> },
}

/// A message to send.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outgoing {
    pub(super) is_user: bool,
    pub(super) text: String,
    pub(super) files: Vec<Attachment>,
}

/// The messages of a request.
pub(super) struct Transcript {
    pub(super) messages: Vec<Message>,
    /// The member of the request that has them.
    pub(super) member: &'static str,
    pub(super) instructions: Option<String>,
    pub(super) conversation_id: Option<String>,
    /// If the conversation exists, it has the messages up to the last one of the assistant.
    pub(super) repeats: bool,
}

/// Returns what the messages of a request ask for.
pub(super) fn prompt(transcript: Transcript, model: &Model) -> Result<Prompt, ApiError> {
    let Transcript { messages, member, instructions, conversation_id, repeats } = transcript;
    let invalid = |message: &str| Err(ApiError::invalid(member.to_owned(), message));
    match messages.last().map(|message| message.role) {
        Some(Role::Tool) => return tool_outputs(messages, member),
        Some(Role::User) => {}
        Some(Role::System | Role::Developer) if model.system_variable.is_none() => {}
        Some(_) => return invalid("the last message must be one of the user or a tool"),
        None => return invalid("there are no messages"),
    }
    let last_reply = messages.iter().rposition(|message| message.role == Role::Assistant);
    let first_new = match (&conversation_id, last_reply) {
        (Some(_), Some(last)) if repeats => last + 1,
        _ => 0,
    };
    let (mut outgoing, mut variable) = (Vec::new(), Vec::new());
    match instructions.filter(|text| !text.is_empty()) {
        Some(text) if model.system_variable.is_some() => variable.push(text),
        Some(text) => outgoing.push(Outgoing { is_user: true, text, files: Vec::new() }),
        None => {}
    }
    for (index, message) in messages.into_iter().enumerate() {
        let is_instruction = matches!(message.role, Role::System | Role::Developer);
        let (text, files) = match message.content {
            _ if message.role == Role::Tool => continue,
            _ if index < first_new && !is_instruction => continue,
            content => read_content(content, member, index)?,
        };
        match message.role {
            _ if is_instruction && model.system_variable.is_some() => variable.push(text),
            _ if index < first_new => {}
            // The call of a tool, whose result is part of a later answer.
            Role::Assistant if text.is_empty() => {}
            Role::Assistant => outgoing.push(Outgoing { text, ..Outgoing::default() }),
            _ => outgoing.push(Outgoing { is_user: true, text, files }),
        }
    }
    if matches!(model.target, Target::Workflow { .. }) {
        // A run has neither a conversation nor a context.
        outgoing.drain(..outgoing.len().saturating_sub(1));
    }
    if outgoing.len() > model.max_messages() {
        return Err(ApiError::too_many_messages(member, model.max_messages()));
    }
    let has_files = outgoing.iter().any(|message| !message.files.is_empty());
    if has_files && !matches!(model.target, Target::Bot(_)) {
        return invalid("the messages of this model can only have text");
    }
    let instructions = (!variable.is_empty()).then(|| variable.join("\n\n"));
    Ok(Prompt::Chat { messages: outgoing, instructions, conversation_id })
}

/// Reads the results of tools at the end of the messages, which belong to one chat.
fn tool_outputs(messages: Vec<Message>, member: &str) -> Result<Prompt, ApiError> {
    let count = messages.iter().rev().take_while(|message| message.role == Role::Tool).count();
    let first = messages.len() - count;
    let mut chat: Option<(String, String)> = None;
    let mut outputs = Vec::new();
    for (index, message) in messages.into_iter().enumerate().skip(first) {
        let name = if member == "input" { "call_id" } else { "tool_call_id" };
        let param = format!("{member}[{index}].{name}");
        let Some((conversation_id, chat_id, id)) =
            message.tool_call_id.as_deref().and_then(read_tool_call_id)
        else {
            let message = "this is not the ID of a tool call of this server";
            return Err(ApiError::invalid(param, message));
        };
        let this = (conversation_id.to_owned(), chat_id.to_owned());
        if *chat.get_or_insert_with(|| this.clone()) != this {
            let message = "the tool call belongs to another chat than the one before";
            return Err(ApiError::invalid(param, message));
        }
        let (text, _) = read_content(message.content, member, index)?;
        outputs.push(ToolOutput::new(id, text));
    }
    let (conversation_id, chat_id) = chat.unwrap_or_default();
    Ok(Prompt::ToolOutputs { conversation_id, chat_id, outputs })
}

/// Returns the text of a message, and its files. A message of the platform can have only one text.
fn read_content(
    content: Option<Content>,
    member: &str,
    index: usize,
) -> Result<(String, Vec<Attachment>), ApiError> {
    let parts = match content {
        None => return Ok((String::new(), Vec::new())),
        Some(Content::Text(text)) => return Ok((text, Vec::new())),
        Some(Content::List(parts)) => parts,
    };
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    for (part_index, part) in parts.into_iter().enumerate() {
        let file = match part {
            Part::Text { text } | Part::Refusal { refusal: text } => {
                texts.push(text);
                continue;
            }
            Part::ImageUrl { image_url: ImageUrl::Object { url } | ImageUrl::Text(url) }
            | Part::InputImage { image_url: Some(url), .. } => Attachment::image(url),
            Part::InputImage { file_id: Some(id), .. } => Ok(Attachment::image_id(id)),
            Part::InputImage { .. } => Err("the image has neither `image_url` nor `file_id`"),
            Part::InputAudio { input_audio } => Attachment::audio(input_audio),
            Part::File { file } | Part::InputFile(file) => Attachment::file(file),
        };
        files.push(file.map_err(|message| {
            ApiError::invalid(format!("{member}[{index}].content[{part_index}]"), message)
        })?);
    }
    Ok((texts.join("\n"), files))
}

#[cfg(test)]
mod tests;
