//! Documents of datasets on Coze Studio.

use serde_json::{Value, json};

use crate::behavior::{Context, datasets, documents};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Document, Files, Progress};

/// Adds documents. Their content is an uploaded file, named by its `uri`, or `custom_content`;
/// other sources are ignored, which leaves the document empty.
pub(super) fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    datasets::find(context, request)?;
    let files = &context.state.files;
    let bases = request.list("document_bases").iter();
    let all = bases.map(|base| document(files, base)).collect();
    let format = request.integer("format_type").unwrap_or_default();
    let shown = documents::insert(context, request, all, format)?;
    Ok(Reply::flat(json!({"document_infos": shown})))
}

fn document(files: &Files, base: &Value) -> Document {
    let info = &base["source_info"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let uri = text(&info["tos_uri"]);
    let file = files.all().find(|file| !uri.is_empty() && file.uri() == uri);
    let content = file.and_then(|file| file.content.clone());
    let content = content.map(|content| String::from_utf8_lossy(&content).into_owned());
    let custom = text(&info["custom_content"]);
    let characters = content.unwrap_or_else(|| custom.clone()).chars().count();
    let name = text(&base["name"]);
    let kind = uri.rsplit_once('.').map_or("txt", |(_, kind)| kind);
    Document {
        kind: kind.to_owned(),
        source: info["document_source"].as_i64().unwrap_or_default(),
        size: file.map_or(custom.len() as u64, |file| file.bytes),
        characters: characters as u64,
        progress: Progress { failure: documents::failure(&name), ..Progress::default() },
        name,
        ..Document::default()
    }
}
