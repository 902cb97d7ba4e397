//! One smoke test per operation: its spec example is sent, and what came over the wire is compared with the spec.

use quote::quote;
use syn::{Item, parse_quote};

use super::example::call;
use super::{Output, TESTS};
use crate::model::{Api, Resource};
use crate::polish::ident;

/// `generated/mod.rs` of the tests.
pub(crate) fn module(api: &Api) -> Output {
    let mut names: Vec<&str> = api.resources.iter().map(|resource| resource.name.as_str()).collect();
    names.sort_unstable();
    let items = names.iter().map(|name| -> Item {
        let module = ident(name);
        parse_quote!(mod #module;)
    });
    Output {
        path: format!("{TESTS}/mod.rs"),
        source: "spec/openapi.yaml".to_owned(),
        docs: "One smoke test per operation.".to_owned(),
        items: items.collect(),
    }
}

/// The smoke tests of a resource.
pub(crate) fn tests(api: &Api, resource: &Resource) -> Output {
    let mut items: Vec<Item> = vec![parse_quote!(use crate::smoke;)];
    for operation in resource.operations() {
        let prefix = format!("{}.", resource.name);
        let id = &operation.id;
        let test = ident(&id.trim_start_matches(&prefix).replace('.', "_"));
        let call = call(api, operation, "client", true);
        let deprecated = operation.deprecated.as_ref().map(|_| quote!(#[expect(deprecated)]));
        items.push(parse_quote! {
            #[tokio::test]
            #deprecated
            async fn #test() {
                let (client, expected) = smoke(#id).await;
                let reply = #call.await;
                expected.met(reply);
            }
        });
    }
    Output {
        path: format!("{TESTS}/{}.rs", resource.name),
        source: resource.source.to_string(),
        docs: String::new(),
        items,
    }
}
