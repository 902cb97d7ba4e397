//! `docs/playground.md` names tests of the page that exist.

use std::fs;
use std::path::Path;

#[test]
fn each_row_names_tests_of_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for document in ["docs/playground.md", "docs/playground.zh-CN.md"] {
        let text = fs::read_to_string(root.join(document)).expect("the document");
        let mut count = 0;
        for row in text.lines().filter(|line| line.starts_with("| ") && line.contains("::")) {
            let mut file = String::new();
            for name in row.split('`').skip(1).step_by(2) {
                let Some((path, test)) = name.split_once("::") else { continue };
                if !path.is_empty() {
                    path.clone_into(&mut file);
                }
                let source = fs::read_to_string(root.join("tests/playground").join(&file));
                let source = source.unwrap_or_else(|e| panic!("{file}: {e}"));
                let title = format!("'{test}'");
                assert!(source.contains(&title), "{document}: {file} has no test {title}");
                count += 1;
            }
            assert!(!file.is_empty(), "{document}: a row has no test: {row}");
        }
        assert!(count > 25, "{document} names only {count} tests: can the test still read them?");
    }
}
