//! Requests: their members, and the messages for the platform.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use coze_api::{ContentPart, ToolOutput, Upload};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::{Model, Target};

/// Base64 with or without padding, as clients send it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

/// A part of a message.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part {
    Text { text: String },
    Refusal { refusal: String },
    ImageUrl { image_url: ImageUrl },
    InputAudio { input_audio: InputAudio },
    File { file: InputFile },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ImageUrl {
    Object { url: String },
    Text(String),
}

#[derive(Deserialize)]
struct InputAudio {
    data: String,
    format: String,
}

#[derive(Deserialize)]
struct InputFile {
    file_data: Option<String>,
    filename: Option<String>,
    file_id: Option<String>,
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

/// A file in a message, of this kind.
#[derive(Debug, PartialEq)]
pub(super) struct Attachment {
    kind: Kind,
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Image,
    Audio,
    File,
}

#[derive(Debug, PartialEq)]
enum Source {
    /// Content to upload, with the name of the file.
    Bytes(String, Vec<u8>),
    Url(String),
    Id(String),
}

impl Attachment {
    /// Returns the part of a message, once the content is uploaded.
    pub(super) async fn into_part(
        self,
        client: &coze_api::Client,
    ) -> coze_api::Result<ContentPart> {
        let id = match self.source {
            Source::Url(url) => {
                return Ok(match self.kind {
                    Kind::Image => ContentPart::image_url(url),
                    Kind::Audio => ContentPart::audio_url(url),
                    Kind::File => ContentPart::file_url(url),
                });
            }
            Source::Bytes(name, bytes) => {
                client.files().upload(Upload::bytes(name, bytes)).await?.id
            }
            Source::Id(id) => id,
        };
        Ok(match self.kind {
            Kind::Image => ContentPart::image_id(id),
            Kind::Audio => ContentPart::audio_id(id),
            Kind::File => ContentPart::file_id(id),
        })
    }
}

/// The separator in the IDs of tool calls.
const SEPARATOR: char = '_';

/// Returns the ID of a tool call for the client. It names the chat that waits for the result, so
/// that the server need not remember it.
pub(super) fn tool_call_id(conversation_id: &str, chat_id: &str, id: &str) -> String {
    format!("call{SEPARATOR}{conversation_id}{SEPARATOR}{chat_id}{SEPARATOR}{id}")
}

/// Returns the conversation, the chat and the ID of a tool call.
fn read_tool_call_id(id: &str) -> Option<(&str, &str, &str)> {
    let mut parts = id.strip_prefix("call")?.strip_prefix(SEPARATOR)?.splitn(3, SEPARATOR);
    let (conversation_id, chat_id, id) = (parts.next()?, parts.next()?, parts.next()?);
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_id(conversation_id) && is_id(chat_id)).then_some((conversation_id, chat_id, id))
}

/// Returns what the messages of a request ask for.
///
/// In a conversation that exists, the messages up to the last one of the assistant are known.
pub(super) fn prompt(
    messages: Vec<Message>,
    conversation_id: Option<String>,
    model: &Model,
) -> Result<Prompt, ApiError> {
    match messages.last().map(|message| message.role) {
        Some(Role::Tool) => return tool_outputs(messages),
        Some(Role::User) => {}
        Some(Role::System | Role::Developer) if model.system_variable.is_none() => {}
        Some(_) => {
            let message = "the last message must be one of the user or a tool";
            return Err(ApiError::invalid("messages".to_owned(), message));
        }
        None => return Err(ApiError::invalid("messages".to_owned(), "there are no messages")),
    }
    let last_reply = messages.iter().rposition(|message| message.role == Role::Assistant);
    let first_new = match (&conversation_id, last_reply) {
        (Some(_), Some(last)) => last + 1,
        _ => 0,
    };
    let (mut outgoing, mut instructions) = (Vec::new(), Vec::new());
    for (index, message) in messages.into_iter().enumerate() {
        let is_instruction = matches!(message.role, Role::System | Role::Developer);
        let (text, files) = match message.content {
            _ if message.role == Role::Tool => continue,
            _ if index < first_new && !is_instruction => continue,
            content => read_content(index, content)?,
        };
        match message.role {
            _ if is_instruction && model.system_variable.is_some() => instructions.push(text),
            _ if index < first_new => {}
            // The call of a tool, whose result is part of a later answer.
            Role::Assistant if text.is_empty() => {}
            Role::Assistant => outgoing.push(Outgoing { text, ..Outgoing::default() }),
            _ => outgoing.push(Outgoing { is_user: true, text, files }),
        }
    }
    if outgoing.len() > model.max_messages() {
        return Err(ApiError::too_many_messages(model.max_messages()));
    }
    let has_files = outgoing.iter().any(|message| !message.files.is_empty());
    if has_files && matches!(model.target, Target::Chatflow { .. }) {
        let message = "the messages of this model can only have text";
        return Err(ApiError::invalid("messages".to_owned(), message));
    }
    let instructions = (!instructions.is_empty()).then(|| instructions.join("\n\n"));
    Ok(Prompt::Chat { messages: outgoing, instructions, conversation_id })
}

