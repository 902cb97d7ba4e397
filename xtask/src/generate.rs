//! `cargo xtask generate`: writes the generated code, or checks it with `--check`.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use coze_gen::{Change, ChangeKind, Files, Generated};
use coze_spec::locale::Locale;
use coze_spec::model::Api;
use coze_spec::{Diagnostics, Document, Language};

use crate::workspace::Workspace;
use crate::{Outcome, diff, lint, migrating};

#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Args {
    /// Prints the changes instead of writing them, and exits with 4 if there are any
    #[arg(long)]
    pub(crate) check: bool,
}

/// The language of the texts beside the model.
const LANGUAGE: Language = Language::Chinese;
/// The sources of the SDK.
const SDK: &str = "coze-api/src";
/// The list of its public items.
const LISTING: &str = "coze-api/api.txt";

pub(crate) fn run(
    workspace: &Workspace,
    args: Args,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let start = Instant::now();
    let root = workspace.root();
    let generated = match complete(workspace)? {
        Ok(generated) => generated,
        Err(findings) => return lint::report(&findings, err),
    };
    let compared =
        if args.check { generated.files.changes(root) } else { generated.files.apply(root) };
    let changes = compared.with_context(|| format!("under {}", root.display()))?;
    if args.check {
        return check(&changes, out, err);
    }
    for change in &changes {
        writeln!(out, "{:<8} {}", verb(change.kind), change.path.display())?;
    }
    writeln!(
        out,
        "{} operations, {} types, {} files changed in {} ms",
        generated.operations,
        generated.types,
        changes.len(),
        start.elapsed().as_millis()
    )?;
    Ok(Outcome::Done)
}

/// Writes the list of the public items of the SDK alone, and prints how it changes.
pub(crate) fn api(
    workspace: &Workspace,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let generated = match complete(workspace)? {
        Ok(generated) => generated,
        Err(findings) => return lint::report(&findings, err),
    };
    let root = workspace.root();
    let changes = generated.files.changes(root)?;
    for change in changes.iter().filter(|change| change.path == Path::new(LISTING)) {
        fs::write(root.join(LISTING), &change.new)
            .with_context(|| format!("cannot write {LISTING}"))?;
        write_diff(change, out)?;
    }
    Ok(Outcome::Done)
}

/// Returns every file that the spec and the sources of the SDK determine.
fn complete(workspace: &Workspace) -> Result<Result<Generated, Diagnostics>> {
    let root = workspace.root();
    // The sources that nobody generates are read meanwhile.
    let (generated, sources) = thread::scope(|scope| {
        let sources = scope.spawn(|| list_sources(root));
        (generate(workspace), join(sources))
    });
    let (mut generated, api) = match generated {
        Ok(generated) => generated,
        Err(findings) => return Ok(Err(findings)),
    };
    for (path, text) in migrating::documents(root, &api)? {
        generated.files.insert(path, text);
    }
    let mut lines = sources?;
    if !lines.is_empty() {
        lines.extend(list_generated(&generated.files)?);
        let listing = lines.into_iter().map(|line| line + "\n").collect();
        generated.files.insert(LISTING.to_owned(), listing);
    }
    Ok(Ok(generated))
}

fn generate(workspace: &Workspace) -> Result<(Generated, Api), Diagnostics> {
    let document = coze_spec::load(&workspace.spec())?;
    let site = coze_spec::load_site(&workspace.spec())?;
    let (generated, overlay) = thread::scope(|scope| {
        let overlay = scope.spawn(|| overlay(workspace, &document));
        (coze_gen::generate_with_site(&document, site.as_ref()), join(overlay))
    });
    let (mut generated, (api, overlay)) = (generated?, overlay?);
    generated.files.insert(coze_spec::overlay_file(LANGUAGE), overlay);
    Ok((generated, api))
}

fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Returns the model, and its texts in Chinese.
fn overlay(workspace: &Workspace, document: &Document) -> Result<(Api, String), Diagnostics> {
    let translated = Locale::load(&workspace.spec(), LANGUAGE)?.translate(document);
    let api = coze_spec::lower(document)?;
    let overlay = coze_spec::overlay(&api, &coze_spec::lower(&translated)?);
    Ok((api, overlay))
}

/// Lists the public items of the generated modules of the SDK.
fn list_generated(files: &Files) -> Result<BTreeSet<String>> {
    let mut sources = Vec::new();
    for (path, text) in files.iter() {
        if let Ok(path) = path.strip_prefix(SDK)
            && path.extension().is_some_and(|extension| extension == "rs")
        {
            sources.push((slashes(path), text.to_owned()));
        }
    }
    list(&sources)
}

/// Lists the public items of the other modules of the SDK. There are none in a checkout without it.
fn list_sources(root: &Path) -> Result<BTreeSet<String>> {
    let src = root.join(SDK);
    let mut sources = Vec::new();
    let mut folders: Vec<PathBuf> = src.exists().then(|| src.clone()).into_iter().collect();
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            let relative = slashes(path.strip_prefix(&src)?);
            // Files of tests are marked only where they are declared.
            if relative.ends_with("tests") || relative.ends_with("tests.rs") {
                continue;
            }
            if path.is_dir() && relative != "generated" {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path);
                sources.push((relative, text.with_context(|| path.display().to_string())?));
            }
        }
    }
    list(&sources)
}

fn list(sources: &[(String, String)]) -> Result<BTreeSet<String>> {
    let sources = sources.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    coze_gen::listing(sources).map_err(|(path, error)| anyhow!("{SDK}/{path}: {error}"))
}

/// Returns a relative path with slashes on every system.
fn slashes(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// Prints the diff to `out`, for `git apply`, and the help to `err`.
fn check(changes: &[Change], out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome> {
    if changes.is_empty() {
        return Ok(Outcome::Done);
    }
    for change in changes {
        write_diff(change, out)?;
    }
    out.flush()?;
    let count = changes.len();
    writeln!(err, "stale generated files: {count}; run: cargo xtask generate")?;
    Ok(Outcome::Stale)
}

fn write_diff(change: &Change, out: &mut dyn Write) -> Result<()> {
    let path = change.path.display().to_string();
    let (old, new) = match change.kind {
        ChangeKind::Added => (None, Some(change.new.as_str())),
        ChangeKind::Modified => (Some(change.old.as_str()), Some(change.new.as_str())),
        ChangeKind::Removed => (Some(change.old.as_str()), None),
    };
    Ok(write!(out, "{}", diff::colored(&diff::unified(&path, old, new)))?)
}

fn verb(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Modified => "modified",
        ChangeKind::Removed => "removed",
    }
}
