//! `cargo xtask bundle`: prints the spec as one OpenAPI 3.0.3 document for other tools.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;
use coze_spec::locale::Locale;
use coze_spec::{Diagnostics, Document, Language};
use serde_json::Value;

use crate::workspace::Workspace;
use crate::{Outcome, lint};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The format of the document
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The language of the texts: en or zh-CN
    #[arg(long, value_name = "LANG", default_value_t)]
    lang: Language,
    /// The file to write; without it, the document is printed
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Yaml,
    Json,
}

pub(crate) fn run(
    workspace: &Workspace,
    args: &Args,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let document = match load(workspace, args.lang) {
        Ok(document) => document,
        Err(findings) => return lint::report(&findings, err),
    };
    let text = render(&coze_spec::bundle(&document), args.format)?;
    match &args.output {
        Some(file) => {
            fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        None => out.write_all(text.as_bytes())?,
    }
    Ok(Outcome::Done)
}

fn load(workspace: &Workspace, language: Language) -> Result<Document, Diagnostics> {
    let document = coze_spec::load(&workspace.spec())?;
    match language {
        Language::English => Ok(document),
        Language::Chinese => Ok(Locale::load(&workspace.spec(), language)?.translate(&document)),
    }
}

fn render(document: &Value, format: Format) -> Result<String> {
    Ok(match format {
        Format::Yaml => serde_saphyr::to_string(document)?,
        Format::Json => serde_json::to_string_pretty(document)? + "\n",
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Strings that YAML 1.1 or 1.2 reads as other values without quotes.
    const TRAPS: [&str; 24] = [
        "",
        "0",
        "0123",
        "7493066380997012345",
        "1.5",
        "1e3",
        "0x1f",
        "0o17",
        "1_000",
        "12:30:45",
        "no",
        "Yes",
        "on",
        "y",
        "null",
        "~",
        "true",
        "2026-11",
        "2024-12-10",
        "a: b",
        "a #b",
        "*",
        "- a",
        " lead\n\n  indented\n\n",
    ];

    #[test]
    fn yaml_keeps_every_string_a_string() {
        for trap in TRAPS {
            let document = json!({ trap: trap, "list": [trap, { "x": trap }] });
            let text = render(&document, Format::Yaml).unwrap();
            let back: Value = serde_saphyr::from_str(&text).unwrap();
            assert_eq!(back, document, "{text}");
        }
        // The reader itself turns bare digits into a number.
        let bare: Value = serde_saphyr::from_str("id: 7493066380997012345").unwrap();
        assert!(bare["id"].is_number());
    }

    #[test]
    fn yaml_equals_json() {
        let document = json!({
            "openapi": "3.0.3",
            "paths": { "/v1/bots/{bot_id}": { "get": { "responses": { "200": { "description": "查看。" } } } } },
            "x": [null, true, -1, 18_446_744_073_709_551_615_u64, 0.5, [], {}],
        });
        let yaml: Value =
            serde_saphyr::from_str(&render(&document, Format::Yaml).unwrap()).unwrap();
        let json: Value = serde_json::from_str(&render(&document, Format::Json).unwrap()).unwrap();
        assert_eq!(yaml, document);
        assert_eq!(json, document);
    }
}
