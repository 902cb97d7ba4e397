//! Databases: tables of records, and the tasks of asynchronous requests.

mod filter;
mod kind;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub(crate) use filter::Filter;
pub use kind::FieldKind;

use super::datasets::Progress;
use crate::error::ApiError;

/// A database, which is a single table.
#[derive(Clone, Debug, Default)]
pub struct Database {
    /// The id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// The app, empty for a database in the library.
    pub app_id: String,
    /// The user who created it.
    pub creator_id: String,
    /// The name of the table.
    pub name: String,
    /// The description.
    pub description: String,
    /// The fields, in their order.
    pub fields: Vec<DatabaseField>,
    /// The indexes, as the API shows them.
    pub indexes: Vec<Value>,
    /// `true` if users reach only their own records.
    pub limited: bool,
    /// The channels that share records, as the API names it.
    pub sharing: String,
    /// The data of channels where it differs from the default: `draft` or `online`.
    pub stages: BTreeMap<String, String>,
    /// The uploaded file that is the icon, if there is one.
    pub icon_file_id: String,
    /// The time of creation, in Unix seconds.
    pub created_at: i64,
    /// The time of the last change of a record, in Unix seconds.
    pub updated_at: i64,
    /// The records, the oldest first.
    pub records: Vec<DatabaseRecord>,
}

/// A field of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseField {
    /// The name.
    pub name: String,
    /// The type of the values.
    pub kind: FieldKind,
    /// The description.
    pub description: String,
    /// `true` if every record needs a value.
    pub required: bool,
}

/// A record of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseRecord {
    /// The channels that see it.
    pub scope: String,
    /// The user who inserted it.
    pub owner_id: String,
    /// The values that are not null, by field, in the form in which the API shows them.
    pub values: BTreeMap<String, String>,
}

/// The records that a request can reach.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    scope: String,
    user_id: String,
    limited: bool,
}

/// A request about the records of a database, checked and ready to run.
#[derive(Clone, Debug)]
pub(crate) enum RecordRequest {
    Insert(Vec<BTreeMap<String, String>>),
    Update(BTreeMap<String, String>, Filter),
    Delete(Filter),
    Select(Query),
}

/// A query, without its page.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) filter: Option<Filter>,
    /// The fields to return, all if there are none.
    pub(crate) fields: Vec<String>,
    pub(crate) distinct: bool,
    /// Fields, and `true` for those in descending order.
    pub(crate) order: Vec<(String, bool)>,
}

/// An asynchronous request.
#[derive(Clone, Debug)]
pub struct DatabaseTask {
    /// The id.
    pub id: String,
    /// The user whose token started it.
    pub owner_id: String,
    /// The database.
    pub database_id: String,
    /// The progress. Every look at the task is a step, and with the last one the request runs.
    pub progress: Progress,
    /// The time of its start, in Unix seconds.
    pub created_at: i64,
    pub(crate) reach: Reach,
    pub(crate) request: RecordRequest,
    /// The first item of the page of a query, and the number of items.
    pub(crate) page: (usize, usize),
    /// The records of a query that has run.
    pub(crate) items: Option<Vec<Value>>,
    /// The number of records that match, or were changed.
    pub(crate) count: usize,
}

impl DatabaseTask {
    /// The time after which its result is gone, in Unix seconds.
    pub fn expires_at(&self) -> i64 {
        self.created_at + 12 * 3600
    }
}

impl RecordRequest {
    /// The kind of request, as the API names it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Insert(_) => "insert",
            Self::Update(..) => "update",
            Self::Delete(_) => "delete",
            Self::Select(_) => "select",
        }
    }
}

/// The channels of Coze itself: the debug console and the store.
const COZE_CHANNELS: [&str; 2] = ["10000010", "10000122"];

impl Database {
    /// The field of that name, or else the error for `place`.
    pub(crate) fn field(&self, place: &str, name: &str) -> Result<&DatabaseField, ApiError> {
        let field = self.fields.iter().find(|field| field.name == name);
        field.ok_or_else(|| ApiError::field(place, format_args!("there is no field `{name}`")))
    }

    /// The records that a user reaches in a channel.
    pub(crate) fn reach(&self, connector: &str, user_id: &str) -> Reach {
        let of_coze = COZE_CHANNELS.contains(&connector);
        let default = if of_coze { "draft" } else { "online" };
        let stage = self.stages.get(connector).map_or(default, String::as_str);
        let channels = match self.sharing.as_str() {
            "shared_all_connectors" => "all",
            "shared_coze_connectors" if of_coze => "coze",
            _ => connector,
        };
        let scope = format!("{channels}/{stage}");
        Reach { scope, user_id: user_id.to_owned(), limited: self.limited }
    }

