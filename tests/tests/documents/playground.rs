//! `docs/playground.md` compares the page with the platform's playground. Each row names tests of
//! the page that exist, the same ones in both languages.

use std::fs;
use std::path::Path;

const HEADS: [&str; 2] = ["| there | here | tests |", "| 平台 | 本项目 | 测试 |"];

#[test]
fn each_row_names_tests_of_the_page() {
    let [english, chinese] = ["docs/playground.md", "docs/playground.zh-CN.md"].map(named_tests);
    assert!(english.len() > 20, "only {} rows: can the test still read them?", english.len());
    assert_eq!(english, chinese);
}

/// Returns the tests that each row of the comparison names.
fn named_tests(document: &str) -> Vec<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join(document)).expect("the document");
    let rows = text.lines().skip_while(|line| !HEADS.contains(line)).skip(2);
    let rows = rows.take_while(|line| line.starts_with("| "));
    rows.map(|row| {
        let mut file = String::new();
        let mut tests = Vec::new();
        for name in row.split('`').skip(1).step_by(2) {
            let Some((path, test)) = name.split_once("::") else { continue };
            if !path.is_empty() {
                path.clone_into(&mut file);
            }
            let source = fs::read_to_string(root.join("tests/playground").join(&file));
            let source = source.unwrap_or_else(|e| panic!("{file}: {e}"));
            let title = format!("'{test}'");
            assert!(source.contains(&title), "{document}: {file} has no test {title}");
            tests.push(format!("{file}::{test}"));
        }
        assert!(!tests.is_empty(), "{document}: a row has no test: {row}");
        tests
    })
    .collect()
}
