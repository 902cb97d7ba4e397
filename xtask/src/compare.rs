//! `cargo xtask diff`: the difference between two versions of the spec, for users of the SDK.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use coze_spec::compare::{Change, Label, changelog, compare, compare_sites};
use coze_spec::model::{Api, Site};
use tempfile::TempDir;

use crate::workspace::Workspace;
use crate::{Outcome, lint};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The old version: a folder, a bundle, or a git revision [default: the last release]
    old: Option<String>,
    /// The new version [default: the working tree]
    new: Option<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print a draft of the changelog
    #[arg(long, conflicts_with = "format")]
    changelog: bool,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Markdown,
    Json,
}

pub(crate) fn run(
    workspace: &Workspace,
    args: &Args,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let old = match &args.old {
        Some(old) => old.clone(),
        None => last_release(workspace)?,
    };
    let old = match read(workspace, Some(&old))? {
        Ok(old) => old,
        Err(findings) => return lint::report(&findings, err),
    };
    let new = match read(workspace, args.new.as_deref())? {
        Ok(new) => new,
        Err(findings) => return lint::report(&findings, err),
    };
    let mut changes = compare(&old.api, &new.api);
    if let (Projects::Known(old), Projects::Known(new)) = (&old.projects, &new.projects) {
        changes.extend(compare_sites(old.as_deref(), new.as_deref()));
    }
    if args.changelog {
        out.write_all(changelog(&old.api, &new.api, &changes).as_bytes())?;
        return Ok(Outcome::Done);
    }
    match args.format {
        Format::Markdown => out.write_all(markdown(&changes).as_bytes())?,
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&changes)?)?,
    }
    Ok(outcome(&changes))
}

/// Returns the exit code for the severest change.
fn outcome(changes: &[Change]) -> Outcome {
    match changes.iter().map(Change::severity).max() {
        Some(Label::BreakingRust) => Outcome::BreaksRust,
        Some(Label::BreakingWire) => Outcome::BreaksWire,
        Some(Label::Addition) => Outcome::Adds,
        Some(Label::Words) | None => Outcome::Done,
    }
}

/// A version of the spec.
struct Version {
    api: Api,
    projects: Projects,
}

/// The interface of deployed projects in a version of the spec.
enum Projects {
    /// A bundle does not have it.
    Unknown,
    Known(Option<Box<Site>>),
}

type Read = Result<Version, coze_spec::Diagnostics>;

/// Reads a version of the spec: a folder or a bundle if there is one of that name, otherwise a git
/// revision.
fn read(workspace: &Workspace, version: Option<&str>) -> Result<Read> {
    let Some(version) = version else { return Ok(load(&workspace.spec())) };
    let path = Path::new(version);
    if path.is_dir() {
        return Ok(load(path));
    }
    if path.is_file() {
        let api = coze_spec::load_bundle(path).and_then(|document| coze_spec::lower(&document));
        return Ok(api.map(|api| Version { api, projects: Projects::Unknown }));
    }
    let folder = checkout(workspace.root(), version)?;
    Ok(load(&folder.path().join("spec")))
}

fn load(folder: &Path) -> Read {
    let api = coze_spec::lower(&coze_spec::load(folder)?)?;
    let site = coze_spec::load_site(folder)?;
    let site = site.map(|document| coze_spec::lower_site(&document)).transpose()?;
    Ok(Version { api, projects: Projects::Known(site.map(Box::new)) })
}

/// Writes the spec of a revision into a temporary folder.
fn checkout(root: &Path, revision: &str) -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let mut archive = Command::new("git")
        .args(["archive", "--format=tar", revision, "spec"])
        .current_dir(root)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run git")?;
    let tar = archive.stdout.take().context("git has no output")?;
    let unpacked = Command::new("tar")
        .args(["-x", "-C"])
        .arg(folder.path())
        .stdin(tar)
        .stderr(Stdio::null())
        .status()
        .context("cannot run tar")?;
    let archived = archive.wait_with_output()?;
    let message = String::from_utf8_lossy(&archived.stderr);
    ensure!(
        archived.status.success(),
        "`{revision}` is not a folder, a file or a git revision: {}",
        message.trim()
    );
    ensure!(unpacked.success(), "cannot unpack the spec of `{revision}`");
    Ok(folder)
}

/// Returns the tag of the last release.
fn last_release(workspace: &Workspace) -> Result<String> {
    let output = Command::new("git")
        .args(["describe", "--tags", "--abbrev=0"])
        .current_dir(workspace.root())
        .output()
        .context("cannot run git")?;
    let tag = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || tag.is_empty() {
        bail!("there is no release yet; name a git revision: cargo xtask diff main");
    }
    Ok(tag)
}

/// Returns the changes under a heading for each label, the severest first.
fn markdown(changes: &[Change]) -> String {
    let mut sections: BTreeMap<Label, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        sections.entry(change.severity()).or_default().push(change);
    }
    if sections.is_empty() {
        return "no changes\n".to_owned();
    }
    let mut text = String::new();
    for (label, changes) in sections.into_iter().rev() {
        if !text.is_empty() {
            text.push('\n');
        }
        let title = label.as_str();
        let (first, rest) = title.split_at(1);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "## {}{rest} ({})\n", first.to_uppercase(), changes.len());
        for change in changes {
            let also = change.labels.iter().filter(|other| **other != label);
            let effects: Vec<&str> =
                std::iter::once(change.reason).chain(also.map(|label| label.as_str())).collect();
            let _ = writeln!(
                text,
                "- {}: {} — {} ({})",
                change.item,
                change.message,
                effects.join("; "),
                change.rule
            );
        }
    }
    text
}
