//! `cargo xtask lint`: prints every finding about the spec, with its place and its help.

use std::io::Write;

use anyhow::Result;
use coze_spec::locale::Locale;
use coze_spec::{Diagnostic, Diagnostics, Document, Language};

use crate::Outcome;
use crate::workspace::Workspace;

/// The languages whose translations must be complete. A language is added once its texts are.
const COMPLETE: &[Language] = &[];

pub(crate) fn run(workspace: &Workspace, out: &mut dyn Write) -> Result<Outcome> {
    let findings = match coze_spec::load(&workspace.spec()) {
        Ok(document) => {
            let mut findings = coze_spec::lint(&document);
            for language in COMPLETE {
                translations(workspace, *language, &document, &mut findings);
            }
            findings
        }
        Err(findings) => findings,
    };
    report(&findings, out)
}

/// Adds the findings about the translations of a language.
fn translations(
    workspace: &Workspace,
    language: Language,
    document: &Document,
    findings: &mut Diagnostics,
) {
    let more = match Locale::load(&workspace.spec(), language) {
        Ok(locale) => locale.check(document).findings,
        Err(findings) => findings,
    };
    for Diagnostic { location, message, help } in &more {
        findings.push(location.clone(), message, help);
    }
}

/// Prints the findings, one to a line, and their number.
pub(crate) fn report(findings: &Diagnostics, out: &mut dyn Write) -> Result<Outcome> {
    if findings.is_empty() {
        return Ok(Outcome::Done);
    }
    let text = findings.to_string();
    writeln!(out, "{}\n\nfindings: {}", text.trim_end(), findings.len())?;
    Ok(Outcome::Findings)
}
