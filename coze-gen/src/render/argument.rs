//! Types of arguments, and their conversion to the types of fields.

use coze_spec::model::{Api, Field, Param, Place, Type, Usage};
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::Ident;

use crate::syntax::ident;
use crate::types::{is_any_object, is_map_of_json};

/// Returns the type of an argument, which accepts everything that converts to a value of this type.
pub(crate) fn accepts(api: &Api, kind: &Type) -> TokenStream {
    let plain = owned(api, kind);
    match kind {
        Type::Int32 | Type::Int64 | Type::Double | Type::Boolean => plain,
        Type::String | Type::Secret | Type::Named(_) | Type::Json | Type::File => {
            quote!(impl Into<#plain>)
        }
        Type::List(item) => {
            let item = owned(api, item);
            quote!(impl IntoIterator<Item = impl Into<#item>>)
        }
        Type::Map(value) => {
            let value = owned(api, value);
            quote!(impl Entries<#value>)
        }
    }
}

/// Returns the type of the argument for a parameter. An object of any values in the body may be
/// given in any form, because the call checks it.
pub(crate) fn accepts_param(api: &Api, param: &Param) -> TokenStream {
    if is_object(param) { quote!(impl Serialize) } else { accepts(api, &param.field.kind) }
}

/// Returns the type of the argument for a field of an object in a request.
pub(crate) fn accepts_field(api: &Api, field: &Field, usage: Usage) -> TokenStream {
    if is_any_object(field, usage) { quote!(impl Serialize) } else { accepts(api, &field.kind) }
}

/// Returns `true` for an object of any values in the body.
pub(crate) fn is_object(param: &Param) -> bool {
    param.place == Place::Body && is_map_of_json(&param.field.kind)
}

/// Returns the expression that converts such an argument.
pub(crate) fn converts(api: &Api, kind: &Type, name: &Ident) -> TokenStream {
    let plain = owned(api, kind);
    match kind {
        Type::Int32 | Type::Int64 | Type::Double | Type::Boolean => name.to_token_stream(),
        Type::String | Type::Secret | Type::Named(_) | Type::Json | Type::File => {
            quote!(convert::into::<#plain>(#name))
        }
        Type::List(item) => {
            let item = owned(api, item);
            quote!(convert::list::<#item>(#name))
        }
        Type::Map(value) if **value == Type::Json => quote!(convert::entries(#name)),
        Type::Map(value) => {
            let value = owned(api, value);
            quote!(convert::map::<#value>(#name))
        }
    }
}

/// Returns the expression that converts the argument for a field of an object in a request.
pub(crate) fn converts_field(api: &Api, field: &Field, usage: Usage, name: &Ident) -> TokenStream {
    if is_any_object(field, usage) {
        quote!(convert::object(#name))
    } else {
        converts(api, &field.kind, name)
    }
}

/// Returns the type itself.
pub(crate) fn owned(api: &Api, kind: &Type) -> TokenStream {
    match kind {
        Type::String => quote!(String),
        Type::Secret => quote!(Secret),
        Type::Int32 => quote!(i32),
        Type::Int64 => quote!(i64),
        Type::Double => quote!(f64),
        Type::Boolean => quote!(bool),
        Type::Json => quote!(Value),
        Type::File => quote!(Upload),
        Type::Named(name) => {
            let name = ident(api.schema(name).map_or(name, |schema| &schema.rust));
            quote!(#name)
        }
        Type::List(item) => {
            let item = owned(api, item);
            quote!(Vec<#item>)
        }
        Type::Map(value) if **value == Type::Json => quote!(Map<String, Value>),
        Type::Map(value) => {
            let value = owned(api, value);
            quote!(BTreeMap<String, #value>)
        }
    }
}
