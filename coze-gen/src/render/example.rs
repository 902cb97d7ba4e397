//! Examples of the spec → Rust expressions, for the documentation and the smoke tests.

use coze_spec::model::{Api, Channel, Operation, Param, Reply, Schema, Shape, Type};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value;

use super::resource::is_argument;
use crate::format::statements;
use crate::polish::{ident, number as number_literal};
use crate::types::is_optional;

/// The example in the documentation of a channel: how to connect, with the required values only.
pub(crate) fn connection(api: &Api, channel: &Channel) -> Vec<String> {
    let method = ident(&channel.name);
    let arguments =
        channel.params.iter().filter(|param| is_argument(param)).map(|param| given(api, param));
    let call = quote!(coze.realtime().#method(#(#arguments),*));
    fenced(false, &quote!(let session = #call.connect().await?;))
}

/// The example in the documentation of an operation: the required values only.
pub(crate) fn documentation(api: &Api, operation: &Operation) -> Vec<String> {
    let call = call(api, operation, "coze", false);
    let statement = match (&operation.reply, &operation.paging) {
        (_, Some(_)) => quote!(let page = #call.await?;),
        (Reply::Empty, None) => quote!(#call.await?;),
        (Reply::Events, None) => quote!(let events = #call.stream().await?;),
        (_, None) => quote!(let reply = #call.await?;),
    };
    fenced(operation.deprecated.is_some(), &statement)
}

/// A statement as an example that is compiled.
fn fenced(deprecated: bool, statement: &TokenStream) -> Vec<String> {
    let mut lines = vec!["```no_run".to_owned()];
    if deprecated {
        lines.push("# #![allow(deprecated)]".to_owned());
    }
    lines.push("# async fn example(coze: coze_api::Client) -> coze_api::Result<()> {".to_owned());
    lines.extend(statements(statement));
    lines.push("# Ok(()) }".to_owned());
    lines.push("```".to_owned());
    lines
}

/// The call with its required values and, if asked for, everything else that the examples show.
pub(crate) fn call(api: &Api, operation: &Operation, client: &str, whole: bool) -> TokenStream {
    let client = ident(client);
    let path = operation.id.split('.').map(ident).collect::<Vec<_>>();
    let (method, groups) =
        path.split_last().map_or((None, &[][..]), |(last, rest)| (Some(last), rest));
    let arguments =
        operation.params.iter().filter(|param| is_argument(param)).map(|param| given(api, param));
    let setters = operation.params.iter().filter(|param| {
        whole && !param.field.required && is_given(&param.field.kind, param.example.as_ref())
    });
    let setters = setters.map(|param| {
        let (name, value) = (ident(&param.field.rust), given(api, param));
        quote!(.#name(#value))
    });
    quote!(#client #(.#groups())* .#method(#(#arguments),*) #(#setters)*)
}

/// Whether an example sets the value: what is null is left alone, save where any JSON may stand.
fn is_given(kind: &Type, example: Option<&Value>) -> bool {
    example.is_some_and(|example| *kind == Type::Json || !example.is_null())
}

fn given(api: &Api, param: &Param) -> TokenStream {
    argument(api, &param.field.kind, param.example.as_ref().unwrap_or(&Value::Null))
}

/// A value as an argument of a method or setter.
fn argument(api: &Api, kind: &Type, value: &Value) -> TokenStream {
    match (kind, value) {
        (Type::File, Value::String(text)) => {
            quote!(coze_api::Upload::bytes("example.txt", #text))
        }
        (Type::Named(name), value) => match api.schema(name) {
            Some(schema) => named(api, schema, value),
            None => json(value),
        },
        (Type::List(item), Value::Array(items)) => {
            let items = items.iter().map(|value| element(api, item, value));
            quote!([#(#items),*])
        }
        (Type::Map(item), Value::Object(entries)) => {
            let entries = entries.iter().map(|(key, value)| {
                let value = inner(api, item, value);
                quote!((#key, #value))
            });
            quote!([#(#entries),*])
        }
        (Type::Json, value) => json(value),
        (Type::Double, Value::Number(number)) => {
            let literal = Literal::f64_unsuffixed(number.as_f64().unwrap_or_default());
            quote!(#literal)
        }
        (_, Value::Number(number)) => {
            let literal = number_literal(number.as_i64().unwrap_or_default());
            quote!(#literal)
        }
        (_, Value::String(text)) => quote!(#text),
        (_, Value::Bool(flag)) => quote!(#flag),
        (_, value) => json(value),
    }
}

/// A value inside a list: inner lists may differ in length, and nothing converts what they hold.
fn element(api: &Api, kind: &Type, value: &Value) -> TokenStream {
    match (kind, value) {
        (Type::List(item), Value::Array(items)) => {
            let items = items.iter().map(|value| match (&**item, value) {
                (Type::String, Value::String(text)) => quote!(#text.to_owned()),
                (item, value) => element(api, item, value),
            });
            quote!(vec![#(#items),*])
        }
        _ => argument(api, kind, value),
    }
}

/// A value inside a map, where nothing converts maps and lists.
fn inner(api: &Api, kind: &Type, value: &Value) -> TokenStream {
    match (kind, value) {
        (Type::Map(item), Value::Object(entries)) => {
            let entries = entries.iter().map(|(key, value)| {
                let value = argument(api, item, value);
                quote!((#key.into(), #value.into()))
            });
            quote!(std::collections::BTreeMap::from([#(#entries),*]))
        }
        (Type::List(item), Value::Array(items)) => {
            let items = items.iter().map(|value| argument(api, item, value));
            quote!(vec![#(#items.into()),*])
        }
        _ => argument(api, kind, value),
    }
}

/// A value of a schema.
pub(crate) fn named(api: &Api, schema: &Schema, value: &Value) -> TokenStream {
    let path = path(api, schema);
    match (&schema.shape, value) {
        (Shape::Strings(_), Value::String(text)) => quote!(#text),
        (Shape::Integers(variants), Value::Number(number)) => {
            match variants.iter().find(|variant| Some(variant.value) == number.as_i64()) {
                Some(variant) => {
                    let variant = ident(&variant.rust);
                    quote!(#path::#variant)
                }
                None => {
                    let literal = Literal::i64_suffixed(number.as_i64().unwrap_or_default());
                    quote!(#literal)
                }
            }
        }
        (Shape::Struct(fields), Value::Object(entries)) => {
            let arguments =
                fields.iter().filter(|field| !is_optional(schema.usage, field)).map(|field| {
                    argument(api, &field.kind, entries.get(&field.wire).unwrap_or(&Value::Null))
                });
            let setters = fields
                .iter()
                .filter(|field| is_optional(schema.usage, field))
                .filter_map(|field| {
                    let value = entries
                        .get(&field.wire)
                        .filter(|value| is_given(&field.kind, Some(value)))?;
                    let value = argument(api, &field.kind, value);
                    let name = ident(&field.rust);
                    Some(quote!(.#name(#value)))
                });
            quote!(#path::new(#(#arguments),*) #(#setters)*)
        }
        (_, value) => json(value),
    }
}

/// Where users find a type: in the module of what owns it, or above if it is shared.
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

fn json(value: &Value) -> TokenStream {
    // JSON is made of Rust tokens.
    let tokens: TokenStream = value.to_string().parse().unwrap_or_default();
    quote!(serde_json::json!(#tokens))
}
