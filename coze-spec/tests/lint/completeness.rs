//! Checks that a case exists for every message in the sources.

use std::path::Path;
use std::{fs, iter};

use syn::visit::Visit;

use crate::document::{cases, changed, findings};
use crate::load;

/// The sources with messages.
const SOURCES: [&str; 4] = ["src/lint", "src/load.rs", "src/yaml.rs", "src/read.rs"];

/// Texts with spaces that are not messages.
const OTHER: [&str; 15] = [
    // Parts of messages.
    "the document",
    "a server",
    "a tag",
    "a channel",
    "an error code",
    "a callback",
    "the content of a response",
    "a parameter",
    "a request body",
    "the content of a request",
    "the content of a response",
    "content",
    "a media type",
    "a response",
    "a schema",
];

/// Returns the texts in the sources that look like messages. In them, `{…}` is a placeholder.
struct Messages(Vec<String>);

impl Visit<'_> for Messages {
    fn visit_attribute(&mut self, _: &syn::Attribute) {}

    fn visit_lit_str(&mut self, literal: &syn::LitStr) {
        self.0.push(literal.value());
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        // The format string is the first argument.
        if let Some(proc_macro2::TokenTree::Literal(first)) = call.tokens.clone().into_iter().next()
            && let Ok(literal) = syn::parse_str::<syn::LitStr>(&first.to_string())
        {
            self.0.push(literal.value());
        }
    }
}

fn messages() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = SOURCES.iter().flat_map(|source| {
        let path = root.join(source);
        let inside = fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path());
        let inside: Vec<_> = inside.collect();
        if inside.is_empty() { iter::once(path).collect() } else { inside }
    });
    let mut messages = Messages(Vec::new());
    for file in files {
        let text =
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{error}"));
        messages.visit_file(&parsed);
    }
    let is_message = |text: &String| text.trim().contains(' ') && !OTHER.contains(&text.as_str());
    messages.0.into_iter().filter(is_message).collect()
}

/// Returns `true` if the text occurs, with any values in its placeholders.
fn occurs(message: &str, expected: &[String]) -> bool {
    let mut parts = vec![String::new()];
    let mut letters = message.replace("{{", "\u{1}").replace("}}", "\u{2}");
    letters = letters.replace('\u{2}', "}\u{2}");
    let mut inside = false;
    for letter in letters.replace("}\u{2}", "\u{2}").chars() {
        match letter {
            '{' => inside = true,
            '}' => {
                inside = false;
                parts.push(String::new());
            }
            _ if inside => {}
            letter => {
                let letter = match letter {
                    '\u{1}' => '{',
                    '\u{2}' => '}',
                    other => other,
                };
                if let Some(part) = parts.last_mut() {
                    part.push(letter);
                }
            }
        }
    }
    expected.iter().any(|line| {
        let found = parts.iter().try_fold(line.as_str(), |rest, part| {
            rest.find(part.as_str()).map(|at| &rest[at + part.len()..])
        });
        found.is_some()
    })
}

#[test]
fn every_message_has_a_case() {
    let mut expected: Vec<String> = cases()
        .iter()
        .chain(crate::site::CASES)
        .flat_map(|(_, _, expected)| expected.iter().map(|line| (*line).to_owned()))
        .collect();
    expected.extend(load::unreadable());
    expected.extend(load::unusable());
    expected.extend(crate::names::duplicate_types());
    expected.extend(crate::names::modules());
    let messages = messages();
    assert!(messages.len() > 100, "only {} messages found in the sources", messages.len());
    let untested: Vec<&String> =
        messages.iter().filter(|message| !occurs(message, &expected)).collect();
    assert!(untested.is_empty(), "no case expects: {untested:#?}");
}

#[test]
fn every_finding_has_location_and_help() {
    for (name, changes, _) in cases() {
        let files = changed(changes);
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let found = coze_spec::load_texts(&files).map(|document| coze_spec::lint(&document));
        for finding in &found.unwrap_or_else(|findings| findings) {
            let (_, text) = files
                .iter()
                .find(|(name, _)| **name == *finding.location.file)
                .unwrap_or_else(|| panic!("{name}: {finding}"));
            let lines = text.lines().count();
            assert!((1..=lines).contains(&finding.location.line), "{name}: {finding}");
            assert!(finding.message.len() > 3 && finding.help.len() > 3, "{name}: {finding}");
            assert!(
                !finding.message.ends_with('.') && !finding.help.ends_with('.'),
                "{name}: {finding}"
            );
        }
    }
}

/// One run reports every finding, in the order of files and lines.
#[test]
fn all_findings_are_reported_together() {
    let files = changed(&[
        ("openapi: 3.0.3", "openapi: 3"),
        (
            "        msg: {type: string, description: The error message.}",
            "        msg: {type: text, description: The error message.}",
        ),
        ("operationId: things.list", "operationId: listThings"),
        ("x-coze-retry: unsafe", "x-coze-retry: never"),
        ("      description: A part.\n", ""),
        ("format: int32, default: 20}", "format: int32}"),
    ]);
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let found = findings(&files);
    let places: Vec<&str> =
        found.iter().filter_map(|line| line.split_once(": ")).map(|(place, _)| place).collect();
    let expected = [
        "spec/openapi.yaml:1",
        "spec/resources/things.yaml:34",
        "spec/resources/things.yaml:58",
        "spec/resources/things.yaml:66",
        "spec/resources/things.yaml:111",
        "spec/shared.yaml:9",
    ];
    assert_eq!(places, expected, "{found:#?}");
}

/// Two files that cannot be read are both reported.
#[test]
fn all_files_are_read() {
    let found = findings(&[("spec/openapi.yaml", "a: ["), ("spec/resources/b.yaml", "- a")]);
    assert_eq!(found.len(), 2, "{found:#?}");
}
