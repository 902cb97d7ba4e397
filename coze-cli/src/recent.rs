//! The ids of objects in recent responses, which shells complete.
//!
//! A file in the user's data folder has their ids and names, and nothing else of the responses.
//! Objects of the mock in this process are gone with it, so they are not kept.

use std::path::PathBuf;

use coze_spec::model::Operation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{data, output};

/// The number of objects of a kind that are kept.
const MAX: usize = 50;
/// The number of characters of a name that are kept.
const MAX_NAME: usize = 60;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Workspace,
    Bot,
    Workflow,
    Dataset,
    Conversation,
}

impl Kind {
    const ALL: [Self; 5] =
        [Self::Workspace, Self::Bot, Self::Workflow, Self::Dataset, Self::Conversation];

    /// Returns the kind that a parameter or a member of a response identifies.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "workspace_id" | "space_id" => Some(Self::Workspace),
            "bot_id" => Some(Self::Bot),
            "workflow_id" => Some(Self::Workflow),
            "dataset_id" => Some(Self::Dataset),
            "conversation_id" => Some(Self::Conversation),
            _ => None,
        }
    }

    /// Returns the kind whose objects a list has, with the members of their id and name.
    fn listed_by(operation: &Operation) -> Option<(Self, &'static str, &'static str)> {
        match operation.id.as_str() {
            "workspaces.list" => Some((Self::Workspace, "id", "name")),
            "bots.list" => Some((Self::Bot, "id", "name")),
            "bots.list_published" | "bots.retrieve" | "bots.retrieve_published" => {
                Some((Self::Bot, "bot_id", "name"))
            }
            "workflows.list" | "workflows.retrieve" => {
                Some((Self::Workflow, "workflow_id", "workflow_name"))
            }
            "datasets.list" => Some((Self::Dataset, "dataset_id", "name")),
            "conversations.list" | "conversations.create" | "conversations.retrieve" => {
                Some((Self::Conversation, "id", "name"))
            }
            _ => None,
        }
    }
}

/// An object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    kind: Kind,
    pub(crate) id: String,
    /// Its name; empty if no response had it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
    /// The bot of a conversation, if it is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    bot: String,
}

impl Seen {
    fn new(kind: Kind, id: &Value) -> Option<Self> {
        let id = match id {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return None,
        };
        // Ids are numbers of about 19 digits. Other texts could be secrets.
        let is_id = (6..=25).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
        is_id.then(|| Self { kind, id, name: String::new(), bot: String::new() })
    }

    fn named(mut self, name: Option<&Value>) -> Self {
        let name = name.and_then(Value::as_str).unwrap_or_default();
        self.name = output::single_line(name).chars().take(MAX_NAME).collect();
        self
    }
}

/// The objects in the responses of a command, the latest last.
#[derive(Default)]
pub(crate) struct Collector(Vec<Seen>);

impl Collector {
    /// Adds the objects that the values of a call name.
    pub(crate) fn add_values(&mut self, values: &Map<String, Value>) {
        for (name, value) in values {
            self.extend(Kind::of(name).and_then(|kind| Seen::new(kind, value)));
        }
    }

    /// Adds the objects in a response, or in an item of it.
    pub(crate) fn add_response(&mut self, operation: &Operation, json: &str) {
        if let Ok(value) = serde_json::from_str(json) {
            self.visit(Kind::listed_by(operation), &value);
        }
    }

    /// Adds a conversation with a bot.
    pub(crate) fn add_conversation(&mut self, id: &str, bot: &str) {
        let seen = Seen::new(Kind::Conversation, &id.into());
        self.extend(seen.map(|seen| Seen { bot: bot.to_owned(), ..seen }));
    }

