//! Unions of the events of a stream.

use quote::quote;
use syn::{Item, parse_quote};

use super::doc::{attribute, doc};
use super::request::rust_name;
use crate::model::{Api, Event, Schema};
use crate::polish::ident;

/// The enum of the events, and how one is read.
pub(crate) fn union(api: &Api, schema: &Schema, events: &[Event]) -> Vec<Item> {
    let name = ident(&schema.rust);
    let docs = doc(&schema.description);
    let variants = events.iter().map(|event| {
        let (docs, name) = (doc(&event.description), ident(&event.rust));
        let data = event.data.as_ref().map(|data| {
            let data = ident(rust_name(api, data));
            quote!((#data))
        });
        quote!(#(#docs)* #name #data,)
    });
    let arms = events.iter().map(|event| {
        let (wire, name) = (&event.wire, ident(&event.rust));
        match event.data {
            Some(_) => quote!(#wire => frame.read(Self::#name),),
            None => quote!(#wire => Ok(Self::#name),),
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
