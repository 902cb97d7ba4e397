//! The calls that the tests make: one per operation and way of answering, with the examples of the spec.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident, Item, parse_quote};

use super::example::call;
use super::{CALLS, Output};
use crate::model::{Api, Operation, Reply, Resource};
use crate::polish::ident;

/// `generated/mod.rs`: the calls of all resources.
pub(crate) fn module(api: &Api) -> Output {
    let mut names: Vec<Ident> =
        api.resources.iter().map(|resource| ident(&resource.name)).collect();
    names.sort_unstable();
    let mut items: Vec<Item> = vec![parse_quote!(
        use crate::calls::Call;
    )];
    items.extend(names.iter().map(|name| -> Item { parse_quote!(mod #name;) }));
    items.push(parse_quote! {
        pub(crate) const CALLS: &[&[Call]] = &[#(#names::CALLS),*];
    });
    Output {
        path: format!("{CALLS}/mod.rs"),
        source: "spec/openapi.yaml".to_owned(),
        docs: "A call per operation, with the examples of the spec.".to_owned(),
        items,
    }
}

/// The calls of a resource.
pub(crate) fn of_resource(api: &Api, resource: &Resource) -> Output {
    let mut helpers = Vec::new();
    let mut table: Vec<Expr> = Vec::new();
    let mut functions: Vec<Item> = Vec::new();
    for operation in resource.operations() {
        let prefix = format!("{}.", resource.name);
        let name = operation.id.trim_start_matches(&prefix).replace('.', "_");
        let (id, call) = (&operation.id, call(api, operation, "client", true));
        let mut add = |name: &str, kind: &'static str, call| {
            let (function, helper) = (ident(name), ident(kind));
            table.push(parse_quote!(Call::#helper(#id, #function)));
            functions.push(making(operation, &function, &helper, &call));
            helpers.push(kind);
        };
        match operation.reply {
            Reply::Events => {}
            Reply::Binary => add(&name, "file", call.clone()),
            _ => add(&name, "value", call.clone()),
        }
        if operation.stream.is_some() {
            let name = format!("{name}_stream");
            add(&name, "events", quote!(#call.stream()));
        }
    }
    helpers.sort_unstable();
    helpers.dedup();
    let helpers = helpers.into_iter().map(ident);
    let mut items: Vec<Item> = vec![
        parse_quote!(
            use coze_api::Client;
        ),
        parse_quote!(use crate::calls::{Call, Calling, #(#helpers),*};),
        parse_quote!(pub(super) const CALLS: &[Call] = &[#(#table),*];),
    ];
    items.append(&mut functions);
    Output {
        path: format!("{CALLS}/{}.rs", resource.name),
        source: resource.source.to_string(),
        docs: String::new(),
        items,
    }
}

/// A function that makes the call.
fn making(
    operation: &Operation,
    name: &Ident,
    helper: &Ident,
    call: &TokenStream,
) -> Item {
    let deprecated =
        operation.deprecated.as_ref().map(|_| quote!(#[expect(deprecated)]));
    parse_quote! {
        #deprecated
        fn #name(client: &Client) -> Calling {
            #helper(#call)
        }
    }
}
