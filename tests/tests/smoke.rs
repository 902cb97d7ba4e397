//! Every operation is called with the examples of the spec; the spec says what must go over the wire and come back.

// Printed by prettyplease, which breaks calls inside arguments otherwise than rustfmt does.
#[rustfmt::skip]
#[expect(clippy::unreadable_literal, reason = "JSON has no separators")]
mod generated;

use coze_tests::expectation::{smoke, streaming};

/// An operation without a smoke test would go unnoticed otherwise.
#[test]
fn every_operation_has_a_smoke_test() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/generated");
    let files = std::fs::read_dir(tests).unwrap();
    let texts: String = files
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    for id in coze_tests::expectation::operation_ids() {
        let tested = ["smoke", "streaming"].map(|setup| format!("{setup}(\"{id}\")"));
        assert!(
            tested.iter().any(|test| texts.contains(test)),
            "{id} has no smoke test"
        );
    }
}
