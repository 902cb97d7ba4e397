//! The model in words: names of types, and what an operation answers with.

use coze_spec::model::{Api, Operation, Reply, Shape, Type};

/// A type, in a word or a few.
pub(crate) fn type_name(api: &Api, kind: &Type) -> String {
    let name = match kind {
        Type::String | Type::Secret => "string",
        Type::Int32 | Type::Int64 => "integer",
        Type::Double => "number",
        Type::Boolean => "boolean",
        Type::Json => "json",
        Type::File => "file",
        Type::List(item) => return format!("list of {}", type_name(api, item)),
        Type::Map(item) => return format!("map of {}", type_name(api, item)),
        Type::Named(name) => match api.schema(name).map(|schema| &schema.shape) {
            Some(Shape::Strings(_)) => "string",
            Some(Shape::Integers(_)) => "integer",
            _ => "object",
        },
    };
    name.to_owned()
}

/// The operation of this id.
pub(crate) fn find(id: &str) -> Option<&'static Operation> {
    coze_spec::api().operation(id)
}

/// The ids most like a wrong one, for a hint.
pub(crate) fn similar(id: &str) -> Vec<&'static str> {
    let words: Vec<&str> = id.split(['.', '_', '-', ' ']).collect();
    let score =
        |known: &str| words.iter().filter(|word| word.len() > 2 && known.contains(**word)).count();
    let mut known: Vec<(usize, &str)> = coze_spec::api()
        .operations()
        .map(|operation| (score(&operation.id), operation.id.as_str()))
        .filter(|(score, _)| *score > 0)
        .collect();
    known.sort_by_key(|(score, id)| (usize::MAX - score, id.len()));
    known.into_iter().take(3).map(|(_, id)| id).collect()
}

/// Returns `true` if an operation has all words that are searched for.
pub(crate) fn matches(operation: &Operation, search: &str) -> bool {
    let title = operation.page.as_ref().map_or("", |page| &page.title);
    let text = format!("{} {} {title} {}", operation.id, operation.summary, operation.path);
    let text = text.to_lowercase();
    search.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// How an operation answers, in a sentence.
pub(crate) fn answer(operation: &Operation) -> &'static str {
    match (&operation.reply, &operation.stream) {
        (Reply::Binary, _) => "Answers with a file (--save FILE).",
        (Reply::Events, _) => "Answers with events.",
        (_, Some(_)) => "Answers with JSON, or with events (--stream).",
        (_, None) => "Answers with JSON.",
    }
}
