//! Databases: created and deleted, and their records changed and queried, at once or by tasks.

mod tasks;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::spec::members;
use crate::state::{Database, DatabaseField, FieldKind, Filter, Query, Reach, RecordRequest};

pub(super) fn register(all: &mut Behaviors) {
    all.on("databases.create", create);
    all.on("databases.list", list);
    all.on("databases.delete", delete);
    all.on("databases.records.create", insert);
    all.on("databases.records.update", update);
    all.on("databases.records.delete", remove);
    all.on("databases.records.query", query);
    tasks::register(all);
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = request.text("workspace_id");
    if context.state.workspaces.get(workspace).is_none() {
        return Err(ApiError::unknown("workspace_id", workspace));
    }
    let app = request.text("app_id");
    // A database of an example, too, is in the list afterwards.
    if !app.is_empty() && !context.is_example(app) {
        context.state.apps.require("app_id", app)?;
    }
    let icon = request.text("icon_file_id");
    if !icon.is_empty() && !context.is_example(icon) && context.state.files.get(icon).is_none() {
        return Err(ApiError::unknown("icon_file_id", icon));
    }
    let limited = match request.text("rw_mode") {
        "limited_read_write" => true,
        "unlimited_read_write" => false,
        _ => return Err(ApiError::field("rw_mode", "a database cannot be created with this mode")),
    };
    let fields = fields(request.list("fields"))?;
    let (id, now) = (context.id(), context.now());
    let database = Database {
        id: id.clone(),
        workspace_id: workspace.to_owned(),
        app_id: app.to_owned(),
        creator_id: context.caller.user_id.clone(),
        name: request.text("table_name").to_owned(),
        description: request.text("table_desc").to_owned(),
        indexes: indexes(request.list("indexs"), &fields)?,
        fields,
        limited,
        sharing: request.text("connector_read_mode").to_owned(),
        stages: stages(request.list("connector_rw_config")),
        icon_file_id: icon.to_owned(),
        created_at: now,
        updated_at: now,
        records: Vec::new(),
    };
    context.state.databases.insert(&id, database);
    Ok(Reply::data(json!({"database_id": id})))
}

fn fields(sent: &[Value]) -> Result<Vec<DatabaseField>, ApiError> {
    if sent.is_empty() {
        return Err(ApiError::field("fields", "at least one is needed"));
    }
    let mut names = BTreeSet::new();
    let mut fields = Vec::new();
    for (index, field) in sent.iter().enumerate() {
        let text = |member: &str| field[member].as_str().unwrap_or_default();
        let place = |member: &str| format!("fields.{index}.{member}");
        let name = text("name");
        if !is_name(name) {
            let why = "it is not made of up to 64 lower-case letters, digits and underscores, \
                       first a letter";
            return Err(ApiError::field(&place("name"), why));
        }
        if !names.insert(name) {
            return Err(ApiError::field(&place("name"), format_args!("`{name}` exists already")));
        }
        let kind = FieldKind::named(text("type"));
        let kind = kind.ok_or_else(|| ApiError::field(&place("type"), "there is no such type"))?;
        if field["is_system_field"] == true || field["is_primary_key"] == true {
            let why = "only the platform adds system fields";
            return Err(ApiError::field(&place("is_system_field"), why));
        }
        fields.push(DatabaseField {
            name: name.to_owned(),
            kind,
            description: text("desc").to_owned(),
            required: field["is_required"] == true,
        });
    }
    Ok(fields)
}

fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn indexes(sent: &[Value], fields: &[DatabaseField]) -> Result<Vec<Value>, ApiError> {
    let mut indexes = Vec::new();
    for (number, index) in sent.iter().enumerate() {
        let name = index["field_names"][0].as_str().unwrap_or_default();
        if !fields.iter().any(|field| field.name == name) {
            let place = format!("indexs.{number}.field_names");
            return Err(ApiError::field(&place, format_args!("there is no field `{name}`")));
        }
        let title = index["index_name"].as_str().filter(|title| !title.is_empty());
        indexes.push(json!({
            "index_name": title.map_or_else(|| format!("idx_{name}"), str::to_owned),
            "field_names": [name],
            "comment": index["comment"].as_str().unwrap_or_default(),
        }));
    }
    Ok(indexes)
}

