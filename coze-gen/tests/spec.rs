//! What the real spec makes: always the same, no more and no less than it says, and what is checked in.

#![allow(clippy::panic, reason = "a helper of a test may fail it")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{content, generate, idioms, read, real, texts_of, workspace};
use coze_gen::{Document, Files};
use serde_json::Value;

fn files(document: &Document) -> Files {
    coze_gen::generate(document).unwrap_or_else(|findings| panic!("{findings}")).files
}

fn from_texts(texts: &[(String, String)]) -> Files {
    let texts: Vec<(&str, &str)> =
        texts.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    files(&coze_gen::load_texts(&texts).unwrap_or_else(|findings| panic!("{findings}")))
}

#[test]
fn two_runs_make_the_same() {
    assert_eq!(files(&real()), files(&real()));
}

/// The root decides the order of what is generated, not the order in which a folder lists its files.
#[test]
fn the_order_of_files_does_not_matter() {
    let mut texts = texts_of(&idioms());
    let tags = idioms()
        .iter()
        .map(|name| format!("  - name: {name}\n"))
        .collect::<Vec<_>>()
        .concat();
    for (file, text) in &mut texts {
        if file == "spec/openapi.yaml" {
            *text = text.replace("tags: []", &format!("tags:\n{}", tags.trim_end()));
        }
    }
    let forward = from_texts(&texts);
    let mut backward = texts.clone();
    // The root stays the first: it brings the tags.
    backward[1..].reverse();
    let backward = from_texts(&backward);
    for (path, text) in forward.iter() {
        let other =
            backward.iter().find(|(known, _)| *known == path).map(|(_, text)| text);
        // Types of one module stand in the order in which its files are read.
        if !path.ends_with("shared.rs") {
            assert_eq!(Some(text), other, "{}", path.display());
        }
    }
    assert_eq!(forward.iter().count(), backward.iter().count());
}

/// The folder and its texts make the same document.
#[test]
fn texts_are_read_as_files_are() {
    let spec = workspace().join("spec");
    let mut names = vec!["openapi.yaml".to_owned(), "shared.yaml".to_owned()];
    let entries = std::fs::read_dir(spec.join("resources"))
        .unwrap_or_else(|error| panic!("{error}"));
    let mut resources: Vec<String> = entries
        .flatten()
        .map(|entry| format!("resources/{}", entry.file_name().display()))
        .collect();
    resources.sort();
    names.extend(resources);
    let texts: Vec<(String, String)> = names
        .iter()
        .map(|name| (format!("spec/{name}"), read(&spec.join(name))))
        .collect();
    assert_eq!(from_texts(&texts), files(&real()));
}

#[test]
fn the_checked_in_code_is_what_the_spec_makes() {
    let changes =
        files(&real()).changes(&workspace()).unwrap_or_else(|error| panic!("{error}"));
    let stale: Vec<String> = changes
        .iter()
        .map(|change| format!("{:?} {}", change.kind, change.path.display()))
        .collect();
    assert!(stale.is_empty(), "stale: {stale:#?}\nrun: cargo xtask generate");
}

/// The types of a file by name, and how often each is defined.
fn types(text: &str) -> BTreeMap<String, usize> {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{error}"));
    let mut types = BTreeMap::new();
    for item in file.items {
        let name = match item {
            syn::Item::Struct(item) => item.ident,
            syn::Item::Enum(item) => item.ident,
            _ => continue,
        };
        *types.entry(name.to_string()).or_default() += 1;
    }
    types
}

/// The names of the request bodies and of the envelope: what becomes arguments, or is stripped.
fn is_type(name: &str) -> bool {
    !name.ends_with("Request") && name != "Envelope" && name != "ResponseDetail"
}

