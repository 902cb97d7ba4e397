//! `cargo xtask minimal-versions`: builds `coze-api` with the oldest versions of its dependencies
//! that the manifest permits, because a bound that is too low breaks the builds of users.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::Outcome;
use crate::workspace::{Workspace, cargo};

/// The crate whose dependencies are checked.
const CRATE: &str = "coze-api";

/// The sections of a manifest that users of the crate do not build.
const UNUSED: [&str; 3] = ["[dev-dependencies]", "[[bench]]", "[[example]]"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// With all features, in place of the default ones
    #[arg(long)]
    all_features: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args, out: &mut dyn Write) -> Result<Outcome> {
    let root = workspace.root();
    // A workspace of its own, so that the versions of tools and tests do not matter.
    let folder = root.join("target/minimal-versions");
    let member = folder.join(CRATE);
    remove(&member)?;
    copy(&root.join(CRATE).join("src"), &member.join("src"))?;
    // The front page of the documentation.
    fs::copy(root.join(CRATE).join("README.md"), member.join("README.md"))?;
    let read = |path: &Path| fs::read_to_string(path).with_context(|| path.display().to_string());
    let manifest = read(&root.join("Cargo.toml"))?;
    fs::write(folder.join("Cargo.toml"), with_one_member(&manifest)?)?;
    let manifest = read(&root.join(CRATE).join("Cargo.toml"))?;
    fs::write(member.join("Cargo.toml"), without_unused(&manifest))?;

    // The option is not stable, but what it writes is an ordinary lock file. Only this command may
    // use it: the build scripts of some crates look for unstable features.
    let mut lock = cargo(&folder, "generate-lockfile");
    lock.args(["-Z", "direct-minimal-versions"]).env("RUSTC_BOOTSTRAP", "1");
    let mut check = cargo(&folder, "check");
    check.args(["--locked", "--lib"]).env("CARGO_TARGET_DIR", folder.join("target"));
    if args.all_features {
        check.arg("--all-features");
    }
    for mut command in [lock, check] {
        if !command.status().context("cannot run cargo")?.success() {
            writeln!(out, "raise the bound of the dependency in Cargo.toml")?;
            return Ok(Outcome::Findings);
        }
    }
    writeln!(out, "{CRATE} builds with the oldest versions of its dependencies")?;
    Ok(Outcome::Done)
}

/// Returns the manifest of the workspace with the crate as its only member.
fn with_one_member(manifest: &str) -> Result<String> {
    let (before, rest) = manifest.split_once("members = [").context("no `members`")?;
    let (_, after) = rest.split_once(']').context("`members` has no end")?;
    Ok(format!("{before}members = [{CRATE:?}]{after}"))
}

/// Returns the manifest of the crate without the sections that users do not build.
fn without_unused(manifest: &str) -> String {
    let mut used = true;
    let lines = manifest.split_inclusive('\n').filter(|line| {
        if line.starts_with('[') {
            used = !UNUSED.contains(&line.trim_end());
        }
        used
    });
    lines.collect()
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    ensure!(from.is_dir(), "{} is not a folder", from.display());
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifests_are_reduced() {
        let manifest = "[workspace]\nmembers = [\"coze-api\", \"xtask\"]\n\n[profile.dev]\n";
        let expected = "[workspace]\nmembers = [\"coze-api\"]\n\n[profile.dev]\n";
        assert_eq!(with_one_member(manifest).unwrap(), expected);
        assert!(with_one_member("[workspace]\n").is_err());

        let manifest = "[package]\n\n[dependencies]\na = \"1\"\n\n[dev-dependencies]\nb = \"1\"\n\n\
                        [[example]]\nname = \"c\"\n\n[lints]\nworkspace = true\n";
        let expected = "[package]\n\n[dependencies]\na = \"1\"\n\n[lints]\nworkspace = true\n";
        assert_eq!(without_unused(manifest), expected);
    }
}
