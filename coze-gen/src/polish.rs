//! The engine's structs → the structs of the SDK: the spec's names and order, short paths, our attributes and documentation.

use coze_spec::model::{Field, Schema, Usage};
use proc_macro2::{Literal, Span};
use quote::format_ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Field as Item, Fields, Ident, ItemStruct, Path, parse_quote};

use crate::render::doc::doc;
use crate::types::is_optional;

/// Polishes the struct of a schema with these fields.
pub(crate) fn polish(item: &ItemStruct, schema: &Schema, fields: &[Field]) -> ItemStruct {
    let mut item = item.clone();
    ShortPaths.visit_item_struct_mut(&mut item);
    let usage = schema.usage;
    item.attrs = doc(&schema.description);
    item.attrs.extend(attributes(usage, fields));
    if usage.page {
        // Taken apart into a `Page`; nobody outside meets it.
        item.vis = parse_quote!(pub(crate));
        item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    }
    if let Fields::Named(named) = &mut item.fields {
        let made: Vec<Item> = named.named.iter().cloned().collect();
        let ordered = fields.iter().filter_map(|field| {
            let item = made.iter().find(|item| wire_name(item).as_deref() == Some(&field.wire))?;
            Some(polish_field(item, field, usage))
        });
        named.named = ordered.collect();
    }
    item
}

fn attributes(usage: Usage, fields: &[Field]) -> Vec<Attribute> {
    if usage.page {
        return vec![
            parse_quote!(#[derive(Default, Deserialize)]),
            parse_quote!(#[serde(default)]),
        ];
    }
    match (usage.reply, fields.iter().any(|field| !is_optional(usage, field))) {
        // Replies are serialised too: to keep them, to hand them on, to compare them.
        (true, _) => vec![
            parse_quote!(#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]),
            parse_quote!(#[serde(default)]),
            parse_quote!(#[non_exhaustive]),
        ],
        (false, false) => vec![
            parse_quote!(#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]),
            parse_quote!(#[non_exhaustive]),
        ],
        (false, true) => vec![
            parse_quote!(#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]),
            parse_quote!(#[non_exhaustive]),
        ],
    }
}

fn polish_field(item: &Item, field: &Field, usage: Usage) -> Item {
    let mut item = item.clone();
    item.ident = Some(ident(&field.rust));
    item.attrs = if usage.page { Vec::new() } else { doc(&field.documentation()) };
    if usage.page {
        item.vis = syn::Visibility::Inherited;
    }
    let wire = &field.wire;
    let skipped = usage.request && !field.required && is_optional(usage, field);
    match (field.rust != *wire, skipped) {
        (false, false) => {}
        (true, false) => item.attrs.push(parse_quote!(#[serde(rename = #wire)])),
        (false, true) => {
            item.attrs.push(parse_quote!(#[serde(skip_serializing_if = "Option::is_none")]));
        }
        (true, true) => item
            .attrs
            .push(parse_quote!(#[serde(rename = #wire, skip_serializing_if = "Option::is_none")])),
    }
    item
}

/// The name that the engine gave the property on the wire.
fn wire_name(item: &Item) -> Option<String> {
    let mut name = item.ident.as_ref()?.to_string();
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // Other keys of the attribute are of no interest, and cannot be malformed.
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

pub(crate) fn ident(name: &str) -> Ident {
    // Names are checked by the rules; `format_ident` would panic on others.
    syn::parse_str(name).unwrap_or_else(|_| {
        let safe: String =
            name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        format_ident!("_{}", safe, span = Span::call_site())
    })
}

/// A number as a person writes it: in groups of three digits if it has more than four.
pub(crate) fn number(value: i64) -> Literal {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && digits.len() > 4 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{text}").parse().unwrap_or_else(|_| Literal::i64_unsuffixed(value))
}

/// `::std::option::Option<…>` → `Option<…>`.
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
