//! The ids of objects in recent responses, which shells complete.
//!
//! A file in the user's data folder has their ids and names, and nothing else of the responses.
//! Objects of the mock in this process are gone with it, so they are not kept.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

use coze_spec::model::{Field, Operation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{data, output};

/// The number of objects of a kind that are kept.
const MAX: usize = 50;
/// The number of characters of a name that are kept.
const MAX_NAME: usize = 60;

/// A kind of object that the API lists. Its name is that of the parameters with its ids: `bot` for
/// `bot_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind(&'static str);

impl Kind {
    pub(crate) const BOT: Self = Self("bot");
    pub(crate) const WORKFLOW: Self = Self("workflow");
    pub(crate) const CONVERSATION: Self = Self("conversation");

    /// Returns all kinds, which the model tells: a list of `datasets` has items with an id, and
    /// there are parameters `dataset_id`. Longer names come first.
    fn all() -> &'static [Self] {
        static KINDS: OnceLock<Vec<Kind>> = OnceLock::new();
        KINDS.get_or_init(|| {
            let params = coze_spec::api().operations().flat_map(|operation| &operation.params);
            let params: BTreeSet<&'static str> =
                params.filter_map(|param| base(&param.field.wire)).collect();
            let lists = coze_spec::api().operations();
            let kinds = lists.filter_map(|list| {
                let fields = coze_spec::api().fields(&list.paging.as_ref()?.item);
                let noun = noun(list);
                let names = suffixes(&noun).filter_map(|name| params.get(name).copied());
                names.map(Self).find(|kind| kind.id_among(fields).is_some())
            });
            let mut kinds: Vec<Self> = kinds.collect();
            kinds.sort_by_key(|kind| (usize::MAX - kind.0.len(), kind.0));
            kinds.dedup();
            kinds
        })
    }

    /// Returns the kind that a parameter or a member of a response identifies.
    pub(crate) fn of(name: &str) -> Option<Self> {
        suffixes(base(name)?).find_map(|name| {
            // Older operations have this word for workspaces.
            let name = if name == "space" { "workspace" } else { name };
            Self::all().iter().find(|kind| kind.0 == name).copied()
        })
    }

    /// Returns the field with the id of an object of this kind.
    fn id_among(self, fields: &[Field]) -> Option<&str> {
        let named = |is_id: &dyn Fn(&str) -> bool| fields.iter().find(|field| is_id(&field.wire));
        let own = named(&|name| name.strip_suffix("_id") == Some(self.0));
        own.or_else(|| named(&|name| name == "id")).map(|field| field.wire.as_str())
    }
}

/// Returns the name of a parameter without `_id` or `_ids`.
fn base(name: &str) -> Option<&str> {
    name.strip_suffix("_id").or_else(|| name.strip_suffix("_ids"))
}

/// Returns a name, and what follows each of its underscores.
fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| Some(name.split_once('_')?.1))
}

/// Returns the noun for an object of an operation's resource, such as `bot` for `bots.list`.
fn noun(operation: &Operation) -> String {
    let resource = operation.id.rsplit('.').nth(1).unwrap_or_default();
    match resource.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => resource.strip_suffix('s').unwrap_or(resource).to_owned(),
    }
}

/// The objects in the responses of an operation, with the members of their id and name.
#[derive(Clone, Copy)]
struct Listed {
    kind: Kind,
    id: &'static str,
    name: Option<&'static str>,
}

impl Listed {
    /// Returns the objects of the operation's resource, in a list or alone.
    fn by(operation: &'static Operation) -> Option<Self> {
        let noun = noun(operation);
        let kind = suffixes(&noun).find_map(|name| Kind::all().iter().find(|it| it.0 == name))?;
        let payload = operation.paging.is_none().then(|| operation.payload()).flatten();
        let item = payload.or_else(|| Some(operation.paging.as_ref()?.item.clone()))?;
        let fields = coze_spec::api().fields(&item);
        let id = kind.id_among(fields)?;
        let own_name = format!("{}_name", kind.0);
        let named = |is_name: &dyn Fn(&str) -> bool| {
            fields.iter().map(|field| field.wire.as_str()).find(|name| is_name(name))
        };
        let name = named(&|name| name == "name")
            .or_else(|| named(&|name| name == own_name))
            .or_else(|| named(&|name| name.ends_with("_name")));
        Some(Self { kind: *kind, id, name })
    }
}

/// An object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    kind: Cow<'static, str>,
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
        let kind = Cow::Borrowed(kind.0);
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
pub(crate) struct Collector {
    listed: Option<Listed>,
    seen: Vec<Seen>,
}

impl Collector {
    /// Creates a collector for the responses of an operation, if the model has it.
    pub(crate) fn of(operation: Option<&'static Operation>) -> Self {
        Self { listed: operation.and_then(Listed::by), seen: Vec::new() }
    }

    /// Adds the objects that the values of a call name.
    pub(crate) fn add_values(&mut self, values: &Map<String, Value>) {
        for (name, value) in values {
            let Some(kind) = Kind::of(name) else { continue };
            let one = std::slice::from_ref(value);
            for id in value.as_array().map_or(one, Vec::as_slice) {
                self.extend(Seen::new(kind, id));
            }
        }
    }

    /// Adds the objects in a response, or in an item of it.
    pub(crate) fn add_response(&mut self, json: &str) {
        if let Ok(value) = serde_json::from_str(json) {
            self.visit(self.listed, &value);
        }
    }

