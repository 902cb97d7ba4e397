//! Generates the Coze SDK from its curated OpenAPI spec.
//!
//! The document of `coze-spec` goes in, a map of file contents comes out: nothing here prints, looks at the clock or starts a
//! process. The stages are the modules, in the order in which data flows through them.

mod format;
mod polish;
mod render;
mod types;

mod files;

use coze_spec::{Diagnostics, Document, lint, lower};

pub use files::{Change, ChangeKind, Files};

/// What the generator made.
#[derive(Debug)]
pub struct Generated {
    /// The files.
    pub files: Files,
    /// How many operations they hold.
    pub operations: usize,
    /// How many types they hold.
    pub types: usize,
}

/// Generates all files from the spec.
///
/// # Errors
/// All findings of [`lint`].
pub fn generate(document: &Document) -> Result<Generated, Diagnostics> {
    lint(document).or(())?;
    let api = lower(document)?;
    let items = render::render(&api)?;
    let operations = api.resources.iter().map(|resource| resource.operations().count()).sum();
    let types = api.schemas().count();
    let mut files = format::format(items);
    files.insert(coze_spec::TABLE.to_owned(), coze_spec::table(&api));
    files.insert(coze_spec::ARTEFACT.to_owned(), coze_spec::artefact(&api));
    Ok(Generated { files, operations, types })
}
