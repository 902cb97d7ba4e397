//! `coze ops`: what there is to call.

use std::fmt::Write as _;

use coze_api::Client;
use serde_json::json;

use crate::cli::{Format, Language, OpsArgs, OpsCommand};
use crate::failure::{Done, Failure};
use crate::operations::{self, Answer, Field, Kind, Operation};
use crate::output;
use crate::samples::samples;

pub(super) async fn run(args: OpsArgs, format: Option<Format>) -> Done {
    match args.command {
        None => list(&args.search.join(" "), format),
        Some(OpsCommand::Show { operation, sample: None, .. }) => {
            match (found(&operation)?, format) {
                (operation, Some(Format::Json)) => {
                    output::value(&operations::entry(&operation.id), Format::Json)
                }
                (operation, _) => output::piece(&documentation(operation)),
            }
        }
        Some(OpsCommand::Show { operation, sample: Some(language), stream }) => {
            sample(found(&operation)?, language, stream).await
        }
    }
}

/// The operation of this id, or what it may have meant.
pub(super) fn found(id: &str) -> Result<&'static Operation, Failure> {
    operations::find(id).ok_or_else(|| {
        let like = operations::like(id);
        let hint = if like.is_empty() {
            "`coze ops` lists all".to_owned()
        } else {
            format!("did you mean {}?", like.join(", "))
        };
        Failure::Usage(format!("there is no operation {id}; {hint}"))
    })
}

fn list(search: &str, format: Option<Format>) -> Done {
    let found: Vec<&Operation> =
        operations::all().iter().filter(|operation| operation.matches(search)).collect();
    if found.is_empty() {
        return Err(Failure::Usage(format!("no operation matches `{search}`")));
    }
    if let Some(format) = format {
        let rows = found.iter().map(|operation| {
            json!({
                "id": operation.id,
                "title": operation.title,
                "method": operation.method,
                "path": operation.path,
            })
        });
        return output::value(&rows.collect(), format);
    }
    let width = found.iter().map(|operation| operation.id.len()).max().unwrap_or(0);
    let lines =
        found.iter().map(|operation| format!("{:width$}  {}", operation.id, operation.title));
    output::line(&lines.collect::<Vec<_>>().join("\n"))
}

async fn sample(operation: &Operation, language: Language, stream: bool) -> Done {
    // Nothing is sent with it.
    let client = Client::builder().token("pat_example").build()?;
    let mut values = operation.example.clone();
    // The examples of files are what is in them, and no names.
    let files = operation.parameters.iter().filter(|field| field.kind == Kind::File);
    files.for_each(|field| drop(values.remove(&field.name)));
    let samples = samples(&client, operation, &values, stream).await?;
    let sample = match language {
        Language::Rust => samples.rust,
        Language::Curl => samples.curl,
        Language::Python => samples.python.ok_or_else(|| {
            Failure::Usage(format!(
                "the official SDK is not known to have {} with these values",
                operation.id
            ))
        })?,
    };
    output::line(sample.trim_end())
}

fn documentation(operation: &Operation) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    line(&format!("{} — {}", operation.id, operation.title));
    if let Some(title) = &operation.title_zh {
        line(title);
    }
    if operation.deprecated {
        line("Deprecated.");
    }
    line("");
    line(&format!("{} {}", operation.method, operation.path));
    if !operation.description.is_empty() {
        line("");
        line(&operation.description);
    }
    if !operation.permissions.is_empty() {
        line("");
        line(&format!("Permission: {}", operation.permissions.join(", ")));
    }
    if let Some(docs) = &operation.docs {
        line(&format!("Documentation: {docs}"));
    }
    line(match operation.answer {
        Answer::Json => "Answers with JSON.",
        Answer::JsonOrEvents => "Answers with JSON, or with events (--stream).",
        Answer::Events => "Answers with events.",
        Answer::File => "Answers with a file (--save FILE).",
    });
    if operation.paged {
        line("Comes in pages (--all for all of them).");
    }
    for (title, fields) in
        [("Parameters (* required)", &operation.parameters), ("Reply", &operation.reply)]
    {
        if !fields.is_empty() {
            line(&format!("\n{title}:"));
            for field in fields {
                describe(field, 1, &mut line);
            }
        }
    }
    if !operation.events.is_empty() {
        line("\nEvents:");
        for event in &operation.events {
            let last = if event.ends { " (the last)" } else { "" };
            line(&format!("  {}{last}: {}", event.name, event.description));
        }
    }
    text
}

fn describe(field: &Field, depth: usize, line: &mut impl FnMut(&str)) {
    let indent = "  ".repeat(depth);
    let star = if field.required { "*" } else { "" };
    let mut notes = vec![field.type_name()];
    notes.extend(field.limits());
    notes.extend(field.default.as_ref().map(|value| format!("default {value}")));
    let description = field.description.replace('\n', " ");
    line(&format!("{indent}{}{star} ({}): {description}", field.name, notes.join(", ")));
    for variant in &field.variants {
        line(&format!("{indent}    {}: {}", variant.value, variant.description));
    }
    let inner = field.items.as_ref().or(field.values.as_ref());
    let properties = inner.map_or(&field.properties, |inner| &inner.properties);
    for property in properties {
        describe(property, depth + 1, line);
    }
}
