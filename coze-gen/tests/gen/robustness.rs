//! Checks that the generator does not panic, with random changes of texts, of documents, and of
//! valid documents.

use std::path::Path;
use std::sync::LazyLock;

use coze_spec::{Diagnostics, lint, load_texts, lower, parse};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use coze_gen::generate;

/// Returns the real spec in parts: the root, the shared types, and one resource each, which is
/// faster.
static SPECS: LazyLock<Vec<Vec<(String, String)>>> = LazyLock::new(|| {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let read = |file: &str| {
        let text = std::fs::read_to_string(spec.join(file)).expect("the spec is there");
        (format!("spec/{file}"), text)
    };
    let resources = ["bots", "chat", "conversations", "datasets", "files", "workspaces"];
    let of_resources = resources.iter().map(|name| {
        vec![read("openapi.yaml"), read("shared.yaml"), read(&format!("resources/{name}.yaml"))]
    });
    let of_events = ["realtime/speech.yaml", "webhooks.yaml"].map(|file| {
        vec![read("openapi.yaml"), read("realtime/shared.yaml"), read(file), read("shared.yaml")]
    });
    of_resources.chain(of_events).collect()
});

/// Returns the small specs of the golden tests, which cover every feature.
static IDIOMS: LazyLock<Vec<Vec<(String, String)>>> = LazyLock::new(|| {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let read = |file: &str, path: &Path| {
        (file.to_owned(), std::fs::read_to_string(path).expect("the idiom is there"))
    };
    let mut idioms = Vec::new();
    for entry in golden
        .read_dir()
        .expect("the idioms are there")
        .flatten()
        .filter(|entry| entry.path().is_dir())
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let mut texts = vec![
            read("spec/openapi.yaml", &golden.join("openapi.yaml")),
            read("spec/shared.yaml", &golden.join("shared.yaml")),
        ];
        let (_, text) = read("", &entry.path().join("spec.yaml"));
        let (file, shared) = match text.split(':').next() {
            Some("x-coze-channel") => {
                (format!("spec/realtime/{name}.yaml"), "spec/realtime/shared.yaml")
            }
            Some("x-webhooks") => ("spec/webhooks.yaml".to_owned(), "spec/shared.yaml"),
            _ => (format!("spec/resources/{name}.yaml"), "spec/shared.yaml"),
        };
        if !file.contains("/resources/") {
            // A document must have operations.
            let beside = golden.join("path_and_query/spec.yaml");
            texts.push(read("spec/resources/path_and_query.yaml", &beside));
        }
        if entry.path().join("shared.yaml").exists() {
            texts.push(read(shared, &entry.path().join("shared.yaml")));
        }
        texts.push((file, text));
        idioms.push(texts);
    }
    idioms.sort();
    idioms
});

/// Runs every stage on a spec. The test is that it returns.
fn run(texts: &[(&str, &str)]) -> Result<(), Diagnostics> {
    let document = load_texts(texts)?;
    let findings = lint(&document);
    // Lowering also accepts documents with findings; rendering does not.
    let _ = lower(&document);
    if findings.is_empty() {
        let generated = generate(&document);
        assert!(
            generated.is_ok(),
            "good for the rules, but: {}",
            generated.err().unwrap_or_default()
        );
        for (path, text) in generated.iter().flat_map(|generated| generated.files.iter()) {
            let good = match path.extension().and_then(std::ffi::OsStr::to_str) {
                Some("json") => serde_json::from_str::<serde_json::Value>(text).is_ok(),
                _ => syn::parse_file(text).is_ok(),
            };
            assert!(good, "{} does not parse", path.display());
        }
        return Ok(());
    }
    Err(findings)
}

