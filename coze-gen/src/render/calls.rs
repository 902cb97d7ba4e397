//! The calls that the tests make: one per operation and way of answering, with the examples of the spec.

use coze_spec::model::{Api, Operation, Reply, Resource};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident, Item, parse_quote};

use super::example::whole_call;
use super::list::{self, List};
use crate::files::Output;
use crate::syntax::ident;

const LIST: List = List {
    folder: "tests/src/generated",
    name: "CALLS",
    entry: ["calls", "Call"],
    docs: "A call per operation, with the examples of the spec.",
};

/// The calls of all resources.
pub(crate) fn module(api: &Api) -> Output {
    LIST.joined(api)
}

/// The calls of a resource.
pub(crate) fn of_resource(api: &Api, resource: &Resource) -> Output {
    let mut helpers = Vec::new();
    let mut entries: Vec<Expr> = Vec::new();
    let mut functions: Vec<Item> = Vec::new();
    for operation in resource.operations() {
        let name = list::name(resource, operation);
        let (id, call) = (&operation.id, whole_call(api, operation, "client"));
        let mut add = |name: &str, kind: &'static str, call| {
            let (function, helper) = (ident(name), ident(kind));
            entries.push(parse_quote!(Call::#helper(#id, #function)));
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
    let imports = quote!(Call, Calling, #(#helpers),*);
    LIST.of_resource(resource, &imports, &entries, functions)
}

/// A function that makes the call.
fn making(operation: &Operation, name: &Ident, helper: &Ident, call: &TokenStream) -> Item {
    let attributes = list::attributes(operation);
    parse_quote! {
        #attributes
        fn #name(client: &Client) -> Calling {
            #helper(#call)
        }
    }
}
