//! Writes the call of an operation as a Rust expression, for documentation, tests, and samples with
//! values from run time.

use coze_spec::model::{Api, Operation, Param, Schema, Shape, Type};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::{Map, Number, Value};

use crate::syntax::{ident, integer, path, type_path};

/// Writes the values of an API as Rust expressions.
///
/// ```
/// use coze_gen::expression::Expressions;
/// use coze_spec::model::{Api, Operation};
/// use serde_json::{Map, Value};
///
/// fn sample(api: &Api, operation: &Operation, values: &Map<String, Value>) -> String {
///     // let reply = coze . bots () . retrieve ("7493066380997012345") . await?;
///     format!("let reply = {}.await?;", Expressions::new(api).call("coze", operation, values))
/// }
/// ```
///
/// Types and functions are written with their paths (`coze_api::…`, `serde_json::…`), so that an
/// expression needs no imports. It compiles if the values have the types of the API. A value of
/// another type is written as `json!(…)`, which the compiler rejects at that place.
#[derive(Clone, Copy, Debug)]
pub struct Expressions<'a> {
    api: &'a Api,
    uploads: Uploads,
}

/// The meaning of the value of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Uploads {
    /// The path.
    #[default]
    Path,
    /// The content.
    Content,
}

impl<'a> Expressions<'a> {
    /// Creates a writer for the operations of an API.
    pub const fn new(api: &'a Api) -> Self {
        Self { api, uploads: Uploads::Path }
    }

    /// Sets the meaning of the values of files. By default, they are paths.
    #[must_use]
    pub const fn with_uploads(self, uploads: Uploads) -> Self {
        Self { uploads, ..self }
    }

