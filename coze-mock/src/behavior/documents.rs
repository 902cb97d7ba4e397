//! Documents of datasets: added from local files, web pages and uploaded images.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::datasets::{IMAGES, find};
use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Dataset, Document, Files, Progress};

/// The processing of a document fails if its name contains this.
const FAILS: &str = "[fail]";

/// The default maximum length of a slice in characters.
const SLICE: u64 = 800;

pub(super) fn register(all: &mut Behaviors) {
    all.on("datasets.documents.create", create);
    all.on("datasets.documents.update", update);
    all.on("datasets.documents.list", list);
    all.on("datasets.documents.delete", delete);
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let format = {
        let (caller, dataset) = (context.caller, find(context, request)?);
        if dataset.creator_id != caller.user_id {
            return Err(ApiError::forbidden("createDocument"));
        }
        dataset.format
    };
    if request.integer("format_type").is_some_and(|wanted| wanted != format) {
        return Err(ApiError::field("format_type", "the dataset is of another kind"));
    }
    let bases = request.list("document_bases");
    if bases.is_empty() {
        return Err(ApiError::field("document_bases", "name at least one document"));
    }
    let mut all = Vec::new();
    for (index, base) in bases.iter().enumerate() {
        let field = format!("document_bases.{index}.source_info");
        let document = read(&context.state.files, base, format, &field)?;
        if all.first().is_some_and(|first: &Document| first.source != document.source) {
            let why = "all documents of a request come from one kind of source";
            return Err(ApiError::field(&field, why));
        }
        all.push(document);
    }
    let shown = insert(context, request, all, format)?;
    Ok(Reply::flat(json!({"document_infos": shown})))
}

/// Adds documents to the dataset of a request and returns their JSON.
pub(super) fn insert(
    context: &mut Context<'_>,
    request: &Request,
    all: Vec<Document>,
    format: i64,
) -> Result<Vec<Value>, ApiError> {
    let strategy = strategy(request.value("chunk_strategy"));
    let now = context.now();
    let mut shown = Vec::new();
    for mut document in all {
        document.id = context.id();
        document.slices = slices(document.characters, &strategy);
        document.chunk_strategy = strategy.clone();
        document.creator_id.clone_from(&context.caller.user_id);
        (document.created_at, document.updated_at) = (now, now);
        if format == IMAGES && document.caption.is_empty() && strategy["caption_type"] == 0 {
            document.caption = format!("An image named {}", document.name);
        }
        shown.push(document.to_json(format));
        let dataset = find(context, request)?;
        dataset.updated_at = now;
        dataset.documents.insert(document.id.clone(), document);
    }
    Ok(shown)
}

/// Returns the reason why the processing of a document with this name fails, if it does.
pub(super) fn failure(name: &str) -> Option<String> {
    name.contains(FAILS).then(|| "The document cannot be read.".to_owned())
}

/// Reads the document that the caller describes.
fn read(files: &Files, base: &Value, format: i64, field: &str) -> Result<Document, ApiError> {
    let name = text(base, "name");
    let info = &base["source_info"];
    let source = info["document_source"].as_i64().unwrap_or_default();
    let document = Document {
        name: name.to_owned(),
        source,
        caption: text(base, "caption").to_owned(),
        update_type: base["update_rule"]["update_type"].as_i64().unwrap_or_default(),
        update_interval: base["update_rule"]["update_interval"].as_i64().unwrap_or_default(),
        progress: Progress { failure: failure(name), ..Progress::default() },
        ..Document::default()
    };
    match (source, format) {
        (0 | 1, IMAGES) => {
            Err(ApiError::field(field, "images are uploaded first and named by `source_file_id`"))
        }
        (0, _) => local(document, info, field),
        (1, _) => page(document, text(info, "web_url"), field),
        (5, IMAGES) => image(document, files, text(info, "source_file_id")),
        _ => Err(ApiError::field(field, "only images come from uploaded files")),
    }
}

