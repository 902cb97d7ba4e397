//! `cargo xtask lint`: prints every finding about the spec, with its place and its help.

use std::io::Write;

use anyhow::Result;
use coze_spec::Diagnostics;

use crate::Outcome;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, out: &mut dyn Write) -> Result<Outcome> {
    let findings = match coze_spec::load(&workspace.spec()) {
        Ok(document) => coze_spec::lint(&document),
        Err(findings) => findings,
    };
    report(&findings, out)
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
