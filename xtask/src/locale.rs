//! `cargo xtask locale`: the translations of the spec, and what is missing in them.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};
use coze_spec::locale::{FileReport, FileText, Locale, Report, Rewrite};
use coze_spec::{Document, Language};

use crate::workspace::Workspace;
use crate::{Outcome, lint};

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// The files whose findings are listed, as chat.yaml; without any, every file takes one line
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Add entries for texts without one, put entries in order, and record new translations
    #[arg(long)]
    pub(crate) write: bool,
    /// Record that stale translations are right: a key, or the path of a file; implies --write
    #[arg(long, value_name = "KEY|FILE")]
    pub(crate) accept: Vec<String>,
    /// Remove the entries that no text of the spec has; implies --write
    #[arg(long)]
    pub(crate) prune: bool,
}

pub(crate) fn run(
    workspace: &Workspace,
    args: Args,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let document = match coze_spec::load(&workspace.spec()) {
        Ok(document) => document,
        Err(findings) => return lint::report(&findings, err),
    };
    let load = || Locale::load(&workspace.spec(), Language::Chinese);
    let mut locale = match load() {
        Ok(locale) => locale,
        Err(findings) => return lint::report(&findings, err),
    };
    if args.write || args.prune || !args.accept.is_empty() {
        let rewrite = Rewrite { accept: args.accept, prune: args.prune };
        write(workspace.root(), &locale, &document, &rewrite, out)?;
        locale = match load() {
            Ok(locale) => locale,
            Err(findings) => return lint::report(&findings, err),
        };
    }
    report(&locale.check(&document), &args.files, out)
}

fn write(
    root: &Path,
    locale: &Locale,
    document: &Document,
    how: &Rewrite,
    out: &mut dyn Write,
) -> Result<()> {
    for FileText { file, text } in locale.rewrite(document, how) {
        let path = root.join(&file);
        let old = match fs::read_to_string(&path) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("cannot read {file}")),
        };
        match &text {
            _ if text == old => continue,
            None => fs::remove_file(&path).with_context(|| format!("cannot remove {file}"))?,
            Some(text) => {
                let folder = path.parent().unwrap_or(root);
                fs::create_dir_all(folder)
                    .and_then(|()| fs::write(&path, text))
                    .with_context(|| format!("cannot write {file}"))?;
            }
        }
        writeln!(out, "written  {file}")?;
    }
    Ok(())
}

/// Prints a line for each file, and the findings in the files that are named.
fn report(report: &Report, files: &[String], out: &mut dyn Write) -> Result<Outcome> {
    let named = |path: &str| files.iter().any(|file| path.ends_with(file.as_str()));
    let mut total = FileReport { file: "all files".to_owned(), ..FileReport::default() };
    for file in &report.files {
        if files.is_empty() || named(&file.file) {
            line(file, out)?;
        }
        total.texts += file.texts;
        total.missing += file.missing;
        total.stale += file.stale;
        total.orphaned += file.orphaned;
        total.faulty += file.faulty;
    }
    line(&total, out)?;
    let findings = report.findings.iter().filter(|finding| named(&finding.location.file));
    for finding in findings {
        writeln!(out, "{finding}")?;
    }
    Ok(if report.findings.is_empty() { Outcome::Done } else { Outcome::Findings })
}

fn line(file: &FileReport, out: &mut dyn Write) -> Result<()> {
    let FileReport { file, texts, missing, stale, orphaned, faulty } = file;
    writeln!(
        out,
        "{file:<56}{texts:>6} texts{missing:>6} missing{stale:>4} stale{orphaned:>4} orphaned\
         {faulty:>4} faulty"
    )?;
    Ok(())
}
