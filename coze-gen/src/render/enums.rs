//! Open enums: every listed value a variant, every other value kept.

use coze_spec::model::{Schema, Variant};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, parse_quote};

use crate::doc::{doc, doc_in_block};
use crate::syntax::{ident, integer};

/// An enum of strings.
pub(crate) fn strings(schema: &Schema, variants: &[Variant<String>]) -> Item {
    let declaration = declaration(schema, variants, |variant| {
        let wire = &variant.value;
        quote!(#wire)
    });
    parse_quote!(string_enum! { #declaration })
}

/// An enum of integers.
pub(crate) fn integers(schema: &Schema, variants: &[Variant<i64>]) -> Item {
    let declaration = declaration(schema, variants, |variant| {
        let wire = integer(variant.value);
        quote!(#wire)
    });
    parse_quote!(integer_enum! { #declaration })
}

/// The enum as its macro reads it: the value on the wire stands where a discriminant would.
fn declaration<T>(
    schema: &Schema,
    variants: &[Variant<T>],
    wire: fn(&Variant<T>) -> TokenStream,
) -> TokenStream {
    let name = ident(&schema.rust);
    let docs = doc(&schema.description);
    let variants = variants.iter().map(|variant| {
        let docs = doc_in_block(&capitalized(&variant.description));
        let (name, wire) = (ident(&variant.rust), wire(variant));
        quote!(#(#docs)* #name = #wire,)
    });
    quote!(#(#docs)* pub enum #name { #(#variants)* })
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
