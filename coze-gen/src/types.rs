//! Turns schemas into structs with progenitor's type engine. No other file uses progenitor.
//!
//! The engine reads a projection of the schemas, in which a property is optional if its field is,
//! without keywords that the engine would turn into newtypes, `NonZero` integers or default
//! functions. Enums are replaced by types of the SDK.

use std::collections::BTreeMap;

use coze_spec::Diagnostics;
use coze_spec::SCHEMAS;
use coze_spec::model::{Api, Field, Schema, Shape, Type, Usage};
use openapiv3::{
    AdditionalProperties, AnySchema, ArrayType, BooleanType, Components, IntegerFormat,
    IntegerType, NumberFormat, NumberType, ObjectType, OpenAPI, ReferenceOr, Schema as Projected,
    SchemaData, SchemaKind, StringType, Type as Kind, VariantOrUnknownOrEmpty,
};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use syn::{Item, ItemStruct};

/// The SDK's type for secrets.
const SECRET: &str = "Secret";

/// Returns the struct of every object schema, by Rust name.
pub(crate) fn structs(api: &Api) -> Result<BTreeMap<String, ItemStruct>, Diagnostics> {
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Positional);
    settings.with_map_type("::std::collections::BTreeMap");
    let mut spec = OpenAPI {
        openapi: "3.0.3".to_owned(),
        components: Some(Components::default()),
        ..OpenAPI::default()
    };
    let schemas = spec.components.get_or_insert_default();
    settings.with_replacement(SECRET, SECRET, std::iter::empty());
    let string = projected(SchemaKind::Type(Kind::String(StringType::default())));
    schemas.schemas.insert(SECRET.to_owned(), ReferenceOr::Item(string));
    for schema in api.schemas() {
        match &schema.shape {
            Shape::Struct(fields) => {
                let object = object(api, schema, fields);
                schemas.schemas.insert(schema.rust.clone(), ReferenceOr::Item(object));
            }
            // Unions of events are not the type of a value.
            Shape::Events(_) | Shape::Commands(_) => {}
            Shape::Strings(_) | Shape::Integers(_) => {
                settings.with_replacement(&schema.rust, &schema.rust, std::iter::empty());
                let string = projected(SchemaKind::Type(Kind::String(StringType::default())));
                schemas.schemas.insert(schema.rust.clone(), ReferenceOr::Item(string));
            }
        }
    }
    let mut generator = Generator::new(&settings);
    // The projection contains only supported keywords, so that a failure is a bug in this file.
    let file: Option<syn::File> = generator
        .generate_tokens(&spec)
        .ok()
        .and_then(|_| syn::parse2(generator.get_type_space().to_stream()).ok());
    let items = file.into_iter().flat_map(|file| file.items);
    let structs: BTreeMap<String, ItemStruct> = items
        .filter_map(|item| match item {
            Item::Struct(item) => Some((item.ident.to_string(), item)),
            _ => None,
        })
        .collect();
    complete(api, &structs)?;
    Ok(structs)
}

/// Checks that each schema became a struct, because the engine silently merges types of the same
/// name.
fn complete(api: &Api, structs: &BTreeMap<String, ItemStruct>) -> Result<(), Diagnostics> {
    let mut findings = Diagnostics::new();
    for schema in api.schemas().filter(|schema| schema.is_struct()) {
        if !structs.contains_key(&schema.rust) {
            let place = schema.location.clone();
            let message =
                format!("the type engine did not generate a struct for `{}`", schema.name);
            findings.push(place, message, "look for a type of the same name, or give it another");
        }
    }
    findings.or(())
}

fn object(api: &Api, schema: &Schema, fields: &[Field]) -> Projected {
    let mut object = ObjectType::default();
    for field in fields {
        let optional = field.is_optional(schema.usage);
        if !optional {
            object.required.push(field.wire.clone());
        }
        let any = is_any_object(field, schema.usage).then_some(&Type::Json);
        let property = match value(api, any.unwrap_or(&field.kind)) {
            ReferenceOr::Item(mut item) => {
                // The engine makes an optional list an `Option<Vec<_>>` only if it is nullable.
                item.schema_data.nullable = optional;
                ReferenceOr::Item(Box::new(item))
            }
            ReferenceOr::Reference { reference } => ReferenceOr::Reference { reference },
        };
        object.properties.insert(field.wire.clone(), property);
    }
    projected(SchemaKind::Type(Kind::Object(object)))
}

