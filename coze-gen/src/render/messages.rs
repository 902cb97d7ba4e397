//! Renders tests of the events of channels and callbacks: the types read and write the examples of
//! the spec.

use coze_spec::model::{Api, Channel, Event, Schema, Shape, Webhook, Webhooks};
use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Item, parse_quote};

use super::TESTS;
use crate::expression::Expressions;
use crate::files::Output;
use crate::syntax::{ident, path};

/// Renders `generated/mod.rs` of the tests.
pub(crate) fn root(api: &Api) -> Option<Output> {
    let realtime = (!api.channels.is_empty()).then_some("realtime");
    let webhooks = api.webhooks.as_ref().map(|_| "webhooks");
    let names = realtime.into_iter().chain(webhooks).map(ident);
    let items: Vec<Item> = names.map(|module| parse_quote!(mod #module;)).collect();
    (!items.is_empty()).then(|| Output {
        path: format!("{TESTS}/mod.rs"),
        source: "spec".to_owned(),
        docs: "One test per event.".to_owned(),
        items,
    })
}

/// Renders `generated/realtime/mod.rs` of the tests.
pub(crate) fn module(api: &Api) -> Output {
    let items = api.channels.iter().map(|channel| -> Item {
        let module = ident(&channel.name);
        parse_quote!(mod #module;)
    });
    Output {
        path: format!("{TESTS}/realtime/mod.rs"),
        source: "spec/realtime".to_owned(),
        docs: "One test per event of a channel.".to_owned(),
        items: items.collect(),
    }
}

/// Renders the tests of a channel.
pub(crate) fn of_channel(api: &Api, channel: &Channel) -> Output {
    let name = &channel.name;
    let mut items: Vec<Item> = Vec::new();
    for schema in &channel.schemas {
        match &schema.shape {
            Shape::Commands(events) => {
                items.extend(events.iter().map(|event| sent(api, name, schema, event)));
            }
            Shape::Events(events) => {
                items.extend(events.iter().map(|event| received(api, name, schema, event)));
            }
            _ => {}
        }
    }
    Output {
        path: format!("{TESTS}/realtime/{name}.rs"),
        source: channel.source.to_string(),
        docs: String::new(),
        items: with_helpers(&["data", "received", "sent"], items),
    }
}

/// Renders the test of an event of the client.
fn sent(api: &Api, channel: &str, union: &Schema, event: &Event) -> Item {
    let (wire, value) = (&event.wire, expression(api, union, event));
    let test = format_ident!("client_{}", event.rust.to_snake_case());
    parse_quote! {
        #[test]
        fn #test() {
            let event = #value;
            sent(#channel, #wire, &event);
        }
    }
}

/// Renders the test of an event of the server.
fn received(api: &Api, channel: &str, union: &Schema, event: &Event) -> Item {
    let (wire, known) = (&event.wire, known(api, union, event));
    let test = format_ident!("server_{}", event.rust.to_snake_case());
    parse_quote! {
        #[test]
        fn #test() {
            let known = #known;
            received(#channel, #wire, known);
        }
    }
}

/// Renders the tests of the callbacks.
pub(crate) fn of_webhooks(api: &Api, webhooks: &Webhooks) -> Output {
    let union = webhooks.schemas.iter().find(|schema| matches!(schema.shape, Shape::Events(_)));
    let items = webhooks.items.iter().flat_map(|item| {
        let delivered = union.and_then(|union| delivery(api, union, item));
        delivered.into_iter().chain(response(api, item))
    });
    let mut helpers = vec!["data", "delivered"];
    if webhooks.items.iter().any(|item| item.answer.is_some()) {
        helpers.insert(0, "answered");
    }
    Output {
        path: format!("{TESTS}/webhooks.rs"),
        source: webhooks.source.to_string(),
        docs: String::new(),
        items: with_helpers(&helpers, items.collect()),
    }
}

fn delivery(api: &Api, union: &Schema, item: &Webhook) -> Option<Item> {
    let event = &item.event;
    let (wire, known) = (&event.wire, known(api, union, event));
    let header = path(api, api.schema(&item.header)?);
    let test = format_ident!("event_{}", event.rust.to_snake_case());
    Some(parse_quote! {
        #[test]
        fn #test() {
            let known = #known;
            delivered::<#header, _>(#wire, known);
        }
    })
}

fn response(api: &Api, item: &Webhook) -> Option<Item> {
    let response = item.answer.as_ref()?;
    let value = Expressions::new(api).named(api.schema(&response.schema)?, &response.example);
    let wire = &item.event.wire;
    let test = format_ident!("answer_to_{}", item.event.rust.to_snake_case());
    Some(parse_quote! {
        #[test]
        fn #test() {
            let answer = #value;
            answered(#wire, &answer);
        }
    })
}

fn with_helpers(helpers: &[&str], items: Vec<Item>) -> Vec<Item> {
    let helpers = helpers.iter().map(|name| ident(name));
    let mut all: Vec<Item> = vec![parse_quote!(use crate::{#(#helpers),*};)];
    all.extend(items);
    all
}

/// Renders the event of the example as an expression.
fn expression(api: &Api, union: &Schema, event: &Event) -> TokenStream {
    let (path, variant) = (path(api, union), ident(&event.rust));
    let data = event.data.as_ref().and_then(|data| api.schema(data));
    let Some(schema) = data else { return quote!(#path::#variant) };
    let example = event.example.clone().unwrap_or_default();
    let value = Expressions::new(api).named(schema, &example);
    let value = if event.boxed { quote!(Box::new(#value)) } else { value };
    quote!(#path::#variant(#value))
}

/// Renders a function that returns the data of an event of this variant.
fn known(api: &Api, union: &Schema, event: &Event) -> TokenStream {
    let (path, variant) = (path(api, union), ident(&event.rust));
    match event.data {
        Some(_) => quote!(|event: &#path| match event {
            #path::#variant(value) => data(value),
            _ => None,
        }),
        None => quote!(|event: &#path| match event {
            #path::#variant => data(()),
            _ => None,
        }),
    }
}
