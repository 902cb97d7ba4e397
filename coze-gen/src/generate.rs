//! Runs all stages in order.

use std::panic::resume_unwind;
use std::thread;

use coze_spec::{Diagnostics, Document, lint, lint_site, lower, lower_site};

use crate::files::Files;
use crate::links::link_operations;
use crate::render::render;

/// The generated code.
#[derive(Debug)]
pub struct Generated {
    /// The files.
    pub files: Files,
    /// The number of operations.
    pub operations: usize,
    /// The number of types.
    pub types: usize,
}

/// Generates all files from the spec.
///
/// # Errors
/// The findings of [`lint`].
pub fn generate(document: &Document) -> Result<Generated, Diagnostics> {
    generate_with_site(document, None)
}

/// Generates all files from the spec, and from the document about deployed projects.
///
/// # Errors
/// The findings of [`lint`] and [`lint_site`].
pub fn generate_with_site(
    document: &Document,
    site: Option<&Document>,
) -> Result<Generated, Diagnostics> {
    let site = match site {
        Some(site) => {
            lint_site(site).or(())?;
            Some(lower_site(site)?)
        }
        None => None,
    };
    // The rules and the lowering only read the document. With findings, the lowering is in vain.
    let (findings, lowered) = thread::scope(|scope| {
        let findings = scope.spawn(|| lint(document));
        let lowered = lower(document).map(|api| (coze_spec::artefact(&api), api));
        (findings.join(), lowered)
    });
    findings.unwrap_or_else(|panic| resume_unwind(panic)).or(())?;
    let (artefact, api) = lowered?;
    let api = link_operations(api);
    let mut files = Files::print(render(&api, site.as_ref())?);
    files.insert(coze_spec::ARTEFACT.to_owned(), artefact);
    let operations = api.resources.iter().map(|resource| resource.operations().count()).sum();
    let types = api.schemas().chain(site.iter().flat_map(|site| site.types.schemas())).count();
    Ok(Generated { files, operations, types })
}
