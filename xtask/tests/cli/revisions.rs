//! `cargo xtask diff` between git revisions, folders and the working tree.

use std::process::Command;

use super::{Checkout, Run};

const BOTS: &str = "spec/resources/bots.yaml";
const SITE: &str = include_str!("../../../coze-spec/tests/lint/base/site.yaml");

/// A checkout whose spec is committed.
struct Repository(Checkout);

impl Repository {
    fn new() -> Self {
        let repository = Self(Checkout::new());
        repository.0.write("spec/site.yaml", SITE);
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository.commit();
        repository
    }

    fn git(&self, args: &[&str]) {
        let done = Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"])
            .args(args)
            .current_dir(self.0.path(""))
            .status();
        assert!(done.unwrap().success(), "{args:?}");
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "A version"]);
    }

    fn diff(&self, args: &[&str]) -> Run {
        self.0.run(&[&["diff"], args].concat())
    }
}

/// The exit code for an edit of a file.
#[track_caller]
fn exits(edit: (&str, &str, &str), code: i32, expected: &str) {
    let repository = Repository::new();
    repository.0.replace(edit.0, edit.1, edit.2);
    let run = repository.diff(&["main"]);
    assert_eq!(run.code, Some(code), "{run:?}");
    assert!(run.out.contains(expected), "{run:?}");
}

#[test]
fn the_exit_code_is_that_of_the_severest_change() {
    exits((BOTS, "Retrieves a bot.", "Retrieves one bot."), 0, "## Words only (1)\n");
    let field = "        color: {type: string, description: The color.}\n        name:";
    exits((BOTS, "        name:", field), 10, "- Bot: the field `color` is added — ");
    exits((BOTS, "x-coze-permission: []", "x-coze-permission: [getBot]"), 11, "(permission-added)");
    exits((BOTS, "bots.retrieve", "bots.load"), 12, "`bots.retrieve` is renamed to `bots.load`");
}

#[test]
fn deployed_projects_are_compared_too() {
    let path = SITE.lines().find_map(|line| line.trim().strip_prefix("path: ")).unwrap();
    let (old, new) = (format!("path: {path}\n"), format!("path: {path}/v2\n"));
    exits(("spec/site.yaml", &old, &new), 11, "- site.");
}

#[test]
fn revisions_are_compared_with_each_other_and_with_folders() {
    let repository = Repository::new();
    repository.git(&["tag", "v0.1.0"]);
    repository.0.replace(BOTS, "bots.retrieve", "bots.load");
    repository.commit();
    // The last release is the default.
    let renamed = repository.diff(&[]);
    assert_eq!(renamed.code, Some(12), "{renamed:?}");
    let same = repository.diff(&["main"]);
    assert_eq!((same.code, same.out.as_str()), (Some(0), "no changes\n"), "{same:?}");
    for versions in [["v0.1.0", "main"], ["v0.1.0", "spec"]] {
        let run = repository.diff(&versions);
        assert_eq!((run.code, &run.out), (Some(12), &renamed.out), "{versions:?}");
    }
    let back = repository.diff(&["main", "v0.1.0"]);
    assert!(back.out.contains("`bots.load` is renamed to `bots.retrieve`"), "{back:?}");
}

#[test]
fn a_bundle_says_nothing_about_deployed_projects() {
    let repository = Repository::new();
    let bundle = repository.0.run(&["bundle", "-o", "api.yaml"]);
    assert_eq!(bundle.code, Some(0), "{bundle:?}");
    let run = repository.diff(&["api.yaml"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), "no changes\n"), "{run:?}");
}

#[test]
fn changes_are_printed_as_json_and_as_a_changelog() {
    let repository = Repository::new();
    repository.0.replace(BOTS, "bots.retrieve", "bots.load");
    let json = repository.diff(&["main", "--format", "json"]);
    assert_eq!(json.code, Some(12), "{json:?}");
    let changes: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(changes[0]["rule"], "operation-renamed");
    assert_eq!(changes[0]["labels"][0], "breaking_rust");
    assert_eq!(changes[0]["item"], "bots.load");
    let changelog = repository.diff(&["main", "--changelog"]);
    assert_eq!(changelog.code, Some(0), "{changelog:?}");
    let entry = "- **Breaking:** `bots.load`: `bots.retrieve` is renamed to `bots.load`.\n";
    assert!(changelog.out.contains(entry), "{changelog:?}");
    assert_eq!(repository.diff(&["main", "--changelog", "--format", "json"]).code, Some(2));
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let repository = Repository::new();
    let untagged = repository.diff(&[]);
    assert_eq!(untagged.code, Some(1), "{untagged:?}");
    assert!(untagged.err.starts_with("error: there is no release yet; name a git revision"));
    let unknown = repository.diff(&["v9"]);
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    let message = "error: `v9` is not a folder, a file or a git revision: ";
    assert!(unknown.err.starts_with(message), "{unknown:?}");
    repository.0.write(BOTS, "tags: [\n");
    let broken = repository.diff(&["main"]);
    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(broken.err.contains("spec/resources/bots.yaml:"), "{broken:?}");
}
