//! `coze ops`: lists and documents the operations.

use std::fmt::Write as _;

use coze_api::{Client, Platform};
use coze_spec::model::{Field, Operation, Reply, Schema, Shape, Type};
use serde_json::json;

use crate::catalog;
use crate::cli::{Format, Language, OpsArgs, OpsCommand, settable};
use crate::failure::{CommandResult, Failure};
use crate::output;
use crate::samples::{example, samples};

pub(super) async fn run(
    args: OpsArgs,
    platform: Platform,
    format: Option<Format>,
) -> CommandResult {
    match args.command {
        None => list(&args.search.join(" "), platform, format),
        Some(OpsCommand::Show { operation, sample: None, .. }) => {
            match (find_operation(&operation)?, format) {
                (operation, Some(Format::Json)) => output::value(&json!(operation), Format::Json),
                (operation, _) => output::fragment(&documentation(operation)),
            }
        }
        Some(OpsCommand::Show { operation, sample: Some(language), stream }) => {
            sample(find_operation(&operation)?, language, stream).await
        }
    }
}

/// Returns the operation with this id. Otherwise the error suggests similar ids.
pub(super) fn find_operation(id: &str) -> Result<&'static Operation, Failure> {
    catalog::find(id).ok_or_else(|| {
        let similar = catalog::similar(id);
        let hint = if similar.is_empty() {
            "`coze ops` lists the operations".to_owned()
        } else {
            format!("did you mean {}?", similar.join(", "))
        };
        Failure::Usage(format!("there is no operation {id}; {hint}"))
    })
}

fn list(search: &str, platform: Platform, format: Option<Format>) -> CommandResult {
    let found: Vec<&Operation> = coze_spec::api()
        .operations()
        .filter(|operation| {
            catalog::matches(operation, search) && catalog::serves(platform, operation)
        })
        .collect();
    if found.is_empty() {
        return Err(Failure::Usage(format!("no operation matches `{search}`")));
    }
    if let Some(format) = format {
        let rows = found.iter().map(|operation| {
            json!({
                "id": operation.id,
                "title": operation.summary,
                "method": operation.verb,
                "path": operation.path,
            })
        });
        return output::value(&rows.collect(), format);
    }
    let width = found.iter().map(|operation| operation.id.len()).max().unwrap_or(0);
    let lines =
        found.iter().map(|operation| format!("{:width$}  {}", operation.id, operation.summary));
    output::line(&lines.collect::<Vec<_>>().join("\n"))
}

async fn sample(operation: &'static Operation, language: Language, stream: bool) -> CommandResult {
    // No request is sent, so the token need not be valid.
    let client = Client::builder().token("pat_example").build()?;
    let mut values = example(operation);
    // The examples of files are contents rather than file names.
    let files = operation.params.iter().filter(|param| param.field.kind == Type::File);
    files.for_each(|param| drop(values.remove(&param.field.wire)));
    let samples = samples(&client, operation, &values, stream).await?;
    let sample = match language {
        Language::Rust => samples.rust,
        Language::Curl => samples.curl,
        Language::Python => samples.python.ok_or_else(|| {
            Failure::Usage(format!(
                "the official SDK does not support {} with these values",
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
    line(&format!("{} — {}", operation.id, operation.summary));
    if let Some(page) = &operation.page {
        line(&page.title);
    }
    if operation.deprecated.is_some() {
        line("Deprecated.");
    }
    line("");
    line(&format!("{} {}", operation.verb.name().to_uppercase(), operation.path));
    if !operation.description.is_empty() {
        line("");
        line(&operation.description);
    }
    if !operation.permissions.is_empty() {
        line("");
        line(&format!("Permission: {}", operation.permissions.join(", ")));
    }
    if let Some(page) = &operation.page {
        line(&format!("Documentation: {}", page.url));
    }
    line(catalog::response_format(operation));
    if operation.paging.is_some() {
        line("Returns pages (--all fetches all of them).");
    }
    for text in studio(operation) {
        line(&text);
    }
    let parameters: Vec<&Field> = settable(operation).map(|param| &param.field).collect();
    let reply: Vec<&Field> = match &operation.reply {
        Reply::Data(data) => vec![data],
        Reply::Flat(schema) => {
            coze_spec::api().schema(schema).into_iter().flat_map(Schema::fields).collect()
        }
        Reply::Empty | Reply::Binary | Reply::Events => Vec::new(),
    };
    for (title, fields) in [("Parameters (* required)", parameters), ("Response", reply)] {
        if !fields.is_empty() {
            line(&format!("\n{title}:"));
            for field in fields {
                describe(field, 1, &mut line);
            }
        }
    }
    let union = operation.stream.as_ref().and_then(|it| coze_spec::api().schema(&it.union));
    if let Some(union) = union {
        line("\nEvents:");
        for event in union.events() {
            let last = if event.ends { " (last)" } else { "" };
            line(&format!("  {}{last}: {}", event.wire, event.description));
        }
    }
    text
}

/// The differences on the self-hosted platform.
fn studio(operation: &Operation) -> Vec<String> {
    let Some(studio) = &operation.studio else {
        return vec![format!("{} does not have it.", Platform::Studio)];
    };
    let mut notes = Vec::new();
    notes.extend(studio.path.as_ref().map(|path| format!("it is at {path}")));
    notes.extend(studio.payload.as_ref().map(|member| format!("the payload is in `{member}`")));
    if studio.bare {
        notes.push("the response has no envelope".to_owned());
    }
    if !studio.ignores.is_empty() {
        notes.push(format!("without effect: {}", studio.ignores.join(", ")));
    }
    notes.extend(Some(studio.note.trim().replace('\n', " ")).filter(|note| !note.is_empty()));
    if notes.is_empty() {
        return Vec::new();
    }
    vec![format!("On {}: {}", Platform::Studio, notes.join("; "))]
}

fn describe(field: &Field, depth: usize, line: &mut impl FnMut(&str)) {
    let api = coze_spec::api();
    let indent = "  ".repeat(depth);
    let star = if field.required { "*" } else { "" };
    let mut notes = vec![catalog::type_name(api, &field.kind)];
    notes.extend(field.constraints());
    let description = field.description.replace('\n', " ");
    line(&format!("{indent}{}{star} ({}): {description}", field.wire, notes.join(", ")));
    for (value, description) in variants(&field.kind) {
        line(&format!("{indent}    {value}: {description}"));
    }
    for property in api.fields(&field.kind) {
        describe(property, depth + 1, line);
    }
}

/// Returns the values of an enumeration with their descriptions.
fn variants(kind: &Type) -> Vec<(String, &'static str)> {
    let Type::Named(name) = kind else { return Vec::new() };
    match coze_spec::api().schema(name).map(|schema| &schema.shape) {
        Some(Shape::Strings(variants)) => variants
            .iter()
            .map(|variant| (format!("\"{}\"", variant.value), variant.description.as_str()))
            .collect(),
        Some(Shape::Integers(variants)) => variants
            .iter()
            .map(|variant| (variant.value.to_string(), variant.description.as_str()))
            .collect(),
        _ => Vec::new(),
    }
}
