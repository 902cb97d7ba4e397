//! Tests of `--all` with every paged list.

use coze_mock::MockServer;
use coze_spec::model::{Operation, Paging, Param, Reply};
use serde_json::{Map, Value, json};

use crate::common::{against, assert_success, example, value};

/// Returns the paged operations with the values that they need.
fn lists() -> impl Iterator<Item = (&'static Operation, &'static Paging, Map<String, Value>)> {
    coze_spec::api().operations().filter_map(|operation| {
        let Value::Object(mut values) = example(operation) else { return None };
        values.retain(|name, _| operation.param(name).is_some_and(Param::is_argument));
        Some((operation, operation.paging.as_ref()?, values))
    })
}

/// Returns the items of a page.
fn items(operation: &Operation, paging: &Paging, page: &Value) -> Vec<Value> {
    let payload = match &operation.reply {
        Reply::Data(data) => &page[&data.wire],
        _ => page,
    };
    payload[&paging.items.wire].as_array().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_of_every_list_are_fetched() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    std::fs::write(
        home.path().join("default.profile.json"),
        json!({"kind": "token", "token": "pat_test", "base_url": server.base_url()}).to_string(),
    )
    .unwrap();
    let call = |id: &str, all: &[&str], values: &Map<String, Value>| {
        let args = [&["call", id, "--json", "-"], all].concat();
        let values = Value::Object(values.clone()).to_string();
        against(&server, home.path(), &args, &values)
    };
    let (mut fetched, mut long) = (0, 0);
    for (operation, paging, mut values) in lists() {
        let id = &operation.id;
        let page = value(&call(id, &[], &values));
        let expected = items(operation, paging, &page);
        // One item per page, so that there are several pages.
        values.insert(paging.size.wire.clone(), json!(1));
        server.clear_requests();
        let all = assert_success(&call(id, &["--all"], &values));
        let items: Vec<Value> =
            all.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(items, expected, "{id}");
        let requests = server.requests_to(id).len();
        assert!((items.len().max(1)..=items.len() + 1).contains(&requests), "{id}: {requests}");
        fetched += 1;
        long += usize::from(items.len() > 1);
    }
    assert!(fetched >= 25 && long >= 4, "{fetched} lists, {long} of them long");
}
