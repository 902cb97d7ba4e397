//! Messages of several parts: texts, images, files and sounds.

use serde::{Deserialize, Serialize};

use super::json::parse;
use crate::base::convert::list;
use crate::base::error::{Error, Kind, Result};
use crate::base::open_enum::string_enum;
use crate::generated::{Message, MessageContentType, MessageRole, MessageType};

/// A part of a message: a text, or a file by the id of an upload or by its URL.
///
/// A message takes at most one text, and a text only together with something else.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ContentPart {
    /// What the part is.
    #[serde(rename = "type")]
    pub kind: ContentPartType,
    /// The text, if it is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The id of an uploaded file, as `files.upload` returns it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file_id: String,
    /// The URL of a file that everybody can read.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file_url: String,
}

string_enum! {
    /// What a part of a message is.
    pub enum ContentPartType {
        /// A text.
        Text = "text",
        /// An image.
        Image = "image",
        /// A file.
        File = "file",
        /// A sound.
        Audio = "audio",
    }
}

impl ContentPart {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::of(ContentPartType::Text) }
    }

    /// An image that was uploaded.
    pub fn image_id(file_id: impl Into<String>) -> Self {
        Self::by_id(ContentPartType::Image, file_id.into())
    }

    /// An image on the web.
    pub fn image_url(file_url: impl Into<String>) -> Self {
        Self::by_url(ContentPartType::Image, file_url.into())
    }

    /// A file that was uploaded.
    pub fn file_id(file_id: impl Into<String>) -> Self {
        Self::by_id(ContentPartType::File, file_id.into())
    }

    /// A file on the web.
    pub fn file_url(file_url: impl Into<String>) -> Self {
        Self::by_url(ContentPartType::File, file_url.into())
    }

    /// A sound that was uploaded.
    pub fn audio_id(file_id: impl Into<String>) -> Self {
        Self::by_id(ContentPartType::Audio, file_id.into())
    }

    /// A sound on the web.
    pub fn audio_url(file_url: impl Into<String>) -> Self {
        Self::by_url(ContentPartType::Audio, file_url.into())
    }

    /// The parts as the JSON text that the platform calls an object string: the content of a
    /// message, or the value of a shortcut command's component.
    pub fn object_string(parts: impl IntoIterator<Item = impl Into<Self>>) -> String {
        // A list of texts cannot fail to be written.
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

/// A text.
impl From<&str> for ContentPart {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl Message {
    /// A question of the user that holds more than text.
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

    /// The content in parts. Plain text is one part.
    ///
    /// Cards and sounds of replies have a form of their own, and are an error that
    /// [`is_decode`](Error::is_decode).
    pub fn parts(&self) -> Result<Vec<ContentPart>> {
        match &self.content_type {
            MessageContentType::Text => Ok(vec![ContentPart::text(&self.content)]),
            MessageContentType::ObjectString => parse("the content of the message", &self.content),
            other => {
                let what = format!("a content of type {} has no parts", other.as_str());
                Err(Error::new(Kind::Decode(what)))
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
