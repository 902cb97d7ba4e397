//! Renders open enums: each listed value is a variant, and other values are preserved.

use coze_spec::model::{Schema, Variant};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, parse_quote};

use crate::doc::{doc, doc_in_block};
use crate::syntax::{ident, integer};

/// Renders an enum of strings.
pub(crate) fn strings(schema: &Schema, variants: &[Variant<String>]) -> Item {
    let declaration = declaration(schema, variants, |variant| {
        let wire = &variant.value;
        quote!(#wire)
    });
    parse_quote!(string_enum! { #declaration })
}

/// Renders an enum of integers.
pub(crate) fn integers(schema: &Schema, variants: &[Variant<i64>]) -> Item {
    let declaration = declaration(schema, variants, |variant| {
        let wire = integer(variant.value);
        quote!(#wire)
    });
    parse_quote!(integer_enum! { #declaration })
}

/// Renders the invocation of the macro, with the value on the wire as the discriminant.
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
        let aliases = &variant.aliases;
        quote!(#(#docs)* #name = #wire #(| #aliases)*,)
    });
    quote!(#(#docs)* pub enum #name { #(#variants)* })
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
