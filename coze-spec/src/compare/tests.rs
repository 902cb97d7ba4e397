//! One edit for each rule, on the model of the real API.

mod oasdiff;
mod site;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::json;

use super::{Change, Label, RULES, compare};
use crate::model::{
    Api, ErrorCategory, ErrorCode, ErrorSource, Field, Operation, Param, Place, Reply, Resource,
    RetryAdvice, Schema, Shape, Studio, Type, Variant, Verb,
};

static API: LazyLock<Api> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../model.json")).expect("the model is JSON")
});

/// Returns what an edit changes.
fn changes(edit: impl FnOnce(&mut Api)) -> Vec<Change> {
    let mut new = API.clone();
    edit(&mut new);
    compare(&API, &new)
}

fn operation<'a>(api: &'a mut Api, id: &str) -> &'a mut Operation {
    fn find<'a>(group: &'a mut crate::model::Group, id: &str) -> Option<&'a mut Operation> {
        if let Some(index) = group.operations.iter().position(|operation| operation.id == id) {
            return group.operations.get_mut(index);
        }
        group.children.iter_mut().find_map(|group| find(group, id))
    }
    let groups = api.resources.iter_mut().map(|resource| &mut resource.group);
    groups.into_iter().find_map(|group| find(group, id)).expect("an operation")
}

fn param<'a>(api: &'a mut Api, id: &str, name: &str) -> &'a mut Param {
    let params = &mut operation(api, id).params;
    params.iter_mut().find(|param| param.field.wire == name).expect("a parameter")
}

fn schema<'a>(api: &'a mut Api, name: &str) -> &'a mut Schema {
    let resources = api.resources.iter_mut().flat_map(|resource| &mut resource.schemas);
    let channels = api.channels.iter_mut().flat_map(|channel| &mut channel.schemas);
    let mut all = resources.chain(channels).chain(&mut api.shared).chain(&mut api.channels_shared);
    all.find(|schema| schema.name == name).expect("a schema")
}

fn fields<'a>(api: &'a mut Api, name: &str) -> &'a mut Vec<Field> {
    match &mut schema(api, name).shape {
        Shape::Struct(fields) => fields,
        _ => panic!("{name} is not a struct"),
    }
}

fn variants<'a>(api: &'a mut Api, name: &str) -> &'a mut Vec<Variant<String>> {
    match &mut schema(api, name).shape {
        Shape::Strings(variants) => variants,
        _ => panic!("{name} is not an enumeration"),
    }
}

fn events<'a>(api: &'a mut Api, name: &str) -> &'a mut Vec<crate::model::Event> {
    match &mut schema(api, name).shape {
        Shape::Events(events) | Shape::Commands(events) => events,
        _ => panic!("{name} is not a union"),
    }
}

fn field(wire: &str) -> Field {
    let value = json!({"wire": wire, "rust": wire, "kind": "string"});
    serde_json::from_value(value).expect("a field")
}

fn resource<'a>(api: &'a mut Api, name: &str) -> &'a mut Resource {
    api.resources.iter_mut().find(|resource| resource.name == name).expect("a resource")
}

/// Returns an error with a constant.
fn error(api: &mut Api) -> &mut ErrorCode {
    api.errors.iter_mut().find(|error| error.code == "4016").expect("an error")
}

type Edit = fn(&mut Api);

