//! Compares the output for each idiom of the spec with expected files. Each idiom is a folder with
//! `spec.yaml` and the expected `resource.rs` and `calls.rs`, or `smoke.rs` for events.
//!
//! The generator writes the expected files, and the review of a change reads them:
//! `UPDATE_GOLDEN=1 cargo test -p coze-gen --test gen golden::`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use coze_gen::Generated;
use serde_json::{Map, Value, json};

use crate::common::{Home, content, generate, golden, idioms, read, real, texts_of, workspace};

const HELP: &str = "read the difference; if it is meant, run: UPDATE_GOLDEN=1 cargo test -p coze-gen --test gen golden::";

/// Returns the names of the expected files of an idiom, and the generated contents.
fn outputs(idiom: &str) -> Vec<(PathBuf, String)> {
    let generated = generate(&[idiom]);
    let (folder, home) = (golden().join(idiom), Home::of(idiom));
    let mut outputs = vec![
        ("resource.rs", home.generated_path("coze-api/src/generated", idiom)),
        match home {
            Home::Resource => ("calls.rs", home.generated_path("tests/src/generated", idiom)),
            _ => ("smoke.rs", home.generated_path("tests/tests/wire/generated", idiom)),
        },
    ];
    if idiom == "platforms" {
        outputs.push(("studio.rs", home.generated_path("coze-api/src/generated", "studio")));
    }
    if folder.join("shared.yaml").exists() {
        outputs.push(("shared.rs", home.generated_path("coze-api/src/generated", "shared")));
    }
    let outputs = outputs.into_iter();
    outputs.map(|(file, path)| (folder.join(file), content(&generated, &path).to_owned())).collect()
}

/// Returns the first different lines.
fn difference(expected: &str, generated: &str) -> String {
    let mut pairs = expected.lines().zip(generated.lines()).enumerate();
    if let Some((line, (expected, generated))) =
        pairs.find(|(_, (expected, generated))| expected != generated)
    {
        return format!("line {}:\n  expected {expected:?}\n  generated {generated:?}", line + 1);
    }
    let (expected, generated) = (expected.lines().count(), generated.lines().count());
    format!("expected {expected} lines, generated {generated}")
}

#[test]
fn idioms_match_the_expected_files() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut differences = Vec::new();
    for idiom in idioms() {
        for (path, generated) in outputs(&idiom) {
            if update {
                fs::write(&path, &generated).unwrap_or_else(|error| panic!("{error}"));
                continue;
            }
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if expected != generated {
                let name = path.strip_prefix(golden()).unwrap_or(&path).display().to_string();
                differences.push(format!("{name}, {}", difference(&expected, &generated)));
            }
        }
    }
    assert!(differences.is_empty(), "{}\n{HELP}", differences.join("\n"));
}

/// An expected file that is no longer generated would not be compared.
#[test]
fn expected_files_are_generated() {
    for idiom in idioms() {
        let known: Vec<PathBuf> = outputs(&idiom).into_iter().map(|(path, _)| path).collect();
        for entry in fs::read_dir(golden().join(&idiom)).into_iter().flatten().flatten() {
            let path = entry.path();
            let left_over =
                path.extension().is_some_and(|ext| ext == "rs") && !known.contains(&path);
            assert!(!left_over, "{} is not generated", path.display());
        }
    }
}

/// The output for one resource must not depend on other resources.
#[test]
fn idioms_do_not_depend_on_each_other() {
    let all = idioms();
    let together = generate(&all);
    for idiom in &all {
        let alone = generate(&[idiom]);
        let home = Home::of(idiom);
        let tests = match home {
            Home::Resource => "tests/src/generated",
            _ => "tests/tests/wire/generated",
        };
        for folder in ["coze-api/src/generated", tests] {
            let path = home.generated_path(folder, idiom);
            assert_eq!(content(&alone, &path), content(&together, &path), "{path}");
        }
    }
}

