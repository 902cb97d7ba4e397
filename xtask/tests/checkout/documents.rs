//! Checks the operations in the documents of `docs/` against the spec.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn the_migration_guide_lists_each_operation_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs/migrating.md")).unwrap();
    let (_, table) = text.split_once("## Every operation").unwrap();
    let listed: Vec<_> = table.lines().filter_map(operation).collect();

    let document =
        coze_spec::load(&root.join("spec")).unwrap_or_else(|findings| panic!("{findings}"));
    let api = coze_spec::lower(&document).unwrap_or_else(|findings| panic!("{findings}"));
    let expected: BTreeSet<_> = api
        .operations()
        .map(|operation| {
            let method = operation.verb.name().to_uppercase();
            (operation.id.clone(), format!("{method} {}", operation.path))
        })
        .collect();

    let once: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(once.len(), listed.len(), "operations are listed twice");
    let missing: Vec<_> = expected.difference(&once).collect();
    assert!(missing.is_empty(), "docs/migrating.md lacks a line each for {missing:#?}");
    let extra: Vec<_> = once.difference(&expected).collect();
    assert!(extra.is_empty(), "docs/migrating.md lists what the spec lacks: {extra:#?}");
}

/// Returns the id and the route of a row "| `id` | `METHOD path` | … |". Other rows do not begin
/// with code.
fn operation(line: &str) -> Option<(String, String)> {
    let mut cells = line.strip_prefix("| `")?.split('|').map(|cell| cell.trim().trim_matches('`'));
    Some((cells.next()?.to_owned(), cells.next()?.to_owned()))
}
