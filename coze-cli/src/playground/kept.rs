//! The state of the page that survives a restart: settings, drafts, records and responses.
//!
//! Each value is a file in the user's data folder that only the user can read. A browser would keep
//! it by port, which differs from start to start.

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::{AppState, error_response};
use crate::language::{say, text};
use crate::{data, secrets};

/// The maximum size of a value, in bytes: that of the largest response that the page keeps.
pub(super) const LIMIT: usize = 32 * 1024 * 1024;
/// The prefix of the names of responses, which are read one at a time.
const RESPONSE: &str = "response-";
const EXTENSION: &str = ".json";
const MAX_NAME: usize = 80;

/// The folder of the kept values. Without one, nothing survives a restart.
pub(super) struct KeptFiles(Option<PathBuf>);

impl KeptFiles {
    /// Chooses the folder inside the user's data folder.
    pub(super) fn new() -> Self {
        Self(data::folder().map(|folder| folder.join("playground")))
    }

    fn file(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.0.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let valid = !name.is_empty()
            && name.len() <= MAX_NAME
            && !name.starts_with('.')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if !valid {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(folder.join(format!("{name}{EXTENSION}")))
    }

    /// Returns the names of all values.
    fn names(&self) -> Vec<String> {
        let entries = self.0.as_ref().and_then(|folder| fs::read_dir(folder).ok());
        let name = |entry: fs::DirEntry| {
            Some(entry.file_name().to_str()?.strip_suffix(EXTENSION)?.to_owned())
        };
        let mut names: Vec<_> = entries.into_iter().flatten().flatten().filter_map(name).collect();
        names.sort();
        names
    }

    /// Returns a value. A file that is not JSON counts as missing.
    fn get(&self, name: &str) -> Option<Value> {
        serde_json::from_str(&fs::read_to_string(self.file(name).ok()?).ok()?).ok()
    }

    fn put(&self, name: &str, json: &str) -> io::Result<()> {
        data::replace(&self.file(name)?, secrets::hide(json).as_bytes())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.file(name)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}

/// Returns all values except responses, and the names of the responses.
pub(super) async fn all(State(app): State<Arc<AppState>>) -> Json<Value> {
    let (responses, names): (Vec<_>, Vec<_>) =
        app.kept.names().into_iter().partition(|name| name.starts_with(RESPONSE));
    let values: Map<_, _> =
        names.into_iter().filter_map(|name| Some((name.clone(), app.kept.get(&name)?))).collect();
    Json(json!({"values": values, "responses": responses}))
}

/// Deletes all values.
pub(super) async fn clear(State(app): State<Arc<AppState>>) -> Response {
    done(app.kept.names().iter().try_for_each(|name| app.kept.remove(name)))
}

/// Returns a value, or `null` if nothing is kept.
pub(super) async fn get(
    State(app): State<Arc<AppState>>,
    Path(name): Path<String>,
) -> Json<Option<Value>> {
    Json(app.kept.get(&name))
}

pub(super) async fn put(
    State(app): State<Arc<AppState>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    // The text is kept as it is, because parsing would round long numbers.
    match std::str::from_utf8(&body) {
        Ok(json) if serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok() => {
            done(app.kept.put(&name, json))
        }
        _ => error_response(StatusCode::BAD_REQUEST, text("not valid JSON", "JSON 无效")),
    }
}

pub(super) async fn delete(State(app): State<Arc<AppState>>, Path(name): Path<String>) -> Response {
    done(app.kept.remove(&name))
}

fn done(result: io::Result<()>) -> Response {
    match result {
        Ok(()) => (StatusCode::NO_CONTENT, [(header::CONTENT_LENGTH, "0")]).into_response(),
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            error_response(StatusCode::BAD_REQUEST, text("not a valid name", "名称无效"))
        }
        Err(error) => {
            let message = say!("cannot keep it: {error}", "无法保存：{error}");
            error_response(StatusCode::INTERNAL_SERVER_ERROR, &message)
        }
    }
}
