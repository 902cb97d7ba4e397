//! The permissions of a token, as far as the platform tells.
//!
//! The platform has no operation for them. An operation that only reads tells if its own permission
//! is there.

use std::collections::{BTreeMap, BTreeSet};

use coze_api::Client;
use coze_serve::operation::{self, Input};
use coze_spec::model::{Operation, Verb};
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use crate::catalog;
use crate::language::{self, say};
use crate::program::PROGRAM;

/// The parameters that name a workspace.
const WORKSPACE: [&str; 2] = ["workspace_id", "space_id"];

/// The permissions of a token.
pub(super) struct Permissions {
    /// The permissions that were tried, with `true` for those that the token has.
    tried: BTreeMap<&'static str, bool>,
    /// The number of other permissions.
    others: usize,
}

impl Permissions {
    /// Sends a request for each permission that can be tried without changing anything.
    pub(super) async fn of(client: &Client) -> Self {
        let mut tried = BTreeMap::new();
        let workspace = client.workspaces().list().await;
        let workspace =
            workspace.ok().and_then(|page| page.items.first().map(|one| one.id.clone()));
        let operations = probes(client);
        let values = |operation: &Operation| {
            let names = operation.params.iter().map(|param| &param.field.wire);
            let names = names.filter(|name| WORKSPACE.contains(&name.as_str()));
            let pairs = names.filter_map(|name| Some((name.clone(), json!(workspace.as_ref()?))));
            pairs.collect::<Map<_, _>>()
        };
        let results =
            operations.values().map(|operation| has(client, operation, values(operation)));
        for (permission, has) in operations.keys().zip(join_all(results).await) {
            if let Some(has) = has {
                tried.insert(*permission, has);
            }
        }
        let all = language::api().operations().flat_map(|operation| &operation.permissions);
        let others = all.collect::<BTreeSet<_>>().len().saturating_sub(tried.len());
        Self { tried, others }
    }

    pub(super) fn to_json(&self) -> Value {
        json!(self.tried)
    }

    /// Describes the permissions of the credentials that `subject` names.
    pub(super) fn describe(&self, subject: &str) -> String {
        let names = |wanted: bool| {
            let names = self.tried.iter().filter(|(_, has)| **has == wanted);
            names.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        };
        let mut lines = Vec::new();
        let (granted, missing) = (names(true), names(false));
        if !granted.is_empty() {
            lines.push(say!(
                "{subject} has the permissions {granted}.",
                "{subject} 拥有权限：{granted}。",
            ));
        }
        if !missing.is_empty() {
            lines.push(say!(
                "{subject} lacks the permissions {missing}.",
                "{subject} 缺少权限：{missing}。",
            ));
        }
        let others = self.others;
        lines.push(say!(
            "{others} others cannot be tried without a change or further ids; \
             `{PROGRAM} ops show OPERATION` names that of an operation.",
            "其余 {others} 项无法在不更改内容、不指定其他 ID 的情况下检测；\
             `{PROGRAM} ops show OPERATION` 显示接口所需的权限。",
        ));
        lines.join("\n")
    }
}

/// Returns an operation for each permission that can be tried: one that only reads, and needs at
/// most a workspace.
fn probes(client: &Client) -> BTreeMap<&'static str, &'static Operation> {
    let is_probe = |operation: &&Operation| {
        let mut required = operation.params.iter().filter(|param| param.field.required);
        operation.verb == Verb::Get
            && !operation.changes
            && catalog::serves(client.platform(), operation)
            && required.all(|param| WORKSPACE.contains(&param.field.wire.as_str()))
    };
    let probes = language::api().operations().filter(is_probe);
    let probe = |operation: &'static Operation| match operation.permissions.as_slice() {
        [permission] => Some((permission.as_str(), operation)),
        _ => None,
    };
    probes.filter_map(probe).collect()
}

/// Returns `true` if an operation is permitted; `None` if the response does not tell.
async fn has(client: &Client, operation: &Operation, values: Map<String, Value>) -> Option<bool> {
    let input = Input { operation, values: &values, uploads: &BTreeMap::new(), stream: false };
    let response = operation::request(client, input).ok()?.exchange().await.ok()?;
    match response.error() {
        None => Some(true),
        Some(error) if error.is_permission_denied() => Some(false),
        Some(_) => None,
    }
}
