//! Schemas → struct items, through progenitor's type engine. The only file that names progenitor.
//!
//! The engine gets a projection in which each property is already as optional as its field is to be, without the things that it
//! would turn into newtypes, `NonZero` integers or default functions. Enums are ours: it is told that they exist.

use std::collections::BTreeMap;

use coze_spec::Diagnostics;
use coze_spec::SCHEMAS;
use coze_spec::model::{Api, Field, Schema, Shape, Type};
use openapiv3::{
    AdditionalProperties, AnySchema, ArrayType, BooleanType, Components, IntegerFormat,
    IntegerType, NumberFormat, NumberType, ObjectType, OpenAPI, ReferenceOr, Schema as Projected,
    SchemaData, SchemaKind, StringType, Type as Kind, VariantOrUnknownOrEmpty,
};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use syn::{Item, ItemStruct};

use crate::syntax::is_optional;

/// The SDK's type of secrets.
const SECRET: &str = "Secret";

/// The struct of every object schema, by the schema's name.
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
            // Not a value of anything.
            Shape::Events(_) | Shape::Commands(_) => {}
            Shape::Strings(_) | Shape::Integers(_) => {
                settings.with_replacement(&schema.rust, &schema.rust, std::iter::empty());
                let string = projected(SchemaKind::Type(Kind::String(StringType::default())));
                schemas.schemas.insert(schema.rust.clone(), ReferenceOr::Item(string));
            }
        }
    }
    let mut generator = Generator::new(&settings);
    // The projection holds only what the engine is known to take: a failure is a fault of this file.
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

/// The engine merges types of one name silently; each schema must have come out as one struct.
fn complete(api: &Api, structs: &BTreeMap<String, ItemStruct>) -> Result<(), Diagnostics> {
    let mut findings = Diagnostics::new();
    for schema in api.schemas().filter(|schema| schema.is_struct()) {
        if !structs.contains_key(&schema.rust) {
            let place = schema.location.clone();
            let what = format!("the type engine made no struct of `{}`", schema.name);
            findings.push(place, what, "look for a type of the same name, or give it another");
        }
    }
    findings.or(())
}

fn object(api: &Api, schema: &Schema, fields: &[Field]) -> Projected {
    let mut object = ObjectType::default();
    for field in fields {
        let optional = is_optional(schema.usage, field);
        if !optional {
            object.required.push(field.wire.clone());
        }
        let property = match value(api, &field.kind) {
            ReferenceOr::Item(mut item) => {
                // An optional list is `Option<Vec<_>>` to the engine only if it may be null.
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
