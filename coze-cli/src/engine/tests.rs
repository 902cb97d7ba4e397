//! Calls every operation of the model on the mock.

use std::collections::BTreeMap;

use coze_api::{Platform, Upload};
use coze_spec::model::{Operation, Reply, Type};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use super::{Call, CallEvent, Mode};
use crate::backend::Backend;
use crate::{catalog, samples};

/// Returns a call with all example values.
fn example(operation: &'static Operation, mode: Mode) -> Call {
    let mut values = samples::example(operation);
    // The mock does not know the page token of the example.
    values.remove("page_token");
    let mut uploads = BTreeMap::new();
    for param in operation.params.iter().filter(|param| param.field.kind == Type::File) {
        let name = &param.field.wire;
        if let Some(Value::String(content)) = values.remove(name) {
            uploads.insert(name.clone(), Upload::bytes("example.txt", content));
        }
    }
    Call { operation, values, uploads, mode }
}

#[tokio::test]
async fn every_operation_is_called_in_every_mode() {
    for operation in coze_spec::api().operations() {
        // Otherwise, an example could undo what the next one needs.
        let backend = Backend::mock(Platform::Cloud).await.expect("a mock");
        let mut modes = vec![Mode::Reply];
        match (&operation.reply, &operation.stream, &operation.paging) {
            (Reply::Events, ..) => modes = vec![Mode::Events],
            (_, Some(_), _) => modes.push(Mode::Events),
            (_, _, Some(_)) => modes.push(Mode::AllPages),
            _ => {}
        }
        for mode in modes {
            let id = &operation.id;
            let mut events = example(operation, mode).run(&backend.client).expect(id);
            let mut seen = Vec::new();
            while let Some(event) = events.next().await {
                seen.push(match event.unwrap_or_else(|error| panic!("{id}: {error}")) {
                    CallEvent::Request(request) => {
                        assert!(request.url.starts_with(backend.client.base_url()), "{id}");
                        "request"
                    }
                    CallEvent::Head { status: 200, .. } => "head",
                    CallEvent::Head { status, .. } => panic!("{id}: {status}"),
                    CallEvent::Body(_) => "body",
                    // The mock may repeat an example that announces another page forever.
                    CallEvent::Item(_) => break,
                    CallEvent::Frame(_) => "frame",
                    CallEvent::StreamFailed(failure) => panic!("{id}: {failure:?}"),
                    CallEvent::File(file) => {
                        file.try_for_each(|_| async { Ok(()) }).await.expect(id);
                        "file"
                    }
                });
            }
            assert_eq!(seen.first(), Some(&"request"), "{id}");
            assert_eq!(seen.get(1), Some(&"head"), "{id}");
            if mode != Mode::AllPages {
                assert!(seen.len() > 2, "{id} {mode:?}");
                let end = match (mode, &operation.reply) {
                    (Mode::Events, _) => "frame",
                    (_, Reply::Binary) => "file",
                    _ => "body",
                };
                assert_eq!(seen.last(), Some(&end), "{id} {mode:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_shows_no_token() {
    let backend = Backend::mock(Platform::Cloud).await.expect("a mock");
    for operation in coze_spec::api().operations() {
        let request = example(operation, Mode::Reply).request(&backend.client).await;
        let request = request.unwrap_or_else(|error| panic!("{}: {error}", operation.id));
        assert!(request.method.eq_ignore_ascii_case(operation.verb.name()), "{}", operation.id);
        assert!(!format!("{request:?}").contains("pat_mock"), "{}", operation.id);
    }
    assert_eq!(backend.mock.expect("a mock").count(), 0);
}

#[tokio::test]
async fn unknown_values_are_sent() {
    let backend = Backend::mock(Platform::Cloud).await.expect("a mock");
    let shown = async |id: &str, more: Value| {
        let mut call = example(catalog::find(id).expect(id), Mode::Reply);
        let Value::Object(more) = more else { panic!("{more}") };
        call.values.extend(more);
        call.request(&backend.client).await.unwrap_or_else(|error| panic!("{id}: {error}"))
    };
    let request = shown(
        "bots.create",
        json!({"brand_new": {"deep": [1]}, "query:lane": "blue & green", "header:x-tt-env": "boe"}),
    )
    .await;
    let body: Value = serde_json::from_str(&request.body.text().expect("a body")).expect("JSON");
    assert_eq!(body["brand_new"], json!({"deep": [1]}));
    assert!(
        request.url.ends_with("?lane=blue+%26+green")
            || request.url.ends_with("?lane=blue%20%26%20green"),
        "{}",
        request.url
    );
    assert!(request.headers.contains(&("x-tt-env".into(), "boe".into())), "{request:?}");
    let request = shown("bots.list", json!({"brand_new": [1, 2]})).await;
    assert!(request.url.contains("brand_new=1"), "{}", request.url);
    let request = shown("files.upload", json!({"brand_new": 7})).await;
    assert!(request.body.text().expect("a form").contains("brand_new=7"));
    // Unknown members of known objects and null values are sent too.
    let request =
        shown("bots.create", json!({"prompt_info": {"new": 1}, "icon_file_id": null})).await;
    let body: Value = serde_json::from_str(&request.body.text().expect("a body")).expect("JSON");
    assert_eq!(body["prompt_info"], json!({"new": 1}));
    assert_eq!(body.get("icon_file_id"), Some(&Value::Null));
}

#[tokio::test]
async fn invalid_calls_are_rejected_before_anything_is_sent() {
    let backend = Backend::mock(Platform::Cloud).await.expect("a mock");
    let rejected_field = |id: &str, values: Value, mode: Mode| {
        let Value::Object(values) = values else { panic!("{values}") };
        let operation = catalog::find(id).expect(id);
        let call = Call { operation, values, uploads: BTreeMap::new(), mode };
        call.run(&backend.client).map(drop).map_err(|invalid| invalid.field)
    };
    assert_eq!(
        rejected_field("bots.list", json!({}), Mode::Reply),
        Err(Some("workspace_id".into()))
    );
    for id in ["", ".", ".."] {
        let values = json!({"bot_id": id});
        assert_eq!(
            rejected_field("bots.retrieve", values, Mode::Reply),
            Err(Some("bot_id".into()))
        );
    }
    let list = json!({"workspace_id": "1"});
    assert_eq!(rejected_field("bots.list", list.clone(), Mode::Events), Err(None));
    assert_eq!(rejected_field("users.me", json!({}), Mode::AllPages), Err(None));
    assert_eq!(rejected_field("files.upload", json!({}), Mode::Reply), Err(Some("file".into())));
    assert_eq!(backend.mock.expect("a mock").count(), 0);
}

#[tokio::test]
async fn bodies_of_replies_and_errors_are_unchanged() {
    use coze_mock::Fault;

    let backend = Backend::mock(Platform::Cloud).await.expect("a mock");
    let mock = backend.mock.as_ref().expect("a mock");
    let call = || Call {
        operation: catalog::find("users.me").expect("one"),
        values: serde_json::Map::new(),
        uploads: BTreeMap::new(),
        mode: Mode::Reply,
    };
    let body = async || {
        let mut events = call().run(&backend.client).expect("valid");
        let (mut body, mut failed) = (None, None);
        while let Some(event) = events.next().await {
            match event {
                Ok(CallEvent::Body(bytes)) => {
                    body = Some(String::from_utf8_lossy(&bytes).into_owned());
                }
                Ok(_) => {}
                Err(error) => failed = error.code(),
            }
        }
        (body.unwrap_or_default(), failed)
    };
    let (whole, failed) = body().await;
    assert!(whole.contains("\"code\"") && whole.contains("\"msg\""), "{whole}");
    assert_eq!(failed, None);
    mock.fault("code=4101".parse::<Fault>().expect("a fault").once());
    let (whole, failed) = body().await;
    assert!(whole.contains("4101"), "{whole}");
    assert_eq!(failed, Some(4101));
}
