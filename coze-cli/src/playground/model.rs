//! The model for the page, in parts: the list of operations, which the page needs at once, the
//! details of one operation, and the texts that its search reads.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use coze_spec::Language;
use coze_spec::model::{Api, Operation, Page, Reply, Schema, Shape, Type, Verb};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use super::error_response;
use crate::language::{self, text};

/// The part of an operation that the list, the search and the confirmation use.
#[derive(Serialize)]
struct Entry {
    id: &'static str,
    verb: Verb,
    path: &'static str,
    summary: &'static str,
    /// The summaries in the other languages.
    other_summaries: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'static Page>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    permissions: &'static [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<&'static str>,
    changes: bool,
    /// `true` if Coze Studio serves it.
    studio: bool,
}

/// An operation, and the types that it refers to.
#[derive(Serialize)]
struct Details {
    operation: &'static Operation,
    schemas: Vec<&'static Schema>,
}

/// A compressed list of operations in one language.
struct Compressed {
    list: io::Result<Vec<u8>>,
}

impl Compressed {
    fn new(language: Language) -> Self {
        Self { list: gzip(&list(language)) }
    }

    fn current() -> &'static Self {
        static ENGLISH: LazyLock<Compressed> = LazyLock::new(|| Compressed::new(Language::English));
        static CHINESE: LazyLock<Compressed> = LazyLock::new(|| Compressed::new(Language::Chinese));
        match language::current() {
            Language::English => &ENGLISH,
            Language::Chinese => &CHINESE,
        }
    }
}

const LANGUAGES: [Language; 2] = [Language::English, Language::Chinese];

fn list(language: Language) -> Vec<Entry> {
    let others = LANGUAGES.into_iter().filter(|other| *other != language);
    let others: Vec<&Api> = others.map(coze_spec::api_in).collect();
    let summary_in = |api: &&'static Api, id: &str| Some(api.operation(id)?.summary.as_str());
    let entry = |operation: &'static Operation| Entry {
        id: &operation.id,
        verb: operation.verb,
        path: &operation.path,
        summary: &operation.summary,
        other_summaries: others.iter().filter_map(|api| summary_in(api, &operation.id)).collect(),
        page: operation.page.as_ref(),
        permissions: &operation.permissions,
        deprecated: operation.deprecated.as_deref(),
        changes: operation.changes,
        studio: operation.studio.is_some(),
    };
    coze_spec::api_in(language).operations().map(entry).collect()
}

/// Returns the descriptions of the operations and their parameters in lower case, by id. They are
/// in all languages, as the titles are, because users search in either.
fn texts() -> BTreeMap<&'static str, String> {
    let mut texts = BTreeMap::<&str, String>::new();
    for operation in LANGUAGES.into_iter().flat_map(|each| coze_spec::api_in(each).operations()) {
        let text = texts.entry(operation.id.as_str()).or_default();
        let params = operation.params.iter().map(|param| &param.field);
        for part in params.flat_map(|field| [&field.wire, &field.description]) {
            text.push_str(&part.to_lowercase());
            text.push('\n');
        }
        text.push_str(&operation.description.to_lowercase());
        text.push('\n');
    }
    texts
}

/// Returns the types that an operation refers to, directly or through other types.
fn schemas_of(api: &'static Api, operation: &Operation) -> Vec<&'static Schema> {
    let mut names: Vec<&str> = Vec::new();
    names.extend(operation.params.iter().filter_map(|param| named(&param.field.kind)));
    match &operation.reply {
        Reply::Data(field) => names.extend(named(&field.kind)),
        Reply::Flat(name) => names.push(name),
        Reply::Empty | Reply::Binary | Reply::Events => {}
    }
    names.extend(operation.stream.iter().map(|stream| stream.union.as_str()));
    let mut seen = BTreeSet::new();
    let mut schemas = Vec::new();
    while let Some(name) = names.pop() {
        let Some(schema) = api.schema(name).filter(|_| seen.insert(name.to_owned())) else {
            continue;
        };
        match &schema.shape {
            Shape::Struct(fields) => {
                names.extend(fields.iter().filter_map(|field| named(&field.kind)));
            }
            Shape::Events(events) | Shape::Commands(events) => {
                names.extend(events.iter().filter_map(|event| event.data.as_deref()));
            }
            Shape::Strings(_) | Shape::Integers(_) => {}
        }
        schemas.push(schema);
    }
    schemas
}

/// Returns the name of the type, or of the items of a list or a map.
fn named(kind: &Type) -> Option<&str> {
    match kind {
        Type::Named(name) => Some(name),
        Type::List(item) | Type::Map(item) => named(item),
        _ => None,
    }
}

fn gzip(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut gzip, value)?;
    gzip.finish()
}

/// Returns a response with compressed JSON, or with plain JSON if the client does not accept that.
fn json<T: Serialize>(
    headers: &HeaderMap,
    gzip: Result<&[u8], &io::Error>,
    plain: impl FnOnce() -> T,
) -> Response {
    let kind = (header::CONTENT_TYPE, "application/json");
    let encodings = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    if !encodings.is_some_and(|encodings| encodings.contains("gzip")) {
        return axum::Json(plain()).into_response();
    }
    match gzip {
        Ok(gzip) => ([kind, (header::CONTENT_ENCODING, "gzip")], gzip.to_owned()).into_response(),
        Err(error) => error_response(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// Returns the list of operations.
pub(super) async fn operations(headers: HeaderMap) -> Response {
    let gzip = Compressed::current().list.as_deref();
    json(&headers, gzip, || list(language::current()))
}

/// Returns the texts of the operations.
pub(super) async fn search_texts(headers: HeaderMap) -> Response {
    static TEXTS: LazyLock<io::Result<Vec<u8>>> = LazyLock::new(|| gzip(&texts()));
    json(&headers, TEXTS.as_deref(), texts)
}

/// Returns the details of an operation.
pub(super) async fn operation(Path(id): Path<String>, headers: HeaderMap) -> Response {
    let api = language::api();
    let Some(operation) = api.operation(&id) else {
        return error_response(StatusCode::NOT_FOUND, text("unknown operation", "没有该接口"));
    };
    let details = Details { operation, schemas: schemas_of(api, operation) };
    let gzip = gzip(&details);
    json(&headers, gzip.as_deref(), || &details)
}
