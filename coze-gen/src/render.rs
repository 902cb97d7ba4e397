//! Renders the model as items, one output for each file. Each module renders one part of the
//! output.

mod argument;
mod calls;
mod channel;
mod client;
mod enums;
mod errors;
mod example;
mod imports;
mod messages;
mod paging;
mod request;
mod resource;
mod site;
mod stream;
mod studio;

use std::collections::BTreeMap;

use coze_spec::Diagnostics;
use coze_spec::model::{Api, Schema, Shape, Site};
use syn::{Item, ItemStruct};

use crate::files::Output;
use crate::rewrite::{decoding, rewrite};
use crate::types::structs;

const GENERATED: &str = "coze-api/src/generated";
const TESTS: &str = "tests/tests/wire/generated";

/// Renders the code of the SDK, the calls of its tests, and the tests of its events.
pub(crate) fn render(api: &Api, site: Option<&Site>) -> Result<Vec<Output>, Diagnostics> {
    let structs = structs(api)?;
    let mut outputs = vec![
        client::module(api, site.is_some()),
        client::accessors(api),
        studio::module(api),
        calls::module(api),
    ];
    outputs.extend(messages::root(api));
    outputs.push(Output {
        path: format!("{GENERATED}/shared.rs"),
        source: "spec/shared.yaml".to_owned(),
        docs: "Types that two or more resources use.".to_owned(),
        items: with_imports(api, Folder::Root, schemas(api, &api.shared, &structs)),
    });
    outputs.extend(realtime(api, &structs));
    outputs.extend(webhooks(api, &structs));
    outputs.extend(errors::table(api));
    if let Some(site) = site {
        outputs.push(site::module(site)?);
    }
    for resource in &api.resources {
        let mut items = Vec::new();
        for group in resource.group.walk() {
            items.extend(resource::accessor(api, group));
        }
        for group in resource.group.walk() {
            for operation in &group.operations {
                items.extend(request::builder(api, group, operation));
            }
        }
        items.extend(schemas(api, &resource.schemas, &structs));
        items.extend(resource.operations().filter_map(|operation| paging::page(api, operation)));
        outputs.push(Output {
            path: format!("{GENERATED}/{}.rs", resource.name),
            source: resource.source.to_string(),
            docs: resource.description.clone(),
            items: with_imports(api, Folder::Root, items),
        });
        outputs.push(calls::of_resource(api, resource));
    }
    Ok(outputs)
}

/// Renders the folder of the channels, and the tests of their events.
fn realtime(api: &Api, structs: &BTreeMap<String, ItemStruct>) -> Vec<Output> {
    if api.channels.is_empty() {
        return Vec::new();
    }
    let mut outputs = vec![channel::module(api), messages::module(api)];
    outputs.push(Output {
        path: format!("{GENERATED}/realtime/shared.rs"),
        source: "spec/realtime/shared.yaml".to_owned(),
        docs: "Types that two or more channels use.".to_owned(),
        items: with_imports(api, Folder::Realtime, schemas(api, &api.channels_shared, structs)),
    });
    for channel in &api.channels {
        let mut items = channel::connection(api, channel);
        items.extend(schemas(api, &channel.schemas, structs));
        outputs.push(Output {
            path: format!("{GENERATED}/realtime/{}.rs", channel.name),
            source: channel.source.to_string(),
            docs: channel.summary().to_owned(),
            items: with_imports(api, Folder::Realtime, items),
        });
        outputs.push(messages::of_channel(api, channel));
    }
    outputs
}

/// Renders the file of the callbacks, and the tests of their events.
fn webhooks(api: &Api, structs: &BTreeMap<String, ItemStruct>) -> Vec<Output> {
    let Some(webhooks) = &api.webhooks else { return Vec::new() };
    let items = schemas(api, &webhooks.schemas, structs);
    let types = Output {
        path: format!("{GENERATED}/webhooks.rs"),
        source: webhooks.source.to_string(),
        docs: "The events of callbacks, and the responses to them.".to_owned(),
        items: with_imports(api, Folder::Root, items),
    };
    vec![types, messages::of_webhooks(api, webhooks)]
}

/// The folder of a file of the SDK, which determines its relative paths.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Folder {
    Root,
    Realtime,
}

fn with_imports(api: &Api, folder: Folder, items: Vec<Item>) -> Vec<Item> {
    let mut all: Vec<Item> =
        imports::imports(api, folder, &items).into_iter().map(Item::Use).collect();
    all.extend(items);
    all
}

fn schemas(api: &Api, schemas: &[Schema], structs: &BTreeMap<String, ItemStruct>) -> Vec<Item> {
    let mut items = Vec::new();
    for schema in schemas {
        match &schema.shape {
            Shape::Struct(fields) => {
                let Some(item) = structs.get(&schema.rust) else { continue };
                let item = rewrite(api, item, schema, fields);
                let input =
                    schema.usage.request.then(|| request::input(api, schema, fields, &item));
                items.push(Item::Struct(item));
                items.extend(decoding(schema, fields));
                items.extend(input.into_iter().flatten());
            }
            Shape::Strings(variants) => items.push(enums::strings(schema, variants)),
            Shape::Integers(variants) => items.push(enums::integers(schema, variants)),
            Shape::Events(events) => items.push(stream::union(api, schema, events, None)),
            Shape::Commands(events) => {
                items.extend(stream::commands(api, schema, events));
            }
        }
    }
    items
}
