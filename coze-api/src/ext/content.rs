//! Multimodal messages: text, images, files and audio.

use serde::{Deserialize, Serialize};

use super::json::parse;
use crate::base::convert::list;
use crate::base::error::{Error, Kind, Result};
use crate::base::open_enum::string_enum;
use crate::generated::{Message, MessageContentType, MessageRole, MessageType};

/// A part of a multimodal message: a text, or a file given by its upload ID or by its URL.
///
/// [`Message::user_parts`] makes a message of parts, and [`Message::parts`] reads them.
///
/// A message can have at most one text part, and the text part must not be the only one: use
/// [`Message::user`] for plain text.
#[doc(alias = "object_string")]
#[doc(alias = "MessageObjectString")]
#[doc(alias = "multimodal")]
#[doc(alias = "image")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ContentPart {
    /// The type of the part.
    #[serde(rename = "type")]
    pub kind: ContentPartType,
    /// The text of a text part; empty for other types.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The ID of an uploaded file, as `files().upload(…)` returns it; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file_id: String,
    /// The URL of a file that is publicly readable; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file_url: String,
    /// The name of the file, where the platform or a chat widget gives it; otherwise empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The size of the file in bytes, where the platform or a chat widget gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// `true` if the part quotes an earlier message. Undocumented; chat widgets send it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_refer: Option<bool>,
}

string_enum! {
    /// The type of a part of a message.
    ///
    /// Types that this version does not know are kept as they are.
    pub enum ContentPartType {
        /// A text.
        Text = "text",
        /// An image.
        Image = "image",
        /// A file.
        File = "file",
        /// An audio recording.
        Audio = "audio",
    }
}

impl ContentPart {
    /// Creates a text part.
    ///
    /// A message may have one text part. It is the question about the files beside it.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::of(ContentPartType::Text) }
    }

    /// Creates an image part from the ID of an uploaded file.
    ///
    /// Upload the image with `files().upload(…)` first; the bot's model must be able to see images.
    pub fn image_id(file_id: impl Into<String>) -> Self {
        Self::by_id(ContentPartType::Image, file_id.into())
    }

    /// Creates an image part from a public URL.
    ///
    /// The platform fetches the image, so the URL must be readable without a login.
    pub fn image_url(file_url: impl Into<String>) -> Self {
        Self::by_url(ContentPartType::Image, file_url.into())
    }

    /// Creates a file part from the ID of an uploaded file.
    ///
    /// Upload the file with `files().upload(…)` first. The formats that a bot reads depend on its
    /// model and its plugins.
    pub fn file_id(file_id: impl Into<String>) -> Self {
        Self::by_id(ContentPartType::File, file_id.into())
    }

    /// Creates a file part from a public URL.
    ///
    /// The platform fetches the file, so the URL must be readable without a login.
    pub fn file_url(file_url: impl Into<String>) -> Self {
        Self::by_url(ContentPartType::File, file_url.into())
    }

    /// Creates an audio part from the ID of an uploaded file.
    ///
    /// Upload the recording with `files().upload(…)` first.
    pub fn audio_id(file_id: impl Into<String>) -> Self {
        Self::by_id(ContentPartType::Audio, file_id.into())
    }

    /// Creates an audio part from a public URL.
    ///
    /// The platform fetches the recording, so the URL must be readable without a login.
    pub fn audio_url(file_url: impl Into<String>) -> Self {
        Self::by_url(ContentPartType::Audio, file_url.into())
    }

    /// Marks the part as a quote of an earlier message. Undocumented; chat widgets send it.
    pub fn quote(self) -> Self {
        Self { is_refer: Some(true), ..self }
    }

    /// Writes parts as the JSON text that the platform calls an object string: the content of a
    /// message, or the value of a component of a shortcut command.
    ///
    /// ```
    /// use coze_api::ContentPart;
    ///
    /// let text = ContentPart::object_string([ContentPart::image_id("7369495981102022700")]);
    /// assert_eq!(text, r#"[{"type":"image","file_id":"7369495981102022700"}]"#);
    /// ```
    pub fn object_string(parts: impl IntoIterator<Item = impl Into<Self>>) -> String {
        // Strings and lists cannot fail to serialize.
        serde_json::to_string(&list::<Self>(parts)).unwrap_or_default()
    }

    fn of(kind: ContentPartType) -> Self {
        Self { kind, ..Self::default() }
    }

    fn by_id(kind: ContentPartType, file_id: String) -> Self {
        Self { file_id, ..Self::of(kind) }
    }

    fn by_url(kind: ContentPartType, file_url: String) -> Self {
        Self { file_url, ..Self::of(kind) }
    }
}