fn local(mut document: Document, info: &Value, field: &str) -> Result<Document, ApiError> {
    let kind = text(info, "file_type").to_ascii_lowercase();
    if !matches!(kind.as_str(), "pdf" | "txt" | "doc" | "docx") {
        return Err(ApiError::field(
            &format!("{field}.file_type"),
            "it must be pdf, txt, doc or docx",
        ));
    }
    let content = BASE64_STANDARD.decode(text(info, "file_base64"));
    let content = content
        .map_err(|_| ApiError::field(&format!("{field}.file_base64"), "it is not Base64"))?;
    if content.is_empty() {
        document.progress.failure = Some("The file is empty.".to_owned());
    }
    document.url = format!("https://example.com/documents/{}.{kind}", document.name);
    document.kind = kind;
    document.size = content.len() as u64;
    document.characters = String::from_utf8_lossy(&content).chars().count() as u64;
    Ok(document)
}

/// Reads a web page. It is not fetched: its address serves as its text.
fn page(mut document: Document, url: &str, field: &str) -> Result<Document, ApiError> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(ApiError::field(
            &format!("{field}.web_url"),
            "it is not the URL of a web page",
        ));
    }
    url.clone_into(&mut document.url);
    "html".clone_into(&mut document.kind);
    document.size = url.len() as u64;
    document.characters = url.chars().count() as u64;
    Ok(document)
}

fn image(mut document: Document, files: &Files, id: &str) -> Result<Document, ApiError> {
    let file = files.get(id).ok_or_else(|| ApiError::unknown("source_file_id", id))?;
    let kind = file.file_name.rsplit_once('.').map_or("png", |(_, kind)| kind);
    document.kind = kind.to_ascii_lowercase();
    document.size = file.bytes;
    document.url = format!("https://example.com/images/{id}.{}", document.kind);
    Ok(document)
}

/// Returns the chunk strategy, with defaults for the fields that the caller left out.
fn strategy(sent: &Value) -> Value {
    let mut all = json!({
        "chunk_type": 0,
        "remove_extra_spaces": false,
        "remove_urls_emails": false,
        "caption_type": 0,
    });
    for (name, value) in crate::spec::members(sent).filter(|(_, value)| !value.is_null()) {
        all[name] = value.clone();
    }
    all
}

fn slices(characters: u64, strategy: &Value) -> u64 {
    let longest = strategy["max_tokens"].as_u64().filter(|longest| *longest > 0);
    characters.div_ceil(longest.unwrap_or(SLICE))
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.now();
    let (format, document) = find_document(context, "document_id", request.text("document_id"))?;
    if request.has("document_name") {
        request.text("document_name").clone_into(&mut document.name);
    }
    let rule = request.value("update_rule");
    if rule.is_object() {
        document.update_type = rule["update_type"].as_i64().unwrap_or_default();
        document.update_interval =
            rule["update_interval"].as_i64().unwrap_or(document.update_interval);
    }
    document.updated_at = now;
    Ok(Reply::flat(json!({"document_info": document.to_json(format)})))
}

/// Returns a document and the format of its dataset.
fn find_document<'a>(
    context: &'a mut Context<'_>,
    name: &str,
    id: &str,
) -> Result<(i64, &'a mut Document), ApiError> {
    let mut all = context.state.datasets.all_mut();
    let found = all.find_map(|dataset| Some((dataset.format, dataset.documents.get_mut(id)?)));
    found.ok_or_else(|| ApiError::unknown(name, id))
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let dataset: &mut Dataset = find(context, request)?;
    let format = dataset.format;
    let all = dataset.documents.all_mut().map(|document| {
        document.progress.advance();
        document.to_json(format)
    });
    let all = all.collect();
    context.page(request, all)
}

fn delete(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let ids = request.texts("document_ids");
    // Either all documents are deleted or none.
    for id in &ids {
        find_document(context, "document_ids", id)?;
    }
    for dataset in context.state.datasets.all_mut() {
        for id in &ids {
            dataset.documents.remove(id);
        }
    }
    Ok(Reply::empty())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
