//! Documents from files, texts, web pages and images, and the rules for splitting them.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::base::error::{Error, Result};
use crate::base::future::BoxFuture;
use crate::base::runtime;
use crate::generated::datasets::{
    CaptionType, ChunkStrategy, ChunkType, DocumentBase, DocumentSource, DocumentSourceInfo,
    DocumentUpdateRule, DocumentUpdateType,
};

impl DocumentBase {
    /// Reads a document for a text dataset from a local file.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::datasets::{ChunkStrategy, DocumentBase};
    ///
    /// let guide = DocumentBase::from_path("guide.pdf").await?;
    /// let documents = coze.datasets().documents();
    /// documents.create("7446689358658301234", [guide], ChunkStrategy::automatic()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// The name of the document and the type of its content follow from the name of the file. The
    /// platform accepts PDF, TXT, DOC and DOCX. The file is held in memory, because it is sent as
    /// Base64 in a JSON body.
    ///
    /// # Errors
    ///
    /// Fails with an error for which [`is_upload`](Error::is_upload) is true if the file cannot be
    /// read.
    #[doc(alias = "build_local_file")]
    #[doc(alias = "buildLocalFile")]
    #[doc(alias = "upload document")]
    pub fn from_path(path: impl Into<PathBuf>) -> BoxFuture<'static, Result<Self>> {
        let path = path.into();
        Box::pin(runtime::guard(async move {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match tokio::fs::read(&path).await {
                Ok(content) => Ok(Self::from_bytes(name, content)),
                Err(e) => {
                    let what = format!("cannot read file {}", path.display());
                    Err(Error::upload(what).with_source(e))
                }
            }
        }))
    }

    /// Makes a document for a text dataset from the content of a file.
    ///
    /// The type of the content follows from the extension of the name, such as `pdf` in
    /// `guide.pdf`. If the name has none, set it with
    /// [`file_type`](DocumentSourceInfo::file_type) of the `source_info`.
    #[doc(alias = "build_local_file")]
    pub fn from_bytes(name: impl Into<String>, content: impl AsRef<[u8]>) -> Self {
        let name = name.into();
        let source = local_file(content.as_ref(), extension(&name));
        Self::new(name, source)
    }

    /// Makes a document for a text dataset from a text, which is sent as a TXT file.
    pub fn from_text(name: impl Into<String>, text: impl AsRef<str>) -> Self {
        Self::new(name, local_file(text.as_ref().as_bytes(), Some("txt".to_owned())))
    }

    /// Makes a document for a text dataset from a web page, which the platform reads.
    ///
    /// ```
    /// use coze_api::datasets::DocumentBase;
    ///
    /// let once = DocumentBase::web_page("Prices", "https://example.com/prices");
    /// let daily = DocumentBase::web_page("Menu", "https://example.com/menu").refresh_every(24);
    /// ```
    #[doc(alias = "build_web_page")]
    #[doc(alias = "buildWebPage")]
    pub fn web_page(name: impl Into<String>, url: impl Into<String>) -> Self {
        let source = DocumentSourceInfo::new().web_url(url);
        Self::new(name, source.document_source(DocumentSource::WebPage))
    }

    /// Makes a document for an image dataset from an image that was uploaded before.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use std::path::Path;
    ///
    /// use coze_api::datasets::{ChunkStrategy, DocumentBase, DocumentFormat};
    ///
    /// let file = coze.files().upload(Path::new("kitten.png")).await?;
    /// let kitten = DocumentBase::image("A kitten", file.id);
    /// let documents = coze.datasets().documents();
    /// documents
    ///     .create("7446322655646591234", [kitten], ChunkStrategy::automatic_captions())
    ///     .format_type(DocumentFormat::Image)
    ///     .and_poll()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// `file_id` is the ID that [`files.upload`](crate::files::Files::upload) returns.
    #[doc(alias = "build_image")]
    #[doc(alias = "buildImage")]
    pub fn image(name: impl Into<String>, file_id: impl Into<String>) -> Self {
        let source = DocumentSourceInfo::new().source_file_id(file_id);
        Self::new(name, source.document_source(DocumentSource::UploadedFile))
    }

    /// Lets the platform read a web page again at an interval, in hours. The minimum is 24.
    #[doc(alias = "update_interval")]
    pub fn refresh_every(self, hours: i32) -> Self {
        self.update_rule(DocumentUpdateRule::every(hours))
    }
}

impl DocumentUpdateRule {
    /// Reads a web page again at an interval, in hours. The minimum is 24.
    #[doc(alias = "build_auto_update")]
    pub fn every(hours: i32) -> Self {
        Self::new().update_type(DocumentUpdateType::Automatic).update_interval(hours)
    }

    /// Never reads a web page again.
    #[doc(alias = "build_no_auto_update")]
    pub fn never() -> Self {
        Self::new().update_type(DocumentUpdateType::Never)
    }
}

impl ChunkStrategy {
    /// Splits documents by the platform's preset rules.
    #[doc(alias = "build_auto")]
    #[doc(alias = "chunking")]
    pub fn automatic() -> Self {
        Self::new().chunk_type(ChunkType::Automatic)
    }

    /// Splits documents at a separator, into chunks of at most `max_tokens` tokens.
    ///
    /// ```
    /// use coze_api::datasets::ChunkStrategy;
    ///
    /// let paragraphs = ChunkStrategy::custom("\n\n", 800).remove_extra_spaces(true);
    /// ```
    ///
    /// The platform accepts 100 to 2000 tokens.
    #[doc(alias = "build_custom")]
    pub fn custom(separator: impl Into<String>, max_tokens: i64) -> Self {
        Self::new().chunk_type(ChunkType::Custom).separator(separator).max_tokens(max_tokens)
    }

    /// Lets the platform write the captions of images.
    pub fn automatic_captions() -> Self {
        Self::new().caption_type(CaptionType::Automatic)
    }

    /// Leaves the captions of images to the caller, who sets them with
    /// [`datasets.images.update`](crate::datasets::DatasetImages::update).
    pub fn manual_captions() -> Self {
        Self::new().caption_type(CaptionType::Manual)
    }
}

fn local_file(content: &[u8], file_type: Option<String>) -> DocumentSourceInfo {
    // Like the documentation's samples, it has no `document_source`.
    let source = DocumentSourceInfo::new().file_base64(BASE64_STANDARD.encode(content));
    match file_type {
        Some(file_type) => source.file_type(file_type),
        None => source,
    }
}

/// Returns the extension of a file name in lower case.
fn extension(name: &str) -> Option<String> {
    let extension = std::path::Path::new(name).extension()?.to_str()?;
    Some(extension.to_ascii_lowercase()).filter(|extension| !extension.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_follows_from_the_name() {
        for (name, file_type) in [
            ("guide.pdf", Some("pdf")),
            ("GUIDE.V2.DOCX", Some("docx")),
            ("指南.txt", Some("txt")),
            ("README", None),
            ("ends with a dot.", None),
            (".txt", None),
            ("", None),
        ] {
            let document = DocumentBase::from_bytes(name, b"tea");
            assert_eq!(document.name, name);
            assert_eq!(document.source_info.file_type.as_deref(), file_type, "{name}");
            assert_eq!(document.source_info.file_base64.as_deref(), Some("dGVh"));
        }
    }
}
