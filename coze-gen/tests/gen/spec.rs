//! Checks the output for the real spec: it is reproducible, complete, and equal to the checked-in
//! files.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::{Home, content, generate, idioms, read, real, texts_of, workspace};
use coze_gen::Files;
use coze_spec::Document;
use serde_json::Value;

fn files(document: &Document) -> Files {
    coze_gen::generate(document).unwrap_or_else(|findings| panic!("{findings}")).files
}

/// Generates everything that is checked in, with the file about deployed projects.
fn checked_in() -> Files {
    let site = coze_spec::load_site(&workspace().join("spec"));
    let site = site.unwrap_or_else(|findings| panic!("{findings}"));
    let generated = coze_gen::generate_with_site(&real(), site.as_ref());
    generated.unwrap_or_else(|findings| panic!("{findings}")).files
}

fn from_texts(texts: &[(String, String)]) -> Files {
    let texts: Vec<(&str, &str)> =
        texts.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    files(&coze_spec::load_texts(&texts).unwrap_or_else(|findings| panic!("{findings}")))
}

#[test]
fn generation_is_reproducible() {
    assert_eq!(checked_in(), checked_in());
}

/// The order of the output follows the root of the spec, not the order of files in a folder.
#[test]
fn the_order_of_files_does_not_matter() {
    let mut texts = texts_of(&idioms());
    let tags = idioms()
        .iter()
        .filter(|name| Home::of(name) == Home::Resource)
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
    // The root stays first, because it lists the tags.
    backward[1..].reverse();
    let backward = from_texts(&backward);
    for (path, text) in forward.iter() {
        let other = backward.iter().find(|(known, _)| *known == path).map(|(_, text)| text);
        // The order of types in a module follows the order of files.
        if !path.ends_with("shared.rs") {
            assert_eq!(Some(text), other, "{}", path.display());
        }
    }
    assert_eq!(forward.iter().count(), backward.iter().count());
}

/// A folder and its texts produce the same document.
#[test]
fn texts_are_read_like_files() {
    let spec = workspace().join("spec");
    let mut names = vec!["openapi.yaml".to_owned(), "shared.yaml".to_owned()];
    for folder in ["resources", "realtime"] {
        let entries =
            std::fs::read_dir(spec.join(folder)).unwrap_or_else(|error| panic!("{error}"));
        let mut files: Vec<String> = entries
            .flatten()
            .map(|entry| format!("{folder}/{}", entry.file_name().display()))
            .collect();
        files.sort();
        names.extend(files);
    }
    names.extend(["webhooks.yaml".to_owned(), "errors.yaml".to_owned()]);
    let texts: Vec<(String, String)> =
        names.iter().map(|name| (format!("spec/{name}"), read(&spec.join(name)))).collect();
    assert!(from_texts(&texts) == files(&real()), "the texts make something else");
}

#[test]
fn the_checked_in_code_is_current() {
    let changes = checked_in().changes(&workspace()).unwrap_or_else(|error| panic!("{error}"));
    let stale: Vec<String> = changes
        .iter()
        .map(|change| format!("{:?} {}", change.kind, change.path.display()))
        .collect();
    assert!(stale.is_empty(), "stale: {stale:#?}\nrun: cargo xtask generate");
}

/// Returns the name of the enum that a macro declares.
fn declared(tokens: proc_macro2::TokenStream) -> Option<proc_macro2::Ident> {
    let mut tokens = tokens.into_iter();
    tokens.find(|token| matches!(token, proc_macro2::TokenTree::Ident(word) if word == "enum"))?;
    match tokens.next() {
        Some(proc_macro2::TokenTree::Ident(name)) => Some(name),
        _ => None,
    }
}

/// Returns the types of a file, and the number of definitions of each.
fn types(text: &str) -> BTreeMap<String, usize> {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{error}"));
    let mut types = BTreeMap::new();
    for item in file.items {
        let name = match item {
            syn::Item::Struct(item) => item.ident,
            syn::Item::Enum(item) => item.ident,
            syn::Item::Macro(item) => match declared(item.mac.tokens) {
                Some(name) => name,
                None => continue,
            },
            _ => continue,
        };
        *types.entry(name.to_string()).or_default() += 1;
    }
    types
}

