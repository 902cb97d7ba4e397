//! Looks up operations in the model and describes them in words.

use coze_api::Platform;
use coze_spec::Language;
use coze_spec::model::{Api, Field, Operation, Reply, Shape, Type};

use crate::language::{self, say, text};

/// Returns the name of a type, such as `list of string`.
pub(crate) fn type_name(api: &Api, kind: &Type) -> String {
    let name = match kind {
        Type::String | Type::Secret => "string",
        Type::Int32 | Type::Int64 => "integer",
        Type::Double => "number",
        Type::Boolean => "boolean",
        Type::Json => "json",
        Type::File => "file",
        Type::List(item) => {
            let item = type_name(api, item);
            return say!("list of {item}", "{item} 列表");
        }
        Type::Map(item) => {
            let item = type_name(api, item);
            return say!("map of {item}", "{item} 映射");
        }
        Type::Named(name) => match api.schema(name).map(|schema| &schema.shape) {
            Some(Shape::Strings(_)) => "string",
            Some(Shape::Integers(_)) => "integer",
            _ => "object",
        },
    };
    name.to_owned()
}

/// Returns the operation with this id.
pub(crate) fn find(id: &str) -> Option<&'static Operation> {
    language::api().operation(id)
}

/// Returns the operation with this method and path.
pub(crate) fn at(method: &str, path: &str) -> Option<&'static Operation> {
    let is_at = |template: &str| {
        let (templates, parts) = (template.split('/'), path.split('/'));
        templates.clone().count() == parts.clone().count()
            && templates.zip(parts).all(|(template, part)| template == part || is_place(template))
    };
    let found: Vec<_> = language::api()
        .operations()
        .filter(|operation| operation.verb.name().eq_ignore_ascii_case(method))
        .filter(|operation| is_at(&operation.path))
        .collect();
    // A fixed path wins over one with a parameter.
    found.iter().find(|operation| operation.path == path).or_else(|| found.first()).copied()
}

/// Returns `true` for a segment of a path that is a parameter, such as `{bot_id}`.
fn is_place(segment: &str) -> bool {
    segment.starts_with('{')
}

/// Returns the parameters in a path of the operation, with their values.
pub(crate) fn path_values(operation: &Operation, path: &str) -> Vec<(String, String)> {
    let pairs = operation.path.split('/').zip(path.split('/'));
    let pairs = pairs.filter_map(|(template, part)| {
        let name = template.strip_prefix('{')?.strip_suffix('}')?;
        let value = percent_encoding::percent_decode_str(part).decode_utf8_lossy();
        Some((name.to_owned(), value.into_owned()))
    });
    pairs.collect()
}

/// Returns the ids most similar to an unknown one, best first.
pub(crate) fn similar(id: &str) -> Vec<&'static str> {
    let words: Vec<&str> = id.split(['.', '_', '-', ' ']).collect();
    let score =
        |known: &str| words.iter().filter(|word| word.len() > 2 && known.contains(**word)).count();
    let mut known: Vec<(usize, &str)> = language::api()
        .operations()
        .map(|operation| (score(&operation.id), operation.id.as_str()))
        .filter(|(score, _)| *score > 0)
        .collect();
    known.sort_by_key(|(score, id)| (usize::MAX - score, id.len()));
    known.into_iter().take(3).map(|(_, id)| id).collect()
}

/// Returns `true` if the id, the titles or the path of an operation contain every word of `query`.
pub(crate) fn matches(operation: &Operation, query: &str) -> bool {
    let title = operation.page.as_ref().map_or("", |page| &page.title);
    let summaries = [Language::English, Language::Chinese].map(|language| {
        let operation = coze_spec::api_in(language).operation(&operation.id);
        operation.map_or("", |operation| &operation.summary)
    });
    let (id, path) = (&operation.id, &operation.path);
    let text = format!("{id} {} {title} {path}", summaries.join(" ")).to_lowercase();
    query.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// Describes the format of an operation's response in a sentence.
pub(crate) fn response_format(operation: &Operation) -> &'static str {
    match (&operation.reply, &operation.stream) {
        (Reply::Binary, _) => text("Returns a file (--save FILE).", "返回文件（--save FILE）。"),
        (Reply::Events, _) => text("Returns a stream of events.", "返回流式事件。"),
        (_, Some(_)) => text(
            "Returns JSON, or a stream of events (--stream).",
            "返回 JSON 或流式事件（--stream）。",
        ),
        (_, None) => text("Returns JSON.", "返回 JSON。"),
    }
}