/// A change of the lines of a text.
#[derive(Clone, Debug)]
enum Edit {
    Delete(Index),
    Duplicate(Index),
    Swap(Index, Index),
    Indent(Index, usize),
    Replace(Index, &'static str),
    Rename(Index, &'static str),
    Insert(Index, &'static str),
    Cut(Index, Index),
}

const SCALARS: [&str; 22] = [
    "null",
    "[]",
    "{}",
    "0",
    "-1",
    "1e999",
    "''",
    "\"",
    "*x",
    "&a",
    "&a b",
    "!!int x",
    "true",
    "{$ref: '#/components/schemas/X'}",
    "- a",
    "汉字 🦀 \u{202e}",
    "\u{0}",
    "{a: {a: {a: {}}}}",
    "|",
    ">-",
    "9223372036854775808",
    "# nothing",
];

const KEYS: [&str; 15] = [
    "type",
    "$ref",
    "allOf",
    "enum",
    "items",
    "properties",
    "required",
    "x-coze-name",
    "x-coze-stream",
    "x-coze-paging",
    "x-coze-channel",
    "x-webhooks",
    "server",
    "",
    "~1/",
];

const LINES: [&str; 9] = [
    "---",
    "...",
    "  nullable: true",
    "    type: object",
    "- - -",
    "\t- x",
    "? [a]",
    "paths: {}",
    "      x-coze-name: Vec",
];

fn edit() -> impl Strategy<Value = Edit> {
    let index = any::<Index>;
    prop_oneof![
        3 => index().prop_map(Edit::Delete),
        2 => index().prop_map(Edit::Duplicate),
        2 => (index(), index()).prop_map(|(a, b)| Edit::Swap(a, b)),
        2 => (index(), 0_usize..12).prop_map(|(a, width)| Edit::Indent(a, width)),
        4 => (index(), prop::sample::select(&SCALARS[..])).prop_map(|(a, scalar)| Edit::Replace(a, scalar)),
        2 => (index(), prop::sample::select(&KEYS[..])).prop_map(|(a, key)| Edit::Rename(a, key)),
        2 => (index(), prop::sample::select(&LINES[..])).prop_map(|(a, line)| Edit::Insert(a, line)),
        1 => (index(), index()).prop_map(|(a, b)| Edit::Cut(a, b)),
    ]
}

fn apply(edit: &Edit, lines: &mut Vec<String>) {
    let count = lines.len();
    if count == 0 {
        return;
    }
    match edit {
        Edit::Delete(at) => drop(lines.remove(at.index(count))),
        Edit::Duplicate(at) => {
            lines.insert(at.index(count), lines[at.index(count)].clone());
        }
        Edit::Swap(a, b) => lines.swap(a.index(count), b.index(count)),
        Edit::Indent(at, width) => {
            let line = &mut lines[at.index(count)];
            *line = format!("{}{}", " ".repeat(*width), line.trim_start());
        }
        Edit::Replace(at, scalar) => {
            let line = &mut lines[at.index(count)];
            *line = line
                .split_once(": ")
                .map_or_else(|| (*scalar).to_owned(), |(key, _)| format!("{key}: {scalar}"));
        }
        Edit::Rename(at, key) => {
            let line = &mut lines[at.index(count)];
            if let Some((old, value)) = line.clone().split_once(':') {
                let indentation = old.len() - old.trim_start().len();
                *line = format!("{}{key}:{value}", " ".repeat(indentation));
            }
        }
        Edit::Insert(at, line) => lines.insert(at.index(count), (*line).to_owned()),
        Edit::Cut(a, b) => {
            let (a, b) = (a.index(count), b.index(count));
            lines.drain(a.min(b)..a.max(b));
        }
    }
}

/// The replacement of a node; `None` removes it.
fn substitute() -> impl Strategy<Value = Option<Value>> {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    prop_oneof![
        2 => Just(None),
        3 => prop::sample::select(vec![
            json!(null), json!([]), json!({}), json!(0), json!(-1), json!(1e300), json!(""), json!(true), json!(false),
            json!("x".repeat(5000)), json!("汉字 🦀\u{0}\u{202e}"), json!("two\nlines"), json!("*/ \" \\ #"), json!([[[[]]]]), json!(u64::MAX),
        ]).prop_map(Some),
        3 => prop::sample::select(vec![
            json!("string"), json!("integer"), json!("int32"), json!("int64"), json!("binary"), json!("object"), json!("array"),
            json!("path"), json!("query"), json!("header"), json!("Vec"), json!("self"), json!("type"), json!("_"), json!("a b"), json!("Self"),
            json!("data"), json!("token"), json!("cursor"), json!("page"), json!("3"),
        ]).prop_map(Some),
        3 => prop::sample::select(vec![
            reference("Tree"), reference("DoorState"), reference("Floor"), reference("Envelope"), reference("TalkEvent"), reference("Nothing"),
            json!("EchoSettings"), json!("EchoMood"), json!("EchoClientEvent"), json!("DoorOpened"), json!("Delivery"), json!("echo.say"),
            json!({"type": "string"}), json!({"type": "array", "items": {"type": "array", "items": {}}}), json!({"type": "integer", "format": "int64"}),
            json!({"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {}}}),
            json!({"type": "string", "nullable": true, "description": "It may be null.", "default": "\"}{\n"}),
            json!({"description": "Anything."}), json!(["a"]), json!([1]), json!({"a": "b"}),
        ]).prop_map(Some),
    ]
}

/// Returns the pointer of a child.
fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Returns the pointers of all nodes.
fn pointers(value: &Value, pointer: &str, all: &mut Vec<String>) {
    all.push(pointer.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pointers(value, &child(pointer, key), all);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, &format!("{pointer}/{index}"), all);
            }
        }
        _ => {}
    }
}

fn substituted(mut root: Value, at: Index, new: Option<Value>) -> Value {
    let mut all = Vec::new();
    pointers(&root, "", &mut all);
    let pointer = &all[at.index(all.len())];
    match (new, pointer.rsplit_once('/')) {
        (Some(new), _) => {
            if let Some(node) = root.pointer_mut(pointer) {
                *node = new;
            }
        }
        (None, Some((parent, key))) => match root.pointer_mut(parent) {
            Some(Value::Object(map)) => {
                drop(map.remove(&key.replace("~1", "/").replace("~0", "~")));
            }
            Some(Value::Array(items)) if !items.is_empty() => {
                drop(items.remove(key.parse().unwrap_or(0)));
            }
            _ => {}
        },
        (None, None) => {}
    }
    root
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(96)) })]

    #[test]
    fn changed_text_never_panics(spec in any::<Index>(), file in 0_usize..3, edits in prop::collection::vec(edit(), 1..4)) {
        let mut texts = SPECS[spec.index(SPECS.len())].clone();
        let mut lines: Vec<String> = texts[file].1.lines().map(str::to_owned).collect();
        for edit in &edits {
            apply(edit, &mut lines);
        }
        texts[file].1 = lines.join("\n");
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let _ = run(&texts);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(512)) })]

    /// Most of these changes keep the syntax valid, and many pass the rules, so that they reach
    /// later stages.
    #[test]
    fn changed_documents_never_panic(
        idiom in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), substitute()), 1..3),
    ) {
        let mut texts = IDIOMS[idiom.index(IDIOMS.len())].clone();
        let (file, text) = texts.pop().expect("an idiom has a resource");
        let parsed = parse(&file, &text).expect("the idiom is YAML");
        let value = changes.into_iter().fold(parsed, |value, (at, new)| substituted(value, at, new));
        // JSON is valid YAML.
        texts.push((file, value.to_string()));
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let _ = run(&texts);
    }
}

