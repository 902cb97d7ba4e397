//! The descriptions of tools.

use coze_api::{Client, Platform, Result};
use coze_spec::model::{Api, Operation, Reply, Verb};
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use super::{Action, Entry, schema};

/// The longest name of a tool that all hosts accept.
const MAX_NAME: usize = 64;

/// Returns the tools of the operations that match a pattern.
pub(super) fn of_operations(api: &'static Api, pattern: &str, platform: Platform) -> Vec<Entry> {
    let operations = api.operations().filter(|operation| {
        !matches!(operation.reply, Reply::Events)
            && operation.authenticated
            && (platform != Platform::Studio || operation.studio.is_some())
            && is_match(pattern, &operation.id)
    });
    operations.map(|operation| of_operation(api, operation)).collect()
}

fn of_operation(api: &Api, operation: &'static Operation) -> Entry {
    let Operation { summary, description, changes, idempotent, .. } = operation;
    let mut text = summary.clone();
    if !description.is_empty() {
        text = format!("{text}\n\n{description}");
    }
    if let Some(replacement) = &operation.deprecated {
        text = format!("{text}\n\nDeprecated: {replacement}");
    }
    let annotations = ToolAnnotations::new().read_only(!changes).open_world(true);
    let annotations = if *changes {
        annotations.destructive(!is_additive(operation)).idempotent(*idempotent)
    } else {
        annotations
    };
    let arguments = schema::of_operation(api, operation);
    let tool = Tool::new(operation.id.replace('.', "_"), text, arguments)
        .with_title(summary.trim_end_matches(['.', '。']))
        .with_annotations(annotations);
    Entry { tool, action: Action::Operation(operation) }
}

/// Returns `true` if an operation adds something, and neither changes nor removes anything.
fn is_additive(operation: &Operation) -> bool {
    const ADDITIVE: [&str; 5] = ["create", "upload", "copy", "duplicate", "clone"];
    operation.verb == Verb::Post && ADDITIVE.iter().any(|word| operation.method.starts_with(word))
}

/// Returns `true` if an ID matches a pattern: the name of a resource, or a text in which `*` stands
/// for any text.
fn is_match(pattern: &str, id: &str) -> bool {
    let of_resource = id.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('.'));
    of_resource || is_glob_match(pattern, id)
}

fn is_glob_match(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.into_iter().any(|at| is_glob_match(after, &rest[at..]))
        }),
    }
}

/// Returns the tool that asks a bot.
pub(super) async fn of_bot(client: &Client, id: &str) -> Result<Entry> {
    let bot = client.bots().retrieve(id).await?;
    let title = if bot.name.is_empty() { id.to_owned() } else { bot.name };
    let name = name("ask_", &title).unwrap_or_else(|| format!("bot_{id}"));
    let mut text = format!("Asks the bot {title}, and returns its answer.");
    if !bot.description.is_empty() {
        text = format!("{text} {}", bot.description);
    }
    let properties = [
        ("message", json!({"type": "string", "description": "The message to the bot."})),
        (
            "conversation_id",
            json!({
                "type": "string",
                "description": "The conversation to continue, from an earlier result. If it is \
                                omitted, a new one begins.",
            }),
        ),
    ];
    let properties = properties.map(|(name, schema)| (name.to_owned(), schema));
    let arguments = schema::object(Map::from_iter(properties), vec![Value::from("message")]);
    // A chat costs credits, and the tools of the bot may do anything.
    let annotations = ToolAnnotations::new().read_only(false).open_world(true);
    let tool = Tool::new(name, text, arguments).with_title(title).with_annotations(annotations);
    Ok(Entry { tool, action: Action::Bot(id.to_owned()) })
}

/// Returns the tool that runs a workflow.
pub(super) async fn of_workflow(client: &Client, id: &str) -> Result<Entry> {
    let info = client.workflows().retrieve(id).include_input_output(true).await?;
    let detail = info.workflow_detail.unwrap_or_default();
    let title = if detail.workflow_name.is_empty() { id.to_owned() } else { detail.workflow_name };
    let name = name("run_", &title).unwrap_or_else(|| format!("workflow_{id}"));
    let text = match detail.description.as_str() {
        "" => format!("Runs the workflow {title}, and returns its output."),
        description => format!("Runs the workflow {title}, and returns its output. {description}"),
    };
    let parameters = info.input.map(|input| input.parameters).unwrap_or_default();
    let arguments = schema::of_workflow(&parameters);
    let annotations = ToolAnnotations::new().read_only(false).open_world(true);
    let tool = Tool::new(name, text, arguments).with_title(title).with_annotations(annotations);
    Ok(Entry { tool, action: Action::Workflow(id.to_owned()) })
}

/// Returns the name of a tool, if a title can be a part of it. Many titles are Chinese.
fn name(prefix: &str, title: &str) -> Option<String> {
    let title = title.trim().to_ascii_lowercase().replace([' ', '-', '.'], "_");
    let is_name = title.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let fits = !title.is_empty() && prefix.len() + title.len() <= MAX_NAME;
    (is_name && fits).then(|| format!("{prefix}{title}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> Vec<Entry> {
        of_operations(coze_spec::api(), "*", Platform::Cloud)
    }

    #[test]
    fn names_are_unique_and_accepted_by_all_hosts() {
        let tools = all();
        let names: BTreeSet<_> = tools.iter().map(|entry| entry.tool.name.clone()).collect();
        assert_eq!(names.len(), tools.len());
        for name in names {
            assert!(name.len() <= MAX_NAME, "{name}");
            assert!(
                name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
                "{name}"
            );
        }
    }

    #[test]
    fn annotations_tell_what_a_tool_does() {
        let tools = all();
        let hints = |name: &str| {
            let entry = tools.iter().find(|entry| entry.tool.name == name).unwrap();
            let annotations = entry.tool.annotations.clone().unwrap();
            (annotations.read_only_hint.unwrap(), annotations.destructive_hint)
        };
        assert_eq!(hints("bots_list"), (true, None));
        assert_eq!(hints("bots_create"), (false, Some(false)));
        assert_eq!(hints("bots_update"), (false, Some(true)));
        assert_eq!(hints("datasets_delete"), (false, Some(true)));
    }

    #[test]
    fn patterns_choose_operations() {
        for (pattern, id, matches) in [
            ("bots", "bots.list", true),
            ("bots", "bots.versions.list", true),
            ("bot", "bots.list", false),
            ("bots.list", "bots.list", true),
            ("bots.*", "bots.versions.list", true),
            ("*.list", "bots.list", true),
            ("*.list", "bots.list_all", false),
            ("b*s.*t", "bots.list", true),
            ("", "bots.list", false),
            ("*", "bots.list", true),
        ] {
            assert_eq!(is_match(pattern, id), matches, "{pattern} {id}");
        }
    }

    #[test]
    fn titles_that_cannot_be_names_are_left_out() {
        assert_eq!(name("ask_", "Tea Shop").as_deref(), Some("ask_tea_shop"));
        for title in ["", "天气", "a/b", &"x".repeat(61)] {
            assert_eq!(name("ask_", title), None, "{title}");
        }
    }
}
