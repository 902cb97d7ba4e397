//! Pages on Coze Studio. Without a page size they are empty, complete, or never the last one.

use coze_spec::model::{Operation, Paging, PagingStyle};
use serde_json::{Map, Value, json};

use crate::request::Request;

/// The payload of the page that a request asks for.
pub(crate) fn page(
    operation: &Operation,
    paging: &Paging,
    request: &Request,
    mut all: Vec<Value>,
) -> Value {
    let sent = |name: &str| request.sent(name).and_then(Value::as_i64);
    let count = |number: i64| usize::try_from(number).unwrap_or_default();
    let first = operation.studio.as_ref().and_then(|studio| studio.first_page).unwrap_or(1);
    let size = count(sent(&paging.size.wire).unwrap_or_default());
    let number = match &paging.style {
        PagingStyle::Counted { page, .. } | PagingStyle::Flagged { page, .. } => sent(&page.wire),
        PagingStyle::Token { .. } | PagingStyle::Cursor { .. } => None,
    };
    let total = all.len();
    let (start, end, has_more) = match (operation.id.as_str(), size) {
        ("datasets.list", 0) => (0, total, false),
        // The platform reads one row more than the size, and without a size every row.
        ("conversations.list", 0) => (0, total.saturating_sub(1), total > 0),
        (_, 0) => (0, 0, false),
        (_, size) => {
            let start = count(number.unwrap_or(first) - first).saturating_mul(size).min(total);
            let end = start.saturating_add(size).min(total);
            (start, end, end < total)
        }
    };
    let items: Vec<Value> = all.drain(start..end).collect();
    let mut payload = Map::new();
    payload.insert(paging.items.wire.clone(), Value::Array(items));
    if let PagingStyle::Counted { total: name, .. } = &paging.style {
        payload.insert(name.wire.clone(), json!(total));
    }
    if let Some(more) = paging.style.more() {
        payload.insert(more.wire.clone(), json!(has_more));
    }
    Value::Object(payload)
}
