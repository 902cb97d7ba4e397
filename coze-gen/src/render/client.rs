//! Renders the list of modules, and the accessors of the client.

use coze_spec::model::Api;
use syn::{Item, parse_quote};

use super::GENERATED;
use crate::files::Output;
use crate::syntax::ident;

/// Renders `generated/mod.rs`.
pub(crate) fn module(api: &Api, site: bool) -> Output {
    let mut names: Vec<&str> =
        api.resources.iter().map(|resource| resource.name.as_str()).collect();
    names.extend(["client", "shared", "studio"]);
    if !api.channels.is_empty() {
        names.push("realtime");
    }
    if api.webhooks.is_some() {
        names.push("webhooks");
    }
    if !api.errors.is_empty() {
        names.push("errors");
    }
    if site {
        names.push("site");
    }
    names.sort_unstable();
    let modules = names.iter().map(|name| -> Item {
        let module = ident(name);
        match *name {
            "client" | "shared" => parse_quote!(mod #module;),
            "studio" => parse_quote!(pub(crate) mod #module;),
            // Hand-written modules export them.
            "realtime" => {
                parse_quote!(#[cfg(feature = "realtime")] pub(crate) mod #module;)
            }
            "webhooks" => {
                parse_quote!(#[cfg(feature = "webhook")] pub(crate) mod #module;)
            }
            "site" => {
                parse_quote!(#[cfg(feature = "site")] pub(crate) mod #module;)
            }
            _ => parse_quote!(pub mod #module;),
        }
    });
    let mut items: Vec<Item> = modules.collect();
    if !api.shared.is_empty() {
        items.push(parse_quote!(
            pub use shared::*;
        ));
    }
    Output {
        path: format!("{GENERATED}/mod.rs"),
        source: "spec/openapi.yaml".to_owned(),
        docs: "One module per resource of the API, and the types that they share.".to_owned(),
        items,
    }
}

/// Renders `generated/client.rs`.
pub(crate) fn accessors(api: &Api) -> Output {
    let mut items: Vec<Item> = Vec::new();
    let mut imports: Vec<String> = vec!["use crate::wire::client::Client;".to_owned()];
    let methods = api.resources.iter().map(|resource| {
        let name = &resource.group.accessor;
        imports.push(format!("use super::{}::{name};", resource.name));
        let (method, name) = (ident(&resource.name), ident(name));
        let paragraph = resource.description.split("\n\n").next().unwrap_or_default();
        let text = format!("Returns the operations of `{}`.\n\n{paragraph}", resource.name);
        let about = crate::doc::doc(&text);
        let aliases = &resource.aliases;
        quote::quote! {
            #(#about)*
            #(#[doc(alias = #aliases)])*
            pub fn #method(&self) -> #name {
                #name::new(self.clone())
            }
        }
    });
    let methods: Vec<_> = methods.collect();
    // rustfmt sorts `super` before `crate`.
    imports.sort_by_key(|line| (line.starts_with("use crate"), line.clone()));
    items.extend(imports.iter().filter_map(|line| syn::parse_str(line).ok()).map(Item::Use));
    items.push(parse_quote!(impl Client { #(#methods)* }));
    Output {
        path: format!("{GENERATED}/client.rs"),
        source: "spec/openapi.yaml".to_owned(),
        docs: "The resources of the API, as methods of the client.".to_owned(),
        items,
    }
}