/// Reads the results of tools at the end of the messages, which belong to one chat.
fn tool_outputs(messages: Vec<Message>) -> Result<Prompt, ApiError> {
    let count = messages.iter().rev().take_while(|message| message.role == Role::Tool).count();
    let first = messages.len() - count;
    let mut chat: Option<(String, String)> = None;
    let mut outputs = Vec::new();
    for (index, message) in messages.into_iter().enumerate().skip(first) {
        let param = format!("messages[{index}].tool_call_id");
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
        let (text, _) = read_content(index, message.content)?;
        outputs.push(ToolOutput::new(id, text));
    }
    let (conversation_id, chat_id) = chat.unwrap_or_default();
    Ok(Prompt::ToolOutputs { conversation_id, chat_id, outputs })
}

/// Returns the text of a message, and its files. A message of the platform can have only one text.
fn read_content(
    index: usize,
    content: Option<Content>,
) -> Result<(String, Vec<Attachment>), ApiError> {
    let parts = match content {
        None => return Ok((String::new(), Vec::new())),
        Some(Content::Text(text)) => return Ok((text, Vec::new())),
        Some(Content::Parts(parts)) => parts,
    };
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    for (part_index, part) in parts.into_iter().enumerate() {
        let file = match part {
            Part::Text { text } | Part::Refusal { refusal: text } => {
                texts.push(text);
                continue;
            }
            Part::ImageUrl { image_url: ImageUrl::Object { url } | ImageUrl::Text(url) } => {
                from_url(Kind::Image, url, "image")
            }
            Part::InputAudio { input_audio: InputAudio { data, format } } => {
                decode(&data).map(|bytes| Attachment {
                    kind: Kind::Audio,
                    source: Source::Bytes(format!("audio.{format}"), bytes),
                })
            }
            Part::File { file } => from_file(file),
        };
        files.push(file.map_err(|message| {
            ApiError::invalid(format!("messages[{index}].content[{part_index}]"), message)
        })?);
    }
    Ok((texts.join("\n"), files))
}

fn from_file(file: InputFile) -> Result<Attachment, &'static str> {
    let name = file.filename.unwrap_or_else(|| "file".to_owned());
    match (file.file_id, file.file_data) {
        (Some(id), _) => Ok(Attachment { kind: Kind::File, source: Source::Id(id) }),
        (None, Some(data)) if data.starts_with("data:") => from_url(Kind::File, data, &name),
        (None, Some(data)) => {
            let source = Source::Bytes(name, decode(&data)?);
            Ok(Attachment { kind: Kind::File, source })
        }
        (None, None) => Err("the file has neither `file_data` nor `file_id`"),
    }
}

/// Returns the file at a URL, which may hold its content.
fn from_url(kind: Kind, url: String, name: &str) -> Result<Attachment, &'static str> {
    let source = if let Some(data) = url.strip_prefix("data:") {
        let (head, data) = data.split_once(',').ok_or("the data URL has no comma")?;
        let media = head.strip_suffix(";base64").ok_or("the data URL is not Base64")?;
        let media = media.split(';').next().unwrap_or_default();
        Source::Bytes(with_extension(name, media), decode(data)?)
    } else if url.starts_with("https://") || url.starts_with("http://") {
        Source::Url(url)
    } else {
        return Err("the URL must be one of `https`, `http` or `data`");
    };
    Ok(Attachment { kind, source })
}

/// Adds the extension of a media type to a name without one. The platform recognizes files by it.
fn with_extension(name: &str, media: &str) -> String {
    if name.contains('.') {
        return name.to_owned();
    }
    let subtype = media.split_once('/').map_or("", |(_, subtype)| subtype);
    let extension = match subtype.split('+').next().unwrap_or_default() {
        "" | "octet-stream" => return name.to_owned(),
        "jpeg" => "jpg",
        "mpeg" => "mp3",
        "x-wav" | "wave" => "wav",
        "plain" => "txt",
        other => other,
    };
    format!("{name}.{extension}")
}

fn decode(base64: &str) -> Result<Vec<u8>, &'static str> {
    BASE64.decode(base64.trim()).map_err(|_| "the data is not Base64")
}

#[cfg(test)]
mod tests;
