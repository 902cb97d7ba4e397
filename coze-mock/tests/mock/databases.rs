//! Databases: every operator, orders, pages, channels, and tasks.

use std::time::Duration;

use coze_mock::MockServer;
use coze_mock::state::{Clock, WORKSPACE};
use serde_json::{Value, json};

use crate::support::{Mock, assert_error, data, json};

/// A database of orders with four records of the channel of the API.
struct Orders {
    mock: Mock,
    id: String,
}

impl Orders {
    async fn new(changes: Value) -> Self {
        let clock = Clock::stopped_at(1_772_517_749);
        let mock = Mock::with(MockServer::builder().examples(false).clock(clock)).await;
        let mut body = json!({
            "workspace_id": WORKSPACE,
            "table_name": "orders",
            "fields": [
                {"name": "customer", "type": "string", "is_required": true},
                {"name": "cups", "type": "integer"},
                {"name": "price", "type": "number"},
                {"name": "paid", "type": "boolean"},
            ],
            "rw_mode": "unlimited_read_write",
        });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        let id = data(mock.post("/v1/databases", body).await)["database_id"].clone();
        let orders = Self { id: id.as_str().unwrap().to_owned(), mock };
        let rows = json!([
            {"customer": "Ling", "cups": "2", "price": "3.50", "paid": "1"},
            {"customer": "Mo", "cups": "10", "price": "20", "paid": "false"},
            {"customer": "Ann_", "cups": "9"},
            {"customer": "Bo"},
        ]);
        let inserted = data(orders.insert(json!({"insert_rows": rows})).await);
        assert_eq!(inserted, json!({"affected_rows": 4}));
        orders
    }

    fn path(&self) -> String {
        format!("/v1/databases/{}/records", self.id)
    }

    async fn insert(&self, body: Value) -> Value {
        self.mock.post(&self.path(), body).await
    }

    async fn delete(&self, body: Value) -> Value {
        let request = self.mock.with_json("DELETE", &self.path(), &body);
        json(request.send().await.unwrap()).await
    }

    async fn query(&self, body: Value) -> Value {
        self.mock.post(&format!("{}/query", self.path()), body).await
    }

    /// The customers of the records that a query returns.
    async fn customers(&self, body: Value) -> Vec<String> {
        let page = data(self.query(body).await);
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["customer"].as_str().unwrap().to_owned()).collect()
    }

    async fn task(&self, id: &Value) -> Value {
        self.mock.get(&format!("/v1/database_tasks/{}", id.as_str().unwrap())).await
    }
}

fn filter(logic: &str, conditions: &[(&str, &str, Option<&str>)]) -> Value {
    let conditions = conditions.iter().map(|(left, operation, right)| {
        let mut condition = json!({"left": left, "operation": operation});
        if let Some(right) = right {
            condition["right"] = json!(right);
        }
        condition
    });
    json!({"logic": logic, "conditions": conditions.collect::<Vec<_>>()})
}