/// The rule that an edit is found by, and the edit.
const EDITS: &[(&str, Edit)] = &[
    ("words-changed", |api| operation(api, "bots.create").summary = "Makes a bot.".into()),
    ("words-changed", |api| operation(api, "bots.create").example = None),
    ("words-changed", |api| api.servers[0].description = "Elsewhere.".into()),
    ("words-changed", |api| resource(api, "bots").description = "Robots.".into()),
    ("words-changed", |api| resource(api, "bots").aliases.push("robots".into())),
    ("words-changed", |api| error(api).meaning = "Other.".into()),
    ("words-changed", |api| error(api).action = "Other.".into()),
    ("words-changed", |api| error(api).source = ErrorSource::Studio),
    ("words-changed", |api| {
        api.errors.retain(|error| error.source != ErrorSource::ChatSdk);
    }),
    ("words-changed", |api| api.channels[0].page = None),
    ("words-changed", |api| {
        operation(api, "chat.create").studio.as_mut().unwrap().note = "Other.".into();
    }),
    ("words-changed", |api| {
        let mut every = api.channels.iter_mut().flat_map(|channel| &mut channel.schemas);
        let event = every.find_map(|schema| match &mut schema.shape {
            Shape::Events(events) => events.first_mut(),
            _ => None,
        });
        event.unwrap().example = Some(json!({"other": 1}));
    }),
    ("envelope-changed", |api| drop(api.envelope.pop())),
    ("error-added", |api| {
        let new = ErrorCode { code: "1".into(), name: "ONE".into(), ..error(api).clone() };
        api.errors.push(new);
    }),
    ("error-removed", |api| api.errors.retain(|error| error.code != "4016")),
    ("error-removed", |api| error(api).source = ErrorSource::ChatSdk),
    ("error-removed", |api| error(api).name.clear()),
    ("error-unlisted", |api| api.errors.retain(|error| error.source != ErrorSource::Oauth)),
    ("error-renamed", |api| error(api).name = "OTHER".into()),
    ("error-code-changed", |api| error(api).code = "1".into()),
    ("error-kind-changed", |api| error(api).kind = ErrorCategory::Server),
    ("error-retry-changed", |api| error(api).retry = RetryAdvice::Never),
    ("accessor-renamed", |api| resource(api, "bots").group.accessor = "Robots".into()),
    ("accessor-renamed", |api| {
        resource(api, "bots").group.children[0].accessor = "Others".into();
    }),
    ("server-added", |api| {
        let mut server = api.servers[0].clone();
        server.url = "https://example.com".into();
        api.servers.push(server);
    }),
    ("server-removed", |api| drop(api.servers.remove(0))),
    ("studio-changed", |api| api.studio.as_mut().unwrap().log_id = "x-id".into()),
    ("studio-changed", |api| {
        operation(api, "chat.create").studio.as_mut().unwrap().ignores.push("user_id".into());
    }),
    ("operation-added", |api| {
        let mut new = operation(api, "bots.create").clone();
        (new.id, new.path) = ("bots.copy".into(), "/v1/bot/copy".into());
        api.resources[0].group.operations.push(new);
    }),
    ("operation-removed", |api| {
        let resource = api.resources.iter_mut().find(|resource| resource.name == "bots").unwrap();
        resource.group.operations.retain(|operation| operation.id != "bots.create");
    }),
    ("operation-renamed", |api| operation(api, "bots.create").id = "bots.make".into()),
    ("builder-renamed", |api| operation(api, "bots.create").builder = "MakeBot".into()),
    ("route-changed", |api| operation(api, "bots.create").path = "/v2/bot/create".into()),
    ("route-changed", |api| operation(api, "bots.create").verb = Verb::Put),
    ("route-changed", |api| api.channels[0].path = Some("/v9".into())),
    ("verbs-changed", |api| operation(api, "bots.create").also = vec![Verb::Put]),
    ("permission-added", |api| {
        operation(api, "bots.create").permissions.push("Bot.other".into());
    }),
    ("permission-added", |api| api.channels[0].permissions.push("Other".into())),
    ("permission-removed", |api| operation(api, "bots.create").permissions.clear()),
    ("permission-removed", |api| api.channels[0].permissions.clear()),
    ("token-changed", |api| operation(api, "bots.create").authenticated = false),
    ("deprecated", |api| operation(api, "bots.create").deprecated = Some("Use x.".into())),
    ("deprecation-withdrawn", |api| {
        for resource in &mut api.resources {
            for operation in &mut resource.group.operations {
                operation.deprecated = None;
            }
        }
    }),
    ("idempotence-changed", |api| {
        let operation = operation(api, "bots.create");
        operation.idempotent = !operation.idempotent;
    }),
    ("changes-data-changed", |api| operation(api, "bots.create").changes = false),
    ("timeout-changed", |api| operation(api, "bots.create").timeout = Some(300)),
    ("body-media-changed", |api| {
        operation(api, "bots.create").body.as_mut().unwrap().media = crate::model::Media::Multipart;
    }),
    ("body-presence-changed", |api| {
        let body = operation(api, "bots.create").body.as_mut().unwrap();
        body.required = !body.required;
    }),
    ("argument-added", |api| {
        let mut new = param(api, "bots.create", "name").clone();
        new.field.wire = "color".into();
        operation(api, "bots.create").params.push(new);
    }),
    ("argument-added", |api| {
        let new = Field { required: true, ..field("unit") };
        fields(api, "UserVariableValue").push(new);
    }),
    ("argument-removed", |api| {
        operation(api, "bots.create").params.retain(|param| param.field.wire != "name");
    }),
    ("arguments-reordered", |api| {
        let params = &mut operation(api, "bots.create").params;
        params.reverse();
    }),
    ("arguments-reordered", |api| fields(api, "UserVariableValue").reverse()),
    ("setter-added", |api| {
        let mut new = param(api, "bots.create", "description").clone();
        new.field.wire = "color".into();
        operation(api, "bots.create").params.push(new);
    }),
    ("setter-removed", |api| {
        operation(api, "bots.create").params.retain(|param| param.field.wire != "description");
    }),
    ("setter-renamed", |api| param(api, "bots.create", "description").field.rust = "about".into()),
    ("now-required", |api| param(api, "bots.create", "description").field.required = true),
    ("now-optional", |api| param(api, "bots.create", "name").field.required = false),
    ("now-optional", |api| fields(api, "UserVariableValue")[0].required = false),
    ("now-constant", |api| param(api, "bots.create", "name").constant = Some("Bot".into())),
    ("constant-changed", |api| {
        for param in every_param(api).filter(|param| param.constant.is_some()) {
            param.constant = Some("other".into());
        }
    }),
    ("place-changed", |api| param(api, "bots.create", "name").place = Place::Header),
    ("list-style-changed", |api| {
        param(api, "variables.retrieve", "keywords").place = Place::Query { explode: true };
    }),
    ("type-changed", |api| param(api, "bots.create", "name").field.kind = Type::Int64),
    ("type-changed", |api| fields(api, "Bot")[0].kind = Type::Int64),
    ("limit-tightened", |api| {
        param(api, "bots.create", "name").field.limits.max_length = Some(3);
    }),
    ("limit-tightened", |api| {
        let each = crate::model::Limits { min_length: Some(5), ..Default::default() };
        param(api, "variables.retrieve", "keywords").field.limits.each = Some(Box::new(each));
    }),
    ("limit-relaxed", |api| {
        param(api, "bots.create", "name").field.limits.max_length = Some(100_000);
    }),
    ("limit-tightened", |api| fields(api, "RoomConfig")[0].limits.max_length = Some(5)),
    ("reply-limits-changed", |api| fields(api, "Bot")[0].limits.max_length = Some(5)),
    ("words-changed", |api| fields(api, "Bot")[0].default = Some(json!("none"))),
    ("default-changed", |api| {
        param(api, "variables.update", "connector_id").field.default = Some(json!("999"));
    }),
    ("reply-changed", |api| operation(api, "bots.create").reply = Reply::Empty),
    ("reply-presence-changed", |api| match &mut operation(api, "variables.retrieve").reply {
        Reply::Data(data) => data.required = !data.required,
        other => panic!("{other:?}"),
    }),
    ("paging-added", |api| {
        let paging = operation(api, "bots.list").paging.clone();
        operation(api, "bots.create").paging = paging;
    }),
    ("paging-removed", |api| operation(api, "bots.list").paging = None),
    ("paging-changed", |api| {
        operation(api, "bots.list").paging.as_mut().unwrap().default_size = 7;
    }),
    ("stream-added", |api| {
        let stream = operation(api, "chat.create").stream.clone();
        operation(api, "bots.create").stream = stream;
    }),
    ("stream-removed", |api| operation(api, "chat.create").stream = None),
    ("stream-changed", |api| {
        operation(api, "chat.create").stream.as_mut().unwrap().union = "Other".into();
    }),
    ("stream-switch-changed", |api| {
        operation(api, "chat.create").stream.as_mut().unwrap().switch = false;
    }),
    ("studio-serves", |api| operation(api, "bots.create").studio = Some(Studio::default())),
    ("studio-serves-not", |api| operation(api, "chat.create").studio = None),
    ("type-added", |api| {
        let mut new = schema(api, "Bot").clone();
        new.name = "Robot".into();
        api.shared.push(new);
    }),
    ("type-removed", |api| {
        for resource in &mut api.resources {
            resource.schemas.retain(|schema| schema.name != "Bot");
        }
        api.shared.retain(|schema| schema.name != "Bot");
    }),
    ("type-renamed", |api| schema(api, "Bot").rust = "Robot".into()),
    ("shape-changed", |api| schema(api, "Bot").shape = Shape::Strings(Vec::new())),
    ("constructor-added", |api| schema(api, "Bot").usage.request = true),
    ("constructor-removed", |api| schema(api, "UserVariableValue").usage.request = false),
    ("decoding-added", |api| schema(api, "UserVariableValue").usage.reply = true),
    ("decoding-removed", |api| schema(api, "Bot").usage.reply = false),
    ("null-changed", |api| {
        let field = &mut fields(api, "RoomConfig")[0];
        (field.required, field.nullable) = (true, true);
    }),
    ("field-added", |api| fields(api, "Bot").push(field("color"))),
    ("field-removed", |api| drop(fields(api, "Bot").remove(0))),
    ("field-renamed", |api| fields(api, "Bot")[0].rust = "other".into()),
    ("field-optionality-changed", |api| fields(api, "Bot")[0].nullable = true),
    // A type of replies that a request uses: its optional fields become options.
    ("field-optionality-changed", |api| {
        let field = &mut fields(api, "Bot")[0];
        field.required = false;
        schema(api, "Bot").usage.request = true;
    }),
    ("equality-lost", |api| {
        let mut new = field("temperature");
        new.kind = Type::Double;
        fields(api, "Conversation").push(new);
    }),
    ("field-presence-changed", |api| {
        let field = &mut fields(api, "Bot")[0];
        field.required = !field.required;
    }),
    ("aliases-changed", |api| fields(api, "Bot")[0].aliases.push("Id".into())),
    ("value-added", |api| {
        let new = serde_json::from_value(json!({"value": "paused", "rust": "Paused"}));
        variants(api, "ChatStatus").push(new.unwrap());
    }),
    ("value-removed", |api| drop(variants(api, "ChatStatus").remove(0))),
    ("value-renamed", |api| variants(api, "ChatStatus")[0].rust = "Begun".into()),
    ("event-added", |api| {
        let mut new = events(api, "ChatEvent")[0].clone();
        new.wire = "other".into();
        events(api, "ChatEvent").push(new);
    }),
    ("event-removed", |api| drop(events(api, "ChatEvent").remove(0))),
    ("event-renamed", |api| events(api, "ChatEvent")[0].rust = "Other".into()),
    ("event-data-changed", |api| events(api, "ChatEvent")[0].data = None),
    ("event-end-changed", |api| {
        let event = &mut events(api, "ChatEvent")[0];
        event.ends = !event.ends;
    }),
    ("channel-added", |api| {
        let mut new = api.channels[0].clone();
        new.name = "other".into();
        api.channels.push(new);
    }),
    ("channel-removed", |api| drop(api.channels.remove(0))),
    ("callback-added", |api| {
        let items = &mut api.webhooks.as_mut().unwrap().items;
        let mut new = items[0].clone();
        new.event.wire = "other".into();
        items.push(new);
    }),
    ("callback-removed", |api| drop(api.webhooks.as_mut().unwrap().items.remove(0))),
    ("callback-changed", |api| {
        api.webhooks.as_mut().unwrap().items[0].header = "Other".into();
    }),
];