fn value(api: &Api, kind: &Type) -> ReferenceOr<Projected> {
    let kind = match kind {
        Type::Named(name) => {
            let rust = api.schema(name).map_or(name.as_str(), |schema| schema.rust.as_str());
            return ReferenceOr::Reference { reference: format!("{SCHEMAS}{rust}") };
        }
        Type::Secret => {
            return ReferenceOr::Reference { reference: format!("{SCHEMAS}{SECRET}") };
        }
        Type::Json => {
            return ReferenceOr::Item(projected(SchemaKind::Any(AnySchema::default())));
        }
        Type::String | Type::File => Kind::String(StringType::default()),
        Type::Int32 => Kind::Integer(integer(IntegerFormat::Int32)),
        Type::Int64 => Kind::Integer(integer(IntegerFormat::Int64)),
        Type::Double => Kind::Number(NumberType {
            format: VariantOrUnknownOrEmpty::Item(NumberFormat::Double),
            ..NumberType::default()
        }),
        Type::Boolean => Kind::Boolean(BooleanType::default()),
        Type::List(inner) => Kind::Array(ArrayType {
            items: Some(boxed(value(api, inner))),
            min_items: None,
            max_items: None,
            unique_items: false,
        }),
        Type::Map(inner) => {
            let values = match **inner {
                Type::Json => AdditionalProperties::Any(true),
                _ => AdditionalProperties::Schema(Box::new(value(api, inner))),
            };
            Kind::Object(ObjectType {
                additional_properties: Some(values),
                ..ObjectType::default()
            })
        }
    };
    ReferenceOr::Item(projected(SchemaKind::Type(kind)))
}

/// Returns `true` for a field whose value may be given in any form that is serialized as an object.
/// The field is a JSON value, which is checked when it is written.
pub(crate) fn is_any_object(field: &Field, usage: Usage) -> bool {
    // A field that the server may leave out has to have a value that can be written.
    let is_present = field.is_optional(usage) || !usage.reply;
    usage.request && is_present && is_map_of_json(&field.kind)
}

/// Returns `true` for an object of any values.
pub(crate) fn is_map_of_json(kind: &Type) -> bool {
    matches!(kind, Type::Map(value) if **value == Type::Json)
}

fn integer(format: IntegerFormat) -> IntegerType {
    IntegerType { format: VariantOrUnknownOrEmpty::Item(format), ..IntegerType::default() }
}

fn boxed(schema: ReferenceOr<Projected>) -> ReferenceOr<Box<Projected>> {
    match schema {
        ReferenceOr::Item(item) => ReferenceOr::Item(Box::new(item)),
        ReferenceOr::Reference { reference } => ReferenceOr::Reference { reference },
    }
}

fn projected(kind: SchemaKind) -> Projected {
    Projected { schema_data: SchemaData::default(), schema_kind: kind }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_maps_keep_their_types() {
        let field = |kind: serde_json::Value| {
            let schema = json!({
                "name": "Bag", "rust": "Bag", "description": "A bag.", "usage": {"reply": true},
                "location": {"file": "spec/shared.yaml", "line": 1},
                "shape": {"struct": [{"wire": "all", "rust": "all", "kind": {"map": kind}}]},
            });
            let api: Api = serde_json::from_value(json!({ "shared": [schema] })).unwrap();
            let structs = structs(&api).unwrap();
            let field = structs["Bag"].fields.iter().next().unwrap().ty.to_token_stream();
            field.to_string().replace(' ', "")
        };
        assert_eq!(
            field(json!("json")),
            "::serde_json::Map<::std::string::String,::serde_json::Value>"
        );
        let numbers = "::std::collections::BTreeMap<::std::string::String,i64>";
        assert_eq!(field(json!("int64")), numbers);
    }
}
