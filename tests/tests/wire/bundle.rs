//! The bundled spec follows the rules of OpenAPI 3.0 that the official schema cannot express:
//! references, path parameters, tags and unique operation ids. `tests/peers/validate-bundle.sh`
//! validates it with the schema.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

fn bundle() -> Value {
    let spec = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../spec"));
    match coze_spec::load(spec) {
        Ok(document) => coze_spec::bundle(&document),
        Err(findings) => panic!("{findings}"),
    }
}

fn object<'a>(document: &'a Value, pointer: &str) -> &'a Map<String, Value> {
    document.pointer(pointer).and_then(Value::as_object).unwrap_or_else(|| panic!("{pointer}"))
}

/// Returns path, method and definition of all operations.
fn operations(document: &Value) -> Vec<(&String, &String, &Value)> {
    object(document, "/paths")
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| (path, method, operation))
        })
        .filter(|(_, method, _)| METHODS.contains(&method.as_str()))
        .collect()
}

/// Visits every object of a document, with its path of keys.
fn walk<'a>(value: &'a Value, visit: &mut impl FnMut(&'a Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            visit(map);
            map.values().for_each(|value| walk(value, visit));
        }
        Value::Array(values) => values.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_to_a_component() {
    let document = bundle();
    let mut count = 0;
    walk(&document, &mut |map| {
        if let Some(Value::String(reference)) = map.get("$ref") {
            count += 1;
            let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference}"));
            assert!(pointer.starts_with("/components/"), "{reference}");
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
    });
    assert!(count > 0);
}

#[test]
fn path_parameters_match_the_path_template() {
    let document = bundle();
    for (path, method, operation) in operations(&document) {
        let in_path: BTreeSet<_> = path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let declared: BTreeSet<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        assert_eq!(in_path, declared, "{method} {path}");
    }
}

#[test]
fn operation_ids_are_unique_and_tags_declared() {
    let document = bundle();
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str()).collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} stands twice, the second time at {method} {path}");
        for tag in operation["tags"].as_array().unwrap() {
            assert!(tags.contains(&tag.as_str()), "{id}: {tag} is not declared");
        }
    }
}