/// Texts with a meaning in Rust, Markdown or the formatter, and random texts.
fn prose() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "*/",
        "/*",
        "\"",
        "\\",
        "#",
        "```",
        "~~~",
        "`",
        "[a](b)",
        "<b>",
        "{}",
        "//!",
        "| a |",
        "- ",
        "1. ",
        "> ",
        "\n",
        "\n\n",
        "    ",
        "\t",
        "\r",
        "\u{2028}",
        "https://a.b/c).",
        "汉字",
        "🦀",
        "\u{202e}",
        "r#\"",
        "\u{0}",
        "$x",
        "#[doc]",
    ]);
    let part = prop_oneof![special.prop_map(str::to_owned), "[a-z]{1,9} ", "\\PC{0,12}"];
    prop::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(192)) })]

    /// Descriptions are refused at their place in the spec, or what is generated from them is Rust.
    #[test]
    fn any_prose_is_rendered_or_refused(idiom in any::<Index>(), texts in prop::collection::vec((any::<Index>(), prose()), 1..9)) {
        let mut files = IDIOMS[idiom.index(IDIOMS.len())].clone();
        let (file, text) = files.pop().expect("an idiom has a resource");
        let parsed = parse(&file, &text).expect("the idiom is YAML");
        let mut root = parsed;
        let mut all = Vec::new();
        pointers(&root, "", &mut all);
        all.retain(|pointer| pointer.ends_with("/description"));
        for (at, text) in texts {
            if let Some(Value::String(old)) = root.pointer_mut(&all[at.index(all.len())]) {
                // The old text stays, because it documents the values of enums.
                old.push_str("\n\n");
                old.push_str(&text);
            }
        }
        files.push((file, root.to_string()));
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        if let Err(findings) = run(&files) {
            for finding in &findings {
                prop_assert!(finding.location.file.starts_with("spec/"), "{findings}");
            }
        }
    }
}

/// Deep nesting must not overflow the stack.
#[test]
fn deep_nesting_never_panics() {
    let depth = 10_000;
    let mut indented = String::new();
    for level in 0..2_000 {
        indented.push_str(&" ".repeat(level));
        indented.push_str("a:\n");
    }
    let deep = [
        "[".repeat(depth),
        "[".repeat(depth) + &"]".repeat(depth),
        "{a: ".repeat(depth) + &"}".repeat(depth),
        "- ".repeat(depth),
        "? ".repeat(depth),
        "a: &a [".to_owned() + &"*a, ".repeat(depth) + "]",
        indented,
    ];
    for text in &deep {
        let found = run(&[("spec/openapi.yaml", text)]);
        assert!(found.is_err(), "accepted: {}", text.chars().take(20).collect::<String>());
    }
}

/// The mutations start from valid specs.
#[test]
fn the_idioms_are_valid() {
    for texts in IDIOMS.iter() {
        let texts: Vec<(&str, &str)> =
            texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let found = run(&texts);
        assert!(found.is_ok(), "{}", found.err().unwrap_or_default());
    }
}

/// Returns the number of cases from the environment, or a small default.
fn cases(few: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(few)
}
