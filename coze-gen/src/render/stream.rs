//! Unions of events: those of a stream, and those that travel over a channel.

use std::collections::BTreeMap;

use coze_spec::model::{Api, Event, Schema};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, parse_quote};

use super::doc::{attribute, doc};
use super::request::rust_name;
use crate::polish::ident;

/// The enum of the events that come, and how one is read.
pub(crate) fn union(api: &Api, schema: &Schema, events: &[Event]) -> Vec<Item> {
    let name = ident(&schema.rust);
    let docs = doc(&schema.description);
    let variants = events.iter().map(|event| {
        let (docs, name, data) = (doc(&event.description), ident(&event.rust), data(api, event));
        quote!(#(#docs)* #name #data,)
    });
    let arms = events.iter().map(|event| {
        let (wire, name) = (&event.wire, ident(&event.rust));
        match (&event.data, event.boxed) {
            (Some(_), false) => quote!(#wire => frame.read(Self::#name),),
            (Some(_), true) => {
                quote!(#wire => frame.read(|data| Self::#name(Box::new(data))),)
            }
            (None, _) => quote!(#wire => Ok(Self::#name),),
        }
    });
    let ends = events.iter().filter(|event| event.ends).map(|event| &event.wire);
    let about = attribute("An event that this version does not know.");
    vec![
        parse_quote! {
            #(#docs)*
            #[derive(Clone, Debug, PartialEq)]
            #[non_exhaustive]
            pub enum #name {
                #(#variants)*
                #about
                Unknown {
                    /// The name of the event.
                    event: String,
                    /// Its data as it came.
                    data: String,
                },
            }
        },
        parse_quote! {
            impl StreamEvent for #name {
                const ENDS: &'static [&'static str] = &[#(#ends),*];

                fn decode(frame: &Frame) -> Result<Self> {
                    match frame.event() {
                        #(#arms)*
                        event => {
                            let (event, data) = (event.to_owned(), frame.text());
                            Ok(Self::Unknown { event, data })
                        }
                    }
                }
            }
        },
    ]
}

/// The enum of the events that are sent, and how one is made of its data.
pub(crate) fn commands(api: &Api, schema: &Schema, events: &[Event]) -> Vec<Item> {
    let name = ident(&schema.rust);
    let docs = doc(&schema.description);
    let variants = events.iter().map(|event| {
        let (docs, name, data) = (doc(&event.description), ident(&event.rust), data(api, event));
        let wire = &event.wire;
        quote!(#(#docs)* #[serde(rename = #wire)] #name #data,)
    });
    let mut items: Vec<Item> = vec![parse_quote! {
        #(#docs)*
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(tag = "event_type", content = "data")]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
        }
    }];
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

/// What a variant holds.
fn data(api: &Api, event: &Event) -> Option<TokenStream> {
    let data = ident(rust_name(api, event.data.as_ref()?));
    Some(if event.boxed { quote!((Box<#data>)) } else { quote!((#data)) })
}

/// The events whose data no other event has.
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
