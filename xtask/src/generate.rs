//! `cargo xtask generate`: writes the generated code, or checks it with `--check`.

use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result};
use coze_gen::{Change, ChangeKind, Generated};
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

pub(crate) fn run(
    workspace: &Workspace,
    args: Args,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let start = Instant::now();
    let generated = match generate(workspace) {
        Ok(generated) => generated,
        Err(findings) => return lint::report(&findings, err),
    };
    let root = workspace.root();
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
