//! A valid document, and helpers to break it.

use std::collections::BTreeSet;

const FILES: [(&str, &str); 6] = [
    ("spec/openapi.yaml", include_str!("base/openapi.yaml")),
    ("spec/shared.yaml", include_str!("base/shared.yaml")),
    ("spec/resources/things.yaml", include_str!("base/things.yaml")),
    ("spec/realtime/shared.yaml", include_str!("base/realtime-shared.yaml")),
    ("spec/realtime/talk.yaml", include_str!("base/talk.yaml")),
    ("spec/webhooks.yaml", include_str!("base/webhooks.yaml")),
];

/// A title, replacements in the valid document, and all expected findings.
pub(crate) type Case =
    (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

/// Every case.
pub(crate) fn cases() -> Vec<Case> {
    use crate::{channels, errors, examples, facts, grammar, load, names, operations, paging};
    use crate::{prose, schemas, studio, values};
    let tables = [
        load::CASES,
        grammar::CASES,
        schemas::CASES,
        operations::CASES,
        operations::REPLIES,
        paging::CASES,
        channels::CASES,
        names::CASES,
        facts::CASES,
        studio::CASES,
        errors::CASES,
        examples::CASES,
        prose::CASES,
        values::CASES,
    ];
    tables.concat()
}

/// Returns every finding about these files.
pub(crate) fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let found = coze_spec::load_texts(files).map(|document| coze_spec::lint(&document));
    let found = found.unwrap_or_else(|findings| findings);
    found.iter().map(ToString::to_string).collect()
}

/// Returns the valid document with these replacements.
pub(crate) fn changed(changes: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let mut files = FILES.map(|(name, text)| (name, text.to_owned())).to_vec();
    for (from, to) in changes {
        let places: usize = files.iter().map(|(_, text)| text.matches(from).count()).sum();
        assert_eq!(places, 1, "{from:?} must stand in one place of the good document");
        for (_, text) in &mut files {
            *text = text.replace(from, to);
        }
    }
    files
}

pub(crate) fn check(cases: &[Case]) {
    let mut failures = Vec::new();
    for (name, changes, expected) in cases {
        let files = changed(changes);
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let found = findings(&files);
        if found != *expected {
            failures.push(format!("{name}:\n  expected {expected:#?}\n  found {found:#?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_valid_document_has_no_findings() {
    assert_eq!(findings(&FILES), Vec::<String>::new());
}

#[test]
fn cases_have_unique_titles_and_expect_findings() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.0).collect();
    assert_eq!(names.len(), cases.len());
    for (name, changes, expected) in cases {
        assert!(!changes.is_empty() && !expected.is_empty(), "{name}");
    }
}
