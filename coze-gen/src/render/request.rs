//! Renders request builders, and the setters of objects in requests.

use coze_spec::model::{Api, Field, Group, Operation, Param, Place, Reply, Schema, Type};
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Ident, Item, ItemStruct, parse_quote};

use super::argument::{accepts_field, accepts_param, converts, converts_field, is_object, owned};
use crate::doc::{attribute, doc};
use crate::syntax::ident;

/// Renders the builder of an operation: the struct, the common methods and the setters.
pub(crate) fn builder(api: &Api, group: &Group, operation: &Operation) -> Vec<Item> {
    let name = ident(&operation.builder);
    let about = format!("Request of [`{}::{}`].", group.accessor, operation.method);
    let about = attribute(&about);
    let setters: Vec<TokenStream> = operation
        .params
        .iter()
        .filter(|param| !param.field.required)
        .map(|param| setter(api, param))
        .collect();
    let mut items: Vec<Item> = vec![parse_quote! {
        #about
        #[derive(Clone, Debug)]
        #[must_use = "a request is sent when it is awaited"]
        pub struct #name(pub(crate) Call);
    }];
    items.extend(sending(api, operation, &name));
    if !setters.is_empty() {
        items.push(parse_quote!(impl #name { #(#setters)* }));
    }
    items
}

/// Renders the macros that implement the common methods of requests.
fn sending(api: &Api, operation: &Operation, name: &Ident) -> Vec<Item> {
    let events = operation.stream.as_ref().map(|stream| -> Item {
        let union = ident(rust_name(api, &stream.union));
        match operation.reply {
            Reply::Events if stream.switch => {
                parse_quote!(stream_only!(#name, #union, switch);)
            }
            Reply::Events => parse_quote!(stream_only!(#name, #union);),
            _ => parse_quote!(streamed!(#name, #union);),
        }
    });
    response(api, operation, name).into_iter().chain(events).collect()
}

/// Renders the macro for a response that is not a stream.
fn response(api: &Api, operation: &Operation, name: &Ident) -> Option<Item> {
    if let Some(paging) = &operation.paging {
        let kind = decoding(api, &operation.reply);
        let item = owned(api, &paging.item);
        let payload = ident(rust_name(api, &paging.payload));
        return Some(parse_quote!(paged!(#name, #item, #payload, #kind);));
    }
    Some(match &operation.reply {
        Reply::Events => return None,
        Reply::Binary => parse_quote!(binary!(#name);),
        Reply::Empty => parse_quote!(request!(#name, (), empty);),
        Reply::Data(data) => match &data.kind {
            Type::List(item) => {
                let item = owned(api, item);
                parse_quote!(request!(#name, #item, list);)
            }
            kind => {
                let (kind, decoding) = (owned(api, kind), decoding(api, &operation.reply));
                parse_quote!(request!(#name, #kind, #decoding);)
            }
        },
        Reply::Flat(payload) => {
            let payload = ident(rust_name(api, payload));
            let decoding = decoding(api, &operation.reply);
            parse_quote!(request!(#name, #payload, #decoding);)
        }
    })
}

/// The function that finds the payload of a response, by where it is and if it may be absent.
fn decoding(api: &Api, reply: &Reply) -> Ident {
    ident(match (reply, api.requires_payload(reply)) {
        (Reply::Flat(_), true) => "flat",
        (Reply::Flat(_), false) => "optional_flat",
        (_, true) => "data",
        (_, false) => "optional_data",
    })
}

pub(crate) fn rust_name<'a>(api: &'a Api, name: &'a str) -> &'a str {
    api.schema(name).map_or(name, |schema| &schema.rust)
}

pub(crate) fn setter(api: &Api, param: &Param) -> TokenStream {
    let name = ident(&param.field.rust);
    let docs = doc(&param.field.documentation());
    let accepts = accepts_param(api, param);
    let added = added(api, param);
    quote! {
        #(#docs)*
        pub fn #name(self, #name: #accepts) -> Self {
            Self(self.0 #added)
        }
    }
}

/// Returns the call that adds a parameter to the request.
pub(crate) fn added(api: &Api, param: &Param) -> TokenStream {
    let wire = &param.field.wire;
    if let Some(value) = &param.constant {
        return match param.place {
            Place::Header => quote!(.header(#wire, #value)),
            Place::Query { .. } => quote!(.query(#wire, #value)),
            Place::Path => quote!(.path_param(#wire, #value)),
            Place::Body => quote!(.field(#wire, #value)),
            Place::Part => quote!(.part(#wire, #value)),
        };
    }
    let value = converts(api, &param.field.kind, &ident(&param.field.rust));
    let is_list = matches!(param.field.kind, Type::List(_));
    match (param.place, &param.field.kind) {
        (Place::Path, _) => quote!(.path_param(#wire, #value)),
        (Place::Query { explode: true }, _) if is_list => {
            quote!(.query_each(#wire, #value))
        }
        (Place::Query { .. }, _) if is_list => quote!(.query_joined(#wire, #value)),
        (Place::Query { .. }, _) => quote!(.query(#wire, #value)),
        (Place::Header, _) => quote!(.header(#wire, #value)),
        (Place::Body, _) if is_list => quote!(.elements(#wire, #value)),
        (Place::Body, _) if is_object(param) => {
            let object = ident(&param.field.rust);
            quote!(.object(#wire, #object))
        }
        (Place::Body, _) => quote!(.field(#wire, #value)),
        (Place::Part, Type::File) => quote!(.file(#wire, #value)),
        (Place::Part, Type::List(_) | Type::Map(_) | Type::Json) => {
            quote!(.part_json(#wire, #value))
        }
        (Place::Part, Type::Named(name)) if api.schema(name).is_some_and(Schema::is_struct) => {
            quote!(.part_json(#wire, #value))
        }
        (Place::Part, _) => quote!(.part(#wire, #value)),
    }
}

/// Renders `new` and the setters of an object in requests.
pub(crate) fn input(api: &Api, schema: &Schema, fields: &[Field], item: &ItemStruct) -> Vec<Item> {
    let (name, usage) = (ident(&schema.rust), schema.usage);
    let (required, optional): (Vec<&Field>, Vec<&Field>) =
        fields.iter().partition(|field| !field.is_optional(usage));
    let arguments = required.iter().map(|field| {
        let (name, accepts) = (ident(&field.rust), accepts_field(api, field, usage));
        quote!(#name: #accepts)
    });
    let values = required.iter().map(|field| {
        let name = ident(&field.rust);
        match converts_field(api, field, usage, &name) {
            same if name == same.to_string() => same,
            value => quote!(#name: #value),
        }
    });
    let nothing = optional.iter().map(|field| {
        let name = ident(&field.rust);
        quote!(#name: None)
    });
    let about = match &required[..] {
        [] => attribute("An object with nothing set."),
        _ => attribute("An object with the required values."),
    };
    let new = match &required[..] {
        [] => quote!(Self::default()),
        _ => quote!(Self { #(#values,)* #(#nothing,)* }),
    };
    let setters = optional.iter().map(|field| {
        let (name, accepts) = (ident(&field.rust), accepts_field(api, field, usage));
        let mut value = converts_field(api, field, usage, &name);
        if is_boxed(item, &field.rust) {
            value = quote!(Box::new(#value));
        }
        // The field has the full documentation.
        let documentation = field.documentation();
        let about = doc(documentation.split("\n\n").next().unwrap_or_default());
        quote! {
            #(#about)*
            pub fn #name(mut self, #name: #accepts) -> Self {
                self.#name = Some(#value);
                self
            }
        }
    });
    let mut items: Vec<Item> = vec![parse_quote! {
        impl #name {
            #about
            pub fn new(#(#arguments),*) -> Self {
                #new
            }
            #(#setters)*
        }
    }];
    if !optional.is_empty() {
        items.push(parse_quote!(maybe!(#name);));
    }
    items
}

/// Returns `true` if the engine boxed a field, because its type is recursive.
fn is_boxed(item: &ItemStruct, field: &str) -> bool {
    let found = item
        .fields
        .iter()
        .find(|known| known.ident.as_ref().is_some_and(|name| *name == ident(field)));
    found.is_some_and(|field| field.ty.to_token_stream().to_string().starts_with("Option < Box <"))
}
