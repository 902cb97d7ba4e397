//! Conversations of a user.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query};
use coze_api::Method;
use coze_api::conversations::Conversation;
use futures_util::TryStreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Call;
use crate::body::{self, id, read, text};
use crate::owners::{TAG, check_id};
use crate::reply::{Refusal, Reply, data, passed};

/// The channel of the vendor's widget.
const CONNECTOR: &str = "999";

/// The number of conversations in a page of the platform.
const PAGE_SIZE: i32 = 50;

fn shown(conversation: &Conversation) -> Value {
    json!({
        "id": conversation.id,
        "name": conversation.name,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "last_section_id": conversation.last_section_id,
    })
}

pub(crate) async fn create(call: Call, body: Result<Bytes, BytesRejection>) -> Reply {
    let body = read(body)?;
    let _running = call.start()?;
    let mut request = call
        .client
        .conversations()
        .create()
        .meta_data([(TAG, call.user.tag.as_str())])
        .connector_id(connector(text(&body, "connector_id"))?);
    if body.contains_key("app_id") {
        let (app, workflow) = (id(&body, "app_id")?, id(&body, "workflow_id")?);
        call.state.options.agents.check_chatflow(app, workflow)?;
        // Users with the same credentials must not share a conversation that has a name.
        let name = format!("{}-{}", text(&body, "conversation_name"), call.user.tag);
        request = request
            .app_id(app)
            .workflow_id(workflow)
            .conversation_name(name)
            .get_or_create(body.get("get_or_create") == Some(&Value::Bool(true)));
    } else {
        let bot = id(&body, "bot_id")?;
        call.state.options.agents.check_bot(bot)?;
        request = request.bot_id(bot);
    }
    let name: String = text(&body, "name").chars().take(100).collect();
    if !name.is_empty() {
        request = request.name(name);
    }
    let conversation = request.await?;
    call.state.owners.remember(&conversation.id, &call.user);
    Ok(data(&shown(&conversation)))
}

fn connector(text: &str) -> Result<&str, Refusal> {
    if text.is_empty() {
        return Ok(CONNECTOR);
    }
    check_id("connector_id", text)?;
    Ok(text)
}

#[derive(Deserialize)]
pub(crate) struct ListQuery {
    bot_id: String,
    #[serde(default)]
    connector_id: String,
    page_num: Option<usize>,
    page_size: Option<usize>,
}

/// Lists the conversations of the user, those that changed last first.
pub(crate) async fn list(call: Call, Query(query): Query<ListQuery>) -> Reply {
    call.state.options.agents.check_bot(&query.bot_id)?;
    let mut all = call
        .client
        .conversations()
        .list(&query.bot_id)
        .connector_id(connector(&query.connector_id)?)
        .page_size(PAGE_SIZE)
        .items();
    let pages = call.state.limiter.limits().listed_pages;
    let most = pages.saturating_mul(usize::try_from(PAGE_SIZE).unwrap_or_default());
    let (mut searched, mut own) = (0, Vec::new());
    while searched < most {
        let Some(conversation) = all.try_next().await? else { break };
        searched += 1;
        if call.state.owners.recognize(&conversation, &call.user) {
            own.push(conversation);
        }
    }
    own.sort_by_key(|conversation| std::cmp::Reverse(conversation.updated_at));
    let size = query.page_size.unwrap_or(20).clamp(1, 50);
    let start = query.page_num.unwrap_or(1).saturating_sub(1).saturating_mul(size);
    let page: Vec<Value> = own.iter().skip(start).take(size).map(shown).collect();
    let has_more = own.len() > start.saturating_add(page.len());
    Ok(data(&json!({"conversations": page, "has_more": has_more && !page.is_empty()})))
}

pub(crate) async fn rename(
    call: Call,
    Path(conversation): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Reply {
    let body = read(body)?;
    call.check(&conversation).await?;
    let name: String = text(&body, "name").chars().take(100).collect();
    if name.trim().is_empty() {
        return Err(Refusal::bad_request("a conversation needs a name"));
    }
    Ok(data(&shown(&call.client.conversations().update(conversation, name).await?)))
}

pub(crate) async fn delete(call: Call, Path(conversation): Path<String>) -> Reply {
    call.check(&conversation).await?;
    call.client.conversations().delete(&conversation).await?;
    call.state.owners.forget(&conversation);
    Ok(data(&Value::Null))
}

pub(crate) async fn clear(
    call: Call,
    Path(conversation): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Reply {
    body::read(body)?;
    call.check(&conversation).await?;
    let path = format!("/v1/conversations/{conversation}/clear");
    passed(call.client.request(Method::POST, path).json(&json!({})).exchange().await?)
}