/// Schemas that do not become types: request bodies, whose properties become arguments, and
/// envelopes and deliveries, which are removed.
fn is_type(name: &str) -> bool {
    !name.ends_with("Request") && !["Envelope", "ResponseDetail", "WebhookDelivery"].contains(&name)
}

/// The type engine silently merges types of the same name. Each schema must be one type.
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
    let bundle = coze_spec::bundle(&document);
    let schemas = bundle["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let mut counted = 0;
    for (name, schema) in schemas.iter().filter(|(name, _)| is_type(name)) {
        // A constant is sent without an argument.
        if schema["enum"].as_array().is_some_and(|values| values.len() == 1) {
            continue;
        }
        let rust = schema["x-coze-name"].as_str().unwrap_or(name);
        assert_eq!(defined.get(rust), Some(&1), "{name}");
        counted += 1;
    }
    assert!(counted > 50, "only {counted} components were looked at");
}

/// Each operation has one method, and a call for its response, its events or both.
#[test]
fn each_operation_is_one_method() {
    let document = real();
    let generated = coze_gen::generate(&document).unwrap_or_else(|findings| panic!("{findings}"));
    let api = coze_spec::lower(&document).unwrap_or_else(|findings| panic!("{findings}"));
    let operations: Vec<_> = api.operations().collect();
    assert_eq!(operations.len(), generated.operations);
    let all: String = generated.files.iter().map(|(_, text)| text).collect();
    // Long lines of the table of calls are wrapped.
    let unbroken: String = all.split_whitespace().collect();
    for operation in &operations {
        let call = format!("Call::new(&self.0, \"{}\")", operation.id);
        assert_eq!(all.matches(&call).count(), 1, "{}", operation.id);
        let count_calls =
            |call: &str| unbroken.matches(&format!("{call}(\"{}\",", operation.id)).count();
        let unary = count_calls("Call::value") + count_calls("Call::file");
        let streamed = count_calls("Call::events");
        assert!(unary <= 1 && streamed <= 1 && unary + streamed > 0, "{}", operation.id);
        let path = format!("\"{}\"", operation.path);
        assert!(all.contains(&path), "{}", operation.id);
    }
}

/// The variants of each union are exactly the events.
#[test]
fn each_event_is_one_variant() {
    let document = real();
    let (bundle, generated) = (coze_spec::bundle(&document), files(&document));
    let enums = enums(&generated);
    let mut unions = 0;
    for (channel, spec) in bundle["x-coze-channels"].as_object().into_iter().flatten() {
        for side in ["client", "server"] {
            let events = spec[side].as_array().into_iter().flatten();
            let names: Vec<&str> = events.filter_map(|event| event["name"].as_str()).collect();
            let found = enums.get(&(format!("realtime/{channel}.rs"), side));
            assert_eq!(found.map(Vec::as_slice), Some(&names[..]), "{channel} {side}");
            unions += 1;
        }
    }
    assert_eq!(unions, 10);
}

/// Returns the variants of the unions of channels, by file and side.
fn enums(files: &Files) -> BTreeMap<(String, &'static str), Vec<&str>> {
    let mut enums = BTreeMap::new();
    for (path, text) in files.iter() {
        let Ok(file) = path.strip_prefix("coze-api/src/generated") else { continue };
        for side in ["client", "server"] {
            let end = if side == "client" { "ClientEvent {" } else { "ServerEvent {" };
            let declared = |line: &str| line.starts_with("    pub enum") && line.ends_with(end);
            let lines = text.lines().skip_while(|line| !declared(line)).skip(1);
            let inside = lines.take_while(|line| *line != "    }");
            let variants = inside.filter_map(|line| line.strip_prefix("        "));
            let names = variants
                .filter(|line| line.starts_with(char::is_uppercase))
                .map(|line| line.split(['(', ',', ' ']).next().unwrap_or_default());
            let names: Vec<&str> = names.collect();
            if !names.is_empty() {
                enums.insert((file.display().to_string(), side), names);
            }
        }
    }
    enums
}

