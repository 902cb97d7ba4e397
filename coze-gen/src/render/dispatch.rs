//! The table by which operations are called that are known at run time only: JSON values in, the SDK's own builder filled.

use coze_spec::model::{Api, Operation, Param, Reply, Resource, Type};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident, Item, parse_quote};

use super::list::{self, List};
use super::resource::is_argument;
use crate::files::Output;
use crate::syntax::{ident, type_path};

const LIST: List = List {
    folder: "coze-cli/src/generated/dispatch",
    name: "TABLE",
    entry: ["engine", "Entry"],
    docs: "Every operation as a function of JSON values.",
};

/// The tables of all resources.
pub(crate) fn module(api: &Api) -> Output {
    LIST.joined(api)
}

/// The table of a resource.
pub(crate) fn of_resource(api: &Api, resource: &Resource) -> Output {
    let mut entries: Vec<Expr> = Vec::new();
    let mut functions: Vec<Item> = Vec::new();
    let mut sets = false;
    for operation in resource.operations() {
        let (id, name) = (&operation.id, ident(&list::name(resource, operation)));
        entries.push(parse_quote!(Entry::new(#id, #name)));
        functions.push(function(api, operation, &name));
        sets |= operation.params.iter().any(|param| !param.field.required);
    }
    let set = sets.then(|| quote!(, set));
    let imports = quote!(Entry, Input, Made #set);
    LIST.of_resource(resource, &imports, &entries, functions)
}

/// The function that fills the builder and says what it answers with.
fn function(api: &Api, operation: &Operation, name: &Ident) -> Item {
    let attributes = list::attributes(operation);
    let words = operation.id.split('.').map(ident).collect::<Vec<_>>();
    let (method, groups) =
        words.split_last().map_or((None, &[][..]), |(last, rest)| (Some(last), rest));
    let arguments = operation
        .params
        .iter()
        .filter(|param| is_argument(param))
        .map(|param| required(api, param));
    let setters: Vec<TokenStream> = operation
        .params
        .iter()
        .filter(|param| !param.field.required)
        .map(|param| optional(api, param))
        .collect();
    let mutable = (!setters.is_empty()).then(|| quote!(mut));
    let ending = ending(operation);
    parse_quote! {
        #attributes
        fn #name(client: &Client, input: &mut Input) -> Made {
            let #mutable request = client #(.#groups())* .#method(#(#arguments),*);
            #(#setters)*
            #ending
        }
    }
}

fn required(api: &Api, param: &Param) -> TokenStream {
    let wire = &param.field.wire;
    if param.field.kind == Type::File {
        return quote!(input.upload(#wire)?);
    }
    let kind = type_path(api, &param.field.kind);
    quote!(input.required::<#kind>(#wire)?)
}

fn optional(api: &Api, param: &Param) -> TokenStream {
    let (wire, name) = (&param.field.wire, ident(&param.field.rust));
    if param.field.kind == Type::File {
        return quote! {
            if input.has_upload(#wire) {
                request = request.#name(input.upload(#wire)?);
            }
        };
    }
    let kind = type_path(api, &param.field.kind);
    quote!(set!(request, input, #name, #wire, #kind);)
}

/// How the builder is sent, by what was asked for.
fn ending(operation: &Operation) -> TokenStream {
    let streams = operation.stream.is_some();
    match operation.reply {
        Reply::Events => quote!(input.events(request.stream())),
        Reply::Binary => quote!(input.file(request)),
        _ if streams => quote! {
            if input.wants_events() {
                return input.events(request.stream());
            }
            input.value(request)
        },
        _ if operation.paging.is_some() => quote! {
            if input.wants_all() {
                return input.items(request.items());
            }
            input.value(request)
        },
        _ => quote!(input.value(request)),
    }
}
