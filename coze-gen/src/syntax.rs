//! Names, numbers and types of the model as Rust syntax.

use coze_spec::model::{Api, Schema, Type};
use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

/// Returns a name as an identifier. Keywords become raw identifiers, such as `r#gen`.
pub(crate) fn ident(name: &str) -> Ident {
    // syn only knows the keywords of earlier editions.
    if name != "gen"
        && let Ok(ident) = syn::parse_str(name)
    {
        return ident;
    }
    // The rules of the spec reject other characters, which would not be an identifier.
    let safe: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    match &safe[..] {
        "" | "_" | "crate" | "self" | "super" | "Self" => format_ident!("_{safe}"),
        _ if safe.starts_with(|c: char| c.is_ascii_digit()) => format_ident!("_{safe}"),
        _ => Ident::new_raw(&safe, Span::call_site()),
    }
}

/// Returns an integer literal. More than four digits are grouped by threes.
pub(crate) fn integer(value: i64) -> Literal {
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

/// Returns the public path of a type: in the module of its resource, or at the root if it is
/// shared.
pub(crate) fn path(api: &Api, schema: &Schema) -> TokenStream {
    let name = ident(&schema.rust);
    let owned = |schemas: &[Schema]| schemas.iter().any(|owned| owned.name == schema.name);
    if let Some(resource) = api.resources.iter().find(|resource| owned(&resource.schemas)) {
        let module = ident(&resource.name);
        quote!(coze_api::#module::#name)
    } else if api.channels.iter().any(|channel| owned(&channel.schemas))
        || owned(&api.channels_shared)
    {
        quote!(coze_api::realtime::#name)
    } else if api.webhooks.iter().any(|webhooks| owned(&webhooks.schemas)) {
        quote!(coze_api::webhook::#name)
    } else {
        quote!(coze_api::#name)
    }
}

/// Returns the public path of the type of a value.
pub(crate) fn type_path(api: &Api, kind: &Type) -> TokenStream {
    match kind {
        Type::String => quote!(String),
        Type::Secret => quote!(coze_api::Secret),
        Type::File => quote!(coze_api::Upload),
        Type::Int32 => quote!(i32),
        Type::Int64 => quote!(i64),
        Type::Double => quote!(f64),
        Type::Boolean => quote!(bool),
        Type::Json => quote!(serde_json::Value),
        Type::Named(name) => {
            api.schema(name).map_or_else(|| quote!(serde_json::Value), |schema| path(api, schema))
        }
        Type::List(item) => {
            let item = type_path(api, item);
            quote!(Vec<#item>)
        }
        Type::Map(value) if **value == Type::Json => {
            quote!(serde_json::Map<String, serde_json::Value>)
        }
        Type::Map(value) => {
            let value = type_path(api, value);
            quote!(std::collections::BTreeMap<String, #value>)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cannot_be_identifiers_are_prefixed() {
        let names = ["name", "type", "gen", "self", "2fa", "", "_"];
        let written = ["name", "r#type", "r#gen", "_self", "_2fa", "_", "__"];
        assert_eq!(names.map(|name| ident(name).to_string()), written);
    }

    #[test]
    fn maps_of_json_are_objects() {
        let map = |kind| type_path(&Api::default(), &Type::Map(Box::new(kind)));
        let text = |kind| map(kind).to_string().replace(' ', "");
        assert_eq!(text(Type::Json), "serde_json::Map<String,serde_json::Value>");
        assert_eq!(text(Type::Int64), "std::collections::BTreeMap<String,i64>");
    }
}
