//! One smoke test per operation: its spec example is sent, and what came over the wire is compared with the spec.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, parse_quote};

use super::example::call;
use super::{Output, TESTS};
use crate::model::{Api, Operation, Reply, Resource};
use crate::polish::ident;

/// `generated/mod.rs` of the tests.
pub(crate) fn module(api: &Api) -> Output {
    let mut names: Vec<&str> =
        api.resources.iter().map(|resource| resource.name.as_str()).collect();
    if !api.channels.is_empty() {
        names.push("realtime");
    }
    if api.webhooks.is_some() {
        names.push("webhooks");
    }
    names.sort_unstable();
    let items = names.iter().map(|name| -> Item {
        let module = ident(name);
        parse_quote!(mod #module;)
    });
    Output {
        path: format!("{TESTS}/mod.rs"),
        source: "spec/openapi.yaml".to_owned(),
        docs: "One smoke test per operation, and one test per event.".to_owned(),
        items: items.collect(),
    }
}

/// The smoke tests of a resource.
pub(crate) fn tests(api: &Api, resource: &Resource) -> Output {
    let mut items: Vec<Item> = Vec::new();
    let mut setups = BTreeSet::new();
    for operation in resource.operations() {
        let prefix = format!("{}.", resource.name);
        let name = operation.id.trim_start_matches(&prefix).replace('.', "_");
        let call = call(api, operation, "client", true);
        match operation.reply {
            Reply::Events => {}
            Reply::Binary => {
                items.push(test(operation, &name, &quote!(#call.await), "file"));
            }
            _ => items.push(test(operation, &name, &quote!(#call.await), "met")),
        }
        if !matches!(operation.reply, Reply::Events) {
            setups.insert("smoke");
        }
        if operation.stream.is_some() {
            let name = format!("{name}_stream");
            items.push(test(
                operation,
                &name,
                &quote!(#call.stream().await),
                "streamed",
            ));
            setups.insert("streaming");
        }
    }
    let setups: Vec<_> = setups.into_iter().map(ident).collect();
    items.insert(
        0,
        match &setups[..] {
            [one] => parse_quote!(use crate::#one;),
            many => parse_quote!(use crate::{#(#many),*};),
        },
    );
    Output {
        path: format!("{TESTS}/{}.rs", resource.name),
        source: resource.source.to_string(),
        docs: String::new(),
        items,
    }
}

/// A test that sets the server up, makes the call and judges what came of it.
fn test(operation: &Operation, name: &str, call: &TokenStream, judge: &str) -> Item {
    let (id, test, judge) = (&operation.id, ident(name), ident(judge));
    let deprecated =
        operation.deprecated.as_ref().map(|_| quote!(#[expect(deprecated)]));
    let streams = judge == "streamed";
    let setup = ident(if streams { "streaming" } else { "smoke" });
    // What comes piece by piece is judged while it comes.
    let wait = (judge != "met").then(|| quote!(.await));
    parse_quote! {
        #[tokio::test]
        #deprecated
        async fn #test() {
            let (client, expected) = #setup(#id).await;
            let reply = #call;
            expected.#judge(reply) #wait;
        }
    }
}