fn every_param(api: &mut Api) -> impl Iterator<Item = &mut Param> {
    let resources = api.resources.iter_mut();
    let operations = resources.flat_map(|resource| &mut resource.group.operations);
    operations.flat_map(|operation| &mut operation.params)
}

#[test]
fn every_edit_is_found_by_its_rule() {
    for (rule, edit) in EDITS {
        let changes = changes(edit);
        assert!(changes.iter().any(|change| change.rule == *rule), "{rule}: {changes:#?}");
    }
}

#[test]
fn every_rule_has_an_edit() {
    let of_sites = site::EDITS.iter().map(|(rule, _)| *rule);
    let edits: BTreeSet<&str> = EDITS.iter().map(|(rule, _)| *rule).chain(of_sites).collect();
    let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(edits, rules);
    assert_eq!(rules.len(), RULES.len());
}

#[test]
fn a_note_about_coze_studio_is_words_only() {
    let noted = changes(|api| {
        operation(api, "chat.create").studio.as_mut().unwrap().note = "Other.".into();
    });
    assert_eq!(noted.iter().map(|change| change.rule).collect::<Vec<_>>(), ["words-changed"]);
}

#[test]
fn a_field_that_may_be_null_is_not_an_argument_of_the_constructor() {
    let rules = |edit: Edit| changes(edit).iter().map(|change| change.rule).collect::<Vec<_>>();
    let added = rules(|api| {
        let new = Field { required: true, nullable: true, ..field("unit") };
        fields(api, "UserVariableValue").push(new);
    });
    assert_eq!(added, ["field-added"]);
    let nullable = rules(|api| fields(api, "UserVariableValue")[0].nullable = true);
    assert_eq!(nullable, ["field-optionality-changed", "now-optional"]);
}

