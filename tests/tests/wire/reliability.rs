//! `docs/reliability.md` names tests that exist, and has a figure for each promise.

use std::fs;
use std::path::Path;

#[test]
fn each_promise_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs/reliability.md")).expect("the document");
    let mut count = 0;
    for row in text.lines().filter(|line| line.starts_with("| ")) {
        let figure = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim();
        assert!(!figure.is_empty(), "a promise has no figure: {row}");
        let mut file = String::new();
        for name in row.split('`').skip(1).step_by(2) {
            let Some((path, test)) = name.split_once("::") else { continue };
            if !path.is_empty() {
                file = match path.split_once('/') {
                    Some(("wire", rest)) => format!("tests/tests/wire/{rest}"),
                    Some(("api", rest)) => format!("coze-api/src/{rest}"),
                    _ => path.to_owned(),
                };
            }
            let source = fs::read_to_string(root.join(&file));
            let source = source.unwrap_or_else(|e| panic!("{file}: {e}"));
            assert!(source.contains(&format!("fn {test}(")), "{file} has no test {test}");
            count += 1;
        }
    }
    assert!(count > 60, "only {count} tests are named: can the test still read them?");
}
