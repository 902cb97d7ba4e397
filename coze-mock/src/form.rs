//! Multipart bodies, read as they arrive. Files are counted and hashed, and kept only if they are
//! small.

use std::fmt::Write as _;

use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, multipart::Field};
use bytes::{Bytes, BytesMut};
use hmac_sha256::Hash;
use serde_json::{Map, Value};

use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::spec;

/// The maximum total size of the text parts of a form, in bytes.
const TEXTS: usize = 20 << 20;

/// A multipart body.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// The text parts, converted to the types of the spec.
    pub(crate) fields: Value,
    pub(crate) files: Vec<FilePart>,
}

/// A file of a multipart body.
#[derive(Clone, Debug)]
pub struct FilePart {
    /// The name of the part.
    pub name: String,
    /// The name of the file.
    pub file_name: String,
    /// Its type; empty if the client sent none.
    pub content_type: String,
    /// Its size in bytes.
    pub length: u64,
    /// The SHA-256 of its bytes, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Its bytes, unless it is longer than
    /// [`MockServerBuilder::keep_bodies`](crate::MockServerBuilder::keep_bodies).
    pub content: Option<Bytes>,
}

impl Form {
    pub(crate) async fn read(
        endpoint: &Endpoint,
        mut request: axum::extract::Request,
        keep: usize,
    ) -> Result<Self, ApiError> {
        DefaultBodyLimit::disable().apply(&mut request);
        let multipart = Multipart::from_request(request, &()).await;
        let mut multipart = multipart.map_err(ApiError::bad_request)?;
        let mut form = Self::default();
        let mut fields = Map::new();
        let mut texts = 0;
        while let Some(field) = multipart.next_field().await.map_err(ApiError::bad_request)? {
            let name = field.name().unwrap_or_default().to_owned();
            if field.file_name().is_some() {
                form.files.push(FilePart::read(name, field, keep).await?);
                continue;
            }
            let text = field.text().await.map_err(ApiError::bad_request)?;
            texts += text.len();
            if texts > TEXTS {
                return Err(ApiError::bad_request("the body is larger than 20 MiB"));
            }
            let value = typed(endpoint, &name, text);
            fields.insert(name, value);
        }
        form.fields = Value::Object(fields);
        Ok(form)
    }

    /// Returns the form as an object that fits its schema, with files as strings.
    pub(crate) fn as_object(&self) -> Value {
        let mut object = self.fields.clone();
        if let Some(object) = object.as_object_mut() {
            for file in &self.files {
                object.insert(file.name.clone(), Value::String(String::new()));
            }
        }
        object
    }
}

impl FilePart {
    async fn read(name: String, mut field: Field<'_>, keep: usize) -> Result<Self, ApiError> {
        let file_name = field.file_name().unwrap_or_default().to_owned();
        let content_type = field.content_type().unwrap_or_default().to_owned();
        let mut hash = Hash::new();
        let mut length = 0_u64;
        let mut content = Some(BytesMut::new());
        while let Some(chunk) = field.chunk().await.map_err(ApiError::bad_request)? {
            length += chunk.len() as u64;
            hash.update(&chunk);
            match &mut content {
                Some(content) if content.len() + chunk.len() <= keep => {
                    content.extend_from_slice(&chunk);
                }
                _ => content = None,
            }
        }
        Ok(Self {
            name,
            file_name,
            content_type,
            length,
            sha256: hexadecimal(&hash.finalize()),
            content: content.map(BytesMut::freeze),
        })
    }
}

fn typed(endpoint: &Endpoint, name: &str, text: String) -> Value {
    match endpoint.param(name) {
        Some(param) => spec::typed(&param.field.kind, text),
        None => Value::String(text),
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
