//! Creates a database, inserts, updates, queries and deletes records, and deletes the database.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example databases -- WORKSPACE_ID
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Client;
use coze_api::databases::{
    DatabaseAccessMode, DatabaseField, DatabaseFieldType, FieldUpdate, Filter, OrderBy,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Order {
    customer: String,
    cups: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workspace_id = support::argument(1, "WORKSPACE_ID")?;

    let fields = [
        DatabaseField::new("customer", DatabaseFieldType::String).is_required(true),
        DatabaseField::new("cups", DatabaseFieldType::Integer).is_required(true),
    ];
    let mode = DatabaseAccessMode::UnlimitedReadWrite;
    let created = coze.databases().create(&workspace_id, "tea_orders", fields, mode).await?;
    println!("created {}", created.database_id);
    let outcome = take_orders(&coze, &created.database_id).await;
    // Delete the database even if something has failed.
    coze.databases().delete(&created.database_id).await?;
    println!("deleted {}", created.database_id);
    outcome
}

async fn take_orders(coze: &Client, database_id: &str) -> Result<(), Box<dyn Error>> {
    let records = coze.databases().records();
    let orders = [("Ling", 1), ("Mo", 2), ("Ann", 12)]
        .map(|(customer, cups)| Order { customer: customer.to_owned(), cups });
    records.create_from(database_id, orders).await?;

    let more = FieldUpdate::from(("cups", 3));
    records.update(database_id, [more], Filter::field("customer").equal("Ling")).await?;

    let query = records.query(database_id).filter(Filter::field("cups").greater_than(2));
    let page = query.order_by([OrderBy::descending("cups")]).await?;
    for Order { customer, cups } in page.decode()? {
        println!("{customer}: {cups} cups");
    }

    // A large request runs as a task.
    let few = records.delete(database_id, Filter::field("cups").less_than(10));
    let task = few.and_poll().await?;
    println!("{} records deleted", task.affected_rows.unwrap_or_default());
    Ok(())
}
