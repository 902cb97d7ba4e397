//! Messages of a conversation, and what the user thinks of them.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query};
use coze_api::Method;
use serde::Deserialize;

use super::Call;
use crate::body::{id, only, read};
use crate::owners::check_id;
use crate::reply::{Reply, passed};

#[derive(Deserialize)]
pub(crate) struct ConversationQuery {
    pub(crate) conversation_id: String,
}

pub(crate) async fn list(
    call: Call,
    Query(query): Query<ConversationQuery>,
    body: Result<Bytes, BytesRejection>,
) -> Reply {
    let body = only(read(body)?, &["order", "after_id", "before_id", "limit"]);
    call.check(&query.conversation_id).await?;
    let request = call.client.request(Method::POST, "/v1/conversation/message/list");
    passed(request.query("conversation_id", query.conversation_id).json(&body).exchange().await?)
}

#[derive(Deserialize)]
pub(crate) struct MessageQuery {
    conversation_id: Option<String>,
    message_id: Option<String>,
}

/// Deletes a message. Its ids may be in the query or in the body.
pub(crate) async fn delete(
    call: Call,
    Query(query): Query<MessageQuery>,
    body: Result<Bytes, BytesRejection>,
) -> Reply {
    let mut body = read(body)?;
    for (name, value) in
        [("conversation_id", query.conversation_id), ("message_id", query.message_id)]
    {
        if let Some(value) = value {
            body.insert(name.to_owned(), value.into());
        }
    }
    let (conversation, message) = (id(&body, "conversation_id")?, id(&body, "message_id")?);
    call.check(conversation).await?;
    call.client.conversations().messages().delete(conversation, message).await?;
    Ok(crate::reply::data(&serde_json::Value::Null))
}

fn feedback_path(conversation: &str, message: &str) -> String {
    format!("/v1/conversations/{conversation}/messages/{message}/feedback")
}

pub(crate) async fn feedback(
    call: Call,
    Path((conversation, message)): Path<(String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> Reply {
    let body = only(read(body)?, &["feedback_type", "comment", "reason_types"]);
    check_id("message_id", &message)?;
    call.check(&conversation).await?;
    let request = call.client.request(Method::POST, feedback_path(&conversation, &message));
    passed(request.json(&body).exchange().await?)
}

pub(crate) async fn withdraw(
    call: Call,
    Path((conversation, message)): Path<(String, String)>,
) -> Reply {
    check_id("message_id", &message)?;
    call.check(&conversation).await?;
    let path = feedback_path(&conversation, &message);
    passed(call.client.request(Method::DELETE, path).exchange().await?)
}