/// Compiles the runtime with all idioms instead of the real resources, under the same lints. There
/// must be no warning.
#[test]
fn idioms_compile_with_the_runtime() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden");
    assemble(&root);
    // The target folder of the workspace, so that dependencies are not built again.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let output = Command::new(env!("CARGO"))
        .args([
            "clippy",
            "--quiet",
            "--lib",
            "--test",
            "smoke",
            "--no-default-features",
            "--features",
            "realtime,webhook",
            "--target-dir",
        ])
        .arg(target)
        .current_dir(&root)
        .env("CARGO_TERM_COLOR", "never")
        .output()
        .unwrap_or_else(|error| panic!("{error}"));
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    // Warnings about the runtime itself do not concern the generator.
    let about_ours = |message: &&str| {
        ["src/generated/", "tests/generated/", "tests/made/"]
            .iter()
            .any(|folder| message.contains(folder))
    };
    let ours: Vec<&str> = messages.split("\n\n").filter(about_ours).collect();
    assert!(ours.is_empty(), "{}", ours.join("\n\n"));
}

/// Creates a workspace of one crate: the runtime of the SDK, with the idioms as its generated code.
fn assemble(root: &Path) {
    let workspace = workspace();
    let manifest = read(&workspace.join("Cargo.toml"));
    let members = manifest.lines().find(|line| line.starts_with("members = ")).unwrap_or_default();
    write_text(&root.join("Cargo.toml"), &manifest.replace(members, r#"members = ["coze-api"]"#));
    for file in ["Cargo.lock", "clippy.toml"] {
        write(root, &workspace.join(file), file);
    }
    let (from, to) = (workspace.join("coze-api"), root.join("coze-api"));
    let _ = fs::remove_dir_all(to.join("src"));
    let _ = fs::remove_dir_all(to.join("tests"));
    write_text(&to.join("Cargo.toml"), &without_targets(&read(&from.join("Cargo.toml"))));
    copy(&from.join("src"), &to.join("src"));
    write_text(&to.join("src/lib.rs"), &library(&read(&from.join("src/lib.rs"))));
    for (path, text) in beside_the_real_channels().files.iter() {
        let path = if let Ok(path) = path.strip_prefix("tests/src/generated") {
            to.join("tests/made").join(path)
        } else if let Ok(path) = path.strip_prefix("tests/tests/wire") {
            to.join("tests").join(path)
        } else {
            root.join(path)
        };
        write_text(&path, text);
    }
    write_text(&to.join("tests/smoke.rs"), HARNESS);
}

/// Generates the idioms, and the real channels and callbacks, whose types the runtime uses. The
/// types that channels share with resources are taken from the real spec.
fn beside_the_real_channels() -> Generated {
    let mut idioms = idioms();
    // Only one such file can exist.
    idioms.retain(|idiom| Home::of(idiom) != Home::Webhooks);
    let mut texts = texts_of(&idioms);
    let spec = workspace().join("spec");
    let folder = fs::read_dir(spec.join("realtime")).unwrap_or_else(|error| panic!("{error}"));
    let mut files: Vec<String> =
        folder.flatten().map(|entry| format!("realtime/{}", entry.file_name().display())).collect();
    files.sort();
    files.extend(["webhooks.yaml".to_owned(), "errors.yaml".to_owned()]);
    texts.extend(files.iter().map(|file| (format!("spec/{file}"), read(&spec.join(file)))));
    let real = real();
    let shared = needed(&coze_spec::bundle(&real), &texts);
    texts.push(("spec/shared.yaml".to_owned(), shared.to_string()));
    // The real operations are not among the idioms, so that nothing can link to them.
    let api = coze_spec::lower(&real).unwrap_or_else(|findings| panic!("{findings}"));
    let ids: Vec<String> =
        api.operations().map(|operation| format!("`{}`", operation.id)).collect();
    for (_, text) in &mut texts {
        for id in &ids {
            *text = text.replace(id, "another operation");
        }
    }
    let texts: Vec<(&str, &str)> =
        texts.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    coze_spec::load_texts(&texts)
        .and_then(|document| coze_gen::generate(&document))
        .unwrap_or_else(|findings| panic!("{findings}"))
}

/// Returns the schemas of a bundle that texts refer to, directly or indirectly, as a fragment.
fn needed(bundle: &Value, texts: &[(String, String)]) -> Value {
    let schemas = bundle["components"]["schemas"].as_object();
    let mut needed = Map::new();
    let defined =
        |name: &str| texts.iter().any(|(_, text)| text.contains(&format!("\n    {name}:\n")));
    loop {
        let known = needed.len();
        let users = Value::Object(needed.clone()).to_string();
        for (name, schema) in schemas.into_iter().flatten() {
            let reference = format!("#/components/schemas/{name}");
            let data = format!("data: {name}\n");
            let used = users.contains(&format!("{reference}\""))
                || texts.iter().any(|(_, text)| {
                    text.contains(&format!("{reference}'")) || text.contains(&data)
                });
            if used && !defined(name) {
                needed.insert(name.clone(), schema.clone());
            }
        }
        if needed.len() == known {
            return json!({"components": {"schemas": needed}});
        }
    }
}

/// Returns the manifest without benchmarks and the like, and without other crates of the workspace,
/// because their files are not copied. The smoke test needs no dependencies of its own.
fn without_targets(manifest: &str) -> String {
    let mut text = String::new();
    let mut is_left_out = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_left_out = line.starts_with("[[") || line == "[dev-dependencies]";
        }
        if !is_left_out && !line.starts_with("coze-") {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Returns the root of the SDK, with the modules of the idioms instead of the real resources.
fn library(text: &str) -> String {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{error}"));
    let foreign = |item: &syn::Item| match item {
        syn::Item::Mod(item) => {
            ["generated", "ext", "testing"].iter().any(|name| item.ident == name)
        }
        syn::Item::Use(item) => match &item.tree {
            syn::UseTree::Path(path) => path.ident == "generated" || path.ident == "ext",
            _ => false,
        },
        _ => false,
    };
    let items: Vec<&syn::Item> = file.items.iter().filter(|item| !foreign(item)).collect();
    let items = quote::quote!(#(#items)*);
    format!("//! The runtime with the idioms.\n{items}\nmod generated;\npub use generated::*;\n")
}

/// Stands in for the helpers of the generated tests. It sends nothing, because only the types
/// matter here.
const HARNESS: &str = r#"//! Type-checks the generated calls.

#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "some examples are long")]
mod generated;

#[rustfmt::skip]
mod made;

// A use, without which the calls would be dead code.
const _: &[&[calls::Call]] = made::CALLS;

use coze_api::stream::StreamEvent;
use serde_json::Value;

mod calls {
    use std::fmt::Debug;

    use coze_api::stream::StreamEvent;
    use coze_api::{Client, Download, EventStream, Result};

    pub(crate) struct Calling;

    pub(crate) struct Call;

    impl Call {
        pub(crate) const fn value(_id: &str, _call: fn(&Client) -> Calling) -> Self {
            Self
        }

        pub(crate) const fn file(_id: &str, _call: fn(&Client) -> Calling) -> Self {
            Self
        }

        pub(crate) const fn events(_id: &str, _call: fn(&Client) -> Calling) -> Self {
            Self
        }
    }

    pub(crate) fn value<T: Debug + PartialEq + serde::Serialize>(request: impl IntoFuture<Output = Result<T>>) -> Calling {
        drop(request);
        Calling
    }

    pub(crate) fn file(request: impl IntoFuture<Output = Result<Download>>) -> Calling {
        drop(request);
        Calling
    }

    pub(crate) fn events<E: StreamEvent + Debug + PartialEq>(request: impl Future<Output = Result<EventStream<E>>>) -> Calling {
        drop(request);
        Calling
    }
}

fn sent<E: serde::Serialize>(_channel: &str, _event: &str, _made: &E) {}

fn received<E: StreamEvent>(_channel: &str, _event: &str, _data: impl Fn(&E) -> Option<Value>) {}

fn delivered<H: serde::de::DeserializeOwned, E: StreamEvent>(_event: &str, _data: impl Fn(&E) -> Option<Value>) {}

fn answered<A: serde::Serialize>(_event: &str, _answer: &A) {}

fn data(value: impl serde::Serialize) -> Option<Value> {
    serde_json::to_value(value).ok()
}
"#;

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{error}")).flatten() {
        let name = entry.file_name();
        let foreign = ["generated", "ext", "ext.rs", "tests", "tests.rs", "testing", "testing.rs"];
        if foreign.iter().any(|foreign| name == *foreign) {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else {
            write_text(&to.join(name), &read(&entry.path()));
        }
    }
}

fn write(folder: &Path, from: &Path, name: &str) {
    write_text(&folder.join(name), &read(from));
}

/// Writes a file only if it differs, so that cargo does not compile it again.
fn write_text(path: &Path, text: &str) {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{error}"));
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