    fn visit(&mut self, listed: Option<(Kind, &str, &str)>, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.visit(listed, item)),
            Value::Object(members) => {
                let own = listed.and_then(|(kind, id, label)| {
                    Some(Seen::new(kind, members.get(id)?)?.named(members.get(label)))
                });
                let is_own = |id: &str| own.as_ref().is_some_and(|own| own.id == id);
                for (name, member) in members {
                    match Kind::of(name).and_then(|kind| Seen::new(kind, member)) {
                        Some(seen) if is_own(&seen.id) => {}
                        Some(seen) => self.extend(Some(seen)),
                        None => self.visit(listed, member),
                    }
                }
                self.extend(own);
            }
            _ => {}
        }
    }

    fn extend(&mut self, seen: Option<Seen>) {
        let Some(seen) = seen else { return };
        let of_kind = self.0.iter().filter(|known| known.kind == seen.kind);
        // The first objects of a list are the most likely to be needed.
        if !self.0.contains(&seen) && of_kind.count() < MAX {
            self.0.push(seen);
        }
    }

    /// Puts the objects before those that are kept. Without a data folder, nothing is kept.
    pub(crate) fn keep(self) {
        let Some(file) = file().filter(|_| !self.0.is_empty()) else { return };
        let merged = merge(self.0, all());
        // A command has done its work even if its ids cannot be kept.
        if let Ok(json) = serde_json::to_vec(&merged) {
            data::replace(&file, &json).ok();
        }
    }
}

/// Puts new objects before the known ones, whose names they take over.
fn merge(new: Vec<Seen>, known: Vec<Seen>) -> Vec<Seen> {
    let mut merged: Vec<Seen> = Vec::new();
    for seen in new.into_iter().chain(known) {
        match merged.iter_mut().find(|one| (one.kind, &one.id) == (seen.kind, &seen.id)) {
            Some(one) => {
                if one.name.is_empty() {
                    one.name = seen.name;
                }
                if one.bot.is_empty() {
                    one.bot = seen.bot;
                }
            }
            None => merged.push(seen),
        }
    }
    let of_kind = |kind| merged.iter().filter(move |seen| seen.kind == kind).take(MAX);
    Kind::ALL.into_iter().flat_map(of_kind).cloned().collect()
}

/// Returns the objects of a kind, the latest first.
pub(crate) fn of(kind: Kind) -> Vec<Seen> {
    all().into_iter().filter(|seen| seen.kind == kind).collect()
}

/// Returns the latest conversation with a bot.
pub(crate) fn conversation_with(bot: &str) -> Option<String> {
    of(Kind::Conversation).into_iter().find(|seen| seen.bot == bot).map(|seen| seen.id)
}

fn file() -> Option<PathBuf> {
    data::folder().map(|folder| folder.join("recent.json"))
}

fn all() -> Vec<Seen> {
    let json = file().and_then(|file| std::fs::read(file).ok());
    json.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic fails the test")]
mod tests {
    use super::*;

    fn collected(id: &str, json: &str) -> Vec<(Kind, String, String)> {
        let mut collector = Collector::default();
        collector.add_response(coze_spec::api().operation(id).unwrap(), json);
        collector.0.into_iter().map(|seen| (seen.kind, seen.id, seen.name)).collect()
    }

    #[test]
    fn objects_of_a_list_have_names() {
        let json = r#"{"data":{"items":[{"id":"7342866812345000001","name":"Tea\nshop",
            "space_id":"7361424235321600001"},{"id":7342866812345000002}],"total":2}}"#;
        let expected = [
            (Kind::Workspace, "7361424235321600001", ""),
            (Kind::Bot, "7342866812345000001", "Tea shop"),
            (Kind::Bot, "7342866812345000002", ""),
        ];
        let expected = expected.map(|(kind, id, name)| (kind, id.to_owned(), name.to_owned()));
        assert_eq!(collected("bots.list", json), expected);
    }

    #[test]
    fn only_ids_are_kept() {
        for json in [
            r#"{"data":{"bot_id":"pat_abcdefgh"}}"#,
            r#"{"data":{"id":"7342866812345000001"}}"#,
            r#"{"data":{"bot_id":"12345"}}"#,
            r#"{"data":{"bot_id":["7342866812345000001"]}}"#,
            "not JSON",
        ] {
            assert_eq!(collected("users.me", json), [], "{json}");
        }
    }

    #[test]
    fn the_latest_objects_come_first_and_keep_their_names() {
        let seen = |id: &str, name: &str| Seen {
            kind: Kind::Bot,
            id: id.to_owned(),
            name: name.to_owned(),
            bot: String::new(),
        };
        let merged =
            merge(vec![seen("2", ""), seen("3", "C")], vec![seen("1", "A"), seen("2", "B")]);
        assert_eq!(merged, [seen("2", "B"), seen("3", "C"), seen("1", "A")]);
        let many: Vec<Seen> = (0..80).map(|id| seen(&id.to_string(), "")).collect();
        assert_eq!(merge(Vec::new(), many).len(), MAX);
    }
}
