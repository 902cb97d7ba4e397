//! One idiom of the spec, one folder: `spec.yaml` goes in, `resource.rs` and `calls.rs` or, of events, `smoke.rs` come out.
//!
//! The expected files are written by the generator itself, and read by whoever reviews a change of it:
//! `UPDATE_GOLDEN=1 cargo test -p coze-gen --test golden`.

#![allow(clippy::panic, reason = "a helper of a test may fail it")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use coze_gen::Generated;
use serde_json::{Map, Value, json};

use common::{Home, content, generate, golden, idioms, read, real, texts_of, workspace};

const CURE: &str = "read the difference; if it is meant, run: UPDATE_GOLDEN=1 cargo test -p coze-gen --test golden";

/// The files that an idiom is expected to make, and what it makes.
fn outputs(idiom: &str) -> Vec<(PathBuf, String)> {
    let generated = generate(&[idiom]);
    let (folder, home) = (golden().join(idiom), Home::of(idiom));
    let mut outputs = vec![
        ("resource.rs", home.made("coze-api/src/generated", idiom)),
        match home {
            Home::Resource => ("calls.rs", home.made("tests/src/generated", idiom)),
            _ => ("smoke.rs", home.made("tests/tests/wire/generated", idiom)),
        },
    ];
    if folder.join("shared.yaml").exists() {
        outputs.push(("shared.rs", home.made("coze-api/src/generated", "shared")));
    }
    let outputs = outputs.into_iter();
    outputs.map(|(file, path)| (folder.join(file), content(&generated, &path).to_owned())).collect()
}

/// The first lines that differ, enough to see what happened.
fn difference(expected: &str, made: &str) -> String {
    let mut pairs = expected.lines().zip(made.lines()).enumerate();
    if let Some((line, (expected, made))) = pairs.find(|(_, (expected, made))| expected != made) {
        return format!("line {}:\n  expected {expected:?}\n  made     {made:?}", line + 1);
    }
    let (expected, made) = (expected.lines().count(), made.lines().count());
    format!("expected {expected} lines, made {made}")
}

#[test]
fn every_idiom_makes_what_is_expected() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut differences = Vec::new();
    for idiom in idioms() {
        for (path, made) in outputs(&idiom) {
            if update {
                fs::write(&path, &made).unwrap_or_else(|error| panic!("{error}"));
                continue;
            }
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if expected != made {
                let name = path.strip_prefix(golden()).unwrap_or(&path).display().to_string();
                differences.push(format!("{name}, {}", difference(&expected, &made)));
            }
        }
    }
    assert!(differences.is_empty(), "{}\n{CURE}", differences.join("\n"));
}

/// An expected file that nothing makes any more would be compared with nothing.
#[test]
fn no_expected_file_is_left_over() {
    for idiom in idioms() {
        let known: Vec<PathBuf> = outputs(&idiom).into_iter().map(|(path, _)| path).collect();
        for entry in fs::read_dir(golden().join(&idiom)).into_iter().flatten().flatten() {
            let path = entry.path();
            let left_over =
                path.extension().is_some_and(|ext| ext == "rs") && !known.contains(&path);
            assert!(!left_over, "{} is not made by any spec", path.display());
        }
    }
}

/// One resource must not change because another one stands beside it.
#[test]
fn idioms_are_the_same_side_by_side() {
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
            let path = home.made(folder, idiom);
            assert_eq!(content(&alone, &path), content(&together, &path), "{path}");
        }
    }
}

/// The runtime with all idioms in the place of the real resources, under the same lints: it must compile without a warning.
#[test]
fn idioms_compile_with_the_runtime() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden");
    assemble(&root);
    // The target folder of the workspace, so that the dependencies need not be built once more.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let output = Command::new(env!("CARGO"))
        .args([
            "clippy",
            "--offline",
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
    // What the linter says about the runtime itself is none of the generator's business.
    let about_ours = |message: &&str| {
        ["src/generated/", "tests/generated/", "tests/made/"]
            .iter()
            .any(|folder| message.contains(folder))
    };
    let ours: Vec<&str> = messages.split("\n\n").filter(about_ours).collect();
    assert!(ours.is_empty(), "{}", ours.join("\n\n"));
}

/// Makes a workspace of one crate: the runtime of the SDK, and the idioms as its generated code.
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

/// The idioms, and the real channels and callbacks, whose types the runtime names. What the channels share with
/// resources is cut out of the real spec.
fn beside_the_real_channels() -> Generated {
    let mut idioms = idioms();
    // There can be only one such file.
    idioms.retain(|idiom| Home::of(idiom) != Home::Webhooks);
    let mut texts = texts_of(&idioms);
    let spec = workspace().join("spec");
    let folder = fs::read_dir(spec.join("realtime")).unwrap_or_else(|error| panic!("{error}"));
    let mut files: Vec<String> =
        folder.flatten().map(|entry| format!("realtime/{}", entry.file_name().display())).collect();
    files.sort();
    files.push("webhooks.yaml".to_owned());
    texts.extend(files.iter().map(|file| (format!("spec/{file}"), read(&spec.join(file)))));
    let shared = needed(&coze_spec::bundle(&real()), &texts);
    texts.push(("spec/shared.yaml".to_owned(), shared.to_string()));
    let texts: Vec<(&str, &str)> =
        texts.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    coze_spec::load_texts(&texts)
        .and_then(|document| coze_gen::generate(&document))
        .unwrap_or_else(|findings| panic!("{findings}"))
}

/// The schemas of a bundle that texts refer to, and those that these refer to, as a fragment.
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

/// The manifest without the benchmarks and the like that it lists, and without other crates of the workspace: their files
/// are not copied.
fn without_targets(manifest: &str) -> String {
    let mut text = String::new();
    let mut listed = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            listed = line.starts_with("[[");
        }
        if !listed && !line.contains(r#"path = "../"#) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The root of the SDK, with the modules of the idioms in the place of those of the real resources.
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
    let kept = quote::quote!(#(#items)*);
    format!("//! The runtime with the idioms.\n{kept}\nmod generated;\npub use generated::*;\n")
}

/// Takes what the generated tests hand over, without sending anything: only their types matter here.
const HARNESS: &str = r#"//! Type-checks the generated calls.

#![allow(dead_code, reason = "the functions need not be called to be checked")]

#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "some examples are long")]
mod generated;

#[rustfmt::skip]
mod made;

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

/// Leaves a file alone that is as it should be, so that cargo need not compile it again.
fn write_text(path: &Path, text: &str) {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{error}"));
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
