//! Checks the spec with another generator: stock progenitor generates a client from the bundle.
//!
//! It reads a projection without unsupported parts, whose reasons are in [`project`]. Each
//! remaining operation must become a method.

use std::collections::BTreeSet;

use crate::common::real;
use openapiv3::OpenAPI;
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::{Map, Value};
use syn::visit::{self, Visit};

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// Removes the parts that stock progenitor does not support, and returns the remaining operations.
fn project(bundle: &mut Value) -> BTreeSet<String> {
    let mut left = BTreeSet::new();
    let paths = bundle["paths"].as_object_mut();
    for (_, item) in paths.into_iter().flatten() {
        let Some(item) = item.as_object_mut() else { continue };
        for method in METHODS {
            let Some(operation) = item.get_mut(method) else { continue };
            if let Some(replies) = content(operation, "/responses/200/content") {
                // progenitor rejects two media types for one status.
                if replies.len() > 1 {
                    replies.remove("text/event-stream");
                }
            }
            // progenitor rejects multipart bodies.
            let multipart = has(operation, "/requestBody/content", "multipart/form-data");
            // progenitor does not support schemas of server-sent events.
            let events = has(operation, "/responses/200/content", "text/event-stream");
            if multipart || events {
                item.remove(method);
            } else if let Some(id) = operation["operationId"].as_str() {
                left.insert(id.to_owned());
            }
        }
    }
    // Unions of events are not schemas, and no longer referred to.
    if let Some(schemas) = content(bundle, "/components/schemas") {
        schemas.retain(|_, schema| schema.get("x-coze-stream").is_none());
    }
    left
}

fn content<'a>(value: &'a mut Value, pointer: &str) -> Option<&'a mut Map<String, Value>> {
    value.pointer_mut(pointer).and_then(Value::as_object_mut)
}

fn has(operation: &Value, pointer: &str, key: &str) -> bool {
    operation.pointer(pointer).is_some_and(|content| content.get(key).is_some())
}

/// Returns the methods that generated code defines.
#[derive(Default)]
struct Methods(BTreeSet<String>);

impl<'ast> Visit<'ast> for Methods {
    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.0.insert(function.sig.ident.to_string());
        visit::visit_impl_item_fn(self, function);
    }
}

fn methods(bundle: &Value, style: InterfaceStyle) -> BTreeSet<String> {
    let spec: OpenAPI =
        serde_json::from_value(bundle.clone()).unwrap_or_else(|error| panic!("{error}"));
    let mut settings = GenerationSettings::default();
    settings.with_interface(style);
    let tokens = Generator::new(&settings).generate_tokens(&spec);
    let tokens = tokens.unwrap_or_else(|error| panic!("{error}"));
    let file = syn::parse2(tokens).unwrap_or_else(|error| panic!("{error}"));
    let mut methods = Methods::default();
    methods.visit_file(&file);
    methods.0
}

#[test]
fn stock_progenitor_generates_every_operation() {
    let document = real();
    let mut bundle = coze_spec::bundle(&document);
    let left = project(&mut bundle);
    let api = coze_spec::lower(&document).unwrap_or_else(|findings| panic!("{findings}"));
    let all = api.operations().count();
    assert!(left.len() * 10 >= all * 8, "only {} of {all} operations are left", left.len());
    for style in [InterfaceStyle::Positional, InterfaceStyle::Builder] {
        let methods = methods(&bundle, style);
        for id in &left {
            assert!(methods.contains(&id.replace('.', "_")), "{id} is missing");
        }
    }
}

/// Checks that progenitor still rejects the removed parts. If this fails, remove less.
#[test]
fn removed_parts_are_unsupported() {
    let mut bundle = coze_spec::bundle(&real());
    let multipart = bundle["paths"].as_object().into_iter().flatten().find_map(|(path, item)| {
        let post = item.get("post")?;
        has(post, "/requestBody/content", "multipart/form-data").then(|| path.clone())
    });
    let path = multipart.unwrap_or_else(|| panic!("no operation uploads anything"));
    let item = bundle["paths"][&path].clone();
    project(&mut bundle);
    bundle["paths"][&path] = item;
    let spec: OpenAPI = serde_json::from_value(bundle).unwrap_or_else(|error| panic!("{error}"));
    let result = Generator::new(&GenerationSettings::default()).generate_tokens(&spec);
    assert!(result.is_err(), "progenitor does multipart now");
}
