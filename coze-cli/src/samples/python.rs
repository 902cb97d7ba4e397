//! A call as a program with cozepy, the official SDK, where it is known what the call and its values are named there.

use serde_json::{Map, Value};

use crate::engine::Mode;
use crate::operations::{Kind, Operation};

/// An operation, the call in cozepy, and the values that it takes under the name that they have on the wire.
type Known = (&'static str, &'static str, &'static [&'static str]);

/// Calls whose values are named as on the wire. Others need objects of cozepy's own, or have other names.
const KNOWN: &[Known] = &[
    ("bots.publish", "bots.publish", &["bot_id", "connector_ids"]),
    ("chat.retrieve", "chat.retrieve", &["conversation_id", "chat_id"]),
    ("chat.cancel", "chat.cancel", &["conversation_id", "chat_id"]),
    ("chat.messages.list", "chat.messages.list", &["conversation_id", "chat_id"]),
    ("conversations.retrieve", "conversations.retrieve", &["conversation_id"]),
    ("conversations.clear", "conversations.clear", &["conversation_id"]),
    (
        "conversations.messages.retrieve",
        "conversations.messages.retrieve",
        &["conversation_id", "message_id"],
    ),
    (
        "conversations.messages.delete",
        "conversations.messages.delete",
        &["conversation_id", "message_id"],
    ),
    ("files.upload", "files.upload", &["file"]),
    ("files.retrieve", "files.retrieve", &["file_id"]),
    ("workflows.runs.create", "workflows.runs.create", &["workflow_id", "parameters"]),
    ("workflows.runs.stream", "workflows.runs.stream", &["workflow_id", "parameters"]),
    ("workspaces.list", "workspaces.list", &["page_num", "page_size"]),
];

/// The program, or none if cozepy is not known to have the call with all these values.
pub(crate) fn python(
    operation: &Operation,
    values: &Map<String, Value>,
    mode: Mode,
) -> Option<String> {
    let (id, method, names) = KNOWN.iter().find(|(id, ..)| *id == operation.id)?;
    let takes = |name: &String| names.contains(&name.as_str());
    if !values.keys().all(takes)
        || (mode == Mode::Events && *id != "workflows.runs.stream")
    {
        return None;
    }
    let arguments: Vec<String> = values
        .iter()
        .map(|(name, value)| {
            let file =
                operation.parameter(name).is_some_and(|field| field.kind == Kind::File);
            let value =
                if file { format!("Path({})", literal(value)) } else { literal(value) };
            format!("{name}={value}")
        })
        .collect();
    let call = format!("coze.{method}({})", arguments.join(", "));
    let path = if call.contains("Path(") { "from pathlib import Path\n" } else { "" };
    let result = match *id {
        "workflows.runs.stream" | "workspaces.list" => {
            format!("for item in {call}:\n    print(item)")
        }
        _ => format!("print({call})"),
    };
    Some(format!(
        "import os\n{path}\nfrom cozepy import COZE_CN_BASE_URL, Coze, TokenAuth\n\n\
         coze = Coze(auth=TokenAuth(os.environ[\"COZE_API_TOKEN\"]), \
         base_url=COZE_CN_BASE_URL)\n{result}\n"
    ))
}

/// JSON as Python writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| {
                    format!("{}: {}", Value::from(key.as_str()), literal(value))
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        // The strings of JSON are strings of Python too.
        value => value.to_string(),
    }
}
