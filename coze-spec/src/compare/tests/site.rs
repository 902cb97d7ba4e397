//! Edits of the interface of deployed projects.

use super::{API, field};
use crate::compare::compare_sites;
use crate::model::{Api, Group, Page, Resource, Schema, Shape, Site, SiteOperation, Verb};

fn site() -> Site {
    let bots = API.resources.iter().find(|resource| resource.name == "bots").unwrap();
    let resource = Resource {
        name: "site".into(),
        group: Group::default(),
        schemas: bots.schemas.iter().filter(|schema| schema.name == "Bot").cloned().collect(),
        ..bots.clone()
    };
    let operation = SiteOperation {
        name: "ask".into(),
        verb: Verb::Post,
        path: "/stream_run".into(),
        description: "Sends a message.".into(),
        idempotent: false,
        timeout: None,
        response: None,
        events: Some("AgentEvent".into()),
        example: None,
    };
    let run = SiteOperation {
        name: "run".into(),
        response: Some("Bot".into()),
        events: None,
        ..operation.clone()
    };
    Site {
        description: "Projects.".into(),
        page: None,
        tag: "type".into(),
        operations: vec![operation, run],
        types: Api { resources: vec![resource], ..Api::default() },
    }
}

fn bot(site: &mut Site) -> &mut Schema {
    &mut site.types.resources[0].schemas[0]
}

type Edit = fn(&mut Site);

/// The only rule that an edit is found by, and the edit.
pub(super) const EDITS: &[(&str, Edit)] = &[
    ("words-changed", |site| site.description = "Other.".into()),
    ("words-changed", |site| {
        site.page = Some(Page { url: "https://docs.coze.cn".into(), title: "页".into() });
    }),
    ("words-changed", |site| site.operations[0].description = "Asks.".into()),
    ("words-changed", |site| site.operations[0].example = Some(1.into())),
    ("words-changed", |site| bot(site).description = "A robot.".into()),
    ("site-tag-changed", |site| site.tag = "kind".into()),
    ("operation-removed", |site| drop(site.operations.pop())),
    ("operation-added", |site| {
        let new = SiteOperation { name: "health".into(), ..site.operations[0].clone() };
        site.operations.push(new);
    }),
    ("route-changed", |site| site.operations[0].path = "/ask".into()),
    ("idempotence-changed", |site| site.operations[0].idempotent = true),
    ("timeout-changed", |site| site.operations[0].timeout = Some(900)),
    ("reply-changed", |site| site.operations[1].response = None),
    ("stream-added", |site| site.operations[1].events = Some("AgentEvent".into())),
    ("stream-removed", |site| site.operations[0].events = None),
    ("stream-changed", |site| site.operations[0].events = Some("Other".into())),
    ("type-removed", |site| site.types.resources[0].schemas.clear()),
    ("type-renamed", |site| bot(site).rust = "Robot".into()),
    ("field-added", |site| match &mut bot(site).shape {
        Shape::Struct(fields) => fields.push(field("color")),
        other => panic!("{other:?}"),
    }),
];

#[test]
fn every_edit_is_found_by_its_rule_alone() {
    let old = site();
    assert_eq!(compare_sites(Some(&old), Some(&old.clone())), []);
    for (rule, edit) in EDITS {
        let mut new = old.clone();
        edit(&mut new);
        let changes = compare_sites(Some(&old), Some(&new));
        let rules: Vec<&str> = changes.iter().map(|change| change.rule).collect();
        assert_eq!(rules, [*rule], "{changes:#?}");
    }
}

#[test]
fn types_are_named_in_their_module_and_a_new_interface_is_added() {
    let new = site();
    let changes = compare_sites(None, Some(&new));
    let has = |item: &str, message: &str| {
        changes.iter().any(|change| (&*change.item, &*change.message) == (item, message))
    };
    assert!(has("site.ask", "new operation (POST /stream_run)"), "{changes:#?}");
    assert!(has("Bot", "new type `coze_api::site::Bot`"), "{changes:#?}");
}
