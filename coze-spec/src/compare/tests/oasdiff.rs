//! The rules of oasdiff, each with our rule for the same change or the reason why it cannot occur.

use std::collections::BTreeSet;

use super::RULES;

#[test]
fn every_rule_of_oasdiff_is_covered_or_cannot_apply() {
    let rows = include_str!("../oasdiff.tsv").lines().filter(|line| !line.starts_with('#'));
    let ours: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    let mut theirs = BTreeSet::new();
    for row in rows.skip(1) {
        match row.split('\t').collect::<Vec<_>>()[..] {
            [id, "-", reason] => assert!(theirs.insert(id) && !reason.is_empty(), "{row}"),
            [id, rules] => {
                assert!(theirs.insert(id), "{id} is listed twice");
                assert!(rules.split(',').all(|rule| ours.contains(rule)), "{row}");
            }
            _ => panic!("not a row: {row}"),
        }
    }
    assert_eq!(theirs.len(), 509);
}
