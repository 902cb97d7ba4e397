//! Open enums: every listed value a variant, every other value kept.

use coze_spec::model::{Schema, Variant};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::{Item, parse_quote};

use super::doc::{attribute, doc};
use crate::polish::{ident, number};

/// An enum of strings.
pub(crate) fn strings(schema: &Schema, variants: &[Variant<String>]) -> Vec<Item> {
    let name = ident(&schema.rust);
    let names: Vec<_> = variants.iter().map(|variant| ident(&variant.rust)).collect();
    let values: Vec<&str> = variants.iter().map(|variant| variant.value.as_str()).collect();
    vec![
        declaration(schema, variants, &quote!(String)),
        parse_quote! {
            impl #name {
                /// The value on the wire.
                pub fn as_str(&self) -> &str {
                    match self {
                        #(Self::#names => #values,)*
                        Self::Unknown(value) => value,
                    }
                }
            }
        },
        parse_quote! {
            impl From<&str> for #name {
                fn from(value: &str) -> Self {
                    match value {
                        #(#values => Self::#names,)*
                        _ => Self::Unknown(value.to_owned()),
                    }
                }
            }
        },
        parse_quote!(string_enum!(#name);),
    ]
}

/// An enum of integers.
pub(crate) fn integers(schema: &Schema, variants: &[Variant<i64>]) -> Vec<Item> {
    let name = ident(&schema.rust);
    let names: Vec<_> = variants.iter().map(|variant| ident(&variant.rust)).collect();
    let values: Vec<Literal> = variants.iter().map(|variant| number(variant.value)).collect();
    vec![
        declaration(schema, variants, &quote!(i64)),
        parse_quote! {
            impl #name {
                /// The value on the wire.
                pub fn as_i64(&self) -> i64 {
                    match self {
                        #(Self::#names => #values,)*
                        Self::Unknown(value) => *value,
                    }
                }
            }
        },
        parse_quote! {
            impl From<i64> for #name {
                fn from(value: i64) -> Self {
                    match value {
                        #(#values => Self::#names,)*
                        _ => Self::Unknown(value),
                    }
                }
            }
        },
        parse_quote!(integer_enum!(#name);),
    ]
}

fn declaration<T>(schema: &Schema, variants: &[Variant<T>], unknown: &TokenStream) -> Item {
    let name = ident(&schema.rust);
    let docs = doc(&schema.description);
    let variants = variants.iter().map(|variant| {
        let docs = doc(&capitalised(&variant.description));
        let name = ident(&variant.rust);
        quote!(#(#docs)* #name,)
    });
    let about = attribute("A value that this version does not know.");
    parse_quote! {
        #(#docs)*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            #about
            Unknown(#unknown),
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
