//! The table calls every operation over the mock, and its samples are good.

use std::collections::{BTreeMap, BTreeSet};

use coze_api::Upload;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use super::{Call, Happening, Mode, TABLE};
use crate::backend::Backend;
use crate::operations::{self, Answer, Kind, Operation};

/// A call with everything that the examples show.
fn example(operation: &Operation, mode: Mode) -> Call {
    let mut values = operation.example.clone();
    // That of an example belongs to no page of the mock.
    values.remove("page_token");
    let mut uploads = BTreeMap::new();
    for field in operation.parameters.iter().filter(|field| field.kind == Kind::File) {
        if let Some(Value::String(content)) = values.remove(&field.name) {
            uploads.insert(field.name.clone(), Upload::bytes("example.txt", content));
        }
    }
    Call { id: operation.id.clone(), values, uploads, mode }
}

#[test]
fn the_table_and_the_functions_are_of_the_same_operations() {
    let described: BTreeSet<&str> =
        operations::all().iter().map(|operation| operation.id.as_str()).collect();
    let callable: BTreeSet<&str> = TABLE.iter().copied().flatten().map(|entry| entry.id).collect();
    assert!(described.len() > 100);
    assert_eq!(described, callable);
}

#[tokio::test]
async fn every_operation_is_called_in_every_way_that_it_answers() {
    let backend = Backend::mock().await.expect("a mock");
    for operation in operations::all() {
        let mut modes = vec![Mode::Whole];
        match operation.answer {
            Answer::JsonOrEvents => modes.push(Mode::Events),
            Answer::Events => modes = vec![Mode::Events],
            Answer::Json if operation.paged => modes.push(Mode::All),
            Answer::Json | Answer::File => {}
        }
        for mode in modes {
            let id = &operation.id;
            let mut running = example(operation, mode).run(&backend.client).expect(id);
            let mut seen = Vec::new();
            while let Some(happening) = running.next().await {
                seen.push(match happening.unwrap_or_else(|error| panic!("{error}")) {
                    Happening::Request(request) => {
                        assert!(request.url.starts_with(backend.client.base_url()), "{id}");
                        "request"
                    }
                    Happening::Head { status: 200, .. } => "head",
                    Happening::Head { status, .. } => panic!("{id}: {status}"),
                    Happening::Value(_) => "value",
                    // An example that says that there is more says so on every page.
                    Happening::Item(_) => break,
                    Happening::Event { .. } => "event",
                    Happening::File(file) => {
                        file.try_for_each(|_| async { Ok(()) }).await.expect(id);
                        "file"
                    }
                });
            }
            assert_eq!(seen.first(), Some(&"request"), "{id}");
            assert_eq!(seen.get(1), Some(&"head"), "{id}");
            if mode != Mode::All {
                assert!(seen.len() > 2, "{id} {mode:?}");
                let end = match (mode, operation.answer) {
                    (Mode::Events, _) => "event",
                    (_, Answer::File) => "file",
                    _ => "value",
                };
                assert_eq!(seen.last(), Some(&end), "{id} {mode:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_shows_no_token() {
    let backend = Backend::mock().await.expect("a mock");
    for operation in operations::all() {
        let request = example(operation, Mode::Whole).request(&backend.client).await;
        let request = request.unwrap_or_else(|error| panic!("{}: {error}", operation.id));
        assert_eq!(request.method, operation.method, "{}", operation.id);
        assert!(!format!("{request:?}").contains("pat_mock"), "{}", operation.id);
    }
    assert_eq!(backend.mock.expect("a mock").count(), 0);
}

#[tokio::test]
async fn what_an_operation_does_not_have_is_refused_before_anything_is_sent() {
    let backend = Backend::mock().await.expect("a mock");
    let operation = operations::find("bots.list").expect("there is one");
    let mut call = example(operation, Mode::Whole);
    call.values.insert("workspace".into(), "1".into());
    let refused = call.run(&backend.client).map(drop).map_err(|unfit| unfit.field);
    assert_eq!(refused, Err(Some("workspace".into())));
    let events = example(operation, Mode::Events).run(&backend.client).map(drop);
    assert!(events.is_err());
    assert_eq!(backend.mock.expect("a mock").count(), 0);
}