    /// Writes a call: the client, the accessors, the method with the required values, and a setter
    /// for each other value.
    ///
    /// `client` is the name of the variable with the client. The keys of `values` are the names of
    /// the parameters on the wire. A null is omitted, unless the parameter accepts any JSON. A
    /// missing required string is written as its name in angle brackets.
    pub fn call(
        &self,
        client: &str,
        operation: &Operation,
        values: &Map<String, Value>,
    ) -> TokenStream {
        let client = ident(client);
        let words: Vec<_> = operation.id.split('.').map(ident).collect();
        let (method, groups) =
            words.split_last().map_or((None, &[][..]), |(last, rest)| (Some(last), rest));
        let (required, optional): (Vec<&Param>, Vec<&Param>) = operation
            .params
            .iter()
            .filter(|param| param.constant.is_none())
            .partition(|param| param.field.required);
        let arguments =
            required.iter().map(|param| self.parameter(param, values.get(&param.field.wire)));
        let setters = optional.iter().filter_map(|param| {
            let value = present(&param.field.kind, values.get(&param.field.wire))?;
            let (name, value) = (ident(&param.field.rust), self.parameter(param, Some(value)));
            Some(quote!(.#name(#value)))
        });
        quote!(#client #(.#groups())* .#method(#(#arguments),*) #(#setters)*)
    }

    /// Returns the value of a parameter as the argument of its method or setter.
    pub(crate) fn parameter(&self, param: &Param, value: Option<&Value>) -> TokenStream {
        let kind = &param.field.kind;
        match (kind, present(kind, value)) {
            (Type::String | Type::Secret, None) => {
                let placeholder = format!("<{}>", param.field.wire);
                quote!(#placeholder)
            }
            (Type::File, None) => {
                let placeholder = format!("<{}>", param.field.wire);
                quote!(coze_api::Upload::path(#placeholder))
            }
            (_, None) => json(&Value::Null),
            (_, Some(value)) => self.argument(kind, value),
        }
    }

    /// Returns a value that the SDK converts: an argument of a method or setter.
    fn argument(&self, kind: &Type, value: &Value) -> TokenStream {
        match (kind, value) {
            (Type::File, Value::String(text)) => match self.uploads {
                Uploads::Path => quote!(coze_api::Upload::path(#text)),
                Uploads::Content => quote!(coze_api::Upload::bytes("example.txt", #text)),
            },
            (Type::String | Type::Secret, Value::String(text)) => quote!(#text),
            (Type::String | Type::Secret, Value::Number(number)) => {
                let text = number.to_string();
                quote!(#text)
            }
            (Type::Named(name), value) => match self.api.schema(name) {
                Some(schema) => self.named(schema, value),
                None => json(value),
            },
            (Type::List(item), Value::Array(items)) if items.is_empty() => {
                let item = type_path(self.api, item);
                quote!(Vec::<#item>::new())
            }
            (Type::List(item), Value::Array(items)) => {
                let items = items.iter().map(|value| self.element(item, value));
                quote!([#(#items),*])
            }
            (Type::Map(item), Value::Object(entries)) if !entries.is_empty() => {
                let entries = entries.iter().map(|(key, value)| {
                    let value = self.element(item, value);
                    quote!((#key, #value))
                });
                quote!([#(#entries),*])
            }
            _ => self.exact(kind, value),
        }
    }

    /// Returns a value in a list or map. The SDK converts it, unless it is a list or map itself.
    fn element(&self, kind: &Type, value: &Value) -> TokenStream {
        match (kind, value) {
            (Type::List(_) | Type::Map(_), _) => self.exact(kind, value),
            // Without the suffix, the literal would be an `i32`.
            (Type::Int64, Value::Number(number)) => suffixed(number),
            _ => self.argument(kind, value),
        }
    }

    /// Returns a value of exactly its type, which the SDK does not convert.
    fn exact(&self, kind: &Type, value: &Value) -> TokenStream {
        match (kind, value) {
            (Type::String, Value::String(text)) => quote!(#text.to_owned()),
            (Type::Secret, Value::String(text)) => quote!(coze_api::Secret::from(#text)),
            (Type::Named(name), value) => match self.api.schema(name) {
                Some(schema) => self.owned(schema, value),
                None => json(value),
            },
            (Type::List(item), Value::Array(items)) => {
                let items = items.iter().map(|value| self.exact(item, value));
                quote!(vec![#(#items),*])
            }
            (Type::Map(item), Value::Object(entries)) => self.map(item, entries),
            (Type::Boolean, Value::Bool(flag)) => quote!(#flag),
            (Type::Double, Value::Number(number)) => double(number),
            (Type::Int32 | Type::Int64, Value::Number(number)) => integer_in_range(kind, number)
                .map_or_else(
                    || json(value),
                    |number| {
                        let literal = integer(number);
                        quote!(#literal)
                    },
                ),
            _ => json(value),
        }
    }

    fn map(&self, item: &Type, entries: &Map<String, Value>) -> TokenStream {
        let value_type = type_path(self.api, item);
        let pairs = entries.iter().map(|(key, value)| {
            let value = self.exact(item, value);
            quote!((#key.to_owned(), #value))
        });
        match (item, entries.is_empty()) {
            (Type::Json, true) => quote!(serde_json::Map::<String, #value_type>::new()),
            (Type::Json, false) => quote! {
                [#(#pairs),*].into_iter().collect::<serde_json::Map<String, #value_type>>()
            },
            (_, true) => quote!(std::collections::BTreeMap::<String, #value_type>::new()),
            (_, false) => quote!(std::collections::BTreeMap::from([#(#pairs),*])),
        }
    }

    /// Returns a value of a schema that the SDK converts.
    pub(crate) fn named(&self, schema: &Schema, value: &Value) -> TokenStream {
        match (&schema.shape, value) {
            (Shape::Strings(_), Value::String(text)) => quote!(#text),
            _ => self.owned(schema, value),
        }
    }

    /// Returns a value of exactly the type of its schema.
    fn owned(&self, schema: &Schema, value: &Value) -> TokenStream {
        let path = path(self.api, schema);
        match (&schema.shape, value) {
            (Shape::Strings(_), Value::String(text)) => quote!(#path::from(#text)),
            (Shape::Integers(variants), Value::Number(number)) => {
                match variants.iter().find(|variant| Some(variant.value) == number.as_i64()) {
                    Some(variant) => {
                        let variant = ident(&variant.rust);
                        quote!(#path::#variant)
                    }
                    None => {
                        let number = integer(number.as_i64().unwrap_or_default());
                        quote!(#path::from(#number))
                    }
                }
            }
            (Shape::Struct(fields), Value::Object(entries)) => {
                let (required, optional): (Vec<_>, Vec<_>) =
                    fields.iter().partition(|field| !field.is_optional(schema.usage));
                let arguments = required.iter().map(|field| {
                    self.argument(&field.kind, entries.get(&field.wire).unwrap_or(&Value::Null))
                });
                let setters = optional.iter().filter_map(|field| {
                    let value = present(&field.kind, entries.get(&field.wire))?;
                    let (name, value) = (ident(&field.rust), self.argument(&field.kind, value));
                    Some(quote!(.#name(#value)))
                });
                quote!(#path::new(#(#arguments),*) #(#setters)*)
            }
            _ => json(value),
        }
    }
}

/// Returns a value that is set. Null counts only for parameters that accept any JSON.
fn present<'a>(kind: &Type, value: Option<&'a Value>) -> Option<&'a Value> {
    value.filter(|value| *kind == Type::Json || !value.is_null())
}

/// Returns an integer, if it is in the range of its type.
fn integer_in_range(kind: &Type, number: &Number) -> Option<i64> {
    let number = number.as_i64()?;
    (*kind == Type::Int64 || i32::try_from(number).is_ok()).then_some(number)
}

fn double(number: &Number) -> TokenStream {
    let number = number.as_f64().unwrap_or_default();
    let literal: Literal =
        format!("{number:?}").parse().unwrap_or_else(|_| Literal::f64_unsuffixed(number));
    quote!(#literal)
}

/// Returns a number whose type the compiler cannot infer. Literals default to `i32` and `f64`.
fn suffixed(number: &Number) -> TokenStream {
    let literal = match (number.as_i64(), number.as_u64()) {
        (Some(value), _) if i32::try_from(value).is_ok() => integer(value),
        (Some(value), _) => {
            let text = format!("{}_i64", integer(value));
            text.parse().unwrap_or_else(|_| Literal::i64_suffixed(value))
        }
        (None, Some(value)) => Literal::u64_suffixed(value),
        (None, None) => return double(number),
    };
    quote!(#literal)
}

fn json(value: &Value) -> TokenStream {
    let tokens = tokens(value);
    quote!(serde_json::json!(#tokens))
}

/// Returns JSON as Rust tokens, because some literals differ.
fn tokens(value: &Value) -> TokenStream {
    match value {
        Value::Null => quote!(null),
        Value::Bool(flag) => quote!(#flag),
        Value::Number(number) => suffixed(number),
        Value::String(text) => quote!(#text),
        Value::Array(items) => {
            let items = items.iter().map(tokens);
            quote!([#(#items),*])
        }
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let value = tokens(value);
                quote!(#key: #value)
            });
            quote!({#(#entries),*})
        }
    }
}

#[cfg(test)]
mod tests;
