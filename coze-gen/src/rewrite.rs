//! Rewrites the engine's structs: names and order of the spec, short paths, and the SDK's
//! attributes and documentation.

use coze_spec::model::{Api, Field, Schema, Usage};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Field as Item, Fields, ItemStruct, Path, parse_quote};

use crate::doc::doc;
use crate::syntax::ident;
use crate::types::is_any_object;

/// Rewrites the struct of a schema with these fields.
pub(crate) fn rewrite(
    api: &Api,
    item: &ItemStruct,
    schema: &Schema,
    fields: &[Field],
) -> ItemStruct {
    let mut item = item.clone();
    ShortPaths.visit_item_struct_mut(&mut item);
    let usage = schema.usage;
    item.attrs = doc(&schema.description);
    item.attrs.extend(attributes(usage, fields, api.has_floats(schema)));
    if usage.page {
        // The payload of a page is private, because users see a `Page` instead.
        item.vis = parse_quote!(pub(crate));
        item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    }
    if let Fields::Named(named) = &mut item.fields {
        let fields_of_engine: Vec<Item> = named.named.iter().cloned().collect();
        let ordered = fields.iter().filter_map(|field| {
            let mut items = fields_of_engine.iter();
            let item = items.find(|item| wire_name(item).as_deref() == Some(&field.wire))?;
            Some(rewrite_field(item, field, usage))
        });
        named.named = ordered.collect();
    }
    item
}

fn attributes(usage: Usage, fields: &[Field], has_floats: bool) -> Vec<Attribute> {
    if usage.page {
        return vec![parse_quote!(#[derive(Default)])];
    }
    let has_default = usage.reply || fields.iter().all(|field| field.is_optional(usage));
    let default = has_default.then(|| quote!(Default,));
    let equality = (!has_floats).then(|| quote!(Eq, Hash,));
    // Users serialize responses to store them, pass them on or compare them.
    let derive = parse_quote!(#[derive(Clone, Debug, #default PartialEq, #equality Serialize)]);
    vec![derive, parse_quote!(#[non_exhaustive])]
}

fn rewrite_field(item: &Item, field: &Field, usage: Usage) -> Item {
    let mut item = item.clone();
    item.ident = Some(ident(&field.rust));
    item.attrs = if usage.page { Vec::new() } else { doc(&field.documentation()) };
    if usage.page {
        item.vis = syn::Visibility::Inherited;
    }
    let mut keys: Vec<TokenStream> = Vec::new();
    if field.rust != field.wire && !usage.page {
        let wire = &field.wire;
        keys.push(quote!(rename = #wire));
    }
    if is_any_object(field, usage) {
        keys.push(quote!(serialize_with = "convert::serialize_object"));
    }
    if usage.request && !field.required && field.is_optional(usage) {
        keys.push(quote!(skip_serializing_if = "Option::is_none"));
    }
    if !keys.is_empty() {
        item.attrs.push(parse_quote!(#[serde(#(#keys),*)]));
    }
    item
}

/// Renders the macro that implements the decoding of a struct, if responses contain it.
pub(crate) fn decoding(schema: &Schema, fields: &[Field]) -> Option<syn::Item> {
    let usage = schema.usage;
    let name = ident(&schema.rust);
    let fields = fields.iter().map(|field| {
        let (name, wire) = (ident(&field.rust), &field.wire);
        // The macro takes the name of a field literally, even the prefix of a raw identifier.
        let wire = (name != *wire).then(|| quote!(= #wire));
        let aliases = &field.aliases;
        quote!(#name #wire #(| #aliases)*)
    });
    (usage.reply || usage.page).then(|| parse_quote!(fields!(#name { #(#fields),* });))
}

/// Returns the name of a field on the wire.
fn wire_name(item: &Item) -> Option<String> {
    let mut name = item.ident.as_ref()?.unraw().to_string();
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // Other keys of the attribute do not matter. The engine writes no malformed ones.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = meta.value()?.parse::<syn::LitStr>()?.value();
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::LitStr>()?;
            }
            Ok(())
        });
    }
    Some(name)
}

/// Shortens paths: `::std::option::Option<…>` becomes `Option<…>`.
struct ShortPaths;

impl VisitMut for ShortPaths {
    fn visit_path_mut(&mut self, path: &mut Path) {
        if path.leading_colon.is_some()
            && let Some(last) = path.segments.pop()
        {
            path.leading_colon = None;
            path.segments.clear();
            path.segments.push(last);
        }
        visit_mut::visit_path_mut(self, path);
    }
}
