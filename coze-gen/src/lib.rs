//! Generates the Coze SDK from its curated OpenAPI spec.
//!
//! A spec folder goes in, a map of file contents comes out: nothing here prints, looks at the clock or starts a process.
//! The stages are the modules, in the order in which data flows through them.

mod diagnostic;
mod load;
mod node;
mod yaml;

mod fields;
mod lint;
mod read;

mod lower;
pub mod model;

mod format;
mod polish;
mod render;
mod table;
mod types;

mod files;

#[cfg(test)]
mod robustness;

use serde_json::Value;

pub use diagnostic::{Diagnostic, Diagnostics, Place};
pub use fields::{Fields, Side};
pub use files::{Change, ChangeKind, Files};
pub use lint::lint;
pub use load::{Document, load, load_texts};
pub use lower::lower;
pub use read::{EventsInfo, OperationInfo};

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
    files.insert(table::PATH.to_owned(), table::table(document, &api));
    Ok(Generated { files, operations, types })
}

/// The spec as one OpenAPI 3.0.3 document.
pub fn bundle(document: &Document) -> Value {
    document.root.clone()
}