/// The rules know the names that a schema or a resource must not have.
#[test]
fn the_names_of_handwritten_items_are_reserved() {
    let modules = [
        ("lib", coze_spec::ROOT),
        ("realtime", coze_spec::REALTIME),
        ("site", coze_spec::SITE),
        ("webhook", coze_spec::WEBHOOK),
    ];
    for (module, reserved) in modules {
        let text = read(&workspace().join(format!("coze-api/src/{module}.rs")));
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{error}"));
        let is_public = |vis: &syn::Visibility| matches!(vis, syn::Visibility::Public(_));
        let mut written = Vec::new();
        for item in &file.items {
            match item {
                syn::Item::Struct(item) if is_public(&item.vis) => {
                    written.push(item.ident.to_string());
                }
                syn::Item::Enum(item) if is_public(&item.vis) => {
                    written.push(item.ident.to_string());
                }
                syn::Item::Use(item) if is_public(&item.vis) => written.extend(leaves(&item.tree)),
                syn::Item::Mod(item) if module == "lib" => {
                    let name = item.ident.to_string();
                    assert!(coze_spec::MODULES.contains(&name.as_str()), "{name} is a module");
                }
                _ => {}
            }
        }
        assert!(written.len() > 5, "{module}: {written:?}");
        for name in written.iter().filter(|name| name.starts_with(char::is_uppercase)) {
            assert!(reserved.contains(&name.as_str()), "{name} of {module} is not reserved");
        }
        for name in reserved {
            assert!(written.iter().any(|known| known == name), "{name} of {module} is reserved");
        }
    }
}

/// A hand-written type would silently hide a generated type of the same name.
#[test]
fn handwritten_types_do_not_hide_generated_ones() {
    let generated = checked_in();
    for (module, inside) in
        [("realtime", "realtime/"), ("site", "site.rs"), ("webhook", "webhooks.rs")]
    {
        let text = read(&workspace().join(format!("coze-api/src/{module}.rs")));
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{error}"));
        let written = file.items.iter().flat_map(|item| match item {
            syn::Item::Struct(item) => vec![item.ident.to_string()],
            syn::Item::Enum(item) => vec![item.ident.to_string()],
            syn::Item::Use(item) => leaves(&item.tree),
            _ => Vec::new(),
        });
        let written: Vec<String> = written.collect();
        assert!(!written.is_empty(), "{module}");
        for (path, text) in generated.iter() {
            let path = path.strip_prefix("coze-api/src/generated").unwrap_or(path);
            if path.to_string_lossy().starts_with(inside) {
                for name in types(text).keys() {
                    assert!(!written.contains(name), "{module} hides {name}");
                }
            }
        }
    }
}

/// Returns the names that a `use` imports.
fn leaves(tree: &syn::UseTree) -> Vec<String> {
    match tree {
        syn::UseTree::Path(path) => leaves(&path.tree),
        syn::UseTree::Name(name) => vec![name.ident.to_string()],
        syn::UseTree::Rename(name) => vec![name.rename.to_string()],
        syn::UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
        syn::UseTree::Glob(_) => Vec::new(),
    }
}

/// Each file begins with a note that it is generated.
#[test]
fn every_file_names_its_source() {
    let generated = checked_in();
    // JSON does not have comments.
    let code = |path: &Path| path.extension().is_none_or(|extension| extension != "json");
    for (path, text) in generated.iter().filter(|(path, _)| code(path)) {
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
                || path.starts_with("tests/src/generated")
                || path.starts_with("tests/tests/wire/generated")
        );
    }
}

/// Such paths are hard to read.
#[test]
fn paths_are_short() {
    let generated = generate(&idioms());
    let idioms = idioms();
    let paths =
        idioms.iter().map(|idiom| Home::of(idiom).generated_path("coze-api/src/generated", idiom));
    for path in paths {
        let text = content(&generated, &path);
        assert!(!text.contains("::std::") && !text.contains("::serde::"), "{path}");
        assert!(!text.contains("#[allow"), "{path}");
    }
}

/// The bundle has the same operations as the spec.
#[test]
fn the_bundle_contains_every_operation() {
    let document = real();
    let bundle = coze_spec::bundle(&document);
    let api = coze_spec::lower(&document).unwrap_or_else(|findings| panic!("{findings}"));
    for operation in api.operations() {
        let method = operation.verb.name();
        let found = &bundle["paths"][&operation.path][method];
        assert_eq!(found["operationId"], Value::from(operation.id.as_str()));
        let place = &operation.location;
        let text = read(&workspace().join(Path::new(&*place.file)));
        let line = text.lines().nth(place.line - 1).unwrap_or_default();
        assert_eq!(line.trim(), format!("{method}:"), "{place}");
    }
}
