//! `docs/reliability.md` names tests that exist, with the commands that run them, and has a figure
//! for each promise.

use std::fs;
use std::path::Path;

#[test]
fn each_promise_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs/reliability.md")).expect("the document");
    let commands = commands(&text);
    assert!(commands.len() > 5, "only {commands:?} are commands: can the test still read them?");
    let mut count = 0;
    for row in text.lines().filter(|line| line.starts_with("| ")) {
        let figure = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim();
        assert!(!figure.is_empty(), "a promise has no figure: {row}");
        let mut file = String::new();
        for name in row.split('`').skip(1).step_by(2) {
            let Some((path, test)) = name.split_once("::") else { continue };
            if !path.is_empty() {
                let has_command = commands.iter().any(|(prefix, _)| path.starts_with(prefix));
                assert!(has_command, "no command runs the tests of {path}");
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

/// Returns the beginnings of paths, each with the command that runs the tests there.
fn commands(text: &str) -> Vec<(&str, &str)> {
    let rows = text.lines().filter_map(|row| row.strip_prefix("| `"));
    let rows = rows.filter_map(|row| {
        let (prefix, rest) = row.split_once("` | `")?;
        let command = rest.split('`').next()?;
        (prefix.ends_with('/') && command.starts_with("cargo test ")).then_some((prefix, command))
    });
    let rows: Vec<_> = rows.collect();
    let has_name = |(_, command): &(&str, &str)| command.ends_with(" NAME");
    assert!(rows.iter().all(has_name), "a command runs all tests: {rows:?}");
    rows
}
