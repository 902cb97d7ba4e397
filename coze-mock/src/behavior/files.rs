//! Files: uploaded and retrieved.

use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::StoredFile;

/// The maximum size of a file in bytes.
const LARGEST: u64 = 512 << 20;

pub(super) fn register(all: &mut Behaviors) {
    all.on("files.upload", upload);
    all.on("files.retrieve", retrieve);
}

fn upload(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    store(context, request).map(|(stored, _)| Reply::data(stored))
}

/// Stores the file of a request. Returns its JSON and the place where Coze Studio stores it.
pub(super) fn store(
    context: &mut Context<'_>,
    request: &Request,
) -> Result<(Value, String), ApiError> {
    let file = request.file("file");
    let file = file.ok_or_else(|| ApiError::field("file", "it is not a file part"))?;
    if file.file_name.is_empty() {
        return Err(ApiError::field("file", "the file has no name"));
    }
    if file.length > LARGEST {
        return Err(ApiError::field("file", "a file has at most 512 MB"));
    }
    let stored = StoredFile {
        id: context.id(),
        file_name: file.file_name.clone(),
        content_type: file.content_type.clone(),
        bytes: file.length,
        sha256: file.sha256.clone(),
        content: file.content.clone(),
        created_at: context.now(),
    };
    let (json, uri) = (to_json(&stored), stored.uri());
    context.state.files.insert(stored.id.clone(), stored);
    Ok((json, uri))
}

fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = request.text("file_id");
    let file = context.state.files.get(id);
    let file = file.ok_or_else(|| ApiError::unknown("file_id", id))?;
    Ok(Reply::data(to_json(file)))
}

fn to_json(file: &StoredFile) -> Value {
    json!({
        "id": file.id,
        "bytes": file.bytes,
        "file_name": file.file_name,
        "created_at": file.created_at,
    })
}