/// Returns `true` if a platform has the operation.
pub(crate) fn serves(platform: Platform, operation: &Operation) -> bool {
    platform != Platform::Studio || operation.studio.is_some()
}

/// Describes the values and the fields of a field's type, one per line.
pub(crate) fn contents(field: &Field) -> Vec<String> {
    let values = variants(&field.kind).into_iter();
    let mut lines: Vec<String> =
        values.map(|(value, description)| format!("  {value}: {description}")).collect();
    for property in language::api().fields(&field.kind) {
        describe(property, 1, &mut |line| lines.push(line.to_owned()));
    }
    lines
}

/// Describes a field, with the values and the fields of its type.
pub(crate) fn describe(field: &Field, depth: usize, line: &mut impl FnMut(&str)) {
    let api = language::api();
    let indent = "  ".repeat(depth);
    let star = if field.required { "*" } else { "" };
    let mut notes = vec![type_name(api, &field.kind)];
    notes.extend(field.constraints_in(language::current()));
    let description = field.description.replace('\n', " ");
    line(&format!("{indent}{}{star} ({}): {description}", field.wire, notes.join(", ")));
    for (value, description) in variants(&field.kind) {
        line(&format!("{indent}    {value}: {description}"));
    }
    for property in api.fields(&field.kind) {
        describe(property, depth + 1, line);
    }
}

/// Returns the values of an enumeration, or of one in a list or map, with their descriptions.
pub(crate) fn variants(kind: &Type) -> Vec<(String, &'static str)> {
    let name = match kind {
        Type::Named(name) => name,
        Type::List(item) | Type::Map(item) => return variants(item),
        _ => return Vec::new(),
    };
    match language::api().schema(name).map(|schema| &schema.shape) {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Collects the names of the enumerations in a type, at any depth.
    fn enumerations(kind: &Type, found: &mut BTreeSet<String>, seen: &mut BTreeSet<String>) {
        match kind {
            Type::List(item) | Type::Map(item) => enumerations(item, found, seen),
            Type::Named(name) if seen.insert(name.clone()) => {
                if variants(kind).is_empty() {
                    let fields = language::api().fields(kind).iter();
                    fields.for_each(|field| enumerations(&field.kind, found, seen));
                } else {
                    found.insert(name.clone());
                }
            }
            _ => {}
        }
    }

    /// The help of each parameter lists the values of all enumerations in it, in lists and maps
    /// too.
    #[test]
    fn the_values_of_every_enumeration_are_shown() {
        let (mut shown, mut in_lists) = (0, Vec::new());
        for operation in language::api().operations() {
            for field in operation.params.iter().map(|param| &param.field) {
                let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
                enumerations(&field.kind, &mut found, &mut seen);
                let lines = contents(field);
                for (value, description) in
                    found.iter().flat_map(|name| variants(&Type::Named(name.clone())))
                {
                    let expected = format!("{value}: {description}");
                    let is_shown = lines.iter().any(|line| line.trim_start() == expected);
                    assert!(is_shown, "{} {}: {expected}", operation.id, field.wire);
                    shown += 1;
                }
                if matches!(field.kind, Type::List(_)) && !variants(&field.kind).is_empty() {
                    in_lists.push(format!("{} {}", operation.id, field.wire));
                }
            }
        }
        assert!(shown > 50, "{shown}");
        let expected = "api_apps.events.create event_types";
        assert!(in_lists.iter().any(|param| param == expected), "{in_lists:?}");
    }
}