    /// Adds a conversation with a bot.
    pub(crate) fn add_conversation(&mut self, id: &str, bot: &str) {
        let seen = Seen::new(Kind::CONVERSATION, &id.into());
        self.extend(seen.map(|seen| Seen { bot: bot.to_owned(), ..seen }));
    }

    fn visit(&mut self, listed: Option<Listed>, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.visit(listed, item)),
            Value::Object(members) => {
                let own = listed.and_then(|Listed { kind, id, name }| {
                    let name = name.and_then(|name| members.get(name));
                    Some(Seen::new(kind, members.get(id)?)?.named(name))
                });
                // The objects inside of it are others.
                let listed = listed.filter(|_| own.is_none());
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
        let of_kind = self.seen.iter().filter(|known| known.kind == seen.kind);
        // The first objects of a list are the most likely to be needed.
        if !self.seen.contains(&seen) && of_kind.count() < MAX {
            self.seen.push(seen);
        }
    }

    /// Puts the objects before those that are kept. Without a data folder, nothing is kept.
    pub(crate) fn keep(self) {
        let Some(file) = file().filter(|_| !self.seen.is_empty()) else { return };
        let merged = merge(self.seen, all());
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
        match merged.iter_mut().find(|one| (&one.kind, &one.id) == (&seen.kind, &seen.id)) {
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
    let mut counts: BTreeMap<Cow<'static, str>, usize> = BTreeMap::new();
    merged.retain(|seen| {
        let count = counts.entry(seen.kind.clone()).or_default();
        *count += 1;
        *count <= MAX
    });
    merged
}

/// Returns the objects of a kind, the latest first.
pub(crate) fn of(kind: Kind) -> Vec<Seen> {
    all().into_iter().filter(|seen| seen.kind == kind.0).collect()
}

/// Returns the latest conversation with a bot.
pub(crate) fn conversation_with(bot: &str) -> Option<String> {
    of(Kind::CONVERSATION).into_iter().find(|seen| seen.bot == bot).map(|seen| seen.id)
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
    use serde_json::json;

    use super::*;

    fn collected(id: &str, json: &str) -> Vec<(String, String, String)> {
        let mut collector = Collector::of(coze_spec::api().operation(id));
        collector.add_response(json);
        let seen = collector.seen.into_iter();
        seen.map(|seen| (seen.kind.into_owned(), seen.id, seen.name)).collect()
    }

    #[test]
    fn the_kinds_are_those_of_the_lists() {
        let mut kinds: Vec<&str> = Kind::all().iter().map(|kind| kind.0).collect();
        kinds.sort_unstable();
        let expected = [
            "api_app",
            "app",
            "bot",
            "category",
            "conversation",
            "database",
            "dataset",
            "document",
            "feature",
            "folder",
            "group",
            "message",
            "organization",
            "task",
            "voice",
            "workflow",
            "workspace",
        ];
        assert_eq!(kinds, expected);
        for (name, kind) in [
            ("bot_id", Some("bot")),
            ("space_id", Some("workspace")),
            ("to_workspace_id", Some("workspace")),
            ("parent_folder_id", Some("folder")),
            ("api_app_id", Some("api_app")),
            ("document_ids", Some("document")),
            // These can be ids of people.
            ("user_id", None),
            ("id", None),
            ("bot", None),
        ] {
            assert_eq!(Kind::of(name).map(|kind| kind.0), kind, "{name}");
        }
        for kind in [Kind::BOT, Kind::WORKFLOW, Kind::CONVERSATION] {
            assert!(Kind::all().contains(&kind), "{kind:?}");
        }
    }

    /// Each list gives the ids of its kind, with their names.
    #[test]
    fn the_items_of_every_list_are_kept() {
        let lists = coze_spec::api().operations().filter(|operation| operation.paging.is_some());
        let mut kept = Vec::new();
        for listed in lists.filter_map(Listed::by) {
            let mut item = json!({listed.id: "7342866812345000001"});
            item["inner"] = json!({"id": "7342866812345000002"});
            if let Some(name) = listed.name {
                item[name] = "Tea".into();
            }
            let mut collector = Collector { listed: Some(listed), seen: Vec::new() };
            collector.add_response(&json!({"data": {"items": [item]}}).to_string());
            let names: Vec<&str> = collector.seen.iter().map(|seen| seen.name.as_str()).collect();
            assert_eq!(names, [listed.name.map_or("", |_| "Tea")], "{:?}", listed.kind);
            kept.push(listed.kind.0);
        }
        for kind in ["bot", "database", "voice", "folder"] {
            assert!(kept.contains(&kind), "{kept:?}");
        }
    }

    #[test]
    fn ids_in_lists_of_values_are_kept() {
        let values = json!({"document_ids": ["7342866812345000001"], "user_id": "13800138000"});
        let mut collector = Collector::default();
        collector.add_values(values.as_object().unwrap());
        let kinds: Vec<&str> = collector.seen.iter().map(|seen| &*seen.kind).collect();
        assert_eq!(kinds, ["document"]);
    }

    #[test]
    fn objects_of_a_list_have_names() {
        let json = r#"{"data":{"items":[{"id":"7342866812345000001","name":"Tea\nshop",
            "space_id":"7361424235321600001"},{"id":7342866812345000002}],"total":2}}"#;
        let expected = [
            ("workspace", "7361424235321600001", ""),
            ("bot", "7342866812345000001", "Tea shop"),
            ("bot", "7342866812345000002", ""),
        ];
        let expected = expected.map(|(kind, id, name)| (kind.into(), id.into(), name.into()));
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
            kind: "bot".into(),
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