#[test]
fn errors_are_named_as_in_rust() {
    let renamed = changes(|api| error(api).name = "BUSY".into());
    let [change] = &renamed[..] else { panic!("{renamed:#?}") };
    assert_eq!(change.item, "errors::BUSY");
    assert_eq!(change.message, "`CHAT_IN_PROGRESS` is renamed to `BUSY`");
    let moved = changes(|api| error(api).code = "1".into());
    let [change] = &moved[..] else { panic!("{moved:#?}") };
    assert_eq!(change.item, "errors::CHAT_IN_PROGRESS");
    assert_eq!(change.message, "the code is 1 instead of 4016");
}

#[test]
fn labels_are_sorted_so_that_the_last_is_the_severest() {
    assert!(RULES.iter().all(|rule| rule.labels.is_sorted()));
    let change = changes(|api| param(api, "bots.create", "name").field.kind = Type::Int64);
    assert_eq!(change[0].severity(), Label::BreakingRust);
}

#[test]
fn the_same_api_has_no_changes() {
    assert_eq!(compare(&API, &API.clone()), []);
}

#[test]
fn an_edit_is_found_once_and_says_what_changed() {
    let renamed = changes(|api| operation(api, "bots.create").id = "bots.make".into());
    let [change] = &renamed[..] else { panic!("{renamed:#?}") };
    assert_eq!(change.message, "`bots.create` is renamed to `bots.make`");
    let tight = changes(|api| {
        param(api, "bots.create", "name").field.limits.max_length = Some(3);
    });
    let [change] = &tight[..] else { panic!("{tight:#?}") };
    assert_eq!(change.item, "bots.create `name`");
    assert_eq!(change.message, "the greatest length is 3 instead of 20");
}

