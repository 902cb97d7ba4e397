//! A database: made, filled with values of a caller's type, searched, changed by tasks.

use std::time::Duration;

use coze_api::databases::{
    DatabaseField, DatabaseRecords, DatabaseTaskStatus, FieldUpdate, Filter, OrderBy,
};
use coze_mock::state::WORKSPACE;
use coze_tests::mock;
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    customer: String,
    cups: u32,
    paid: bool,
    note: Option<String>,
}

fn order(customer: &str, cups: u32) -> Order {
    Order { customer: customer.to_owned(), cups, paid: cups > 2, note: None }
}

async fn database(coze: &coze_api::Client) -> String {
    let field = |name, kind| DatabaseField::new(name, kind);
    let fields = [
        field("customer", "string"),
        field("cups", "integer"),
        field("paid", "boolean"),
        field("note", "string"),
    ];
    let created = coze.databases().create(WORKSPACE, "orders", fields, "unlimited_read_write");
    created.await.unwrap().database_id
}

#[tokio::test]
async fn records_keep_their_types() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let (id, records) = (database(&coze).await, coze.databases().records());
    let orders = (1..=5).map(|cups| order("Ling", cups));
    let inserted = records.create_from(&id, orders).await.unwrap();
    assert_eq!(inserted.affected_rows, Some(5));

    let many =
        Filter::all([Filter::field("cups").greater_than(1), Filter::field("note").is_null()]);
    let query = records.query(&id).filter(many).order_by([OrderBy::descending("cups")]);
    let items = query.page_size(2).items();
    let found: Vec<Order> = items
        .and_then(|record| async { DatabaseRecords::decode(record) })
        .try_collect()
        .await
        .unwrap();
    assert_eq!(found, [5, 4, 3, 2].map(|cups| order("Ling", cups)));
    assert_eq!(server.requests_to("databases.records.query").len(), 2);

    let note = [FieldUpdate::from(("note", "hot")), FieldUpdate::from(("paid", true))];
    let updated = records.update(&id, note, Filter::field("cups").equal(1)).await.unwrap();
    assert_eq!(updated.affected_rows, Some(1));
    let page = records.query(&id).filter(Filter::field("note").equal("hot")).await.unwrap();
    let page = page.decode::<Order>().unwrap();
    let hot = Order { paid: true, note: Some("hot".to_owned()), ..order("Ling", 1) };
    assert_eq!((page.items, page.total), (vec![hot], Some(1)));
}

#[tokio::test]
async fn tasks_are_polled_until_they_end() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let (id, records) = (database(&coze).await, coze.databases().records());
    let insertion = records.create_from(&id, [order("Mo", 1), order("Mo", 2)]).and_poll();
    let task = insertion.with_interval(Duration::from_millis(1)).await.unwrap();
    assert_eq!((task.status, task.affected_rows), (DatabaseTaskStatus::Succeed, Some(2)));
    let sent: serde_json::Value =
        serde_json::from_slice(&server.requests_to("databases.records.create")[0].body).unwrap();
    assert_eq!(sent["is_async"], true);

    let query = records.query(&id).and_poll().with_interval(Duration::from_millis(1));
    let task = query.await.unwrap();
    assert_eq!(task.select_total_count, Some(2));
    let file = mock::http().get(&task.select_items_file_url).send().await.unwrap();
    let file: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_slice(&file.bytes().await.unwrap()).unwrap();
    let file = file.into_iter().map(DatabaseRecords::decode::<Order>);
    let file: coze_api::Result<Vec<Order>> = file.collect();
    assert_eq!(file.unwrap(), [order("Mo", 1), order("Mo", 2)]);

    // The page of an asynchronous query says which task makes it, and nothing else.
    let page = records.query(&id).is_async(true).await.unwrap();
    let task_id = page.task_id.clone().unwrap();
    assert_eq!((page.total, page.items.len(), page.has_more), (None, 0, false));
    let tasks = coze.databases().tasks();
    let poll = tasks.poll(&task_id).with_interval(Duration::from_millis(1));
    assert_eq!(poll.await.unwrap().select_total_count, Some(2));
}

#[tokio::test]
async fn errors_of_tasks_name_the_task() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let (id, records) = (database(&coze).await, coze.databases().records());
    let everything = || Filter::field("customer").is_not_null();
    let deletion = records.delete(&id, everything()).is_async(true).await.unwrap();
    let task_id = deletion.task_id.unwrap();
    let tasks = coze.databases().tasks();
    let slow = tasks.poll(&task_id).with_deadline(Duration::from_millis(100)).await.unwrap_err();
    assert!(slow.is_timeout() && slow.to_string().contains(&task_id), "{slow}");
    assert_eq!(slow.database_task_id(), Some(&*task_id));

    coze.databases().delete(&id).await.unwrap();
    let failed = tasks.poll(&task_id).with_interval(Duration::from_millis(1)).await.unwrap_err();
    assert!(failed.is_api() && failed.to_string().contains("deleted"), "{failed}");
    assert_eq!(failed.database_task_id(), Some(&*task_id));
    assert!(failed.body().unwrap().contains("\"failed\""));

    let gone = records.delete(&id, everything()).and_poll().await.unwrap_err();
    assert_eq!((gone.code(), gone.database_task_id()), (Some(4200), None), "{gone}");
}