/// Creates a text part.
impl From<&str> for ContentPart {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl Message {
    /// Creates a message of the user that consists of text, images, files or audio.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::{ContentPart, Message, Upload};
    ///
    /// let photo = coze.files().upload(Upload::path("photo.jpg")).await?;
    /// let question = Message::user_parts([
    ///     ContentPart::text("What is in these pictures?"),
    ///     ContentPart::image_id(photo.id),
    ///     ContentPart::image_url("https://example.com/other.png"),
    /// ]);
    /// let chat = coze.chat().create("7348293334459318316", "user-42").message(question).await?;
    /// # Ok(()) }
    /// ```
    pub fn user_parts(parts: impl IntoIterator<Item = impl Into<ContentPart>>) -> Self {
        Self {
            role: MessageRole::User,
            kind: Some(MessageType::Question),
            content: ContentPart::object_string(parts),
            content_type: MessageContentType::ObjectString,
            ..Self::default()
        }
    }

    /// Reads the content as parts. Plain text is one text part.
    ///
    /// # Errors
    ///
    /// An error for which [`is_decode`](Error::is_decode) is true if the content is a card or the
    /// audio of a reply, which do not consist of parts, or is not the JSON that it should be.
    pub fn parts(&self) -> Result<Vec<ContentPart>> {
        match &self.content_type {
            MessageContentType::Text => Ok(vec![ContentPart::text(&self.content)]),
            MessageContentType::Unknown(kind) if kind.is_empty() => {
                // A reply without a content type.
                Ok(vec![ContentPart::text(&self.content)])
            }
            MessageContentType::ObjectString => parse("the content of the message", &self.content),
            other => {
                let what = format!("content of type {} has no parts", other.as_str());
                Err(Error::from_kind(Kind::Decode(what)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::EnterMessage;

    /// The example of the documentation.
    const SAMPLE: &str = concat!(
        r#"[{"type":"text","text":"Does it suit me?"},{"type":"image","file_id":"112233123"},"#,
        r#"{"type":"file","file_id":"144423123"},{"type":"file","file_url":"https://example.com/1.png"}]"#
    );

    #[test]
    fn parts_make_the_text_of_the_documentation_and_come_back() {
        let parts = [
            ContentPart::from("Does it suit me?"),
            ContentPart::image_id("112233123"),
            ContentPart::file_id("144423123"),
            ContentPart::file_url("https://example.com/1.png"),
        ];
        let message = Message::user_parts(parts.clone());
        assert_eq!(message.content, SAMPLE);
        assert_eq!(message.parts().unwrap(), parts);
        let sent = serde_json::to_value(EnterMessage::from(message)).unwrap();
        assert_eq!(sent["content_type"], "object_string");
        assert_eq!((&sent["role"], &sent["type"]), (&"user".into(), &"question".into()));
    }

    #[test]
    fn every_constructor_says_what_it_is() {
        for (part, json) in [
            (ContentPart::image_url("u"), r#"[{"type":"image","file_url":"u"}]"#),
            (ContentPart::audio_id("i"), r#"[{"type":"audio","file_id":"i"}]"#),
            (ContentPart::audio_url("u"), r#"[{"type":"audio","file_url":"u"}]"#),
        ] {
            assert_eq!(ContentPart::object_string([part]), json);
        }
    }

    #[test]
    fn unknown_parts_and_plain_text_are_parts() {
        let content = r#"[{"type":"video","file_id":7,"name":"x"}]"#.to_owned();
        let content_type = MessageContentType::ObjectString;
        let message = Message { content, content_type, ..Message::default() };
        let parts = message.parts().unwrap();
        assert_eq!(parts[0].kind, ContentPartType::Unknown("video".into()));
        assert_eq!(parts[0].file_id, "7");
        let text = Message::user("Hello");
        assert_eq!(text.parts().unwrap(), [ContentPart::text("Hello")]);
    }

    #[test]
    fn what_has_no_parts_is_an_error() {
        let mut message = Message::user_parts([ContentPart::text("x")]);
        message.content = "[{".into();
        assert!(message.parts().unwrap_err().is_decode());
        message.content_type = MessageContentType::Card;
        let error = message.parts().unwrap_err();
        assert!(error.to_string().contains("card"), "{error}");
    }
}
