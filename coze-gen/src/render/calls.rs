//! Renders the calls of the tests: one for each operation and kind of response, with the examples
//! of the spec.

use coze_spec::model::{Api, Operation, Reply, Resource};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident, Item, parse_quote};

use super::example::whole_call;
use crate::files::Output;
use crate::syntax::ident;

const FOLDER: &str = "tests/src/generated";

/// Renders `mod.rs` with the calls of all resources.
pub(crate) fn module(api: &Api) -> Output {
    let mut resources: Vec<Ident> =
        api.resources.iter().map(|resource| ident(&resource.name)).collect();
    resources.sort_unstable();
    let mut items: Vec<Item> = vec![parse_quote!(
        use crate::calls::Call;
    )];
    items.extend(resources.iter().map(|name| -> Item { parse_quote!(mod #name;) }));
    items.push(parse_quote! {
        pub(crate) const CALLS: &[&[Call]] = &[#(#resources::CALLS),*];
    });
    Output {
        path: format!("{FOLDER}/mod.rs"),
        source: "spec/openapi.yaml".to_owned(),
        docs: "A call per operation, with the examples of the spec.".to_owned(),
        items,
    }
}

/// Renders the calls of a resource.
pub(crate) fn of_resource(api: &Api, resource: &Resource) -> Output {
    let mut helpers = Vec::new();
    let mut entries: Vec<Expr> = Vec::new();
    let mut functions: Vec<Item> = Vec::new();
    for operation in resource.operations() {
        let name = name_of(resource, operation);
        let (id, call) = (&operation.id, whole_call(api, operation, "client"));
        let mut add = |name: &str, kind: &'static str, call| {
            let (function, helper) = (ident(name), ident(kind));
            entries.push(parse_quote!(Call::#helper(#id, #function)));
            functions.push(call_function(operation, &function, &helper, &call));
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
        parse_quote!(pub(super) const CALLS: &[Call] = &[#(#entries),*];),
    ];
    items.extend(functions);
    Output {
        path: format!("{FOLDER}/{}.rs", resource.name),
        source: resource.source.to_string(),
        docs: String::new(),
        items,
    }
}

/// Returns the name of an operation in its resource, such as `messages_list` for
/// `chat.messages.list`.
fn name_of(resource: &Resource, operation: &Operation) -> String {
    let prefix = format!("{}.", resource.name);
    operation.id.strip_prefix(&prefix).unwrap_or(&operation.id).replace('.', "_")
}

/// Renders the function that makes a call.
fn call_function(operation: &Operation, name: &Ident, helper: &Ident, call: &TokenStream) -> Item {
    let attributes = operation.deprecated.as_ref().map(|_| quote!(#[expect(deprecated)]));
    parse_quote! {
        #attributes
        fn #name(client: &Client) -> Calling {
            #helper(#call)
        }
    }
}
