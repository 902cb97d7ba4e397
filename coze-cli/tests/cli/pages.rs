//! `--all` over every list that comes in pages.

use coze_mock::MockServer;
use serde_json::{Map, Value, json};

use crate::common::{against, printed, value};

/// The lists: their ids, the values that they need, and the name of the size of a page.
fn lists() -> Vec<(String, Map<String, Value>, &'static str)> {
    let table: Vec<Value> =
        serde_json::from_str(include_str!("../../src/generated/operations.json")).unwrap();
    let paged = table.into_iter().filter(|operation| operation["paged"] == true);
    let list = |operation: Value| {
        let parameters = operation["parameters"].as_array().unwrap();
        let required =
            parameters.iter().filter(|parameter| parameter["required"] == true).map(|parameter| {
                let name = parameter["name"].as_str().unwrap().to_owned();
                (name, parameter["example"].clone())
            });
        let size = ["page_size", "size", "limit"]
            .into_iter()
            .find(|size| parameters.iter().any(|parameter| parameter["name"] == *size));
        let id = operation["id"].as_str().unwrap().to_owned();
        (id, required.collect(), size.unwrap())
    };
    paged.map(list).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_every_list_comes_to_an_end() {
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
    let (mut lists_walked, mut long) = (0, 0);
    for (id, mut values, size) in lists() {
        let page = value(&call(&id, &[], &values));
        assert_eq!(page["has_more"], false, "{id}: one page holds all that there is");
        let whole = page["items"].as_array().unwrap();
        // An item a page, so that there is a walk.
        values.insert(size.to_owned(), json!(1));
        server.clear_requests();
        let all = printed(&call(&id, &["--all"], &values));
        let items: Vec<Value> =
            all.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(items.len(), whole.len(), "{id}");
        let asked = server.requests_to(&id).len();
        assert!((items.len().max(1)..=items.len() + 1).contains(&asked), "{id}: {asked}");
        lists_walked += 1;
        long += usize::from(items.len() > 1);
    }
    assert!(lists_walked >= 25 && long >= 5, "{lists_walked} lists, {long} of them long");
}
