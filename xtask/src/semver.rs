//! `cargo xtask semver`: compares the Rust API of `coze-api` with that of the last release.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::Outcome;
use crate::workspace::Workspace;

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// The revision to compare with, in place of the tag of the last release
    revision: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, args: Args, out: &mut dyn Write) -> Result<Outcome> {
    let root = workspace.root();
    let revision = match args.revision {
        Some(revision) => revision,
        None => match last_release(root)? {
            Some(tag) => tag,
            None => {
                writeln!(out, "skipped: there is no release yet, and no revision is given")?;
                return Ok(Outcome::Done);
            }
        },
    };
    writeln!(out, "comparing the Rust API with that of {revision}")?;
    out.flush()?;
    let mut tool = Command::new(root.join(".ci/tool"));
    tool.args(["semver-checks", "check-release", "--package", "coze-api", "--all-features"]);
    tool.args(["--baseline-rev", &revision]).current_dir(root);
    let compatible = tool.status().context("cannot run .ci/tool")?.success();
    Ok(if compatible { Outcome::Done } else { Outcome::Findings })
}

/// Returns the newest tag of a release, such as `v0.1.0`, that this commit descends from.
fn last_release(root: &Path) -> Result<Option<String>> {
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).current_dir(root).output();
        output.context("cannot run git")
    };
    let tags = git(&["tag", "--list", "v[0-9]*", "--merged", "HEAD", "--sort=-version:refname"])?;
    ensure!(tags.status.success(), "{}", String::from_utf8_lossy(&tags.stderr).trim());
    let tags = String::from_utf8(tags.stdout).context("a tag is not UTF-8")?;
    Ok(tags.lines().next().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_tag_of_a_release_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let git = |line: &str| {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
            let done = git.args(line.split(' ')).current_dir(folder.path()).output().unwrap();
            assert!(done.status.success(), "{done:?}");
        };
        git("init --quiet");
        git("commit --quiet --allow-empty --message one");
        git("tag nightly");
        assert_eq!(last_release(folder.path()).unwrap(), None);
        git("tag v0.9.0");
        git("tag v0.10.0");
        assert_eq!(last_release(folder.path()).unwrap().as_deref(), Some("v0.10.0"));
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(last_release(elsewhere.path()).is_err());
    }
}