#[tokio::test]
async fn every_operator_filters() {
    let orders = Orders::new(json!({})).await;
    for (field, operation, right, expected) in [
        ("cups", "equal", Some("010"), "Mo"),
        ("cups", "not_equal", Some("10"), "Ling Ann_"),
        ("cups", "greater_than", Some("9"), "Mo"),
        ("cups", "less_than", Some("9"), "Ling"),
        ("cups", "greater_equal", Some("9"), "Mo Ann_"),
        ("cups", "less_equal", Some("9"), "Ling Ann_"),
        ("price", "equal", Some("3.5"), "Ling"),
        ("paid", "equal", Some("TRUE"), "Ling"),
        ("cups", "in", Some("2, 9"), "Ling Ann_"),
        ("customer", "in", Some(r#"["Mo", "Bo"]"#), "Mo Bo"),
        ("cups", "not_in", Some("[2]"), "Mo Ann_"),
        ("price", "is_null", None, "Ann_ Bo"),
        ("price", "is_not_null", None, "Ling Mo"),
        ("customer", "like", Some("%o"), "Mo Bo"),
        ("customer", "like", Some("l_ng"), "Ling"),
        ("customer", "not_like", Some("%n%"), "Mo Bo"),
    ] {
        let filter = filter("and", &[(field, operation, right)]);
        let found = orders.customers(json!({"filter": filter})).await;
        assert_eq!(found.join(" "), expected, "{field} {operation} {right:?}");
    }
    let both = [("cups", "greater_than", Some("2")), ("customer", "like", Some("M%"))];
    let found = orders.customers(json!({"filter": filter("and", &both)})).await;
    assert_eq!(found, ["Mo"]);
    let found = orders.customers(json!({"filter": filter("or", &both)})).await;
    assert_eq!(found, ["Mo", "Ann_"]);
}

#[tokio::test]
async fn records_are_ordered_and_paged() {
    let orders = Orders::new(json!({})).await;
    let by = |field: &str, direction: &str| json!({"field_name": field, "direction": direction});
    let found = orders.customers(json!({"order_by": [by("cups", "asc")]})).await;
    assert_eq!(found, ["Bo", "Ling", "Ann_", "Mo"]);
    let order = json!([by("price", "desc"), {"field_name": "customer"}]);
    let found = orders.customers(json!({"order_by": order})).await;
    assert_eq!(found, ["Mo", "Ling", "Ann_", "Bo"]);
    let page = json!({"order_by": [by("customer", "asc")], "page_num": 2, "page_size": 3});
    let page = data(orders.query(page).await);
    let last = json!({"customer": "Mo", "cups": "10", "price": "20", "paid": "false"});
    let expected = json!({"items": [last], "has_more": false, "total_count": 4, "task_id": ""});
    assert_eq!(page, expected);

    let twice = json!({"insert_rows": [{"customer": "Mo"}, {"customer": "Mo"}]});
    data(orders.insert(twice).await);
    let select = json!({"field_names": ["customer"], "is_distinct": true});
    let page = data(orders.query(json!({"select_fields": select})).await);
    assert_eq!(page["total_count"], 4);
    assert_eq!(page["items"][3], json!({"customer": "Bo"}));
}

#[tokio::test]
async fn records_are_updated_and_deleted_by_filter() {
    let orders = Orders::new(json!({})).await;
    let unpaid = filter("and", &[("paid", "is_null", None)]);
    let update = json!([{"field_name": "paid", "value": "0"}]);
    let body = json!({"update_fields": update, "filter": unpaid});
    assert_eq!(data(orders.mock.put(&orders.path(), body.clone()).await)["affected_rows"], 2);
    assert_eq!(data(orders.mock.put(&orders.path(), body).await)["affected_rows"], 0);
    let unpaid = filter("and", &[("paid", "equal", Some("false"))]);
    assert_eq!(data(orders.delete(json!({"filter": unpaid})).await)["affected_rows"], 3);
    assert_eq!(orders.customers(json!({})).await, ["Ling"]);
}

#[tokio::test]
async fn channels_are_apart_unless_they_share() {
    for (sharing, stages, seen) in [
        ("independent_connector", json!([]), [4, 0, 0]),
        ("shared_coze_connectors", json!([]), [4, 0, 0]),
        // The store works on test data.
        ("shared_all_connectors", json!([]), [4, 4, 0]),
        (
            "shared_all_connectors",
            json!([{"connector_id": "10000122", "connector_rw_mode": "online"}]),
            [4, 4, 4],
        ),
    ] {
        let changes = json!({"connector_read_mode": sharing, "connector_rw_config": stages});
        let orders = Orders::new(changes).await;
        for (connector, seen) in ["1024", "10000011", "10000122"].into_iter().zip(seen) {
            let found = orders.customers(json!({"connector_id": connector})).await;
            assert_eq!(found.len(), seen, "{sharing} {connector}");
        }
    }
}

#[tokio::test]
async fn users_reach_their_own_records_of_a_limited_database() {
    let orders = Orders::new(json!({"rw_mode": "limited_read_write"})).await;
    orders.mock.server.state(|state| {
        state.databases.all_mut().for_each(|database| {
            "somebody".clone_into(&mut database.records[1].owner_id);
        });
    });
    assert_eq!(orders.customers(json!({})).await, ["Ling", "Ann_", "Bo"]);
    let everything = filter("and", &[("customer", "is_not_null", None)]);
    assert_eq!(data(orders.delete(json!({"filter": everything})).await)["affected_rows"], 3);
}

#[tokio::test]
async fn asynchronous_requests_run_as_tasks() {
    let orders = Orders::new(json!({})).await;
    let insert = json!({"insert_rows": [{"customer": "Cy"}], "is_async": true});
    let task = data(orders.insert(insert).await);
    assert_eq!(orders.customers(json!({})).await.len(), 4);
    let running = data(orders.task(&task["task_id"]).await);
    assert_eq!((&running["status"], &running["affected_rows"]), (&json!("running"), &Value::Null));
    for _ in 0..2 {
        let done = data(orders.task(&task["task_id"]).await);
        let expected = json!({"status": "succeed", "task_type": "insert", "error_msg": "", "affected_rows": 1});
        assert_eq!(done, expected);
    }
    assert_eq!(orders.customers(json!({})).await.len(), 5);

    let query = json!({"is_async": true, "page_size": 2, "order_by": [{"field_name": "customer"}]});
    let task = data(orders.query(query).await);
    data(orders.task(&task["task_id"]).await);
    let done = data(orders.task(&task["task_id"]).await);
    assert_eq!((&done["select_total_count"], &done["has_more"]), (&json!(5), &json!(true)));
    let url = done["select_items_file_url"].as_str().unwrap();
    let file = orders.mock.client.get(url).send().await.unwrap().bytes().await.unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!((&file[0]["customer"], &file[1]["customer"]), (&json!("Ann_"), &json!("Bo")));

    orders.mock.server.state(|state| state.clock.advance(Duration::from_secs(12 * 3600)));
    assert_error(&orders.task(&task["task_id"]).await, 4200, "task_id");
}

#[tokio::test]
async fn a_task_fails_if_its_database_is_gone() {
    let orders = Orders::new(json!({})).await;
    let everything = filter("and", &[("customer", "is_not_null", None)]);
    let task = data(orders.delete(json!({"filter": everything, "is_async": true})).await);
    let gone = orders.mock.delete(&format!("/v1/databases/{}", orders.id)).await;
    assert_eq!(gone["code"], 0);
    data(orders.task(&task["task_id"]).await);
    let failed = data(orders.task(&task["task_id"]).await);
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error_msg"], "The database was deleted.");
    assert_error(&orders.query(json!({})).await, 4200, "database_id");
}

#[tokio::test]
async fn databases_are_listed() {
    let index = json!([{"field_names": ["cups"]}]);
    let orders = Orders::new(json!({"indexs": index, "table_desc": "Tea"})).await;
    let page = data(orders.mock.get(&format!("/v1/databases?workspace_id={WORKSPACE}")).await);
    let item = &page["items"][0];
    assert_eq!((&page["total_count"], &page["has_more"]), (&json!(1), &json!(false)));
    assert_eq!((&item["table_desc"], &item["app_id"]), (&json!("Tea"), &json!("0")));
    assert_eq!(
        (&item["create_time"], &item["fields"][1]["type"]),
        (&json!("1772517749"), &json!("integer"))
    );
    assert_eq!(item["indexs"][0]["index_name"], "idx_cups");
}

#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let orders = Orders::new(json!({})).await;
    let rows = |row: Value| json!({"insert_rows": [row]});
    for (row, text) in [
        (json!({"cups": "1"}), "`customer` is required"),
        (json!({"customer": "Cy", "cups": "many"}), "`insert_rows.0.cups`"),
        (json!({"customer": "Cy", "tea": "1"}), "no field `tea`"),
    ] {
        assert_error(&orders.insert(rows(row)).await, 4000, text);
    }
    for (condition, text) in [
        (("cups", "equal", None), "conditions.0.right"),
        (("cups", "equal", Some("many")), "type integer"),
        (("cups", "near", Some("1")), "operation"),
        (("tea", "is_null", None), "no field `tea`"),
    ] {
        let filter = filter("and", &[condition]);
        assert_error(&orders.query(json!({"filter": filter})).await, 4000, text);
    }
    assert_error(&orders.delete(json!({})).await, 4000, "filter");
    assert_error(&orders.query(json!({"page_size": 1001})).await, 4000, "page_size");
    let create = |fields: Value| {
        let body = json!({
            "workspace_id": WORKSPACE, "table_name": "t", "fields": fields,
            "rw_mode": "limited_read_write",
        });
        orders.mock.post("/v1/databases", body)
    };
    let field = |name: &str| json!({"name": name, "type": "string"});
    assert_error(&create(json!([field("A")])).await, 4000, "fields.0.name");
    assert_error(&create(json!([field("a"), field("a")])).await, 4000, "exists already");
}
