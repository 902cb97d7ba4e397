//! `cargo xtask lint`: prints every finding about the spec, with its place and its help.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Result;
use clap::ValueEnum;
use coze_spec::locale::Locale;
use coze_spec::{Diagnostic, Diagnostics, Document, Language};
use serde::Serialize;

use crate::Outcome;
use crate::workspace::Workspace;

/// The languages whose translations must be complete, if the spec has any of them.
const COMPLETE: &[Language] = &[Language::Chinese];

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    /// One line for each finding, and their number
    #[default]
    Text,
    /// A JSON array, for editors and tools
    Json,
    /// Workflow commands of GitHub Actions, which annotate the lines of a pull request
    Github,
}

pub(crate) fn run(workspace: &Workspace, args: &Args, out: &mut dyn Write) -> Result<Outcome> {
    let findings = match coze_spec::load(&workspace.spec()) {
        Ok(document) => {
            let mut findings = coze_spec::lint(&document);
            for language in
                COMPLETE.iter().filter(|language| has_translations(workspace, **language))
            {
                translations(workspace, *language, &document, &mut findings);
            }
            site(workspace, &mut findings);
            findings
        }
        Err(findings) => findings,
    };
    match args.format {
        Format::Text => return report(&findings, out),
        Format::Json => writeln!(out, "{}", json(&findings)?)?,
        Format::Github => out.write_all(github(&findings).as_bytes())?,
    }
    Ok(if findings.is_empty() { Outcome::Done } else { Outcome::Findings })
}

/// A finding as JSON.
#[derive(Serialize)]
struct JsonFinding<'a> {
    file: &'a str,
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    message: &'a str,
    help: &'a str,
}

fn json(findings: &Diagnostics) -> serde_json::Result<String> {
    let findings = findings.iter().map(|Diagnostic { location, message, help }| JsonFinding {
        file: &location.file,
        line: location.line,
        column: location.column,
        message,
        help,
    });
    serde_json::to_string_pretty(&findings.collect::<Vec<_>>())
}

/// Returns one workflow command for each finding.
fn github(findings: &Diagnostics) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut text = String::new();
    for Diagnostic { location, message, help } in findings {
        let (file, line) = (property(&location.file), location.line);
        let column = location.column.map(|column| format!(",col={column}")).unwrap_or_default();
        let message = data(&format!("{message} — {help}"));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "::error file={file},line={line}{column}::{message}");
    }
    text
}

fn has_translations(workspace: &Workspace, language: Language) -> bool {
    workspace.spec().join("locales").join(language.tag()).exists()
}

/// Adds the findings about deployed projects, which are a document of their own.
fn site(workspace: &Workspace, findings: &mut Diagnostics) {
    let more = match coze_spec::load_site(&workspace.spec()) {
        Ok(site) => site.map(|site| coze_spec::lint_site(&site)).unwrap_or_default(),
        Err(findings) => findings,
    };
    extend(findings, &more);
}

fn extend(findings: &mut Diagnostics, more: &Diagnostics) {
    for Diagnostic { location, message, help } in more {
        findings.push(location.clone(), message, help);
    }
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
    extend(findings, &more);
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

#[cfg(test)]
mod tests {
    use coze_spec::Location;

    use super::*;

    fn findings() -> Diagnostics {
        let mut findings = Diagnostics::new();
        let at = Location::line("spec/a,b.yaml", 3);
        findings.push(at, "100% of it\nis wrong: \"x\"", "write `y`, or leave it out");
        let at = Location { file: "spec/c.yaml".into(), line: 7, column: Some(2) };
        findings.push(at, "a tab", "use spaces");
        findings
    }

    #[test]
    fn json_has_place_message_and_help() {
        let value: serde_json::Value = serde_json::from_str(&json(&findings()).unwrap()).unwrap();
        let expected = serde_json::json!([
            {
                "file": "spec/a,b.yaml",
                "line": 3,
                "message": "100% of it\nis wrong: \"x\"",
                "help": "write `y`, or leave it out",
            },
            {"file": "spec/c.yaml", "line": 7, "column": 2, "message": "a tab", "help": "use spaces"},
        ]);
        assert_eq!(value, expected);
        assert_eq!(json(&Diagnostics::new()).unwrap(), "[]");
    }

    #[test]
    fn commands_for_github_are_escaped_and_take_one_line() {
        assert_eq!(
            github(&findings()),
            "::error file=spec/a%2Cb.yaml,line=3::100%25 of it%0Ais wrong: \"x\" — write `y`, or \
             leave it out\n\
             ::error file=spec/c.yaml,line=7,col=2::a tab — use spaces\n"
        );
        assert_eq!(github(&Diagnostics::new()), "");
    }

    #[test]
    fn every_format_of_the_real_spec_is_without_findings() {
        let workspace = Workspace::find();
        for (format, expected) in [(Format::Text, ""), (Format::Json, "[]\n"), (Format::Github, "")]
        {
            let mut out = Vec::new();
            let outcome = run(&workspace, &Args { format }, &mut out).unwrap();
            assert_eq!(outcome, Outcome::Done);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
