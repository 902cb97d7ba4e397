//! Checks that the model of the real spec is complete, survives a round trip, and equals the
//! embedded model.

use std::collections::BTreeSet;
use std::path::Path;

use coze_spec::Language;
use coze_spec::locale::Locale;
use coze_spec::model::{Api, Place, Reply, Shape, Type};

fn api() -> Api {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    coze_spec::load(&spec)
        .and_then(|document| coze_spec::lower(&document))
        .unwrap_or_else(|findings| panic!("{findings}"))
}

#[test]
fn the_artefact_is_the_model() {
    let api = api();
    let text = coze_spec::artefact(&api);
    let read: Api = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
    assert!(read == api, "the model is another one after a round trip");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(coze_spec::ARTEFACT);
    let stored = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}"));
    assert!(stored == text, "{} is stale; run: cargo xtask generate", coze_spec::ARTEFACT);
}

#[test]
fn the_file_about_projects_is_read_if_there_is_one() {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let site = |spec| coze_spec::load_site(spec).unwrap_or_else(|findings| panic!("{findings}"));
    assert!(site(&spec).is_some());
    assert!(site(&spec.join("resources")).is_none());
}

fn chinese() -> Api {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let translate = |document| Ok(Locale::load(&spec, Language::Chinese)?.translate(&document));
    coze_spec::load(&spec)
        .and_then(translate)
        .and_then(|document| coze_spec::lower(&document))
        .unwrap_or_else(|findings| panic!("{findings}"))
}

#[test]
fn the_overlay_is_the_difference_between_the_models() {
    let file = coze_spec::overlay_file(Language::Chinese);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&file);
    let stored = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}"));
    let overlay = coze_spec::overlay(&api(), &chinese());
    assert!(stored == overlay, "{file} is stale; run: cargo xtask generate");
    assert!(overlay.contains("客户端发送的事件"), "the sentences of the model itself");
}

#[cfg(feature = "embedded")]
#[test]
fn the_embedded_model_in_chinese_is_the_translated_model() {
    let embedded = coze_spec::api_in(Language::Chinese);
    assert!(*embedded == chinese(), "model.zh-CN.json is stale; run: cargo xtask generate");
}

#[cfg(feature = "embedded")]
#[test]
fn the_embedded_model_is_the_model() {
    assert!(*coze_spec::api() == api(), "model.json is stale; run: cargo xtask generate");
}

/// Every named type is in the model.
#[test]
fn named_types_exist() {
    let api = api();
    let known: BTreeSet<&str> = api.schemas().map(|schema| schema.name.as_str()).collect();
    let mut named = Vec::new();
    let params = api.operations().flat_map(|operation| &operation.params);
    let params = params.chain(api.channels.iter().flat_map(|channel| &channel.params));
    named.extend(params.map(|param| &param.field.kind).cloned());
    named.extend(api.envelope.iter().map(|field| field.kind.clone()));
    for operation in api.operations() {
        named.extend(operation.payload());
        named.extend(operation.stream.iter().map(|stream| Type::Named(stream.union.clone())));
        named.extend(operation.paging.iter().map(|paging| paging.item.clone()));
    }
    for schema in api.schemas() {
        named.extend(schema.fields().iter().map(|field| field.kind.clone()));
        named
            .extend(schema.events().iter().filter_map(|event| event.data.clone()).map(Type::Named));
    }
    for webhook in api.webhooks.iter().flat_map(|webhooks| &webhooks.items) {
        named.push(Type::Named(webhook.header.clone()));
        named.extend(webhook.answer.iter().map(|answer| Type::Named(answer.schema.clone())));
    }
    for kind in named {
        let mut kind = &kind;
        while let Type::List(inner) | Type::Map(inner) = kind {
            kind = inner;
        }
        if let Type::Named(name) = kind {
            assert!(known.contains(name.as_str()), "`{name}` is not in the model");
        }
    }
}

/// Every operation has its documentation, its examples and its location.
#[test]
fn operations_are_complete() {
    let api = api();
    assert!(api.operations().count() > 100);
    for operation in api.operations() {
        let id = &operation.id;
        assert!(operation.summary.ends_with('.') && operation.location.line > 1, "{id}");
        assert!(operation.authenticated, "{id}");
        let in_body = operation
            .params
            .iter()
            .filter(|param| matches!(param.place, Place::Body | Place::Part));
        for param in in_body {
            let body = operation.body.as_ref().unwrap_or_else(|| panic!("{id} has no body"));
            assert_eq!(body.example.get(&param.field.wire), param.example.as_ref(), "{id}");
        }
        match &operation.reply {
            Reply::Empty | Reply::Data(_) | Reply::Flat(_) => {
                let code = operation.example.as_ref().and_then(|example| example.get("code"));
                assert!(code.is_some_and(|code| *code == 0), "{id} has no example of a reply");
            }
            Reply::Binary => {
                assert!(
                    operation.example.as_ref().is_some_and(serde_json::Value::is_string),
                    "{id}"
                );
            }
            Reply::Events => assert!(operation.stream.is_some() && operation.example.is_none()),
        }
        if let Some(stream) = &operation.stream {
            let events = api.schema(&stream.union).map(|union| &union.shape);
            let Some(Shape::Events(events)) = events else { panic!("{id} streams no union") };
            let names = stream.example.lines().filter_map(|line| line.strip_prefix("event:"));
            let names: BTreeSet<&str> = names.map(str::trim).collect();
            let shown = |wire: &str| names.contains(wire);
            assert!(events.iter().any(|event| event.ends && shown(&event.wire)), "{id}");
        }
        if let Some(paging) = &operation.paging {
            assert!(operation.param(&paging.size.wire).is_some(), "{id}");
            let payload = api.schema(&paging.payload);
            let items = payload.and_then(|schema| schema.field(&paging.items.wire));
            let list = Type::List(Box::new(paging.item.clone()));
            assert_eq!(items.map(|field| &field.kind), Some(&list), "{id}");
        }
    }
}

/// One of each kind of fact that protects live accounts.
#[test]
fn changes_are_declared() {
    let api = api();
    let facts = [
        ("bots.retrieve", false, true),
        ("conversations.messages.list", false, true),
        ("datasets.process", false, true),
        ("bots.create", true, false),
        ("bots.collaborators.delete", true, true),
        ("workflows.runs.create", true, false),
        ("audio.speech.create", true, false),
    ];
    for (id, changes, idempotent) in facts {
        let operation = api.operation(id).unwrap_or_else(|| panic!("{id} is lost"));
        assert_eq!((operation.changes, operation.idempotent), (changes, idempotent), "{id}");
    }
    let run = api.operation("workflows.runs.create");
    assert_eq!(run.and_then(|run| run.timeout), Some(600));
}
