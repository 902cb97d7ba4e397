//! `cargo xtask drift FOLDER`: what changed on the vendor's documentation pages since they were
//! last read.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use coze_spec::documented::{FIELDS, PAGES};
use coze_spec::drift::{Lists, TABLES, compare_with_spec, drift};

use crate::workspace::Workspace;
use crate::{Outcome, lint};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder of the pages, `<page>.md`
    folder: PathBuf,
    /// The vendor's OpenAPI file, in YAML
    #[arg(long, value_name = "FILE")]
    openapi: Option<PathBuf>,
    /// Update the lists of what is documented
    #[arg(long)]
    write: bool,
    /// Compare every row of the tables with the spec instead, whether it has changed or not
    #[arg(long, conflicts_with_all = ["write", "openapi"])]
    all: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args, out: &mut dyn Write) -> Result<Outcome> {
    let document = match coze_spec::load(&workspace.spec()) {
        Ok(document) => document,
        Err(findings) => return lint::report(&findings, out),
    };
    let read = |file: &str| {
        let path = workspace.root().join(file);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    if args.all {
        return match compare_with_spec(&document, &read(PAGES)?, &pages(&args.folder)?) {
            Ok(findings) | Err(findings) => lint::report(&findings, out),
        };
    }
    let lists = Lists { pages: read(PAGES)?, fields: read(FIELDS)?, tables: read(TABLES)? };
    let openapi = args.openapi.as_deref().map(|path| {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    });
    let openapi = openapi.transpose()?;
    let found = match drift(&document, &lists, &pages(&args.folder)?, openapi.as_deref()) {
        Ok(found) => found,
        Err(findings) => return lint::report(&findings, out),
    };
    if args.write {
        let Lists { pages, fields, tables } = &found.lists;
        let files = [
            (PAGES, &lists.pages, pages),
            (FIELDS, &lists.fields, fields),
            (TABLES, &lists.tables, tables),
        ];
        for (file, _, text) in files.into_iter().filter(|(_, old, new)| old != new) {
            let path = workspace.root().join(file);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            writeln!(out, "updated {file}")?;
        }
    }
    lint::report(&found.findings, out)
}

/// Reads the pages of a folder by their names.
fn pages(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut pages = BTreeMap::new();
    let context = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(context)? {
        let path = entry.with_context(context)?.path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        pages.insert(name, text);
    }
    ensure!(!pages.is_empty(), "{} has no pages; name a folder of `<page>.md`", folder.display());
    Ok(pages)
}