#[test]
fn types_and_labels_are_named_as_people_know_them() {
    let named = [
        (Type::Secret, "secret"),
        (Type::Int32, "32-bit integer"),
        (Type::Int64, "64-bit integer"),
        (Type::Double, "number"),
        (Type::Boolean, "boolean"),
        (Type::Json, "free-form JSON"),
        (Type::File, "file"),
        (Type::Named("Chat".into()), "`Chat`"),
        (Type::List(Box::new(Type::String)), "list of string"),
        (Type::Map(Box::new(Type::Int64)), "map of 64-bit integer"),
    ];
    for (kind, name) in named {
        let changed = changes(|api| param(api, "bots.create", "name").field.kind = kind.clone());
        assert_eq!(changed[0].message, format!("the type is {name} instead of string"));
    }
    let labels = [Label::Words, Label::Addition, Label::BreakingWire, Label::BreakingRust];
    let names = ["words only", "addition", "breaking on the wire", "breaking for Rust users"];
    assert_eq!(labels.map(Label::as_str), names);
}

#[test]
fn swapped_arguments_are_named_in_both_orders() {
    let swapped = changes(|api| fields(api, "UserVariableValue").reverse());
    let [change] = &swapped[..] else { panic!("{swapped:#?}") };
    assert_eq!(change.rule, "arguments-reordered");
    assert_eq!(
        change.message,
        "the arguments of `new` are `value`, `keyword` instead of `keyword`, `value`"
    );
}