    /// Runs a request that changes records, and returns how many it changed.
    pub(crate) fn change(&mut self, reach: &Reach, request: &RecordRequest, now: i64) -> usize {
        let changed = match request {
            RecordRequest::Insert(rows) => {
                self.records.extend(rows.iter().map(|values| DatabaseRecord {
                    scope: reach.scope.clone(),
                    owner_id: reach.user_id.clone(),
                    values: values.clone(),
                }));
                rows.len()
            }
            RecordRequest::Update(values, filter) => {
                let reached = self.records.iter_mut().filter(|record| reach.covers(record));
                let mut count = 0;
                for record in reached.filter(|record| filter.accepts(record)) {
                    record.values.extend(values.clone());
                    count += 1;
                }
                count
            }
            RecordRequest::Delete(filter) => {
                let before = self.records.len();
                self.records.retain(|record| !reach.covers(record) || !filter.accepts(record));
                before - self.records.len()
            }
            RecordRequest::Select(_) => 0,
        };
        if changed > 0 {
            self.updated_at = now;
        }
        changed
    }

    /// Returns all records that a query selects, in its order, as the API shows them.
    pub(crate) fn select(&self, reach: &Reach, query: &Query) -> Vec<Value> {
        let matches = |record: &&DatabaseRecord| {
            reach.covers(record)
                && query.filter.as_ref().is_none_or(|filter| filter.accepts(record))
        };
        let mut found: Vec<&DatabaseRecord> = self.records.iter().filter(matches).collect();
        found.sort_by(|a, b| self.compare(a, b, &query.order));
        let mut shown: Vec<Value> = Vec::with_capacity(found.len());
        for record in found {
            let record = self.show(record, &query.fields);
            if !query.distinct || !shown.contains(&record) {
                shown.push(record);
            }
        }
        shown
    }

    /// Compares records field by field; null comes first.
    fn compare(
        &self,
        a: &DatabaseRecord,
        b: &DatabaseRecord,
        order: &[(String, bool)],
    ) -> Ordering {
        let compared = order.iter().map(|(name, descending)| {
            let kind = self.fields.iter().find(|field| field.name == *name);
            let kind = kind.map(|field| field.kind).unwrap_or_default();
            let ordering = match (a.values.get(name), b.values.get(name)) {
                (Some(a), Some(b)) => kind.compare(a, b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            };
            if *descending { ordering.reverse() } else { ordering }
        });
        compared.fold(Ordering::Equal, Ordering::then)
    }

    fn show(&self, record: &DatabaseRecord, fields: &[String]) -> Value {
        let all = self.fields.iter().map(|field| &field.name);
        let names: Vec<&String> =
            if fields.is_empty() { all.collect() } else { fields.iter().collect() };
        let member = |name: &String| (name.clone(), json!(record.values.get(name)));
        names.into_iter().map(member).collect::<Map<_, _>>().into()
    }

    /// The database as the API lists it.
    pub(crate) fn to_json(&self) -> Value {
        let fields = self.fields.iter().map(|field| {
            json!({
                "name": field.name,
                "type": field.kind.name(),
                "desc": field.description,
                "is_required": field.required,
                "is_system_field": false,
                "is_primary_key": false,
            })
        });
        let icon = if self.icon_file_id.is_empty() { "default" } else { &self.icon_file_id };
        json!({
            "id": self.id,
            "app_id": if self.app_id.is_empty() { "0" } else { &self.app_id },
            "table_name": self.name,
            "table_desc": self.description,
            "database_type": "coze_database",
            "rw_mode": if self.limited { "limited_read_write" } else { "unlimited_read_write" },
            "workspace_id": self.workspace_id,
            "creator_id": self.creator_id,
            "create_time": self.created_at.to_string(),
            "update_time": self.updated_at.to_string(),
            "icon_url": format!("https://example.com/mock/icons/{icon}.png"),
            "fields": fields.collect::<Vec<_>>(),
            "indexs": self.indexes,
        })
    }
}

impl Reach {
    fn covers(&self, record: &DatabaseRecord) -> bool {
        record.scope == self.scope && (!self.limited || record.owner_id == self.user_id)
    }
}
