//! How a reply becomes a page, and which parameters the next one needs.

use coze_spec::model::{Api, Operation, Paging, PagingStyle, Shape, Type};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, parse_quote};

use super::request::rust_name;
use crate::polish::{ident, number};

/// The implementation of `Paged` for the payload of an operation.
pub(crate) fn page(api: &Api, operation: &Operation) -> Option<Item> {
    let paging = operation.paging.as_ref()?;
    let payload = ident(rust_name(api, &paging.payload));
    let item = ident(rust_name(api, &paging.items.1));
    let items = ident(&paging.items.0);
    let size = &paging.size.0;
    let default = number(paging.size.1);
    let (moves, made) = match &paging.style {
        PagingStyle::Counted { page, total, more } => {
            let total = total_of(api, paging, total);
            let made = more.as_ref().map_or_else(
                || quote!(Page::counted(self.#items, #total)),
                |more| {
                    let more = ident(more);
                    quote!(Page::flagged(self.#items, self.#more).with_total(#total))
                },
            );
            (quote!(Paging::page(#page, #size, #default)), made)
        }
        PagingStyle::Flagged { page, more } => {
            let more = ident(more);
            let made = quote!(Page::flagged(self.#items, self.#more));
            (quote!(Paging::page(#page, #size, #default)), made)
        }
        PagingStyle::Token { token, next, more } => {
            let (next, more) = (ident(next), ident(more));
            let made = quote!(Page::tokened(self.#items, self.#next, self.#more));
            (quote!(Paging::token(#token, #size, #default)), made)
        }
        PagingStyle::Cursor { before, after, first, last, more } => {
            let (first, last, more) = (ident(first), ident(last), ident(more));
            let made = quote!(Page::bounded(self.#items, self.#first, self.#last, self.#more));
            (quote!(Paging::cursor(#before, #after, #size, #default)), made)
        }
    };
    Some(parse_quote! {
        impl Paged for #payload {
            type Item = #item;
            const PAGING: Paging = #moves;
            fn into_page(self) -> Page<#item> {
                #made
            }
        }
    })
}

fn total_of(api: &Api, paging: &Paging, total: &str) -> TokenStream {
    let name = ident(total);
    let fields = match api.schema(&paging.payload).map(|schema| &schema.shape) {
        Some(Shape::Struct(fields)) => &fields[..],
        _ => &[],
    };
    match fields.iter().find(|field| field.rust == total).map(|field| &field.kind) {
        Some(Type::Int32) => quote!(self.#name.into()),
        _ => quote!(self.#name),
    }
}
