//! `cargo xtask generate`: writes the generated code, or checks it with `--check`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use coze_gen::{Change, ChangeKind, Files, Generated};
use coze_spec::locale::Locale;
use coze_spec::{Diagnostics, Language};

use crate::workspace::Workspace;
use crate::{Outcome, diff, lint};

#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Args {
    /// Prints the changes instead of writing them, and exits with 4 if there are any
    #[arg(long)]
    pub(crate) check: bool,
}

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
    let mut generated = match generate(workspace) {
        Ok(generated) => generated,
        Err(findings) => return lint::report(&findings, err),
    };
    let root = workspace.root();
    if root.join(SDK).exists() {
        let listing = public_items(root, &generated.files)?;
        generated.files.insert(LISTING.to_owned(), listing);
    }
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

fn generate(workspace: &Workspace) -> Result<Generated, Diagnostics> {
    let document = coze_spec::load(&workspace.spec())?;
    let mut generated = coze_gen::generate(&document)?;
    let language = Language::Chinese;
    let translated = Locale::load(&workspace.spec(), language)?.translate(&document);
    let (api, translated) = (coze_spec::lower(&document)?, coze_spec::lower(&translated)?);
    let overlay = coze_spec::overlay(&api, &translated);
    generated.files.insert(coze_spec::overlay_file(language), overlay);
    Ok(generated)
}

/// Lists the public items of the SDK: of its generated modules, and of the others on disk.
fn public_items(root: &Path, files: &Files) -> Result<String> {
    let src = root.join(SDK);
    let mut sources: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in files.iter() {
        if let Ok(path) = path.strip_prefix(SDK)
            && path.extension().is_some_and(|extension| extension == "rs")
        {
            sources.insert(slashes(path), text.to_owned());
        }
    }
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            let relative = slashes(path.strip_prefix(&src)?);
            // Files with tests alone are marked where they are declared.
            if relative.ends_with("/tests") || relative.ends_with("tests.rs") {
                continue;
            }
            if path.is_dir() && relative != "generated" {
                folders.push(path);
            } else if relative.ends_with(".rs") {
                let text = fs::read_to_string(&path);
                sources.insert(relative, text.with_context(|| path.display().to_string())?);
            }
        }
    }
    let sources = sources.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    coze_gen::listing(sources).map_err(|(path, error)| anyhow!("{SDK}/{path}: {error}"))
}

fn slashes(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// Prints the diff to `out`, for `git apply`, and the help to `err`.
fn check(changes: &[Change], out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome> {
    if changes.is_empty() {
        return Ok(Outcome::Done);
    }
    for change in changes {
        let path = change.path.display().to_string();
        let (old, new) = match change.kind {
            ChangeKind::Added => (None, Some(change.new.as_str())),
            ChangeKind::Modified => (Some(change.old.as_str()), Some(change.new.as_str())),
            ChangeKind::Removed => (Some(change.old.as_str()), None),
        };
        write!(out, "{}", diff::colored(&diff::unified(&path, old, new)))?;
    }
    out.flush()?;
    let count = changes.len();
    writeln!(err, "stale generated files: {count}; run: cargo xtask generate")?;
    Ok(Outcome::Stale)
}

fn verb(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Modified => "modified",
        ChangeKind::Removed => "removed",
    }
}
