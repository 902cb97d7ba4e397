//! The extension `x-coze-studio`.

use serde_json::Value;

use super::text;
use crate::document::Node;
use crate::model::{Studio, StudioServer, WrappedErrors};

/// Lowers the facts about the whole platform.
pub(super) fn server(root: &Node<'_>) -> Option<StudioServer> {
    let node = root.get("x-coze-studio")?;
    Some(StudioServer {
        url: text(&node, "url"),
        log_id: text(&node, "log_id"),
        absent: text(&node, "absent"),
        wrapped: node.get("wrapped").map(|node| wrapped(&node)).unwrap_or_default(),
    })
}

fn wrapped(node: &Node<'_>) -> WrappedErrors {
    let codes = node.items_of("codes");
    WrappedErrors {
        codes: codes.iter().filter_map(|code| code.value.as_i64()).collect(),
        format: text(node, "format"),
    }
}

/// Lowers the differences of an operation; `None` if the platform does not have it.
pub(super) fn operation(operation: &Node<'_>) -> Option<Studio> {
    let node = operation.get("x-coze-studio")?;
    Some(Studio {
        path: node.text("path").map(str::to_owned),
        payload: node.text("payload").map(str::to_owned),
        bare: node.flag("bare"),
        first_page: node.value.get("first_page").and_then(Value::as_i64),
        send: node.value.get("send").and_then(Value::as_object).cloned().unwrap_or_default(),
        ignores: node.texts("ignores").into_iter().map(str::to_owned).collect(),
        note: text(&node, "note"),
    })
}

/// Returns the other names of a property or event.
pub(super) fn aliases(node: &Node<'_>) -> Vec<String> {
    node.texts("x-coze-studio").into_iter().map(str::to_owned).collect()
}

/// Returns the other spellings of a value of an enumeration.
pub(super) fn value_aliases(node: &Node<'_>, value: &str) -> Vec<String> {
    let Some(spellings) = node.get("x-coze-studio") else { return Vec::new() };
    let spellings = spellings.entries().into_iter();
    let same = spellings.filter(|(_, known)| known.value.as_str() == Some(value));
    same.map(|(spelling, _)| spelling.to_owned()).collect()
}
