//! Files in messages.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use coze_api::{ContentPart, Upload};
use serde::Deserialize;

/// Base64 with or without padding, as clients send it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A file in a request.
#[derive(Deserialize)]
pub(super) struct InputFile {
    file_data: Option<String>,
    filename: Option<String>,
    file_id: Option<String>,
    file_url: Option<String>,
}

/// An audio clip in a request.
#[derive(Deserialize)]
pub(super) struct InputAudio {
    data: String,
    format: String,
}

/// A file in a message, of this kind.
#[derive(Debug, PartialEq)]
pub(super) struct Attachment {
    pub(super) kind: Kind,
    pub(super) source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Image,
    Audio,
    File,
}

#[derive(Debug, PartialEq)]
pub(super) enum Source {
    /// Content to upload, with the name of the file.
    Bytes(String, Vec<u8>),
    Url(String),
    Id(String),
}

impl Attachment {
    /// Returns the image at a URL, which may hold its content.
    pub(super) fn image(url: String) -> Result<Self, &'static str> {
        from_url(Kind::Image, url, "image")
    }

    /// Returns the image that is uploaded already.
    pub(super) fn image_id(id: String) -> Self {
        Self { kind: Kind::Image, source: Source::Id(id) }
    }

    pub(super) fn audio(audio: InputAudio) -> Result<Self, &'static str> {
        let InputAudio { data, format } = audio;
        let source = Source::Bytes(format!("audio.{format}"), decode(&data)?);
        Ok(Self { kind: Kind::Audio, source })
    }

    pub(super) fn file(file: InputFile) -> Result<Self, &'static str> {
        let name = file.filename.unwrap_or_else(|| "file".to_owned());
        let source = match (file.file_id, file.file_data.or(file.file_url)) {
            (Some(id), _) => Source::Id(id),
            (None, Some(data)) if data.contains(':') => return from_url(Kind::File, data, &name),
            (None, Some(data)) => Source::Bytes(name, decode(&data)?),
            (None, None) => return Err("the file has neither `file_data` nor `file_id`"),
        };
        Ok(Self { kind: Kind::File, source })
    }

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
