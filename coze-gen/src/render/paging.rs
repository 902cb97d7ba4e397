//! Renders the conversion of a response to a page, and the parameters of the next page.

use coze_spec::model::{Api, Name, Operation, Paging, PagingStyle, Type};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, parse_quote};

use super::argument::owned;
use super::request::rust_name;
use crate::syntax::{ident, integer};

/// Renders the implementation of `Paged` for the payload of an operation.
pub(crate) fn page(api: &Api, operation: &Operation) -> Option<Item> {
    let paging = operation.paging.as_ref()?;
    let payload = ident(rust_name(api, &paging.payload));
    let item = owned(api, &paging.item);
    let items = ident(&paging.items.rust);
    let size = &paging.size.wire;
    let default = integer(paging.default_size);
    let (declaration, conversion) = match &paging.style {
        PagingStyle::Counted { page, total, more } => {
            let (page, total) = (&page.wire, total_of(api, paging, total));
            let conversion = more.as_ref().map_or_else(
                || quote!(Page::counted(self.#items, #total)),
                |more| {
                    let more = ident(&more.rust);
                    quote!(Page::flagged(self.#items, self.#more).with_total(#total))
                },
            );
            (quote!(Paging::page(#page, #size, #default)), conversion)
        }
        PagingStyle::Flagged { page, more } => {
            let more = ident(&more.rust);
            let conversion = quote!(Page::flagged(self.#items, self.#more));
            let page = &page.wire;
            (quote!(Paging::page(#page, #size, #default)), conversion)
        }
        PagingStyle::Token { token, next, more } => {
            let (token, next, more) = (&token.wire, ident(&next.rust), ident(&more.rust));
            let conversion = quote!(Page::tokened(self.#items, self.#next, self.#more));
            (quote!(Paging::token(#token, #size, #default)), conversion)
        }
        PagingStyle::Cursor { before, after, first, last, more } => {
            let (first, last, more) = (ident(&first.rust), ident(&last.rust), ident(&more.rust));
            let (before, after) = (&before.wire, &after.wire);
            let conversion =
                quote!(Page::bounded(self.#items, self.#first, self.#last, self.#more));
            (quote!(Paging::cursor(#before, #after, #size, #default)), conversion)
        }
    };
    let conversion = match paging.task.as_ref().map(|task| ident(&task.rust)) {
        Some(task) => quote!(#conversion.with_task(self.#task)),
        None => conversion,
    };
    Some(parse_quote! {
        impl Paged for #payload {
            type Item = #item;
            const PAGING: Paging = #declaration;
            fn into_page(self) -> Page<#item> {
                #conversion
            }
        }
    })
}

fn total_of(api: &Api, paging: &Paging, total: &Name) -> TokenStream {
    let name = ident(&total.rust);
    let field = api.schema(&paging.payload).and_then(|schema| schema.field(&total.wire));
    match field.map(|field| &field.kind) {
        Some(Type::Int32) => quote!(self.#name.into()),
        _ => quote!(self.#name),
    }
}