fn stages(sent: &[Value]) -> BTreeMap<String, String> {
    let stage = |connector: &Value| {
        let text = |member: &str| connector[member].as_str();
        let mode = text("connector_rw_mode")?;
        Some((text("connector_id").unwrap_or("1024").to_owned(), mode.to_owned()))
    };
    sent.iter().filter_map(stage).collect()
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = request.text("workspace_id");
    if context.state.workspaces.get(workspace).is_none() {
        return Err(ApiError::unknown("workspace_id", workspace));
    }
    let all = context.state.databases.all();
    let all = all.filter(|database| database.workspace_id == workspace);
    let all = all.map(Database::to_json).collect();
    context.page(request, all)
}

fn delete(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = request.text("database_id");
    match context.state.databases.remove(id) {
        Some(_) => Ok(Reply::empty()),
        None => Err(ApiError::unknown("database_id", id)),
    }
}

fn insert(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (database, _) = database(context, request)?;
    let rows = request.list("insert_rows").iter().enumerate();
    let rows = rows.map(|(index, row)| record(database, &format!("insert_rows.{index}"), row));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    change(context, request, RecordRequest::Insert(rows))
}

/// The values of a new record.
fn record(
    database: &Database,
    place: &str,
    row: &Value,
) -> Result<BTreeMap<String, String>, ApiError> {
    let mut values = BTreeMap::new();
    for (name, value) in members(row) {
        let place = format!("{place}.{name}");
        if let Some(text) = value.as_str() {
            values.insert(name.clone(), read(database, &place, name, text)?);
        }
    }
    let missing = |field: &&DatabaseField| field.required && !values.contains_key(&field.name);
    match database.fields.iter().find(missing) {
        Some(field) => Err(ApiError::field(place, format_args!("`{}` is required", field.name))),
        None => Ok(values),
    }
}

/// A value in the form in which it is stored.
fn read(database: &Database, place: &str, name: &str, text: &str) -> Result<String, ApiError> {
    let kind = database.field(place, name)?.kind;
    let why = || format!("the value is not of the type {}", kind.name());
    kind.read(text).ok_or_else(|| ApiError::field(place, why()))
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (database, _) = database(context, request)?;
    let mut values = BTreeMap::new();
    for (index, field) in request.list("update_fields").iter().enumerate() {
        let text = |member: &str| field[member].as_str().unwrap_or_default();
        let (name, place) = (text("field_name"), format!("update_fields.{index}"));
        values.insert(name.to_owned(), read(database, &place, name, text("value"))?);
    }
    let filter = Filter::read(database, request.value("filter"))?;
    change(context, request, RecordRequest::Update(values, filter))
}

fn remove(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (database, _) = database(context, request)?;
    let filter = Filter::read(database, request.value("filter"))?;
    change(context, request, RecordRequest::Delete(filter))
}

/// Changes records at once, or starts the task that does.
fn change(
    context: &mut Context<'_>,
    request: &Request,
    change: RecordRequest,
) -> Result<Reply, ApiError> {
    let (_, reach) = database(context, request)?;
    if request.flag("is_async") {
        return Ok(tasks::start(context, request, reach, change));
    }
    let (now, id) = (context.now(), request.text("database_id"));
    let database = context.state.databases.require_mut("database_id", id)?;
    let affected = database.change(&reach, &change, now);
    Ok(Reply::data(json!({"affected_rows": affected})))
}

fn query(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (database, reach) = database(context, request)?;
    let query = selection(database, request)?;
    if request.flag("is_async") {
        return Ok(tasks::start(context, request, reach, RecordRequest::Select(query)));
    }
    let all = database.select(&reach, &query);
    context.page(request, all)
}

fn selection(database: &Database, request: &Request) -> Result<Query, ApiError> {
    let select = request.value("select_fields");
    let mut fields = Vec::new();
    for name in select["field_names"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        fields.push(database.field("select_fields.field_names", name)?.name.clone());
    }
    let mut order = Vec::new();
    for by in request.list("order_by") {
        let name = by["field_name"].as_str().unwrap_or_default();
        let field = database.field("order_by.field_name", name)?;
        order.push((field.name.clone(), by["direction"] == "desc"));
    }
    let filter = match request.value("filter") {
        Value::Null => None,
        filter => Some(Filter::read(database, filter)?),
    };
    Ok(Query { filter, fields, distinct: select["is_distinct"] == true, order })
}

/// The database of a request, and the records that it reaches.
fn database<'a>(
    context: &'a Context<'_>,
    request: &Request,
) -> Result<(&'a Database, Reach), ApiError> {
    let database = context.state.databases.require("database_id", request.text("database_id"))?;
    let reach = database.reach(request.text("connector_id"), &context.caller.user_id);
    Ok((database, reach))
}
