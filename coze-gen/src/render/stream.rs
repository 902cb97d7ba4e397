//! Renders unions of events, for streams, channels and callbacks.

use std::collections::BTreeMap;

use coze_spec::model::{Api, Event, Schema};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, parse_quote};

use super::request::rust_name;
use crate::doc::{doc, doc_in_block};
use crate::syntax::ident;

/// Renders the enum of the events that the server sends. `tag` is the member of their data that has
/// their names, if these are not those of the frames.
pub(crate) fn union(api: &Api, schema: &Schema, events: &[Event], tag: Option<&str>) -> Item {
    let declaration = declaration(api, schema, events, tag);
    parse_quote!(event_union! { #declaration })
}

/// Renders the invocation of the macro, with the names on the wire as the discriminant.
fn declaration(api: &Api, schema: &Schema, events: &[Event], tag: Option<&str>) -> TokenStream {
    let name = ident(&schema.rust);
    let docs = doc(&schema.description);
    let variants = events.iter().map(|event| {
        let docs = doc_in_block(&event.description);
        let code = event.code.as_ref().map(|code| quote!(#[code(#code)]));
        let ends = event.ends.then(|| quote!(#[ends(stream)]));
        let (name, data, wire) = (ident(&event.rust), data(api, event), &event.wire);
        let aliases = &event.aliases;
        quote!(#(#docs)* #code #ends #name #data = #wire #(| #aliases)*,)
    });
    let equality = (!api.has_floats(schema)).then(|| quote!(#[derive(Eq, Hash)]));
    let tag = tag.map(|tag| quote!(#[tag(#tag)]));
    quote!(#(#docs)* #equality #tag pub enum #name { #(#variants)* })
}

/// Renders the enum of the events that the client sends, and the conversions from their data.
pub(crate) fn commands(api: &Api, schema: &Schema, events: &[Event]) -> Vec<Item> {
    let name = ident(&schema.rust);
    let declaration = declaration(api, schema, events, None);
    let mut items: Vec<Item> = vec![parse_quote!(command_union! { #declaration })];
    items.extend(only_of_their_data(events).map(|event| {
        let variant = ident(&event.rust);
        let data = ident(event.data.as_ref().map_or("", |data| rust_name(api, data)));
        let value = if event.boxed { quote!(Box::new(data)) } else { quote!(data) };
        parse_quote! {
            impl From<#data> for #name {
                fn from(data: #data) -> Self {
                    Self::#variant(#value)
                }
            }
        }
    }));
    items
}

/// Returns the type of the data of a variant.
fn data(api: &Api, event: &Event) -> Option<TokenStream> {
    let data = ident(rust_name(api, event.data.as_ref()?));
    Some(if event.boxed { quote!((Box<#data>)) } else { quote!((#data)) })
}

/// Returns the events whose data have a type that no other event has.
fn only_of_their_data(events: &[Event]) -> impl Iterator<Item = &Event> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for data in events.iter().filter_map(|event| event.data.as_deref()) {
        *counts.entry(data).or_default() += 1;
    }
    let alone = move |event: &&Event| {
        event.data.as_deref().is_some_and(|data| counts.get(data) == Some(&1))
    };
    events.iter().filter(alone)
}
