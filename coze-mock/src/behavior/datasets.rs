//! Datasets: created, listed, changed, deleted; and the images in them.

use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Dataset, Document};

/// The format of image datasets.
pub(super) const IMAGES: i64 = 2;

pub(super) fn register(all: &mut Behaviors) {
    all.on("datasets.create", create);
    all.on("datasets.list", list);
    all.on("datasets.update", update);
    all.on("datasets.delete", delete);
    all.on("datasets.process", process);
    all.on("datasets.images.update", update_image);
    all.on("datasets.images.list", list_images);
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = request.text("space_id");
    if context.state.workspaces.get(workspace).is_none() {
        return Err(ApiError::unknown("space_id", workspace));
    }
    let format = request.integer("format_type").unwrap_or_default();
    if format == 1 {
        let why = "datasets of tables cannot be created through the API";
        return Err(ApiError::field("format_type", why));
    }
    let icon_file_id = icon(context, request)?;
    let (id, now) = (context.id(), context.now());
    let dataset = Dataset {
        id: id.clone(),
        workspace_id: workspace.to_owned(),
        name: request.text("name").to_owned(),
        description: request.text("description").to_owned(),
        format,
        icon_file_id,
        creator_id: context.caller.user_id.clone(),
        created_at: now,
        updated_at: now,
        ..Dataset::default()
    };
    context.state.datasets.insert(&id, dataset);
    Ok(Reply::data(json!({"dataset_id": id})))
}

/// Returns the uploaded file that becomes the icon.
fn icon(context: &Context<'_>, request: &Request) -> Result<String, ApiError> {
    let id = request.text("file_id");
    if !id.is_empty() && !context.is_example(id) && context.state.files.get(id).is_none() {
        return Err(ApiError::unknown("file_id", id));
    }
    Ok(id.to_owned())
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = request.text("space_id");
    if context.state.workspaces.get(workspace).is_none() {
        return Err(ApiError::unknown("space_id", workspace));
    }
    let (name, format) = (request.text("name"), request.integer("format_type"));
    let all = context.state.datasets.all().filter(|dataset| {
        dataset.workspace_id == workspace
            && dataset.name.contains(name)
            && format.is_none_or(|format| dataset.format == format)
    });
    let all = all.map(|dataset| to_json(dataset, &context.caller.user_id)).collect();
    context.page(request, all)
}

fn to_json(dataset: &Dataset, caller: &str) -> Value {
    let documents = || dataset.documents.all();
    let processing = documents().filter(|document| document.progress.status() == 0);
    let processing: Vec<&str> = processing.map(|document| document.id.as_str()).collect();
    let sizes: u64 = documents().map(|document| document.size).sum();
    let slices: u64 = documents().map(|document| document.slices).sum();
    let names: Vec<&str> = documents().map(|document| document.name.as_str()).collect();
    let icon = format!("mock/icons/{}.png", dataset.icon_file_id);
    let mut shown = json!({
        "dataset_id": dataset.id,
        "name": dataset.name,
        "description": dataset.description,
        "space_id": dataset.workspace_id,
        "project_id": "",
        "status": 1,
        "format_type": dataset.format,
        "can_edit": dataset.creator_id == caller,
        "icon_uri": icon,
        "icon_url": format!("https://example.com/{icon}"),
        "doc_count": names.len(),
        "file_list": names,
        "failed_file_list": dataset.names(9),
        "processing_file_list": dataset.names(0),
        "processing_file_id_list": processing,
        "all_file_size": sizes,
        "slice_count": slices,
        "hit_count": 0,
        "bot_used_count": 0,
        "creator_id": dataset.creator_id,
        "creator_name": format!("User {}", dataset.creator_id),
        "avatar_url": format!("https://example.com/users/{}.png", dataset.creator_id),
        "create_time": dataset.created_at,
        "update_time": dataset.updated_at,
    });
    // A dataset has the chunk strategy of its first document.
    if let Some(document) = documents().next() {
        shown["chunk_strategy"] = document.chunk_strategy.clone();
    }
    shown
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let icon_file_id = icon(context, request)?;
    let (now, caller) = (context.now(), context.caller);
    let dataset = find(context, request)?;
    if dataset.creator_id != caller.user_id {
        return Err(ApiError::forbidden("update"));
    }
    // Fields that are left out are reset to their defaults.
    request.text("name").clone_into(&mut dataset.name);
    request.text("description").clone_into(&mut dataset.description);
    dataset.icon_file_id = icon_file_id;
    dataset.updated_at = now;
    Ok(Reply::empty())
}

fn delete(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = find(context, request)?.id.clone();
    context.state.datasets.remove(&id);
    Ok(Reply::empty())
}

fn process(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let dataset = find(context, request)?;
    let mut all = Vec::new();
    for id in request.texts("document_ids") {
        let document = dataset.documents.require_mut("document_ids", id)?;
        document.progress.advance();
        all.push(json!({
            "document_id": document.id,
            "document_name": document.name,
            "url": document.url,
            "size": document.size,
            "type": document.kind,
            "status": document.progress.status(),
            "status_descript": failure(document),
            "progress": document.progress.percent(),
            "remaining_time": document.progress.remaining(),
            "update_type": document.update_type,
            "update_interval": document.update_interval,
        }));
    }
    Ok(Reply::data(json!({"data": all})))
}

/// The reason why processing has failed; empty otherwise.
fn failure(document: &Document) -> &str {
    let failure = document.progress.failure.as_deref().unwrap_or_default();
    if document.progress.status() == 9 { failure } else { "" }
}

fn update_image(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.now();
    let dataset = images(context, request)?;
    let id = request.text("document_id");
    let image = dataset.documents.require_mut("document_id", id)?;
    request.text("caption").clone_into(&mut image.caption);
    image.updated_at = now;
    Ok(Reply::empty())
}

fn list_images(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let dataset = images(context, request)?;
    for image in dataset.documents.all_mut() {
        image.progress.advance();
    }
    let keyword = request.text("keyword");
    let captioned = request.value("has_caption").as_bool();
    let all = dataset.documents.all().filter(|image| {
        image.caption.contains(keyword)
            && captioned.is_none_or(|captioned| captioned != image.caption.is_empty())
    });
    let all = all.map(|image| {
        json!({
            "document_id": image.id,
            "name": image.name,
            "caption": image.caption,
            "url": image.url,
            "size": image.size,
            "type": image.kind,
            "status": image.progress.status(),
            "source_type": image.source,
            "creator_id": image.creator_id,
            "create_time": image.created_at,
            "update_time": image.updated_at,
        })
    });
    let all = all.collect();
    context.page(request, all)
}

fn images<'a>(
    context: &'a mut Context<'_>,
    request: &Request,
) -> Result<&'a mut Dataset, ApiError> {
    let dataset = find(context, request)?;
    if dataset.format == IMAGES {
        return Ok(dataset);
    }
    Err(ApiError::field("dataset_id", "the dataset is not one of images"))
}

pub(super) fn find<'a>(
    context: &'a mut Context<'_>,
    request: &Request,
) -> Result<&'a mut Dataset, ApiError> {
    context.state.datasets.require_mut("dataset_id", request.text("dataset_id"))
}