/// The type engine merges types of one name without a word; here nothing is merged and nothing is lost.
#[test]
fn each_component_is_one_type() {
    let document = real();
    let generated = files(&document);
    let mut defined: BTreeMap<String, usize> = BTreeMap::new();
    for (path, text) in
        generated.iter().filter(|(path, _)| path.starts_with("coze-api/src/generated"))
    {
        for (name, count) in types(text) {
            assert_eq!(count, 1, "{name} in {}", path.display());
            *defined.entry(name).or_default() += count;
        }
    }
    let bundle = coze_gen::bundle(&document);
    let schemas =
        bundle["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let mut counted = 0;
    for (name, schema) in schemas.iter().filter(|(name, _)| is_type(name)) {
        // A constant is sent without being asked for.
        if schema["enum"].as_array().is_some_and(|values| values.len() == 1) {
            continue;
        }
        let rust = schema["x-coze-name"].as_str().unwrap_or(name);
        assert_eq!(defined.get(rust), Some(&1), "{name}");
        counted += 1;
    }
    assert!(counted > 50, "only {counted} components were looked at");
}

/// One operation, one method, and a smoke test of its reply, its events or both.
#[test]
fn each_operation_is_one_method() {
    let document = real();
    let generated =
        coze_gen::generate(&document).unwrap_or_else(|findings| panic!("{findings}"));
    let operations = document.operations();
    assert_eq!(operations.len(), generated.operations);
    let all: String = generated.files.iter().map(|(_, text)| text).collect();
    for operation in &operations {
        let call = format!("Call::new(&self.0, \"{}\")", operation.id);
        assert_eq!(all.matches(&call).count(), 1, "{}", operation.id);
        let smoke = format!("smoke(\"{}\")", operation.id);
        let streaming = format!("streaming(\"{}\")", operation.id);
        let (smoke, streaming) =
            (all.matches(&smoke).count(), all.matches(&streaming).count());
        assert!(
            smoke <= 1 && streaming <= 1 && smoke + streaming > 0,
            "{}",
            operation.id
        );
        let path = format!("\"{}\"", operation.path);
        assert!(all.contains(&path), "{}", operation.id);
    }
}

/// What the review of a change sees first.
#[test]
fn every_file_says_where_it_comes_from() {
    for (path, text) in files(&real()).iter() {
        let first = text.lines().next().unwrap_or_default();
        let source = first
            .strip_prefix("// @generated by `cargo xtask generate` from ")
            .and_then(|rest| rest.strip_suffix(". Edit the spec, not this file."))
            .unwrap_or_else(|| panic!("{}: {first}", path.display()));
        assert!(workspace().join(source).exists(), "{}: {source}", path.display());
        assert!(text.ends_with("}\n") || text.ends_with(";\n"), "{}", path.display());
        assert!(
            !text.contains("\n\n\n") && !text.contains(" \n") && !text.contains('\t'),
            "{}",
            path.display()
        );
        assert!(
            path.starts_with("coze-api/src/generated")
                || path.starts_with("tests/tests/generated")
        );
    }
}

/// Nobody can read these in a file of the SDK.
#[test]
fn paths_are_short() {
    let generated = generate(&idioms());
    let idioms =
        idioms().into_iter().map(|idiom| format!("coze-api/src/generated/{idiom}.rs"));
    for path in idioms {
        let text = content(&generated, &path);
        assert!(!text.contains("::std::") && !text.contains("::serde::"), "{path}");
        assert!(!text.contains("#[allow"), "{path}");
    }
}

/// The bundle is the spec itself; whoever reads it must find the same operations.
#[test]
fn the_bundle_holds_every_operation() {
    let document = real();
    let bundle = coze_gen::bundle(&document);
    for operation in document.operations() {
        let found = &bundle["paths"][&operation.path][operation.method.to_lowercase()];
        assert_eq!(found["operationId"], Value::from(operation.id.as_str()));
        let place = &operation.place;
        let text = read(&workspace().join(Path::new(&*place.file)));
        let line = text.lines().nth(place.line - 1).unwrap_or_default();
        assert_eq!(
            line.trim(),
            format!("{}:", operation.method.to_lowercase()),
            "{place}"
        );
    }
}
