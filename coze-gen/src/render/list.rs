//! Lists with an entry per operation: a file per resource with its list and functions, and one that joins the lists.

use coze_spec::model::{Api, Operation, Resource};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident, Item, parse_quote};

use crate::files::Output;
use crate::syntax::ident;

/// A kind of lists.
pub(super) struct List {
    /// Where its files are.
    pub(super) folder: &'static str,
    /// The name of each list.
    pub(super) name: &'static str,
    /// The module of the type of an entry, in `crate`, and that type.
    pub(super) entry: [&'static str; 2],
    /// What all lists together are.
    pub(super) docs: &'static str,
}

impl List {
    /// `mod.rs`: the lists of all resources.
    pub(super) fn joined(&self, api: &Api) -> Output {
        let mut resources: Vec<Ident> =
            api.resources.iter().map(|resource| ident(&resource.name)).collect();
        resources.sort_unstable();
        let [module, entry] = self.entry.map(ident);
        let name = ident(self.name);
        let mut items: Vec<Item> = vec![parse_quote!(
            use crate::#module::#entry;
        )];
        items.extend(resources.iter().map(|name| -> Item { parse_quote!(mod #name;) }));
        items.push(parse_quote! {
            pub(crate) const #name: &[&[#entry]] = &[#(#resources::#name),*];
        });
        Output {
            path: format!("{}/mod.rs", self.folder),
            source: "spec/openapi.yaml".to_owned(),
            docs: self.docs.to_owned(),
            items,
        }
    }

    /// The list of a resource, and what stands in it.
    pub(super) fn of_resource(
        &self,
        resource: &Resource,
        imports: &TokenStream,
        entries: &[Expr],
        functions: Vec<Item>,
    ) -> Output {
        let ([module, entry], name) = (self.entry.map(ident), ident(self.name));
        let mut items: Vec<Item> = vec![
            parse_quote!(
                use coze_api::Client;
            ),
            parse_quote!(use crate::#module::{#imports};),
            parse_quote!(pub(super) const #name: &[#entry] = &[#(#entries),*];),
        ];
        items.extend(functions);
        Output {
            path: format!("{}/{}.rs", self.folder, resource.name),
            source: resource.source.to_string(),
            docs: String::new(),
            items,
        }
    }
}

/// The name of an operation within its resource: `messages_list` of `chat.messages.list`.
pub(super) fn name(resource: &Resource, operation: &Operation) -> String {
    let prefix = format!("{}.", resource.name);
    operation.id.strip_prefix(&prefix).unwrap_or(&operation.id).replace('.', "_")
}

/// What a function needs that calls the operation.
pub(super) fn attributes(operation: &Operation) -> Option<TokenStream> {
    operation.deprecated.as_ref().map(|_| quote!(#[expect(deprecated)]))
}
