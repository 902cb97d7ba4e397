//! Renders the types of deployed projects, and the requests to them without their bodies.

use std::slice;

use coze_spec::Diagnostics;
use coze_spec::model::{Shape, Site, SiteOperation};
use quote::quote;
use syn::{Item, parse_quote};

use super::{Folder, GENERATED, schemas, stream, with_imports};
use crate::doc::{attribute, doc};
use crate::files::Output;
use crate::syntax::ident;
use crate::types::structs;

/// Renders `generated/site.rs`.
pub(crate) fn module(site: &Site) -> Result<Output, Diagnostics> {
    let api = &site.types;
    let structs = structs(api)?;
    let mut items: Vec<Item> = site.operations.iter().map(call).collect();
    for schema in api.schemas() {
        match &schema.shape {
            Shape::Events(events) => {
                items.push(stream::union(api, schema, events, Some(&site.tag)));
            }
            _ => items.extend(schemas(api, slice::from_ref(schema), &structs)),
        }
    }
    Ok(Output {
        path: format!("{GENERATED}/site.rs"),
        source: "spec/site.yaml".to_owned(),
        docs: site.description.clone(),
        items: with_imports(api, Folder::Root, items),
    })
}

/// Renders the function that makes the request of an operation.
fn call(operation: &SiteOperation) -> Item {
    let SiteOperation { name, path, description, verb, .. } = operation;
    let (id, docs) = (format!("site.{name}"), doc(description));
    let (function, method) = (ident(name), ident(verb.name()));
    let route = attribute(&format!("`{} {path}`", verb.name().to_uppercase()));
    let params = operation.params().into_iter().map(ident);
    let params: Vec<_> = params.collect();
    let names = operation.params();
    let idempotent =
        (operation.idempotent && !verb.is_idempotent()).then(|| quote!(.idempotent(true)));
    let timeout = operation.timeout.map(|seconds| quote!(.default_timeout(#seconds)));
    parse_quote! {
        #(#docs)*
        #[doc = ""]
        #route
        pub(crate) fn #function(client: &Client, #(#params: &str),*) -> Call {
            Call::new(client, #id).#method(#path) #idempotent #timeout
                #(.path_param(#names, #params))*
        }
    }
}
